"""A real WebRTC peer that watches, and remembers when each picture and each sound was meant to be seen and heard."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import RtcpSrPacket, RtpPacket
from numpy.typing import NDArray

from emulator.media import Viewers
from emulator.performance import Performance

Samples = NDArray[np.int16]
"""Of pictures and of sound alike, so that differences do not wrap."""
RATES = {"video": 90_000, "audio": 48_000}


@dataclass
class Stream:
    """What has come of one kind: frames by timestamp from the first one on, and the sender's reports."""

    kind: str
    frames: list[tuple[int, Samples]] = field(default_factory=list[tuple[int, Samples]])
    first: int | None = None
    reports: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, frames: int, reports: int = 0) -> None:
        """Wait until so much has come."""
        while len(self.frames) < frames or len(self.reports) < reports:
            self.changed.clear()
            await self.changed.wait()

    def seconds(self, timestamp: int) -> float:
        """Return the sender's wall clock of a frame's timestamp, by the promptest of its RTCP sender reports.

        A report gives the time at which its frame was sent: where the machine held the frame up, that is too late.
        """
        return min(wall - self._since_first(reported) for wall, reported in self.reports) + timestamp / RATES[self.kind]

    def _since_first(self, timestamp: int) -> float:
        assert self.first is not None
        return ((timestamp - self.first + 2**31) % 2**32 - 2**31) / RATES[self.kind]

    async def note_rtp(self, packet: RtpPacket) -> None:
        """Remember the timestamp that the frames count from."""
        if self.first is None and packet.payload:
            self.first = packet.timestamp

    async def note_rtcp(self, packet: object) -> None:
        """Remember a sender report."""
        if isinstance(packet, RtcpSrPacket):
            info = packet.sender_info
            self.reports.append((info.ntp_timestamp / 2**32, info.rtp_timestamp))
            self.changed.set()


@dataclass
class Watching:
    """A viewer at work."""

    peer: RTCPeerConnection
    viewer_id: str
    answer: str
    video: Stream
    audio: Stream

    async def frames(self, video: int, audio: int = 0) -> None:
        """Wait for so many frames of each kind."""
        await self.video.until(video)
        await self.audio.until(audio)

    async def reports(self) -> None:
        """Wait for a sender report of each kind."""
        await self.video.until(0, reports=1)
        await self.audio.until(0, reports=1)


@asynccontextmanager
async def watching(viewers: Viewers, performance: Performance) -> AsyncGenerator[Watching]:
    """Offer, connect and take everything in until the block ends."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    tasks: list[asyncio.Task[None]] = []
    streams = {kind: Stream(kind) for kind in RATES}

    def take(track: MediaStreamTrack) -> None:
        tasks.append(asyncio.create_task(_collect(track, streams[track.kind])))

    peer.on("track", take)
    for kind in RATES:
        _spy(peer.addTransceiver(kind, direction="recvonly").receiver, streams[kind])
    await peer.setLocalDescription(await peer.createOffer())
    viewer_id, answer = await viewers.offer(performance, peer.localDescription.sdp)
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    try:
        yield Watching(peer, viewer_id, answer, streams["video"], streams["audio"])
    finally:
        await peer.close()
        await asyncio.gather(*tasks)


class _Track(Protocol):
    async def recv(self) -> object: ...


async def _collect(track: _Track, stream: Stream) -> None:
    try:
        while True:
            frame = await track.recv()
            assert isinstance(frame, av.VideoFrame | av.AudioFrame)
            assert frame.pts is not None
            stream.frames.append((frame.pts, np.asarray(frame.to_ndarray(), np.int16)))
            stream.changed.set()
    except MediaStreamError:
        return


def _spy(receiver: RTCRtpReceiver, stream: Stream) -> None:
    """Let `stream` see the packets before the receiver does: its own statistics lack what reports say of RTP time."""
    for name, note in (("_handle_rtp_packet", stream.note_rtp), ("_handle_rtcp_packet", stream.note_rtcp)):
        _before(receiver, name, note)


def _before(receiver: RTCRtpReceiver, name: str, note: Callable[..., Awaitable[None]]) -> None:
    handle: Callable[..., Awaitable[None]] = getattr(receiver, name)

    async def both(packet: object, **rest: object) -> None:
        await note(packet)
        await handle(packet, **rest)

    setattr(receiver, name, both)
