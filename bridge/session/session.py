"""A session: the shell around the machines that decide. One TaskGroup; every event goes through one log."""

import asyncio
import random
import time
import uuid
from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from typing import Literal

import structlog

from bridge.clouds.tencent.client import TencentClient
from bridge.clouds.tencent.models import DriverType, new_req_id
from bridge.errors import BridgeError, CloudSessionLost, ModeMismatch, SessionEnded
from bridge.session import drives, steps
from bridge.session.actions import told_by
from bridge.session.alarm import NEVER, Alarm
from bridge.session.audioflow import AudioFlow
from bridge.session.callqueue import CallQueue
from bridge.session.calls import CloudCalls
from bridge.session.captions import Caption
from bridge.session.channel import USUAL, Timing
from bridge.session.channels import Channels
from bridge.session.events import (
    CloudMessage,
    Event,
    InterruptSource,
    PlayChanged,
    Problem,
    SessionState,
    StateChanged,
    UtteranceKind,
)
from bridge.session.feed import Feed
from bridge.session.lease import Lease
from bridge.session.lifecycle import Lifecycle
from bridge.session.measures import Measures
from bridge.session.new import NewSession
from bridge.session.outcomes import Outcome
from bridge.session.play import PlayAddress
from bridge.session.progress import Progress
from bridge.session.snapshot import Snapshot, UtteranceView
from bridge.session.subscription import Subscription
from bridge.session.utterance import Question
from bridge.settings import Settings
from bridge.wire.commands import Heartbeat
from bridge.wire.encode import Encoder, encode
from bridge.wire.events import DriveError, DriveStatus, Garbled, MessageType, decode
from bridge.wire.replay import ReplayFilter

log = structlog.stdlib.get_logger("bridge.session")

BotSays = drives.Answered | drives.Unanswered
SPEAKING: frozenset[SessionState] = frozenset({"live", "reconnecting"})


