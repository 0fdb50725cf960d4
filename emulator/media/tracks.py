"""A session's picture and sound as WebRTC tracks, both on the media clock: what belongs together leaves together."""

from typing import Final

from aiortc import MediaStreamTrack

from emulator.face.face import RATE
from emulator.media.codec import Encoded, SoundEncoder, VideoFrame, video_frame
from emulator.media.pace import next_tick
from emulator.media.stage import Stage
from emulator.performance import SAMPLE_RATE

SOUND_RATE: Final = 50
"""Frames of sound a second."""

FRAME: Final = SAMPLE_RATE // SOUND_RATE
"""Samples in a frame of sound."""

PATIENCE: Final = 0.1
"""A frame that is later than this, in seconds, is skipped together with those before it."""


class PictureTrack(MediaStreamTrack):
    """The picture, 25 frames a second."""

    kind = "video"

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage
        self._tick: int | None = None

    async def recv(self) -> VideoFrame:
        """Return the next frame when its time has come."""
        self._tick = tick = next_tick(self._tick, self._stage.performance.now(), RATE, PATIENCE)
        await self._stage.until(tick / RATE)
        return video_frame(await self._stage.picture(tick), tick)


class SoundTrack(MediaStreamTrack):
    """The sound, in frames of 20 ms, encoded here: without a way through a thread it keeps its time best."""

    kind = "audio"

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage
        self._encoder = SoundEncoder()
        self._tick: int | None = None

    async def recv(self) -> Encoded:
        """Return the next frame when the time of its first sample has come."""
        self._tick = tick = next_tick(self._tick, self._stage.performance.now(), SOUND_RATE, PATIENCE)
        await self._stage.until(tick / SOUND_RATE)
        return self._encoder.encode(self._stage.sound(tick * FRAME, FRAME), tick * FRAME)
