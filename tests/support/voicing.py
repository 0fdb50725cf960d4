"""Somebody who speaks into a microphone or has a recording, and what the emulated cloud heard of it."""

import asyncio
import base64
import io
import itertools
import json
import time
import wave
from dataclasses import dataclass
from typing import Any

import aiohttp
import numpy as np
from numpy.typing import NDArray

from tests.support.socket_client import Client

FRAME = 5120
HOUSE_RATE = 16_000
Signal = NDArray[np.float64]


def voice(seconds: float, rate: int, seed: int = 1) -> Signal:
    """Return a signal that is like itself at no other place: a sweep below 3 kHz with syllables, full scale ±1."""
    at = np.arange(round(seconds * rate)) / rate
    pitch = 300 + 200 * seed + 800 * at / max(seconds, 0.1)
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * (3 + seed / 7) * at)
    return 0.4 * syllables * np.sin(2 * np.pi * np.cumsum(pitch) / rate)


def pcm(signal: Signal, channels: int = 1) -> bytes:
    return np.repeat(np.rint(signal * 32_767).astype("<i2"), channels).tobytes()


def wav(signal: Signal, rate: int, channels: int = 1) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(pcm(signal, channels))
    return file.getvalue()


@dataclass(frozen=True)
class Sent:
    """A SEND_AUDIO frame as the cloud received it."""

    t: float
    req_id: str
    seq: int
    is_final: bool
    audio: bytes


async def cloud_id(http: aiohttp.ClientSession, session: str) -> str:
    async with http.get(session) as response:
        return (await response.json())["cloud_session_id"]


async def sent(http: aiohttp.ClientSession, emulator: str, session: str) -> list[Sent]:
    """Return every SEND_AUDIO frame of a session."""
    place = f"{emulator}/_emulator/sessions/{await cloud_id(http, session)}/transcript"
    async with http.get(place) as response:
        entries: list[dict[str, Any]] = await response.json()
    up = [(entry["t"], entry["frame"]["Payload"]) for entry in entries if entry["direction"] == "up"]
    return [
        Sent(t, load["ReqId"], data["Seq"], bool(data["IsFinal"]), base64.b64decode(data["Audio"]))
        for t, load in up
        if load["Command"] == "SEND_AUDIO"
        for data in [load["Data"]]
    ]


async def told(http: aiohttp.ClientSession, emulator: str, session: str, status: str) -> list[float]:
    """Return when the cloud told a speak status."""
    place = f"{emulator}/_emulator/sessions/{await cloud_id(http, session)}/transcript"
    async with http.get(place) as response:
        entries: list[dict[str, Any]] = await response.json()
    return [entry["t"] for entry in entries if entry["direction"] == "down" and f'"{status}"' in json.dumps(entry)]


async def heard(http: aiohttp.ClientSession, emulator: str, session: str) -> Signal:
    """Return what the cloud received, at 16 kHz."""
    async with http.get(f"{emulator}/_emulator/sessions/{await cloud_id(http, session)}/audio") as response:
        with wave.open(io.BytesIO(await response.read())) as reader:
            return np.frombuffer(reader.readframes(reader.getnframes()), "<i2") / 32_768


def drives(frames: list[Sent]) -> list[list[Sent]]:
    """Return the frames drive by drive."""
    return [list(group) for _, group in itertools.groupby(frames, lambda frame: frame.req_id)]


def check_form(frames: list[Sent]) -> None:
    """Hold every drive against the manual: Seq from 1 without a gap, whole frames but the last, one empty end."""
    for drive in drives(frames):
        assert [frame.seq for frame in drive] == list(range(1, len(drive) + 1))
        assert [len(frame.audio) for frame in drive[:-2]] == [FRAME] * (len(drive) - 2)
        assert 0 < len(drive[-2].audio) <= FRAME
        assert [frame.is_final for frame in drive] == [False] * (len(drive) - 1) + [True]
        assert drive[-1].audio == b""


def likeness(one: Signal, other: Signal, slack: int = 0) -> float:
    """Return the correlation of two signals that begin within `slack` samples; 1 is the same but for loudness."""
    return max(_correlation(one[max(0, lag) :], other[max(0, -lag) :]) for lag in range(-slack, slack + 1))


def _correlation(one: Signal, other: Signal) -> float:
    size = min(one.size, other.size)
    a, b = one[:size], other[:size]
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def likeness_anywhere(part: Signal, whole: Signal) -> float:
    """Return the correlation of `part` with the stretch of `whole` that is most like it."""
    size = 1 << (part.size + whole.size).bit_length()
    spectrum = np.fft.rfft(whole, size) * np.conj(np.fft.rfft(part, size))
    best = int(np.argmax(np.fft.irfft(spectrum, size)))
    lag = best if best < whole.size else best - size
    return likeness(part[max(0, -lag) :], whole[max(0, lag) :])


async def speak(client: Client, sound: bytes, rate: int, channels: int = 1, piece_ms: int = 20) -> None:
    """Send `sound` as it would come from a microphone, in real time."""
    size = rate * piece_ms // 1000 * 2 * channels
    began = time.monotonic()
    for number, start in enumerate(range(0, len(sound), size), 1):
        await asyncio.sleep(max(0.0, began + number * piece_ms / 1000 - time.monotonic()))
        await client.socket.send_bytes(sound[start : start + size])
