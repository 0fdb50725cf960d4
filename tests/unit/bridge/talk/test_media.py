from bridge.talk.media import KEPT, MediaReport, MediaReports


def test_the_slowest_player_counts() -> None:
    media = MediaReports()
    assert media.delay_s(250) == 0.25
    media.report("a", MediaReport("u1", "sounding", 300, 1.0))
    media.report("b", MediaReport("u1", "sounding", 900, 2.0))
    assert media.delay_s(250) == 0.9
    media.leave("b")
    assert media.delay_s(250) == 0.3
    assert set(media.latest) == {"a"}


def test_an_utterance_is_silent_when_every_player_has_played_it() -> None:
    media = MediaReports()
    assert not media.is_silent("u1")
    media.report("a", MediaReport("u1", "silent", 0, 1.0))
    media.report("b", MediaReport("u1", "sounding", 0, 1.0))
    assert not media.is_silent("u1")
    media.report("b", MediaReport("u1", "silent", 0, 2.0))
    assert media.is_silent("u1")
    assert not media.is_silent("u2")


def test_the_first_sound_of_the_last_utterances_is_known() -> None:
    media = MediaReports()
    for client, at in (("a", 1.0), ("b", 0.5)):
        media.report(client, MediaReport("u0", "sounding", 0, at))
    media.report("a", MediaReport("u0", "silent", 0, 3.0))
    assert media.first_sound("u0") == 1.0
    for number in range(1, KEPT + 1):
        media.report("a", MediaReport(f"u{number}", "sounding", 0, 9.0))
    assert media.first_sound("u0") is None
    assert media.first_sound(f"u{KEPT}") == 9.0
