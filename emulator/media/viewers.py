"""Those who watch: a WebRTC peer each, and where there is no network a WebM stream each."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final

from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.codecs import vpx

from emulator.face.face import RATE
from emulator.media.codec import VIDEO_BITS, WebmWriter
from emulator.media.errors import MediaError, TooManyViewersError
from emulator.media.pace import next_tick
from emulator.media.peer import answer, check_offer
from emulator.media.stage import SAMPLES_PER_PICTURE, Stages
from emulator.media.tracks import PATIENCE
from emulator.performance import Performance

MAX_VIEWERS: Final = 32
"""Viewers of all sessions together; one more is refused."""

CONNECT_SECONDS: Final = 20.0
"""A peer that has not connected by then is gone."""


class _Viewer:
    """One WebRTC peer; its task owns it."""

    def __init__(self) -> None:
        self.answer = asyncio.get_running_loop().create_future()
        self.connected = asyncio.Event()
        self.leaving = asyncio.Event()

    def follow(self, peer: RTCPeerConnection) -> None:
        """Take note of what becomes of the connection."""
        if peer.connectionState == "connected":
            self.connected.set()
        elif peer.connectionState in ("failed", "closed"):
            self.leave()

    def leave(self) -> None:
        """End the viewing, whether or not it has begun."""
        self.connected.set()
        self.leaving.set()


class Viewers:
    """All who watch; the viewers of one performance share its drawing.

    A peer that never came or has left without a word is noticed and freed: `CONNECT_SECONDS` after its offer, or
    about half a minute after its last sign of life.
    """

    def __init__(
        self, limit: int = MAX_VIEWERS, connect_seconds: float = CONNECT_SECONDS, stages: Stages | None = None
    ) -> None:
        """Take at most `limit` viewers at a time, each of which connects within `connect_seconds`.

        `stages` are those that others show too.
        """
        self._limit = limit
        self._connect_seconds = connect_seconds
        self._stages = stages or Stages()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._viewers: dict[str, _Viewer] = {}
        self._streams = 0
        self._closed = asyncio.Event()
        # The picture is small and the network near: one steady rate spares the keyframe that every new rate costs.
        vpx.DEFAULT_BITRATE = vpx.MIN_BITRATE = vpx.MAX_BITRATE = VIDEO_BITS

    @property
    def count(self) -> int:
        """Return how many watch now, those who are connecting included."""
        return len(self._tasks) + self._streams

    def watches(self, viewer_id: str) -> bool:
        """Return whether this viewer is still there."""
        return viewer_id in self._tasks

    async def offer(self, performance: Performance, sdp: str) -> tuple[str, str]:
        """Return the id of a new viewer of `performance` and the answer to its offer, with all candidates.

        Raises BadOfferError (a ValueError), TooManyViewersError, or NoNetworkInterface where WebRTC cannot work.
        """
        check_offer(sdp)
        self._admit()
        viewer_id, viewer = secrets.token_urlsafe(12), _Viewer()
        task = asyncio.create_task(self._serve(viewer, performance, sdp), name=f"viewer {viewer_id}")
        self._viewers[viewer_id], self._tasks[viewer_id] = viewer, task
        task.add_done_callback(lambda _: self._forget(viewer_id))
        try:
            await asyncio.wait({task, viewer.answer}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            viewer.leave()
            raise
        if not viewer.answer.done():
            await task
            raise MediaError("the viewer was closed before it was answered")
        return viewer_id, viewer.answer.result()

    async def webm(self, performance: Performance) -> AsyncIterator[bytes]:
        """Return a live WebM of `performance`, from now until it is closed; raises TooManyViewersError.

        A reader that falls behind misses pictures instead of getting them late.
        """
        self._admit()
        return self._webm(performance)

    async def close(self, viewer_id: str) -> None:
        """End one viewer; an unknown id does nothing."""
        if viewer_id in self._tasks:
            self._viewers[viewer_id].leave()
            await asyncio.wait({self._tasks[viewer_id]})

    async def aclose(self) -> None:
        """End all viewers and take no more."""
        self._closed.set()
        await asyncio.gather(*(self.close(viewer_id) for viewer_id in list(self._tasks)))

    def _admit(self) -> None:
        if self._closed.is_set():
            raise TooManyViewersError("the emulator is closing")
        if self.count >= self._limit:
            raise TooManyViewersError(f"{self._limit} viewers are watching already; one has to leave first")

    def _forget(self, viewer_id: str) -> None:
        del self._tasks[viewer_id], self._viewers[viewer_id]

    async def _serve(self, viewer: _Viewer, performance: Performance, sdp: str) -> None:
        with self._stages.watch(performance) as stage:
            peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
            peer.on("connectionstatechange", lambda: viewer.follow(peer))
            try:
                viewer.answer.set_result(await answer(peer, stage, sdp))
                async with asyncio.timeout(self._connect_seconds):
                    await viewer.connected.wait()
                await viewer.leaving.wait()
            except TimeoutError:
                return
            finally:
                # Of an offer that made no sense aiortc leaves parts without a transport, over which its close() trips;
                # nothing has been opened then.
                with contextlib.suppress(AttributeError):
                    await peer.close()

    async def _webm(self, performance: Performance) -> AsyncGenerator[bytes]:
        self._streams += 1
        writer: WebmWriter | None = None
        try:
            with self._stages.watch(performance) as stage:
                writer = await asyncio.to_thread(WebmWriter, stage.width)
                tick = None
                while not self._closed.is_set():
                    tick = next_tick(tick, performance.now(), RATE, PATIENCE)
                    await stage.until(tick / RATE)
                    picture = await stage.picture(tick)
                    sound = stage.sound(tick * SAMPLES_PER_PICTURE, SAMPLES_PER_PICTURE)
                    if data := await asyncio.to_thread(writer.write, picture, sound, tick):
                        yield data
        finally:
            self._streams -= 1
            if writer is not None:
                writer.close()
