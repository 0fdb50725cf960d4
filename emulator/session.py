"""One cloud session: its state, its drives, its channel, and the media clock it performs on."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import msgspec

from audio.pcm import Samples
from emulator.channel.bot import Bot
from emulator.channel.downlink import Downlinks, Frame
from emulator.channel.drives import Drives, Effect, Refusal
from emulator.channel.frames import Audio, Heartbeat, Text, Uplink
from emulator.channel.rate import AudioMeter
from emulator.channel.telling import Told
from emulator.codes import TOO_FREQUENT, CloudError, Code
from emulator.limits import LimitsHolder
from emulator.performance import Phoneme, Scene
from emulator.speech import SpeechError, Synthesizer
from emulator.speech.cues import SpeakStatus, Status
from emulator.speech.speech import Voice
from emulator.transitions import Readiness

READY, CLOSED, PREPARING, FAILED = 1, 2, 3, 4
CLOSED_BY_CALL, CLOSED_IDLE, CLOSED_DOWNSTREAM, CLOSED_BY_RESTART, CLOSED_BY_USER = 1, 2, 3, 4, 5
TRANSCRIPT_FRAMES = 4096
"""Frames kept of each session; older ones are forgotten."""
HEARTBEAT_SECONDS = 30
"""Heartbeats that come faster are taken and noted."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """What createsession asked for, checked."""

    user_id: str
    project: str
    by_asset: bool
    protocol: str
    driver_type: int
    play_address: str | None
    max_interval: float | None = None
    trtc_room: str | None = None
    """The room in the platform's own TRTC app, None where there is none."""
    voice: Voice | None = None
    push_url: str | None = field(default=None, repr=False)
    """Where picture and sound are pushed, with its secret."""
    alpha: bool = False
    """Whether the alpha picture stands beside the coloured one."""


class Channel(Protocol):
    """The command channel as a session sees it."""

    def send(self, frame: Frame) -> None:
        """Queue a frame."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close the channel behind the frames that are queued; harmless when it is closed."""
        ...

    def abort(self) -> None:
        """Cut the connection without a word; harmless when it is closed."""
        ...


class Entry(msgspec.Struct, frozen=True):
    """A frame of the transcript; `t` in seconds of the session's media clock."""

    t: float
    direction: str
    frame: str


