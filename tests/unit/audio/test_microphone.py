"""The seam between PortAudio's thread and the loop; a device is in tests/integration/cli/test_relay_sources.py."""

import asyncio
import sys

import pytest

from audio.devices import NoMicrophone
from audio.microphone import WAITING, Microphone, microphones
from audio.pcm import HOUSE


async def test_pieces_come_in_order_from_another_thread():
    microphone = Microphone(HOUSE)
    for number in range(3):
        await asyncio.to_thread(microphone.take, bytes([number]), False)
    await asyncio.to_thread(microphone.finish)
    assert [await anext(microphone) for _ in range(3)] == [b"\0", b"\1", b"\2"]
    with pytest.raises(NoMicrophone, match="gone"):
        await anext(microphone)


async def test_of_more_than_a_second_the_oldest_is_lost_and_counted():
    microphone = Microphone(HOUSE)
    for number in range(WAITING + 2):
        microphone.take(bytes([number]), number == 0)
    assert await anext(microphone) == b"\2"
    assert microphone.lost == 3


async def test_one_that_falls_silent_without_a_word_is_gone():
    with pytest.raises(NoMicrophone, match="gone"):
        await anext(Microphone(HOUSE, gone_s=0.0))


@pytest.mark.parametrize(
    ("module", "advice"), [(None, r"pip install 'avatar-bridge\[mic\]'"), (OSError("not found"), "libportaudio2")]
)
def test_what_is_missing_is_told(module: OSError | None, advice: str, monkeypatch: pytest.MonkeyPatch):
    class Broken:
        def find_spec(self, name: str, path: object, target: object = None) -> None:
            if name == "sounddevice":
                raise module or ImportError

    for name in ("sounddevice", "audio.portaudio"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(NoMicrophone, match=advice):
        microphones()
