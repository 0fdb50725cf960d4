"""How long people heard an avatar that was interrupted."""

from bridge.talk.silence import Silenced, Silences


def speaking() -> Silences:
    silences = Silences()
    silences.started("u1")
    return silences


def test_without_a_page_the_clouds_end_counts() -> None:
    silences = speaking()
    assert silences.interrupted(("u1", "u2"), "button", 10.0) is None
    assert silences.over("u2", 10.1) is None
    assert silences.over("u1", 10.25) == Silenced(0.25, "button", "cloud")
    assert silences.over("u1", 11.0) is None


def test_a_page_that_plays_it_is_waited_for() -> None:
    silences = speaking()
    silences.reported("u1", "sounding", 1.0)
    silences.interrupted(("u1",), "text", 10.0)
    assert silences.over("u1", 10.5) is None
    assert silences.reported("u0", "silent", 10.5) is None
    assert silences.reported("u1", "silent", 11.0) == Silenced(1.0, "text", "page")
    assert silences.reported("u1", "silent", 12.0) is None


def test_a_voice_counts_from_its_first_sound() -> None:
    silences = speaking()
    silences.voice(9.5)
    silences.interrupted(("u1",), "voice", 10.0)
    assert silences.over("u1", 10.25) == Silenced(0.75, "voice", "cloud")


def test_a_page_that_fell_silent_at_the_first_sound_of_a_voice() -> None:
    silences = speaking()
    silences.reported("u1", "sounding", 1.0)
    silences.voice(9.5)
    assert silences.reported("u1", "silent", 9.625) is None
    assert silences.interrupted(("u1",), "voice", 10.0) == Silenced(0.125, "voice", "page")


def test_a_cough_is_no_interruption() -> None:
    silences = speaking()
    silences.reported("u1", "sounding", 1.0)
    silences.voice(5.0)
    silences.reported("u1", "silent", 5.125)
    silences.reported("u1", "sounding", 5.5)
    silences.interrupted(("u1",), "api", 10.0)
    assert silences.reported("u1", "silent", 10.5) == Silenced(0.5, "api", "page")


def test_what_has_not_begun_or_is_another_is_not_measured() -> None:
    silences = Silences()
    assert silences.interrupted(("u1",), "api", 1.0) is None
    assert silences.over("u1", 2.0) is None
    silences.started("u2")
    silences.interrupted(("u1",), "api", 3.0)
    assert silences.over("u2", 4.0) is None


def test_only_the_first_of_two_interruptions_counts() -> None:
    silences = speaking()
    silences.interrupted(("u1",), "button", 10.0)
    silences.interrupted(("u1",), "api", 11.0)
    assert silences.over("u1", 12.0) == Silenced(2.0, "button", "cloud")
