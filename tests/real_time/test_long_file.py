"""An MP3 of half an hour, played for three real minutes: the server's memory stays as it is."""

import asyncio
import json
import statistics
from collections.abc import AsyncGenerator
from pathlib import Path

import aiohttp
import av
import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from tests.integration.cli.support import Place
from tests.support.voicing import voice
from tests.unit.audio.files import Encoder, Output

MINUTES = 30
RATE = 44_100
MP3_FRAME = 1152
PLAYED_S = 180.0
WARM_S = 30.0
"""So long a server may take until it has all that it needs to decode and send."""
GROWTH_KIB = 3 * 1024
"""Of memory that may be added in the two and a half minutes after: two thirds of what their sound has as PCM, and a
ninth of the file."""
FILE_BYTES = 25_000_000
FRAME_S = 0.160


def half_an_hour(path: Path) -> None:
    """Write it: a voice that speaks the same minute again and again."""
    minute = voice(60.0, RATE).astype(np.float32)
    with av.open(str(path), "w", format="mp3") as file:
        _write(file, minute)


def _write(file: Output, minute: NDArray[np.float32]) -> None:
    stream: Encoder = file.add_stream("libmp3lame", RATE, layout="mono")
    stream.bit_rate = 128_000
    size = MP3_FRAME
    for number in range(MINUTES * minute.size // size):
        start = number * size % (minute.size - size)
        frame = AudioFrame.from_ndarray(minute[None, start : start + size], "fltp", "mono")
        frame.sample_rate, frame.pts = RATE, number * size
        file.mux(stream.encode(frame))
    file.mux(stream.encode(None))


def resident_kib(process: int) -> int:
    """Return the memory that a process has, in KiB."""
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


async def pieces(path: Path) -> AsyncGenerator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(65_536):
            yield piece


async def test_half_an_hour_plays_with_flat_memory(tmp_path: Path):
    path = tmp_path / "long.mp3"
    await asyncio.to_thread(half_an_hour, path)
    assert path.stat().st_size > FILE_BYTES
    place = Place(tmp_path)
    account = {
        "AVATAR_BRIDGE_CLOUD__APPKEY": "emulator",
        "AVATAR_BRIDGE_CLOUD__ACCESSTOKEN": "emulator-secret",
        "AVATAR_BRIDGE_CLOUD__PROJECT_ID": "demo",
    }
    async with place.emulator() as cloud:
        env = {**account, "AVATAR_BRIDGE_CLOUD__BASE_URL": cloud}
        async with place.start("serve", "--port", "0", "--log-level", "error", env=env) as server:
            await server.line("avatar-bridge serves")
            memory, sent_ms = await _play(server.address, server.process.pid, path)
        async with aiohttp.ClientSession(cloud) as http, http.get("/_emulator/sessions") as answer:
            (session,) = await answer.json()
    warm = [kib for at, kib in memory if WARM_S <= at < WARM_S + 20]
    late = [kib for at, kib in memory if at >= PLAYED_S - 20]
    growth = statistics.median(late) - statistics.median(warm)
    assert growth < GROWTH_KIB, memory[:: len(memory) // 20]
    assert sent_ms[-1] >= (PLAYED_S - 5) * 1000
    assert session["audio"]["frames"] >= (PLAYED_S - 5) / FRAME_S
    assert (session["audio"]["throttled"], session["audio"]["refused"]) == (0, 0)


async def _play(url: str, process: int, path: Path) -> tuple[list[tuple[float, int]], list[int]]:
    """Play the file for three minutes and interrupt it; return the memory meanwhile and how far it was told to be."""
    timeout = aiohttp.ClientTimeout(total=None)
    memory: list[tuple[float, int]] = []
    sent_ms: list[int] = []
    async with aiohttp.ClientSession(url, timeout=timeout) as http:
        async with http.post("/v1/sessions", json={"mode": "audio"}) as created:
            session = f"/v1/sessions/{(await created.json())['session_id']}"

        async def post() -> str:
            async with http.post(f"{session}/audio?wait=ended", data=pieces(path)) as answer:
                return (await answer.json())["status"]

        async def watch() -> None:
            async with http.get(f"{session}/events") as events:
                async for line in events.content:
                    if line.startswith(b"data:") and b'"audio.sent"' in line:
                        sent_ms[:] = [*sent_ms, json.loads(line[5:])["sent_ms"]]

        watching, posting = asyncio.create_task(watch()), asyncio.create_task(post())
        loop = asyncio.get_running_loop()
        began: float | None = None
        while began is None or loop.time() - began < PLAYED_S:
            await asyncio.sleep(1.0)
            assert not posting.done(), posting.result()
            if began is None and sent_ms:
                began = loop.time()
            if began is not None:
                memory.append((loop.time() - began, resident_kib(process)))
        async with http.post(f"{session}/interrupt", json={"scope": "all"}) as answer:
            assert answer.status == 200
        assert await posting == "interrupted"
        watching.cancel()
        await asyncio.wait({watching})
    return memory, sent_ms
