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
from emulator.speech.script import Run, split_runs
from emulator.speech.ssml import Action, Pause, pieces

FULL_SCALE = 32_767
JOIN_PAUSE_SECONDS = 0.03
"""Silence kept where one language takes over from another inside a sentence."""

_STRESS_MARKS = "',%="
_LANGUAGES: dict[str, Language] = {"(en)": "en", "(en-us)": "en", "(cmn)": "cmn"}


def main() -> None:
    """Serve requests until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    espeak = Espeak()
    answer(espeak, pipe.Request("a 啊"))  # both voices are loaded before anybody waits for them
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while (request := _read(requests)) is not None:
        answers.write(pipe.frame(answer(espeak, request)))
        answers.flush()


def _read(requests: BinaryIO) -> pipe.Request | None:
    header = requests.read(pipe.LENGTH.size)
    if len(header) < pipe.LENGTH.size:
        return None
    (length,) = pipe.LENGTH.unpack(header)
    body = requests.read(length)
    return pipe.decode_request(body) if len(body) == length else None


def answer(espeak: Espeak, request: pipe.Request) -> pipe.Answer:
    """Return the speech that `request` asks for, or why there is none."""
    reading = _Reading(espeak, request.speed)
    try:
        reading.read(request.text)
    except EspeakError as error:
        return pipe.Answer(b"", (), str(error))
    sound = resample(amplified(reading.sound(), request.volume), espeak.sample_rate, SAMPLE_RATE)
    return pipe.Answer(
        sound.astype("<i2", copy=False).tobytes(), tuple(reading.phonemes), actions=tuple(reading.actions)
    )


def amplified(sound: Samples, volume: int) -> Samples:
    """Return `sound` `volume` dB louder; what would be too loud is rounded off instead of cut."""
    if volume == 0:
        return sound
    wanted = sound * 10 ** (volume / 20)
    if volume < 0:
        return wanted.astype(np.int16)
    return (FULL_SCALE * np.tanh(wanted / FULL_SCALE)).astype(np.int16)


class _Reading:
    """A text being spoken piece by piece; phonemes and actions are timed from the first sample."""

    def __init__(self, espeak: Espeak, speed: float) -> None:
        self._espeak = espeak
        self._speed = speed
        self._sounds: list[Samples] = [np.zeros(0, np.int16)]
        self._spoken = 0
        self.phonemes: list[pipe.TimedPhoneme] = []
        self.actions: list[float] = []

    def read(self, text: str) -> None:
        """Speak `text`; raises EspeakError."""
        rate = self._espeak.sample_rate
        todo: list[Run | Pause | Action] = []
        for piece in pieces(text):
            todo += split_runs(piece) if isinstance(piece, str) else [piece]
        for number, piece in enumerate(todo, 1):
            match piece:
                case Pause():
                    self._add(np.zeros(int(piece.seconds * rate), np.int16))
                case Action():
                    self.actions.append(self._spoken / rate)
                case Run():
                    self._speak(piece, joins=number < len(todo))
                case _:
                    pass

    def sound(self) -> Samples:
        """Return what was spoken, at the synthesiser's rate."""
        return np.concatenate(self._sounds)

    def _speak(self, run: Run, *, joins: bool) -> None:
        rate = self._espeak.sample_rate
        sound, marks = self._espeak.speak(run.language, run.text, self._speed)
        if joins and run.text.rstrip()[-1:].isalnum():
            sound = sound[: _end_of_voice(marks, len(sound)) + int(JOIN_PAUSE_SECONDS * rate)]
        self.phonemes += _phonemes(run.language, marks, len(sound), self._spoken, rate)
        self._add(sound)

    def _add(self, sound: Samples) -> None:
        self._sounds.append(sound)
        self._spoken += len(sound)


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
