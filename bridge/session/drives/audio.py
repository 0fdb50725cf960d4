"""A drive of SEND_AUDIO frames. Pure.

Whoever has the sound cuts it into frames and paces them; here they only wait while none may go out. What is said in it
is told when the cloud plays it. Manual: "Voice-driven Instructions", "Instruction Sending Requirements".
"""

from collections.abc import Iterable

from bridge.session.drives.common import SILENCE_S, Drive, Line
from bridge.session.drives.effects import Effect, Send
from bridge.session.utterance import Utterance
from bridge.wire.commands import FRAME_BYTES, FRAME_S, SendAudio
from bridge.wire.events import DriveStatus

INTERVAL_S = 0.115
"""The least time between two frames: the manual's 120 ms, less what a clock may be off."""
SAMPLE_BYTES = 2


class AudioDrive(Drive):
    """Carries the frames of the utterance; ends with an empty one, which is also what stops it.

    A frame shorter than 5120 bytes is its last, for the manual allows that only there.
    """

    command = "audio"
    start = "AudioStart"
    over = "AudioOver"
    closed_by_cloud = frozenset({None, 2})

    def __init__(self, line: Line, utterance: Utterance) -> None:
        super().__init__(line, utterance)
        self._first_at = self._last_at = 0.0
        self._sound_s = 0.0

    def pump(self, now: float) -> list[Effect]:
        """Send the frames that wait, never too fast, and the end of them."""
        if self.final_sent:
            return []
        if self.seq and now >= self._last_at + SILENCE_S:
            return self._close()
        effects: list[Effect] = []
        frames = self.utterance.frames
        while frames and not self.final_sent and now >= self._next_at():
            effects += self._play(frames.popleft(), now)
        if self.seq and self.utterance.complete and not frames and not self.final_sent:
            effects += self._close()
        return effects

    def hear(self, status: DriveStatus, now: float) -> list[Effect]:
        """Take a status."""
        if status.speak_status != self.start:
            return []
        self.utterance.captions.started(now)
        return self.begin() + self._told(now)

    def tick(self, now: float) -> list[Effect]:
        """Tell what is being said by now."""
        return self._told(now)

    def finish(self, now: float) -> list[Effect]:
        """Take note that all of it was played."""
        self.utterance.captions.over(now)
        return self._told(now)

    def stop(self, now: float) -> list[Effect]:
        """Send the empty frame; after it there is nothing that could stop sooner."""
        self.stop_sent = True
        return [] if self.final_sent else self._close()

    def reconnected(self, now: float) -> list[Effect]:
        """Close it: what was lost meanwhile leaves a gap, so the sound goes on in another drive.

        The cloud may refuse even that, for the gap or because it has closed the drive by itself.
        """
        self.shaken = True
        if self.final_sent:
            return []
        self.pardons += 1
        return self._close()

    def left_s(self, now: float) -> float | None:
        """Return the sound that was sent ahead and has not been heard yet; before its end it owes nothing."""
        return max(0.0, self._first_at + self._sound_s - now) if self.final_sent else None

    def tail_s(self, now: float) -> float:
        """Return the sound that was sent ahead."""
        return self.left_s(now) or 0.0

    def deadlines(self) -> Iterable[float | None]:
        """Return when the next frame may go out, the source was silent too long, or a clause begins or ends."""
        deadlines = [self.stop_at()]
        if not self.silenced:
            deadlines.append(self.utterance.captions.next_deadline())
        if not self.stopping and not self.final_sent:
            deadlines.append(self._next_at() if self.utterance.frames else self._last_at + SILENCE_S)
        return deadlines

    def _next_at(self) -> float:
        """Return when the next frame may go out."""
        at_once = not self.seq or self.seq < self.line.burst
        return self._last_at if at_once else self._last_at + INTERVAL_S

    def _play(self, frame: bytes, now: float) -> list[Effect]:
        if not self.seq:
            self._first_at = now
        self.seq += 1
        self._last_at = now
        self._sound_s += FRAME_S * len(frame) / FRAME_BYTES
        self.utterance.captions.sent(len(frame) // SAMPLE_BYTES, now)
        effects: list[Effect] = [Send(self.req_id, SendAudio(audio=frame, seq=self.seq))]
        return effects if len(frame) == FRAME_BYTES else effects + self._close()

    def _told(self, now: float) -> list[Effect]:
        if self.silenced:
            return []
        effects: list[Effect] = []
        for caption in self.utterance.captions.due(now):
            tell = self.begun if caption.status == "started" else self.spoken
            effects += tell(caption.number, now)
        return effects

    def _close(self) -> list[Effect]:
        self.seq += 1
        self.final_sent = True
        return [Send(self.req_id, SendAudio(audio=b"", seq=self.seq, is_final=True))]
