"""A voice for tests: espeak-ng in a process of its own. Run with a language and a text, it writes PCM of 22.05 kHz."""

import ctypes
import subprocess
import sys
from functools import cache

import espeakng_loader
import numpy as np

from audio.pcm import from_bytes, resample
from audio.resample import Signal

RATE = 22_050
Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
SYNCHRONOUS = 2
UTF8 = 1


@cache
def spoken(text: str, language: str = "en") -> Signal:
    """`text` as it sounds, 16 kHz."""
    command = [sys.executable, "-m", "tests.unit.audio.voices", language, text]
    pcm = subprocess.run(command, check=True, capture_output=True, timeout=30).stdout
    return (resample(from_bytes(pcm), RATE, 16_000) / np.float32(32_768)).astype(np.float32)


def main() -> None:
    language, text = sys.argv[1:3]
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
    assert rate == RATE

    def keep(samples: int | None, count: int, _events: int) -> int:
        if samples:
            sys.stdout.buffer.write(ctypes.string_at(samples, 2 * count))
        return 0

    callback = Callback(keep)
    library.espeak_SetSynthCallback(callback)
    library.espeak_SetVoiceByName(language.encode())
    data = text.encode() + b"\0"
    library.espeak_Synth(data, ctypes.c_size_t(len(data)), 0, 0, 0, UTF8, None, None)


if __name__ == "__main__":
    main()
