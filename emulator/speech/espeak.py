"""The espeak-ng library through ctypes: text to PCM and to phonemes timed by the synthesiser.

espeak-ng keeps its state in globals, so one process may use it for one text at a time; `emulator.speech.worker`
is that process. Nothing else imports this module.
"""

import ctypes
from dataclasses import dataclass

import espeakng_loader
import numpy as np

from audio.pcm import Samples
from emulator.performance import Language

VOICES: dict[Language, str] = {"en": "en-us+f2", "cmn": "cmn+f2"}
RATE_WORDS_PER_MINUTE: dict[Language, int] = {"en": 165, "cmn": 170}
PITCH = 52
PITCH_RANGE = 60
VOLUME: dict[Language, int] = {"en": 90, "cmn": 70}
"""Of 100: both languages sound equally loud, and the loudest vowels stay below full scale, so nothing clips."""

_SYNCHRONOUS = 2
_PHONEME_EVENTS = 0x0001
_DO_NOT_EXIT = 0x8000
_UTF8 = 0x0001
_END_PAUSE = 0x1000
_POSITION_IN_CHARACTERS = 1
_PARAMETER_RATE = 1
_PARAMETER_VOLUME = 2
_PARAMETER_PITCH = 3
_PARAMETER_RANGE = 4
_EVENT_LIST_END = 0
_EVENT_PHONEME = 7
_CONTINUE = 0


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )
    type: int
    sample: int
    id: _Id


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


class EspeakError(Exception):
    """espeak-ng could not be started or refused a text."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The synthesiser begins phoneme `name` at `sample`; pauses and language changes are marks as well."""

    name: str
    sample: int


class Espeak:
    """The one synthesiser of this process."""

    def __init__(self) -> None:
        """Load the library and its data; raises EspeakError when either cannot be used."""
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self.sample_rate: int = self._library.espeak_Initialize(
            _SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), _PHONEME_EVENTS | _DO_NOT_EXIT
        )
        if self.sample_rate <= 0:
            raise EspeakError("espeak-ng does not start: its data are missing or of another version")
        self._pieces: list[Samples] = []
        self._marks: list[Mark] = []
        self._callback = _Callback(self._receive)
        self._library.espeak_SetSynthCallback(self._callback)
        self._library.espeak_SetParameter(_PARAMETER_PITCH, PITCH, 0)
        self._library.espeak_SetParameter(_PARAMETER_RANGE, PITCH_RANGE, 0)

    def speak(self, language: Language, text: str, speed: float = 100.0) -> tuple[Samples, tuple[Mark, ...]]:
        """Return the sound of `text` at `sample_rate` with its closing pause, and the marks within it.

        `speed` is in per cent of the usual one.
        """
        self._pieces, self._marks = [], []
        if self._library.espeak_SetVoiceByName(VOICES[language].encode()) != 0:
            raise EspeakError(f"espeak-ng has no voice {VOICES[language]}")
        rate = round(RATE_WORDS_PER_MINUTE[language] * speed / 100)
        self._library.espeak_SetParameter(_PARAMETER_RATE, rate, 0)
        self._library.espeak_SetParameter(_PARAMETER_VOLUME, VOLUME[language], 0)
        data = text.encode().replace(b"\0", b" ") + b"\0"
        status = self._library.espeak_Synth(
            data, ctypes.c_size_t(len(data)), 0, _POSITION_IN_CHARACTERS, 0, _UTF8 | _END_PAUSE, None, None
        )
        if status != 0:
            raise EspeakError(f"espeak-ng refuses a text of {len(data) - 1} bytes with status {status}")
        sound = np.concatenate(self._pieces) if self._pieces else np.zeros(0, np.int16)
        return sound, tuple(self._marks)

    def _receive(self, sound: int | None, count: int, events: int) -> int:
        if sound is not None and count > 0:
            self._pieces.append(np.array((ctypes.c_short * count).from_address(sound), np.int16))
        while (event := _Event.from_address(events)).type != _EVENT_LIST_END:
            if event.type == _EVENT_PHONEME:
                self._marks.append(Mark(bytes(event.id.string).decode(), event.sample))
            events += ctypes.sizeof(_Event)
        return _CONTINUE
