"""The synthesiser's own process: requests on standard input, speech on standard output, until the input ends.

It lives apart because espeak-ng is neither thread-safe nor under our licence, and because a crash in it must not
take the cloud down.
"""

import signal
import sys
from typing import BinaryIO

import numpy as np

from audio.pcm import Samples, resample
from emulator.performance import SAMPLE_RATE, Language
from emulator.speech import pipe
from emulator.speech.espeak import Espeak, EspeakError, Mark
from emulator.speech.script import split_runs

JOIN_PAUSE_SECONDS = 0.03
"""Silence kept where one language takes over from another inside a sentence."""

_STRESS_MARKS = "',%="
_LANGUAGES: dict[str, Language] = {"(en)": "en", "(en-us)": "en", "(cmn)": "cmn"}


def main() -> None:
    """Serve requests until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    espeak = Espeak()
    _answer(espeak, pipe.Request("a 啊"))  # both voices are loaded before anybody waits for them
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while (request := _read(requests)) is not None:
        answers.write(pipe.frame(_answer(espeak, request)))
        answers.flush()


def _read(requests: BinaryIO) -> pipe.Request | None:
    header = requests.read(pipe.LENGTH.size)
    if len(header) < pipe.LENGTH.size:
        return None
    (length,) = pipe.LENGTH.unpack(header)
    body = requests.read(length)
    return pipe.decode_request(body) if len(body) == length else None


def _answer(espeak: Espeak, request: pipe.Request) -> pipe.Answer:
    try:
        sound, phonemes = _speak(espeak, request.text)
    except EspeakError as error:
        return pipe.Answer(b"", (), str(error))
    sound = resample(sound, espeak.sample_rate, SAMPLE_RATE)
    return pipe.Answer(sound.astype("<i2", copy=False).tobytes(), tuple(phonemes))


def _speak(espeak: Espeak, text: str) -> tuple[Samples, list[pipe.TimedPhoneme]]:
    """Speak `text` run by run; the phonemes are timed from the first sample of the first run."""
    sounds: list[Samples] = [np.zeros(0, np.int16)]
    phonemes: list[pipe.TimedPhoneme] = []
    spoken = 0
    runs = split_runs(text)
    for number, run in enumerate(runs, 1):
        sound, marks = espeak.speak(run.language, run.text)
        if number < len(runs) and run.text.rstrip()[-1:].isalnum():
            sound = sound[: _end_of_voice(marks, len(sound)) + int(JOIN_PAUSE_SECONDS * espeak.sample_rate)]
        phonemes += _phonemes(run.language, marks, len(sound), spoken, espeak.sample_rate)
        sounds.append(sound)
        spoken += len(sound)
    return np.concatenate(sounds), phonemes


def _end_of_voice(marks: tuple[Mark, ...], length: int) -> int:
    """Return the sample where the closing pause begins."""
    end = length
    for mark in reversed(marks):
        if not mark.name.startswith("_"):
            break
        end = mark.sample
    return end


def _phonemes(
    language: Language, marks: tuple[Mark, ...], length: int, offset: int, rate: int
) -> list[pipe.TimedPhoneme]:
    """Turn the marks of one run of `length` samples, which begins at sample `offset`, into phonemes."""
    phonemes: list[pipe.TimedPhoneme] = []
    ends = [*(min(mark.sample, length) for mark in marks[1:]), length]
    for mark, end in zip(marks, ends, strict=True):
        if mark.name.startswith("("):
            language = _LANGUAGES.get(mark.name, language)
            continue
        symbol = mark.name.lstrip(_STRESS_MARKS)
        if symbol and not symbol.startswith("_") and mark.sample < end:
            start = (offset + mark.sample) / rate
            phonemes.append(pipe.TimedPhoneme(symbol, language, start, (offset + end) / rate))
    return phonemes


if __name__ == "__main__":
    main()
