"""Recordings for a browser's microphone, and Chromium with such a recording in place of one."""

import asyncio
import io
import wave
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import numpy as np
import soxr
from playwright.async_api import Browser, async_playwright

from tests.support.voicing import HOUSE_RATE, Signal, wav

DEVICE_RATE = 48_000
LIMIT_S = 60


def silence(seconds: float, rate: int = DEVICE_RATE) -> Signal:
    return np.zeros(round(seconds * rate))


def resampled(signal: Signal, rate: int, to: int) -> Signal:
    return soxr.resample(signal.astype(np.float32), rate, to).astype(np.float64)


async def live_session(http: aiohttp.ClientSession, url: str, **wish: str) -> str:
    """Return the address of a new session of the server at `url` that is live."""
    async with http.post(f"{url}/v1/sessions", json=wish) as response:
        session = f"{url}/v1/sessions/{(await response.json())['session_id']}"
    async with asyncio.timeout(LIMIT_S):
        while True:
            async with http.get(session) as response:
                if (await response.json())["state"] == "live":
                    return session
            await asyncio.sleep(0.1)


async def synthesized(url: str, emulator: str, text: str) -> Signal:
    """Return `text` as the emulated cloud speaks it, at the device's rate: real speech, for it came of phonemes."""
    async with aiohttp.ClientSession() as http:
        session = await live_session(http, url)
        wish = {"text": text, "wait": "ended", "timeout_s": LIMIT_S}
        async with http.post(f"{session}/say", json=wish) as response:
            assert (await response.json())["status"] == "ended"
        async with http.get(session) as response:
            cloud = (await response.json())["cloud_session_id"]
        async with http.get(f"{emulator}/_emulator/sessions/{cloud}/speech") as response:
            sound = await response.read()
        async with http.delete(session) as response:
            response.raise_for_status()
    with wave.open(io.BytesIO(sound)) as reader:
        rate, samples = reader.getframerate(), np.frombuffer(reader.readframes(reader.getnframes()), "<i2")
    loud = np.flatnonzero(np.abs(samples) > 300)
    return resampled(samples[loud[0] : loud[-1] + rate // 10] / 32_768, rate, DEVICE_RATE)


def aligned(received: Signal, sent: Signal) -> Signal:
    """Return the part of `received` where `sent` is, which may begin anywhere."""
    size = 1 << (received.size + sent.size).bit_length()
    spectrum = np.fft.rfft(received, size) * np.conj(np.fft.rfft(sent, size))
    lag = int(np.argmax(np.fft.irfft(spectrum, size)[: received.size]))
    return received[lag : lag + sent.size]


def house(signal: Signal) -> Signal:
    """Return a signal of the device's rate as the cloud gets it."""
    return resampled(signal, DEVICE_RATE, HOUSE_RATE)


@asynccontextmanager
async def browser_hearing(recording: Path, executable: str | None, arguments: list[str]) -> AsyncGenerator[Browser]:
    """Run Chromium whose microphone plays `recording` once, each time that it is opened, and then is silent."""
    microphone = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={recording}%noloop",
    ]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=[*arguments, *microphone])
        try:
            yield browser
        finally:
            await browser.close()


def store(path: Path, signal: Signal) -> Path:
    """Write a signal of the device's rate as a WAV file."""
    path.write_bytes(wav(signal, DEVICE_RATE))
    return path
