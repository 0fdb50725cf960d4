"""What a session makes of the commands it gets: the manual's rules of driving, in front of the timeline. PURE."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from audio.pcm import Resampler, Samples, from_bytes
from emulator.channel.bot import Bot
from emulator.channel.frames import MAX_AUDIO_BYTES, Audio, StreamText, Text, Uplink
from emulator.channel.telling import Told, tell
from emulator.codes import BAD_PARAMETER, TOO_FREQUENT, WRONG_TIMING, CloudError
from emulator.limits import LimitsHolder
from emulator.performance import SAMPLE_RATE, Phoneme
from emulator.speech.clauses import cut_sentences, split
from emulator.speech.cues import (
    SERVER_FINAL,
    Begin,
    Cue,
    Fail,
    Finish,
    Interrupt,
    Kind,
    Provide,
    Queue,
    SpeakStatus,
    Status,
)
from emulator.speech.speech import Speech
from emulator.speech.ssml import acted, has_tags
from emulator.speech.timeline import Timeline

AUDIO_RATE = 16_000
AUDIO_DRIVER = 3
MAX_WAITING_CLAUSES = 256
"""Clauses or audio frames that may wait in one drive; one more is refused with 100012."""
RECEIVED_FRAMES = 1875
"""Audio frames kept for the control API: five minutes; older ones are forgotten."""

LENIENT_FRAGMENTS = 2
"""A newer manual allows fragments so many times as long."""

ENDS: frozenset[SpeakStatus] = frozenset({"TextOver", "AudioOver", "Error"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """The command of `req_id` was not carried out."""

    req_id: str
    error: CloudError


Effect = Status | Refusal | Told


class _Ignored(Exception):
    """A packet whose Seq is wrong, where such packets are passed over."""


@dataclass(slots=True)
class _Intake:
    """The packets of the running drive that comes in pieces."""

    req_id: str
    kind: Kind
    sentences: bool
    last_at: float
    next_seq: int = 1
    final: bool = False
    rest: str = ""
    resampler: Resampler | None = None
    short: bool = False


class Drives:
    """The drives of one session; times are seconds of its media clock."""

    def __init__(
        self,
        driver_type: int,
        limits: LimitsHolder,
        *,
        max_interval: float | None = None,
        lenient: bool = False,
        bot: Callable[[], Bot | None] = lambda: None,
    ) -> None:
        """`max_interval` is the StreamMaxInterval asked for at creation, in seconds; `bot` tells the project's bot."""
        self._driver_type = driver_type
        self._limits = limits
        self._max_interval = max_interval
        self._lenient = lenient
        self._bot = bot
        self._guarded: str | None = None
        """The drive that only a forced interruption ends."""
        self._timeline = Timeline()
        self._intake: _Intake | None = None
        self._text_at: float | None = None
        self._past: deque[str] = deque(maxlen=64)
        self._ticket = 0
        self.received: deque[bytes] = deque(maxlen=RECEIVED_FRAMES)

    @property
    def speaking(self) -> str | None:
        """The ReqId of the drive that has no end yet."""
        return self._timeline.running

    def receive(self, uplink: Uplink, now: float) -> list[Effect]:
        """Carry out a command, or refuse it; a heartbeat has no effect."""
        effects = self.tick(now)
        try:
            match uplink.command:
                case Text():
                    self._check_bytes(uplink.command)
                    effects += self._text(uplink.req_id, uplink.command, now)
                case StreamText():
                    effects += self._stream(uplink.req_id, uplink.command, now)
                case Audio():
                    effects += self._audio(uplink.req_id, uplink.command, now)
                case _:
                    pass
        except CloudError as error:
            effects.append(Refusal(uplink.req_id, error))
        except _Ignored:
            pass
        return effects

    def command(self, req_id: str, data: Text, now: float) -> list[Effect]:
        """Carry out a SEND_TEXT that came over HTTP, whose length is counted in characters; raises CloudError."""
        limit = self._limits.current.command_characters
        if len(data.text) > limit:
            raise CloudError(BAD_PARAMETER, f"Text has more than {limit} characters")
        effects = self.tick(now)
        return effects + self._text(req_id, data, now)

    def unspoken(self) -> tuple[int, str] | None:
        """Return ticket and text of the next clause to synthesise, to be answered with `provide` or `fail`."""
        return self._timeline.unspoken()

    def provide(self, ticket: int, speech: Speech, now: float) -> list[Effect]:
        """Take the speech of clause `ticket`."""
        return self._cue(Provide(ticket, speech), now)

    def fail(self, ticket: int, now: float) -> list[Effect]:
        """Take the news that clause `ticket` cannot be spoken."""
        return self._cue(Fail(ticket), now)

    def tick(self, now: float) -> list[Effect]:
        """Return what is due by `now`."""
        effects: list[Effect] = []
        until = self._auto_final_at()
        if self._intake is not None and until is not None and until <= now:
            effects += self._close(self._intake, now, SERVER_FINAL)
        return effects + self._note(self._timeline.tick(now))

    def next_deadline(self) -> float | None:
        """Return when `tick` is to be called next, None while only an event can bring anything."""
        deadlines = (self._timeline.next_deadline(), self._auto_final_at())
        return min((d for d in deadlines if d is not None), default=None)

    def audio(self, start: int, count: int) -> Samples:
        """Return `count` samples at 48 kHz from sample `start` of the media clock."""
        return self._timeline.audio(start, count)

    def phonemes(self, start: float, end: float) -> Sequence[Phoneme]:
        """Return the phonemes that overlap [start, end)."""
        return self._timeline.phonemes(start, end)

    def actions(self) -> tuple[float, ...]:
        """Return when the character acts, as far as it is known and kept."""
        return self._timeline.actions()

    def spoken(self, now: float) -> Samples:
        """Return what has sounded so far, as far as it is kept."""
        return self._timeline.spoken(now)

    def _check_bytes(self, data: Text) -> None:
        limit = self._limits.current.text_bytes
        if len(data.text.encode()) > limit:
            raise CloudError(BAD_PARAMETER, f"Text has more than {limit} bytes")

    def _text(self, req_id: str, data: Text, now: float) -> list[Effect]:
        if not data.text and not data.interrupt:
            raise CloudError(BAD_PARAMETER, "Text is empty")
        if self._text_at is not None and now - self._text_at <= self._limits.current.text_interval_s:
            raise CloudError(TOO_FREQUENT, "texts must be more than 1 second apart")
        if self._timeline.running_kind == "audio":
            raise CloudError(WRONG_TIMING, "audio is driving: end it with IsFinal and wait for AudioOver")
        if self._guarded is not None and self._guarded == self.speaking and not data.interrupt:
            raise CloudError(WRONG_TIMING, "what is being broadcast cannot be interrupted without force")
        if not data.text:
            if not self._timeline.started:
                raise CloudError(WRONG_TIMING, "no text is being broadcast")
            self._text_at = now
            return self._cue(Interrupt(), now)
        self._refuse_reuse(req_id)
        self._text_at = now
        bot = None if data.chat_command else self._bot()
        if bot is None:
            return self._speak(req_id, data.text, now)
        reply = bot.reply(data.text)
        effects: list[Effect] = list(tell(req_id, data.text, reply))
        if reply.spoken:
            effects += self._speak(req_id, reply.text, now)
            self._guarded = req_id if reply.uninterruptible else None
        return effects

    def _speak(self, req_id: str, text: str, now: float) -> list[Effect]:
        effects = self._cue(Begin(req_id, "text"), now)
        for clause in split(text):
            effects += self._say(clause, now)
        return effects + self._cue(Finish(), now)

    def _stream(self, req_id: str, data: StreamText, now: float) -> list[Effect]:
        limit = self._limits.current.fragment_bytes * (LENIENT_FRAGMENTS if self._lenient else 1)
        if len(data.text.encode()) > limit:
            raise CloudError(BAD_PARAMETER, f"Text has more than {limit} bytes")
        if data.interrupt:
            return self._interrupt_stream(req_id, data, now)
        if not data.is_sentence and not self._lenient and has_tags(data.text):
            raise CloudError(BAD_PARAMETER, "SSML is spoken in clause mode (IsSentence) only")
        intake, effects = self._packet(req_id, "stream", data.seq, now, sentences=data.is_sentence)
        if data.text and data.is_sentence != intake.sentences:
            raise CloudError(BAD_PARAMETER, "IsSentence must be the same in all fragments of a drive")
        intake.next_seq, intake.last_at = data.seq + 1, now
        if intake.sentences:
            if data.text:
                text = self._acted(data.text, data)
                effects += self._say(text, now, data.seq, insert=data.is_insert_sentence)
        else:
            sentences, intake.rest = cut_sentences(intake.rest + data.text)
            for sentence in sentences:
                effects += self._say(self._acted(sentence, data), now)
        return effects + (self._close(intake, now) if data.is_final else [])

    def _acted(self, text: str, data: StreamText) -> str:
        """Return `text` with an action where one is wanted and none is asked for."""
        return acted(text) if data.smart_action_enabled else text

    def _interrupt_stream(self, req_id: str, data: StreamText, now: float) -> list[Effect]:
        intake = self._intake
        if data.text:
            raise CloudError(BAD_PARAMETER, "an interrupt has an empty Text")
        if intake is None or intake.req_id != req_id or intake.kind != "stream" or self.speaking != req_id:
            raise CloudError(WRONG_TIMING, "this drive is not being broadcast")
        if not self._lenient and not data.is_final:
            raise CloudError(BAD_PARAMETER, "an interrupt has IsFinal")
        if not self._lenient and data.seq != intake.next_seq:
            self._bad_seq(f"an interrupt has the next Seq, {intake.next_seq}")
        return self._cue(Interrupt(), now)

    def _audio(self, req_id: str, data: Audio, now: float) -> list[Effect]:
        if self._driver_type != AUDIO_DRIVER:
            raise CloudError(BAD_PARAMETER, "SEND_AUDIO needs a session with DriverType 3")
        if self._timeline.running_kind in {"text", "stream"}:
            raise CloudError(WRONG_TIMING, "text is driving: interrupt it and wait for TextOver")
        if data.interrupt:
            if self._timeline.running_kind != "audio" or self.speaking != req_id:
                raise CloudError(WRONG_TIMING, "this drive is not being broadcast")
            return self._cue(Interrupt(), now)
        sound = data.sound()
        intake, effects = self._packet(req_id, "audio", data.seq, now)
        if sound and intake.short:
            raise CloudError(BAD_PARAMETER, f"only a drive's last frame has less than {MAX_AUDIO_BYTES} bytes")
        intake.next_seq, intake.last_at = data.seq + 1, now
        intake.short = intake.short or len(sound) < MAX_AUDIO_BYTES
        if sound:
            self.received.append(sound)
            intake.resampler = intake.resampler or Resampler(AUDIO_RATE, SAMPLE_RATE)
            effects += self._play(intake.resampler.push(from_bytes(sound)), now)
        return effects + (self._close(intake, now) if data.is_final else [])

    def _packet(
        self, req_id: str, kind: Kind, seq: int, now: float, *, sentences: bool = False
    ) -> tuple[_Intake, list[Effect]]:
        """Return the drive that packet `seq` belongs to, begun if it is a new one."""
        intake = self._intake
        if intake is not None and intake.req_id == req_id and self.speaking == req_id:
            if intake.final:
                raise CloudError(WRONG_TIMING, "the drive had its IsFinal")
            if intake.kind != kind:
                raise CloudError(BAD_PARAMETER, f"the running drive is of another kind: {intake.kind}")
            if seq != intake.next_seq:
                self._bad_seq(f"the next Seq of this drive is {intake.next_seq}")
            if self._timeline.waiting >= MAX_WAITING_CLAUSES:
                raise CloudError(TOO_FREQUENT, "too much waits to be spoken")
            return intake, []
        self._refuse_reuse(req_id)
        if seq != 1 and not (self._lenient and seq == 0):
            self._bad_seq("Seq must start at 1")
        if self._timeline.running_kind == "audio":
            raise CloudError(WRONG_TIMING, "audio is driving: end it with IsFinal and wait for AudioOver")
        self._intake = _Intake(req_id, kind, sentences, now)
        return self._intake, self._cue(Begin(req_id, kind, sentences), now)

    def _bad_seq(self, detail: str) -> None:
        """Refuse a packet, or pass it over, unless it is to be taken all the same."""
        match self._limits.current.bad_seq:
            case "error":
                raise CloudError(BAD_PARAMETER, detail)
            case "ignore":
                raise _Ignored
            case "take":
                pass

    def _refuse_reuse(self, req_id: str) -> None:
        if req_id in self._past:
            raise CloudError(WRONG_TIMING, "the drive of this ReqId has ended")
        if req_id == self.speaking:
            raise CloudError(BAD_PARAMETER, "this ReqId belongs to the running drive")

    def _close(self, intake: _Intake, now: float, final_type: int = 1) -> list[Effect]:
        """Let the running drive end when all it has is spoken."""
        intake.final = True
        effects: list[Effect] = []
        for clause in split(intake.rest):
            effects += self._say(clause, now)
        intake.rest = ""
        if intake.resampler is not None and (self._timeline.sounds or not self._timeline.started):
            # Once all has sounded, the few milliseconds the resampler holds back would only come as a click.
            effects += self._play(intake.resampler.push(from_bytes(b""), last=True), now)
        return effects + self._cue(Finish(final_type), now)

    def _say(self, text: str, now: float, seq: int = 0, *, insert: bool = False) -> list[Effect]:
        self._ticket += 1
        return self._cue(Queue(self._ticket, seq, text, insert), now)

    def _play(self, sound: Samples, now: float) -> list[Effect]:
        if sound.size == 0:
            return []
        self._ticket += 1
        effects = self._cue(Queue(self._ticket, 0), now)
        return effects + self._cue(Provide(self._ticket, Speech(sound, ())), now)

    def _cue(self, cue: Cue, now: float) -> list[Effect]:
        return self._note(self._timeline.receive(cue, now))

    def _note(self, statuses: list[Status]) -> list[Effect]:
        self._past.extend(status.req_id for status in statuses if status.name in ENDS)
        return list(statuses)

    def _auto_final_at(self) -> float | None:
        """Return when the running drive is ended for want of packets; clause mode waits without limit."""
        intake = self._intake
        if intake is None or intake.final or intake.sentences or self.speaking != intake.req_id:
            return None
        interval = self._limits.current.stream_max_interval_s
        return intake.last_at + (interval if self._max_interval is None else self._max_interval)
