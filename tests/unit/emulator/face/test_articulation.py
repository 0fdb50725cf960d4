from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.face.articulation import APPROACH, LEAD, REACH, SETTLE, SPREAD, WAYS, mouth_at, segments, speaking
from emulator.face.mouth_pose import REST, MouthPose
from emulator.performance import Language, Phoneme

TOUCHING = {"en": ("p", "b", "m", "f", "v"), "cmn": ("p", "m", "f")}


@st.composite
def speech(draw: st.DrawFn) -> list[Phoneme]:
    """Phonemes of one language, without gaps or with pauses between them."""
    language: Language = draw(st.sampled_from(("en", "cmn")))
    at = draw(st.floats(0.0, 2.0))
    spoken: list[Phoneme] = []
    for symbol in draw(st.lists(st.sampled_from(sorted(WAYS[language])), min_size=1, max_size=12)):
        length = draw(st.floats(0.02, 0.35))
        spoken.append(Phoneme(symbol, language, at, at + length))
        at += length + draw(st.sampled_from((0.0, 0.0, 0.0, 0.12, 0.6)))
    return spoken


def vowel(symbol: str, start: float, end: float) -> Phoneme:
    return Phoneme(symbol, "en", start, end)


@given(speech(), st.floats(-1.0, 8.0))
def test_every_number_stays_within_its_measure(spoken: list[Phoneme], t: float) -> None:
    pose = mouth_at(spoken, t)
    assert -1.0 <= pose.width <= 1.0
    assert all(-1e-9 <= value <= 1.0 + 1e-9 for value in (*astuple(pose)[:1], *astuple(pose)[2:]))


@given(speech(), st.floats(0.0, 6.0))
def test_the_mouth_moves_without_jumps(spoken: list[Phoneme], t: float) -> None:
    step = 0.001
    here, there = astuple(mouth_at(spoken, t)), astuple(mouth_at(spoken, t + step))
    steepest = max(1.0 / SPREAD, 1.5 / APPROACH) * 2.0 * step
    assert max(abs(a - b) for a, b in zip(here, there, strict=True)) <= 2.0 * steepest


@given(speech())
def test_only_what_is_near_matters(spoken: list[Phoneme]) -> None:
    t = spoken[0].start
    near = [phoneme for phoneme in spoken if phoneme.end > t - REACH and phoneme.start < t + REACH]
    assert astuple(mouth_at(near, t)) == pytest.approx(astuple(mouth_at(spoken, t)), abs=1e-6)


@given(speech())
def test_the_mouth_is_exactly_at_rest_away_from_speech(spoken: list[Phoneme]) -> None:
    assert mouth_at(spoken, spoken[0].start - SETTLE - LEAD) == REST
    assert mouth_at(spoken, spoken[-1].end + SETTLE + LEAD) == REST
    assert mouth_at([], 1.0) == REST


@given(speech(), st.data())
def test_lips_touch_in_the_middle_of_every_sound_that_asks_for_it(spoken: list[Phoneme], data: st.DataObject) -> None:
    language = spoken[0].language
    symbol = data.draw(st.sampled_from(TOUCHING[language]))
    length = data.draw(st.floats(0.02, 0.2))
    start = spoken[-1].end
    after = Phoneme("A:" if language == "en" else "A", language, start + length, start + length + 0.2)
    whole = [*spoken, Phoneme(symbol, language, start, start + length), after]
    pose = mouth_at(whole, start + length / 2 - LEAD)
    strength = pose.bite if symbol in "fv" else pose.press
    assert strength == 1.0
    assert pose.opening == 0.0


@given(st.floats(0.02, 0.2), st.floats(0.0, 0.04))
def test_a_closure_is_seen_by_at_least_one_frame(length: float, phase: float) -> None:
    spoken = [vowel("A:", 0.0, 0.5), vowel("b", 0.5, 0.5 + length), vowel("A:", 0.5 + length, 1.2)]
    seen = [mouth_at(spoken, phase + tick / 25) for tick in range(30)]
    assert max(pose.press for pose in seen) == 1.0


@given(st.floats(0.03, 0.3), st.floats(0.03, 0.3))
def test_a_shorter_vowel_opens_less(one: float, other: float) -> None:
    def widest(length: float) -> float:
        spoken = [vowel("s", 0.0, 0.3), vowel("A:", 0.3, 0.3 + length), vowel("s", 0.3 + length, 0.8)]
        return max(mouth_at(spoken, 0.3 + length * part / 20 - LEAD).opening for part in range(21))

    short, long = sorted((one, other))
    assert widest(short) <= widest(long) + 1e-6


def test_a_consonant_takes_the_rounding_of_the_vowel_beside_it() -> None:
    def at_h(symbol: str) -> MouthPose:
        return mouth_at([vowel("h", 0.0, 0.08), vowel(symbol, 0.08, 0.4)], 0.05 - LEAD)

    assert at_h("u:").width < -0.3 < 0.3 < at_h("i:").width


def test_a_diphthong_passes_through_its_shapes() -> None:
    names = [segment.viseme.name for segment in segments([vowel("aI", 0.0, 0.3)])]
    assert names == ["ah", "ee"]
    begin, end = (mouth_at([vowel("aI", 0.0, 0.3)], t - LEAD) for t in (0.09, 0.24))
    assert begin.opening > end.opening
    assert begin.width < end.width


def test_an_unknown_symbol_opens_the_mouth_a_little() -> None:
    pose = mouth_at([Phoneme("a symbol of tomorrow", "en", 0.0, 0.3)], 0.15)
    assert 0.2 < pose.opening < 0.4


def test_speech_keeps_the_face_busy_for_a_while() -> None:
    spoken = [vowel("A:", 1.0, 2.0)]
    assert speaking(spoken, 1.5) == 1.0
    assert 0.0 < speaking(spoken, 0.9) < speaking(spoken, 1.0) < 1.0
    assert speaking(spoken, 2.01 + SETTLE) == 0.0
