"""What is said next in a session with a host: a line of the script, or an answer to the audience. Pure.

Whoever else speaks goes first: the host's own voice, a `say`, a question. The script waits until nobody has anything to
say any more, breathes for a moment, and goes on with what of its line was not heard. `step` tells what to do.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bridge.session.events import (
    Event,
    Interrupted,
    Problem,
    ScriptState,
    TurnChanged,
    TurnState,
    UtteranceChanged,
)
from bridge.session.utterance import ENDS
from bridge.talk.audience import Audience
from bridge.talk.script import Line, Script

PAUSE_S = 0.5
"""How long the script waits after somebody else has spoken."""
RETRY_S = 1.0
"""How long it waits after a line that could not be said, before it tries what is left of it once more."""
NEVER = float("-inf")
BUSY: frozenset[TurnState] = frozenset({"listening", "thinking", "speaking"})


@dataclass(frozen=True, slots=True)
class Speak:
    """Have `text` said, which is a line or what is left of it; answer with `began` or `refused`."""

    line_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Stop an utterance."""

    utterance_id: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Have the dialog answer; call `asked` or `refused` at once, and `answered` when it is over."""

    message_id: str
    text: str


Effect = Speak | Silence | Ask


@dataclass(slots=True)
class _Running:
    """A line that is being said. Of one that is `void` nothing is remembered: it was skipped, changed, removed."""

    line_id: str
    text: str
    utterance_id: str = ""
    silenced: bool = False
    sent: bool = False
    void: bool = False


class RunningOrder:
    """The script, the audience, and whose turn it is; `unfinished` are the utterances that there are already.

    After every call that changes something, and when `next_deadline` has come, call `step` until it has nothing to do.
    """

    def __init__(self, unfinished: Iterable[str] = (), turn: TurnState = "idle") -> None:
        self.script = Script()
        self.audience = Audience()
        self.auto = False
        self.error: Problem | None = None
        self._started = False
        self._others = set(unfinished)
        self._fading: set[str] = set()
        self._turn: TurnState = turn
        self._running: _Running | None = None
        self._asking: tuple[str, str] | None = None
        self._answer: str | None = None
        self._silenced = False
        self._resume_at = NEVER
        self._failures = 0

    @property
    def state(self) -> ScriptState:
        """How the script is."""
        if not self._started:
            return "stopped"
        running = self._running
        if running is not None and not (running.silenced and self._is_busy):
            return "playing"
        return "paused" if running or self._is_busy or self.script.current is not None else "waiting"

    @property
    def utterance_id(self) -> str | None:
        """The utterance that the current line is, while it is said."""
        running, current = self._running, self.script.current
        is_current = running is not None and current is not None and running.line_id == current.line_id
        return running.utterance_id if running is not None and is_current and not running.silenced else None

    @property
    def _is_busy(self) -> bool:
        """Whether somebody else speaks, or is about to."""
        return bool(self._others) or self._answer is not None or self._turn in BUSY

    # What the host wants.

    def start(self, now: float, line_id: str | None = None) -> list[Effect]:
        """Begin, or go on where it was stopped; with `line_id` at that line, after the last one at the first.

        Raises LineNotFound.
        """
        if line_id is not None:
            self.script.go(line_id)
        elif not self._started and self.script.current is None:
            self.script.rewind()
        self._started, self.error, self._failures = True, None, 0
        self._resume_at = now
        return self._void_running() if line_id is not None else []

    def stop(self) -> list[Effect]:
        """Say no more of the script; what of the line was not heard is kept."""
        self._started = False
        return self._silence_running()

    def skip(self) -> list[Effect]:
        """Go on with the next line."""
        self.script.skip()
        return self._void_running()

    def repeat(self) -> list[Effect]:
        """Say the current line from its beginning; when all have been said, the last one."""
        self.script.again()
        return self._void_running()

    def replace(self, lines: Iterable[Line]) -> list[Effect]:
        """Take other lines; a line that is said and is among them goes on. Raises QueueFull."""
        self.script.replace(lines)
        running = self._running
        if running is None:
            return []
        return [] if self.script.text_of(running.line_id) is not None else self._void_running()

    def say_next(self, line: Line) -> None:
        """Put a line in that is said when the running one has ended. Raises QueueFull."""
        self.script.insert_next(line, after_current=self._is_saying_current)

    def say_now(self, line: Line) -> list[Effect]:
        """Put a line in and say it at once; what it interrupts is finished after it. Raises QueueFull."""
        self.script.insert_next(line, after_current=False)
        return self._silence_running()

    def edit(self, line_id: str, text: str) -> None:
        """Change a line; one that is being said goes on as it was. Raises LineNotFound, QueueFull."""
        self.script.edit(line_id, text)

    def remove(self, line_id: str) -> list[Effect]:
        """Take a line out, and stop it if it is being said. Raises LineNotFound."""
        self.script.remove(line_id)
        running = self._running
        return self._void_running() if running is not None and running.line_id == line_id else []

    def answer(self, message_id: str, *, at_once: bool) -> list[Effect]:
        """Answer a message of the audience: between two lines, or `at_once`. Raises MessageNotFound, MessageOver."""
        self.audience.pick(message_id)
        return self._silence_running() if at_once else []

    def dismiss(self, message_id: str) -> list[Effect]:
        """Let a message go; an answer that is being said falls silent. Raises MessageNotFound, MessageOver."""
        self.audience.dismiss(message_id)
        asking = self._asking
        return [Silence(asking[1])] if asking is not None and asking[0] == message_id else []

    def forget(self) -> list[Effect]:
        """Stop, and forget all lines and messages."""
        effects = self.stop()
        if self._running is not None:
            self._running.void = True
        self.script.clear()
        self.audience.clear()
        self.auto, self.error = False, None
        return effects

    # What became of it.

    def began(self, utterance_id: str) -> None:
        """Take note which utterance the line is that `Speak` asked for."""
        assert self._running is not None
        self._running.utterance_id = utterance_id

    def asked(self, utterance_id: str) -> None:
        """Take note which utterance the answer is that `Ask` asked for."""
        assert self._answer is not None
        self._asking = (self._answer, utterance_id)

    def refused(self, now: float, *, final: bool = False) -> None:
        """Take note that nothing came of the last `Speak` or `Ask`; it is tried again in a moment.

        A message whose refusal is `final`, one that is too long perhaps, is dismissed.
        """
        if self._answer is not None:
            (self.audience.give_up if final else self.audience.put_back)(self._answer)
        self._running = self._answer = None
        self._resume_at = now + RETRY_S

    def answered(self, now: float) -> None:
        """Take note that the answer to the audience is over."""
        if self._answer is not None:
            self.audience.answered(self._answer)
        self._answer = self._asking = None
        self._resume_at = max(self._resume_at, now + PAUSE_S)

    def receive(self, event: Event, now: float) -> None:
        """Take an event of the session."""
        match event:
            case UtteranceChanged():
                if self._running is not None and event.utterance_id == self._running.utterance_id:
                    self._line_changed(self._running, event, now)
                else:
                    self._other_changed(event, now)
            case Interrupted():
                self._interrupted(event)
            case TurnChanged():
                if self._turn in BUSY and event.turn not in BUSY:
                    self._resume_at = max(self._resume_at, now + PAUSE_S)
                self._turn = event.turn
            case _:
                pass

    def step(self, now: float) -> list[Effect]:
        """Return what is to be done now."""
        effects: list[Effect] = []
        if self._silenced:
            # Somebody wanted silence, unless it was to say something else.
            self._silenced = False
            effects = [] if self._others - self._fading else self.stop()
        if self._running is not None or self._is_busy or now < self._resume_at:
            return effects
        self._resume_at = NEVER
        message = self.audience.next(oldest=self.auto and self._started)
        if message is not None:
            self._answer = message.message_id
            return [*effects, Ask(message.message_id, message.text)]
        line = self.script.current
        if not self._started or line is None:
            return effects
        self._running = _Running(line.line_id, self.script.left)
        return [*effects, Speak(line.line_id, self._running.text)]

    def next_deadline(self) -> float | None:
        """Return when `step` has something to do; None: when told more."""
        waits = self._running is None and not self._is_busy and self._resume_at > NEVER
        return self._resume_at if waits else None

    @property
    def _is_saying_current(self) -> bool:
        running, current = self._running, self.script.current
        return running is not None and current is not None and running.line_id == current.line_id

    def _void_running(self) -> list[Effect]:
        if self._running is not None:
            self._running.void = True
        return self._silence_running()

    def _silence_running(self) -> list[Effect]:
        running = self._running
        if running is None or running.silenced:
            return []
        running.silenced = True
        return [Silence(running.utterance_id)]

    def _line_changed(self, running: _Running, event: UtteranceChanged, now: float) -> None:
        if event.status not in ENDS:
            running.sent = running.sent or event.status != "queued"
            return
        self._running = None
        if event.status == "failed":
            self._failures += 1
            self._resume_at = now + RETRY_S
            if self._failures > 1:
                self._started, self.error = False, event.error
        elif event.status == "ended":
            self._failures = 0
            if not running.sent:
                # It had nothing that can be said; a loop of such lines must not run hot.
                self._resume_at = now + RETRY_S
        if running.void:
            return
        if event.status == "ended":
            self.script.finished(running.line_id)
        elif self._is_part_of_its_line(running):
            self.script.cut(running.line_id, running.text, event.heard or "")

    def _is_part_of_its_line(self, running: _Running) -> bool:
        """Return whether the line still says what was begun."""
        text = self.script.text_of(running.line_id)
        return text is not None and text.endswith(running.text)

    def _other_changed(self, event: UtteranceChanged, now: float) -> None:
        if event.status not in ENDS:
            self._others.add(event.utterance_id)
        elif event.utterance_id in self._others:
            self._others.discard(event.utterance_id)
            self._fading.discard(event.utterance_id)
            self._resume_at = max(self._resume_at, now + PAUSE_S)

    def _interrupted(self, event: Interrupted) -> None:
        ids = set(event.utterance_ids)
        self._fading |= ids & self._others
        running = self._running
        if running is not None and running.utterance_id in ids:
            ours = running.silenced
            running.silenced = True
            if ours:
                ids.discard(running.utterance_id)
        if self._asking is not None:
            dismissed = all(m.state == "dismissed" for m in self.audience.messages if m.message_id == self._asking[0])
            if dismissed:
                ids.discard(self._asking[1])
        if ids and event.by in {"api", "button"} and self._started:
            self._silenced = True
