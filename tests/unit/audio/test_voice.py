import numpy as np
import pytest

from audio.guard import to_samples
from audio.resample import Signal
from audio.speech import SpeechBegan, SpeechDetector, SpeechEffect, SpeechEnded, SpeechGoesOn
from audio.voice import WINDOW, SileroVoiceActivity, VoiceActivity
from tests.unit.audio.signals import noise, tone
from tests.unit.audio.voices import spoken

SECOND = 16_000


def silence(seconds: float) -> Signal:
    return np.zeros(int(seconds * SECOND), np.float32)


def cough() -> Signal:
    """A burst of noise of 120 ms that dies away."""
    return (noise(1_920, 0.6, 4) * np.exp(-np.arange(1_920) / 400)).astype(np.float32)


def heard(signal: Signal, voice: VoiceActivity | None = None) -> list[SpeechEffect]:
    voice = voice or SileroVoiceActivity()
    detector = SpeechDetector()
    samples = to_samples(signal)
    effects: list[SpeechEffect] = []
    for start in range(0, samples.size - WINDOW + 1, WINDOW):
        window = samples[start : start + WINDOW]
        effects += detector.receive(window, voice.probability(window))
    return effects + detector.finish()


def spans(effects: list[SpeechEffect]) -> list[tuple[float, float]]:
    begins = [effect.at / SECOND for effect in effects if isinstance(effect, SpeechBegan)]
    ends = [effect.at / SECOND for effect in effects if isinstance(effect, SpeechEnded)]
    return list(zip(begins, ends, strict=True))


@pytest.mark.parametrize(
    ("language", "text"), [("en", "Good morning, where is the exit?"), ("cmn", "你好，请问出口在哪里？")]
)
def test_a_voice_is_found_where_it_is_also_in_noise(language: str, text: str):
    voice = spoken(text, language)
    signal = np.concatenate([silence(1), voice, silence(1.5)]) + noise(int(2.5 * SECOND) + voice.size, 0.005)
    found = spans(heard(signal.astype(np.float32)))
    assert len(found) == 1
    begin, end = found[0]
    assert 0.5 < begin < 1.05
    assert end == pytest.approx(1 + voice.size / SECOND, abs=0.5)


def test_the_first_syllable_is_there():
    voice = spoken("Good morning, where is the exit?")
    effects = heard(np.concatenate([silence(1), voice, silence(1)]))
    first = next(effect for effect in effects if isinstance(effect, SpeechBegan))
    assert first.at <= SECOND
    parts = [effect.samples for effect in effects if isinstance(effect, (SpeechBegan, SpeechGoesOn))]
    sound = np.concatenate(parts)
    start = SECOND - first.at
    assert np.array_equal(sound[start : start + voice.size], to_samples(voice)[: sound.size - start])


@pytest.mark.parametrize(
    "signal",
    [
        silence(3),
        noise(3 * SECOND, 0.1),
        noise(3 * SECOND, 0.001),
        tone(50, SECOND, 3, 0.3),
        tone(1_000, SECOND, 3, 0.3),
        np.concatenate([silence(1), cough(), silence(1)]),
        np.concatenate([silence(1), cough(), silence(0.25), cough(), silence(1)]),
    ],
    ids=["silence", "noise", "hiss", "hum", "whistle", "cough", "two coughs"],
)
def test_what_is_no_voice(signal: Signal):
    assert heard(signal) == []


def test_another_stream_starts_afresh():
    voice = SileroVoiceActivity()
    signal = np.concatenate([silence(0.5), spoken("Hello there, my friend."), silence(0.5)])
    first = spans(heard(signal, voice))
    voice.reset()
    assert spans(heard(signal, voice)) == first != []


def test_a_window_has_512_samples():
    with pytest.raises(ValueError, match="512"):
        SileroVoiceActivity().probability(np.zeros(160, np.int16))