class Session:
    """One avatar in front of people: `run` is its life, all else may be called while that lasts.

    The session stays while the cloud session under it may be replaced. Errors are those of `bridge.errors`.
    """

    def __init__(
        self,
        session_id: str,
        cloud_user_id: str,
        new: NewSession,
        settings: Settings,
        client: TencentClient,
        measures: Measures,
        timing: Timing = USUAL,
    ) -> None:
        self.session_id = session_id
        self.measures = measures
        self.user_id = new.user_id or session_id
        self.created_at = time.time()
        self.new = new
        driver_type = DriverType.AUDIO if new.mode == "audio" else DriverType.TEXT
        self._cloud = CloudCalls(client, settings, cloud_user_id, driver_type)
        self._life = Lifecycle()
        self._drives = drives.Drives(
            new_req_id, settings.drive.command, clauses=settings.drive.clauses, burst=settings.audio.burst
        )
        self._encoder = Encoder()
        self._replay = ReplayFilter()
        limits = settings.session
        self._lease = Lease(limits.linger_s, limits.idle_s, limits.max_s, began=time.monotonic())
        self._asking: asyncio.Task[None] | None = None
        self._asked: dict[str, Callable[[BotSays], None]] = {}
        self._alarm = Alarm(self._next_deadline, self._tick)
        self.feed = Feed(session_id, measures, self._lease, self._alarm.changed)
        self.log = self.feed.log
        self.follow = self.feed.follow
        self.whisper = self.feed.whisper
        self.progress = Progress()
        self._over = asyncio.Event()
        self._play: PlayAddress | None = None
        self._reason: str | None = None
        self._error: Problem | None = None
        self._log = log.bind(session_id=session_id)
        self._calls = CallQueue(self._cloud, lambda: self._life.cloud_session_id, self._log)
        self._channels = Channels(
            address=client.channel_address,
            heartbeat=lambda to: encode(Heartbeat(), req_id=new_req_id(), session_id=to),
            opened=self._channel_opened,
            received=self._receive,
            down=self._channel_down,
            unread=measures.unread,
            spawn=lambda work: self._spawn(work, "channel"),
            timing=timing,
            log=self._log,
        )

    # What clients see.

    @property
    def play(self) -> PlayAddress | None:
        """The play address for a client, or None until the cloud session is ready."""
        return self._play

    @property
    def whep_upstream(self) -> str | None:
        """Where WHEP offers for this session go, or None until it is ready or without `playback.whep_url`."""
        cloud_session_id = self._life.cloud_session_id
        return self._cloud.whep_upstream(cloud_session_id) if self._play and cloud_session_id else None

    @property
    def is_over(self) -> bool:
        """Whether it is closing, closed or failed."""
        return self._life.is_over

    @property
    def has_ended(self) -> bool:
        """Whether its life is over and the cloud was told, as far as possible."""
        return self._over.is_set()

    def snapshot(self) -> Snapshot:
        """Return how the session is at this moment."""
        return Snapshot(
            session_id=self.session_id,
            user_id=self.user_id,
            state=self._life.state,
            mode=self.new.mode,
            dialog=self.new.dialog,
            created_at=round(self.created_at, 3),
            cloud_session_id=self._life.cloud_session_id,
            reason=self._reason,
            error=self._error,
            position=None,
            turn=self.feed.turn,
            utterances=[UtteranceView.of(utterance) for utterance in self._drives.unfinished],
            attached=self._lease.attached,
            metadata=self.new.metadata,
        )

    def subscribe(self, after: tuple[str, int] | None = None) -> Subscription:
        """Attach a client that has seen everything up to `after` (epoch, offset), or nothing, until it closes."""
        return self.feed.subscribe(after)

    def emit(self, event: Event) -> None:
        """Put `event` into the log and hand it to every client."""
        self.feed.emit(event)

    def forget(self) -> None:
        """Drop what was said so far; a client that missed some of it learns of a gap."""
        self._asked.clear()
        self.feed.forget(utterance.utterance_id for utterance in self._drives.unfinished)

    def touch(self) -> None:
        """Take note that somebody uses the session."""
        self._lease.touch(time.monotonic())

    # What it is to say.

    def open_utterance(
        self,
        kind: UtteranceKind,
        *,
        interrupt: bool = False,
        by: InterruptSource = "api",
        ref: str | None = None,
    ) -> str:
        """Accept an utterance and return its id; it is spoken when the ones before have ended.

        Raises SessionEnded when the session says nothing more, QueueFull when 16 wait already, and ModeMismatch for
        sound in a session for text.
        """
        if self.is_over:
            raise SessionEnded(f"the session is {self._life.state} and says nothing more; create a new one")
        if kind == "audio" and self.new.mode != "audio":
            raise ModeMismatch("this session speaks text only; create one with mode audio")
        utterance_id = uuid.uuid4().hex
        now = time.monotonic()
        self._drive(self._drives.open(utterance_id, kind, now, interrupt=interrupt, by=by, ref=ref))
        return utterance_id

    def push(self, utterance_id: str, clause: str, *, last: bool = False) -> None:
        """Add a clause to an open utterance; it is ignored once the utterance has ended.

        Say so if it is known to be the `last`: then the cloud is told with it, instead of by a packet of its own.
        """
        self._drive(self._drives.push(utterance_id, clause, time.monotonic(), last=last))

    def ask(self, utterance_id: str, question: Question, tell: Callable[[BotSays], None]) -> None:
        """Let an open utterance be what the cloud's own bot answers to `question` (at most 4000 bytes of UTF-8).

        `tell` gets the words as they come, or why there are none: then the utterance takes clauses, and wants `finish`.
        """
        open_ones = {utterance.utterance_id for utterance in self._drives.unfinished}
        self._asked = {key: known for key, known in self._asked.items() if key in open_ones} | {utterance_id: tell}
        self._drive(self._drives.ask(utterance_id, question, time.monotonic()))

    def push_audio(self, utterance_id: str, frame: bytes) -> None:
        """Add a frame of sound: 5120 bytes of 16 kHz 16-bit mono PCM, fewer only at the end; ended ones take no more.

        The caller paces the frames, and pushes while `audio_flow` is open. While it is not, the last 8 are kept.
        Raises ValueError for a frame that is empty, longer, or ends in the middle of a sample.
        """
        self._drive(self._drives.audio(utterance_id, frame, time.monotonic()))

    def caption(self, utterance_id: str, caption: Caption) -> None:
        """Say what is said at a place in the sound, before it is sent; it is told and counts as heard when played."""
        self._drives.caption(utterance_id, caption)
        self._alarm.changed()

    def arrange(self, utterance_id: str, captions: Sequence[Caption]) -> None:
        """Say all that is said in the sound, in the order of the places, in place of what `caption` or this said."""
        self._drives.arrange(utterance_id, captions)
        self._alarm.changed()

    def audio_flow(self, utterance_id: str) -> AudioFlow:
        """Return what tells when frames of the utterance may be pushed."""
        return AudioFlow(partial(self._drives.flow, utterance_id), self.progress)

    def finish(self, utterance_id: str, error: Problem | None = None) -> None:
        """Say that nothing follows; with `error` the utterance ends `failed` after what came was spoken."""
        self._drive(self._drives.finish(utterance_id, error, time.monotonic()))

    def interrupt(self, scope: Literal["all", "current"], by: InterruptSource) -> tuple[str, ...]:
        """Stop what is being said, and with "all" what waits; return the ids."""
        utterance_ids, effects = self._drives.interrupt(scope, by, time.monotonic())
        self._drive(effects)
        return utterance_ids

    def stop(self, utterance_id: str, by: InterruptSource) -> None:
        """Stop one utterance, whether it is being said or waits."""
        self._drive(self._drives.stop(utterance_id, by, time.monotonic()))

    def is_open(self, utterance_id: str) -> bool:
        """Return whether the utterance may still be pushed to."""
        return any(u.utterance_id == utterance_id and not u.interrupted for u in self._drives.unfinished)

    def waiting(self, utterance_id: str) -> int:
        """Return how many characters of an utterance wait to be sent; `progress` tells of every change."""
        utterance = next((u for u in self._drives.unfinished if u.utterance_id == utterance_id), None)
        return sum(map(len, utterance.waiting)) if utterance else 0

    async def said(self) -> None:
        """Return when nothing is to be said any more, or the session cannot say it now."""
        await self.progress.until(lambda: self._life.state not in SPEAKING or not self._drives.unfinished)

    async def wait(self, utterance_id: str, until: Literal["started", "ended"]) -> Outcome:
        """Return when the utterance has started or ended; any end ends the wait."""
        outcomes = self.feed.outcomes
        waiting = outcomes.started if until == "started" else outcomes.ended
        return await waiting(utterance_id)

    # Its life.

    async def run(self) -> None:
        """Live until the session is closed or has failed; cancelling it closes nothing in the cloud."""
        async with asyncio.TaskGroup() as group:
            self._tasks = group
            loops = [
                group.create_task(self._call_loop(), name=f"session-calls-{self.session_id}"),
                group.create_task(self._alarm.run(), name=f"session-clock-{self.session_id}"),
            ]
            self._live(self._life.begin(time.monotonic()))
            await self._over.wait()
            self._close_channel()
            for task in (*loops, self._asking):
                if task is not None:
                    task.cancel()

    async def close(self, reason: str) -> None:
        """Close the session, in the cloud too; returns when that is done or could not be done."""
        self._happen(steps.CloseAsked(reason))
        await self._over.wait()

    def abort(self) -> None:
        """End a session whose `run` was cut off: its clients and utterances get their end; the cloud is not called."""
        if self.has_ended:
            return
        broken = steps.BrokeDown(BridgeError("the session broke down in this server; create a new one"))
        try:
            for happening in (broken, steps.CloudClosed()):
                for effect in self._life.receive(happening, time.monotonic()):
                    if isinstance(effect, steps.Entered):
                        self._entered(effect)
        finally:
            self._end()

    async def close_in_cloud(self) -> None:
        """Close the cloud session that a `run` which broke down has left, within 8 s; a refusal is logged."""
        await self._calls.close()

    def _happen(self, happening: steps.Happening) -> None:
        self._live(self._life.receive(happening, time.monotonic(), random.random()))  # noqa: S311

    def _live(self, effects: Iterable[steps.Effect]) -> None:
        """Carry out effects of the life cycle."""
        for effect in effects:
            match effect:
                case steps.Entered():
                    self._entered(effect)
                case steps.OpenChannel():
                    self._channels.open(effect.cloud_session_id)
                case steps.CloseChannel():
                    self._close_channel()
                case _:
                    if isinstance(effect, steps.Close):
                        self._close_channel()
                    self._calls.put(effect)
        self._alarm.changed()

    def _entered(self, effect: steps.Entered) -> None:
        state = effect.state
        self._reason, self._error = effect.reason, effect.error
        self._log.info("session_state", state=state, reason=effect.reason, error=effect.error and effect.error.message)
        if effect.lost:
            self._close_channel()
            self._play = None
            gone = Problem("cloud_session_lost", "the cloud session was lost and is replaced", retryable=True)
            self._drive(self._drives.abandon("failed", gone, only_sent=True))
        if state in {"ready", "live"} and self._play is None:
            self._play = self._cloud.play(self.session_id)
            if self._play is not None:
                self.emit(PlayChanged(changed=True))
        self.emit(StateChanged(state=state, reason=effect.reason, error=effect.error))
        if state == "failed":
            self._drive(self._drives.abandon("failed", effect.error))
        elif state == "closing":
            self._drive(self._drives.abandon("interrupted", None))

    def _drive(self, effects: Iterable[drives.Effect]) -> None:
        """Carry out effects of the drives."""
        for effect in effects:
            match effect:
                case drives.Emit():
                    self.emit(effect.event)
                case drives.Send():
                    to = self._life.cloud_session_id or ""  # without one there is no channel
                    self._channels.send(self._encoder.encode(effect.command, req_id=effect.req_id, session_id=to))
                case drives.Reopen():
                    self._happen(steps.Doubted())
                case drives.Answered() | drives.Unanswered():
                    if (tell := self._asked.get(effect.utterance_id)) is not None:
                        tell(effect)
                case drives.AskCloud():
                    if self._asking is not None:
                        self._asking.cancel()
                    self._asking = self._spawn(self._ask_cloud(), "ask")
        self.progress.tell()
        due = self._drives.next_deadline()
        if due is not None:
            self._alarm.by(due)

    async def _call_loop(self) -> None:
        await self._calls.run(self._happen)
        self._end()

    def _end(self) -> None:
        self.feed.end()
        self._over.set()

    def _next_deadline(self) -> float:
        if self.is_over:
            return NEVER
        lease, life, drive = self._lease.ends()[0], self._life.next_deadline(), self._drives.next_deadline()
        return min(lease, NEVER if life is None else life, NEVER if drive is None else drive)

    def _tick(self, now: float) -> None:
        lease_ends, reason = self._lease.ends()
        if now >= lease_ends:
            self._happen(steps.CloseAsked(reason))
        self._live(self._life.tick(now))
        self._drive(self._drives.tick(now))

    # Its channel.

    def _channel_opened(self) -> None:
        now = time.monotonic()
        self._replay.reconnected(now)
        self._happen(steps.ChannelUp())
        self._drive(self._drives.channel(up=True, now=now))

    def _channel_down(self, down: steps.ChannelDown) -> None:
        self._drive(self._drives.channel(up=False, now=time.monotonic()))
        self._happen(down)

    def _receive(self, frame: str | bytes) -> None:
        message = decode(frame)
        now = time.monotonic()
        match message:
            case DriveStatus():
                if self._replay.is_new(message, now):
                    if self._drives.unfinished:  # what the cloud says by itself, of a heartbeat perhaps, is no use
                        self._lease.touch(now)
                    self._drive(self._drives.receive(message, now))
            case DriveError():
                self._log.warning("drive_refused", cloud_code=message.code, error=message.message)
                if message.type == MessageType.FAILURE:
                    self.emit(CloudMessage(message=message.raw))
                self._drive(self._drives.refused(message, now))
            case Garbled():
                self._log.warning("downlink_garbled", error=message.reason)
                return
            case _:
                self._lease.touch(now)
                self._drive(self._drives.told(message, now))
        if (told := told_by(message)) is not None:
            self._happen(told)

    def _close_channel(self) -> None:
        self._channels.close()
        self._drive(self._drives.channel(up=False, now=time.monotonic()))

    async def _ask_cloud(self) -> None:
        cloud_session_id = self._life.cloud_session_id
        try:
            speaking = cloud_session_id is not None and await self._cloud.is_speaking(cloud_session_id)
        except CloudSessionLost as error:
            # Without a channel or with another cloud session the life cycle is asking for itself.
            if self._life.state == "live" and self._life.cloud_session_id == cloud_session_id:
                self._happen(steps.Gone(error))
            return
        self._drive(self._drives.cloud_says(speaking=speaking, now=time.monotonic()))

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        return self._tasks.create_task(work, name=f"session-{name}-{self.session_id}")