class Session:
    """A session from createsession to its end; it is a `Performance`."""

    def __init__(
        self,
        session_id: str,
        order: Order,
        readiness: Readiness,
        limits: LimitsHolder,
        synthesizer: Synthesizer,
        clock: Callable[[], float],
        *,
        lenient: bool = False,
        bot: Callable[[], Bot | None] = lambda: None,
    ) -> None:
        """`clock` is monotonic; the media clock is 0 now. `bot` tells the bot of the session's project."""
        self.id = session_id
        self.order = order
        self.started = False
        self.close_type: int | None = None
        self.error: Code | None = None
        self.channel: Channel | None = None
        self.transcript: deque[Entry] = deque(maxlen=TRANSCRIPT_FRAMES)
        self.warnings: Counter[str] = Counter()
        self.meter = AudioMeter()
        self.speak_status: SpeakStatus = "Initial"
        self.drives = Drives(order.driver_type, limits, max_interval=order.max_interval, lenient=lenient, bot=bot)
        self._readiness = readiness
        self._limits = limits
        self._synthesizer = synthesizer
        self._clock = clock
        self._epoch = clock()
        self._scene = Scene(alpha=order.alpha)
        self._shown_at: float | None = None
        self._beat_at: float | None = None
        self._heard_at = 0.0
        self._connected_at = 0.0
        self._downlinks = Downlinks(session_id)
        self._failed = False
        self._play_wake = asyncio.Event()
        self._speak_wake = asyncio.Event()
        self._closing = asyncio.Event()

    @property
    def closed(self) -> bool:
        """Whether the session has ended."""
        return self.close_type is not None

    def status(self, *, poll: bool = False) -> int:
        """Return SessionStatus; `poll` counts as one statsession."""
        if self.closed:
            return CLOSED
        if self._failed:
            return FAILED
        ready = self._readiness.poll(self._clock()) if poll else self._readiness.ready(self._clock())
        return READY if ready else PREPARING

    def now(self) -> float:
        """Return the media clock in seconds."""
        return self._clock() - self._epoch

    def audio(self, start: int, count: int) -> Samples:
        """Return `count` mono samples at 48 kHz from sample `start` of the media clock."""
        return self.drives.audio(start, count)

    def scene(self) -> Scene:
        """Return how the picture is put together."""
        nods = self.drives.actions()
        if nods != self._scene.nods:
            self._scene = replace(self._scene, nods=nods)
        return self._scene

    def show(self, scene: Scene) -> None:
        """Put the picture together as `scene` says; raises CloudError 100012."""
        now = self.now()
        if self._shown_at is not None and now - self._shown_at < self._limits.current.update_interval_s:
            raise CloudError(TOO_FREQUENT, "updates must be 5 seconds apart")
        self._shown_at = now
        self._scene = replace(scene, alpha=self.order.alpha)

    def phonemes(self, start: float, end: float) -> Sequence[Phoneme]:
        """Return the phonemes that overlap [start, end) on the media clock."""
        return self.drives.phonemes(start, end)

    def spoken(self) -> Samples:
        """Return what it has said, as far as it is kept, at 48 kHz."""
        return self.drives.spoken(self.now())

    def attach(self, channel: Channel, *, silent: bool = False) -> None:
        """Take `channel` as the session's own and tell it the statuses of the last three drives, unless `silent`."""
        self.channel = channel
        self._connected_at = self.now()
        self._play_wake.set()
        if silent:
            return
        for frame in self._downlinks.replay(last_only=self._limits.current.replay == "last"):
            self._send(frame)

    def detach(self, channel: Channel) -> None:
        """Forget `channel` if it is the session's own."""
        if self.channel is channel:
            self.channel = None

    def say(self, frame: str) -> None:
        """Say a recorded frame."""
        self._send(Frame(frame, "down"))

    def heard(self, frame: str) -> None:
        """Note an uplink frame of any kind, good or bad."""
        self._heard_at = self.now()
        self.transcript.append(Entry(self._heard_at, "up", frame))

    def early(self, uplink: Uplink) -> float:
        """Return how long audio that comes too fast has to wait; raises CloudError 100012 where it is refused."""
        mode = self._limits.current.audio_rate
        if mode == "off" or not isinstance(uplink.command, Audio) or not uplink.command.duration:
            return 0.0
        early = self.meter.early(uplink.req_id, self.now(), self._limits.current.audio_burst)
        if early and mode == "error":
            self.meter.figures.refused += 1
            raise CloudError(TOO_FREQUENT, "audio comes faster than 0.75 of its duration")
        if early:
            self.meter.figures.throttled += 1
        return early

    def receive(self, uplink: Uplink) -> None:
        """Carry out a command of the channel."""
        match uplink.command:
            case Audio():
                self.meter.take(uplink.req_id, uplink.command.duration, self.now())
            case Heartbeat():
                self._beat(uplink.req_id)
            case _:
                pass
        self._perform(self.drives.receive(uplink, self.now()))
        self._wake()

    def command(self, req_id: str, text: Text) -> None:
        """Carry out a SEND_TEXT that came over HTTP; raises CloudError."""
        self._perform(self.drives.command(req_id, text, self.now()))
        self._wake()

    def warn(self, warning: str) -> None:
        """Note what the manual asks for and the client did not do."""
        self.warnings[warning] += 1
        _log.info("session %s: %s", self.id, warning)

    def refuse(self, req_id: str, error: CloudError) -> None:
        """Tell the client that its command was not carried out; the channel lives."""
        self._send(self._downlinks.refusal(req_id, error))

    def limits_changed(self) -> None:
        """Heed new limits now."""
        self._play_wake.set()

    def fail(self, error: Code) -> None:
        """Let the creation of the stream fail with `error`, unless the session is started or closed."""
        if not self.started and not self.closed:
            self._failed, self.error = True, error

    async def run(self) -> None:
        """Live until `close`, or until the session is idle for too long."""
        async with asyncio.TaskGroup() as tasks:
            speaking = tasks.create_task(self._speak(), name=f"speak-{self.id}")
            playing = tasks.create_task(self._play(), name=f"play-{self.id}")
            await self._closing.wait()
            speaking.cancel()
            playing.cancel()

    def close(self, close_type: int, error: Code | None = None, *, abrupt: bool = False) -> None:
        """End the session and its channel, `abrupt` without a word; a second call changes nothing."""
        if self.closed:
            return
        self.close_type, self.error = close_type, error
        self._closing.set()
        if self.channel is not None and abrupt:
            self.channel.abort()
        elif self.channel is not None:
            self.channel.close(self._limits.current.close_code, "session closed")

    async def _play(self) -> None:
        """Send each status when it is due and end what is idle."""
        while True:
            now = self.now()
            self._perform(self.drives.tick(now))
            self._speak_wake.set()
            if self._end_idle(now):
                return
            deadline = self._next_deadline()
            try:
                async with asyncio.timeout(max(0.0, deadline - self.now())):
                    await self._play_wake.wait()
            except TimeoutError:
                continue
            self._play_wake.clear()

    async def _speak(self) -> None:
        """Synthesise what the drives want, one clause after the other."""
        while True:
            await self._speak_wake.wait()
            self._speak_wake.clear()
            while (clause := self.drives.unspoken()) is not None:
                ticket, text = clause
                try:
                    speech = await self._synthesizer.speak(text, self.order.voice)
                except (SpeechError, ValueError):
                    _log.warning("a clause of session %s could not be spoken", self.id)
                    self._perform(self.drives.fail(ticket, self.now()))
                else:
                    self._perform(self.drives.provide(ticket, speech, self.now()))
                self._play_wake.set()

    def _beat(self, req_id: str) -> None:
        now = self.now()
        if self._limits.current.heartbeat_ack == "status":
            self._send(self._downlinks.beat(req_id, self.speak_status))
        if self._beat_at is not None and now - self._beat_at < HEARTBEAT_SECONDS:
            self.warn("heartbeat_too_fast")
        self._beat_at = now

    def _end_idle(self, now: float) -> bool:
        limits = self._limits.current
        if now >= self._heard_at + limits.idle_session_s:
            self.close(CLOSED_IDLE)
            return True
        if self.channel is not None and now >= self._channel_idle_at():
            self.channel.close(limits.close_code, "idle")
            self.channel = None
        return False

    def _next_deadline(self) -> float:
        deadlines = [self._heard_at + self._limits.current.idle_session_s]
        if self.channel is not None:
            deadlines.append(self._channel_idle_at())
        if (due := self.drives.next_deadline()) is not None:
            deadlines.append(due)
        return min(deadlines)

    def _channel_idle_at(self) -> float:
        return max(self._heard_at, self._connected_at) + self._limits.current.idle_channel_s

    def _wake(self) -> None:
        self._play_wake.set()
        self._speak_wake.set()

    def _perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Status():
                    self._tell(effect)
                case Refusal():
                    self.refuse(effect.req_id, effect.error)
                case Told():
                    self._send(self._downlinks.told(effect))

    def _tell(self, status: Status) -> None:
        if not status.name.startswith("Sentence"):
            self.speak_status = status.name
        if status.name.startswith("Waiting") and self._limits.current.waiting_statuses == "stat":
            return
        self._send(self._downlinks.status(status))

    def _send(self, frame: Frame) -> None:
        if self.channel is not None:
            self.transcript.append(Entry(self.now(), "down", frame.text))
            self.channel.send(frame)
