import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.speech import SpeechBegan, SpeechDetector, SpeechEffect, SpeechEnded, SpeechGoesOn, SpeechRules

WINDOW = 512
MS = 16


def run(probabilities: list[float], rules: SpeechRules | None = None) -> list[SpeechEffect]:
    """Windows whose every sample is their number."""
    detector = SpeechDetector(rules)
    effects: list[SpeechEffect] = []
    for number, probability in enumerate(probabilities):
        effects += detector.receive(np.full(WINDOW, number, np.int16), probability)
    assert detector.speaking == bool(effects and not isinstance(effects[-1], SpeechEnded))
    return effects + detector.finish()


def kinds(effects: list[SpeechEffect]) -> list[str]:
    return [type(effect).__name__ for effect in effects if not isinstance(effect, SpeechGoesOn)]


def test_three_windows_begin_and_twenty_end():
    effects = run([0.0] * 20 + [0.9] * 10 + [0.1] * 19)
    assert kinds(effects[:-1]) == ["SpeechBegan"]
    assert effects[-1] == SpeechEnded(30 * WINDOW)
    effects = run([0.0] * 20 + [0.9] * 10 + [0.1] * 25)
    began, ended = effects[0], effects[-1]
    assert isinstance(began, SpeechBegan)
    assert 320 * MS <= 20 * WINDOW - began.at < 320 * MS + WINDOW
    assert began.samples[-1] == 22
    assert ended == SpeechEnded(30 * WINDOW)
    assert len(effects) == 1 + 7 + 20 + 1


def test_two_windows_are_a_cough():
    assert run([0.0] * 20 + [0.9] * 2 + [0.1] * 5 + [0.9] * 2 + [0.0] * 30) == []


def test_between_the_thresholds_nothing_changes():
    assert run([0.4] * 100) == []
    assert kinds(run([0.9] * 3 + [0.4] * 100)) == ["SpeechBegan", "SpeechEnded"]
    assert run([0.9] * 3 + [0.4] * 100)[-1] == SpeechEnded(103 * WINDOW)
    assert kinds(run([0.9, 0.4, 0.9, 0.4, 0.9])) == ["SpeechBegan", "SpeechEnded"]


def test_a_pause_within_a_sentence_does_not_end_it():
    assert kinds(run([0.9] * 5 + [0.0] * 19 + [0.9] * 5)) == ["SpeechBegan", "SpeechEnded"]


@given(st.lists(st.sampled_from([0.0, 0.2, 0.4, 0.6, 1.0]), max_size=200))
def test_begins_and_ends_alternate_and_no_sample_is_given_twice(probabilities: list[float]):
    effects = run(probabilities)
    names = kinds(effects)
    assert names == ["SpeechBegan", "SpeechEnded"] * (len(names) // 2)
    given_numbers: list[int] = []
    for effect in effects:
        if isinstance(effect, SpeechBegan):
            assert effect.samples[0] == effect.at // WINDOW
        if isinstance(effect, (SpeechBegan, SpeechGoesOn)):
            given_numbers += effect.samples[::WINDOW].tolist()
    assert given_numbers == sorted(set(given_numbers))
    for began, rest in itertools.pairwise(effect for effect in effects if not isinstance(effect, SpeechGoesOn)):
        assert began.at <= rest.at or isinstance(began, SpeechEnded)


@pytest.mark.parametrize(("on", "off"), [(0.3, 0.35), (1.2, 0.35), (0.5, 0.0)])
def test_rules_that_contradict_each_other(on: float, off: float):
    with pytest.raises(ValueError, match="off <= on"):
        SpeechRules(on=on, off=off)


def test_times_are_not_negative():
    with pytest.raises(ValueError, match="negative"):
        SpeechRules(end_ms=-1)
