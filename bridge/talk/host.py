"""The shell around the running order of one session: it has lines said and the audience answered."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from bridge.errors import BridgeError, InvalidRequest, SessionEnded
from bridge.session.events import AudienceChanged, Event, ScriptChanged, StateChanged
from bridge.session.session import Session
from bridge.talk.audience import Written
from bridge.talk.chat import Chat
from bridge.talk.conversation import Conversation
from bridge.talk.running_order import Ask, Effect, RunningOrder, Silence, Speak
from bridge.talk.script import Line

log = structlog.stdlib.get_logger("bridge.talk")

OVER = frozenset({"closing", "closed", "failed"})


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to change in how the script runs; None leaves it as it is."""

    loop: bool | None = None
    auto: bool | None = None


class Host:
    """The script and the audience of one session, for as long as it lives; answers run as tasks of `tasks`.

    One line is in the session at a time. The next one is given in the same turn of the loop in which the cloud's Over
    has come, which is as soon as the cloud takes it. What the session tells is kept until then.
    """

    def __init__(self, conversation: Conversation, tasks: asyncio.TaskGroup) -> None:
        self._conversation = conversation
        self._session: Session = conversation.session
        self._tasks = tasks
        snapshot = self._session.snapshot()
        self._order = RunningOrder((each.utterance_id for each in snapshot.utterances), snapshot.turn)
        self._events: deque[tuple[Event, float]] = deque()
        self._told: ScriptChanged | None = self.state
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._session.follow(self._follow)

    @property
    def state(self) -> ScriptChanged:
        """How the script is, as the event tells it."""
        order, script = self._order, self._order.script
        return ScriptChanged(
            state=order.state,
            line_id=script.current.line_id if script.current is not None else None,
            utterance_id=order.utterance_id,
            loop=script.loop,
            auto=order.auto,
            revision=script.revision,
            lines=len(script.lines),
            error=order.error,
        )

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines of the script."""
        return self._order.script.lines

    @property
    def left(self) -> str:
        """What of the current line is still to be heard."""
        return self._order.script.left

    @property
    def messages(self) -> tuple[Written, ...]:
        """The messages of the audience."""
        return self._order.audience.messages

    # The script. All raise SessionEnded, and what the running order raises.

    def replace(self, lines: Iterable[Line], wish: Wish) -> None:
        """Take other lines."""
        self._do(lambda now: self._order.replace(lines))
        self.set(wish)

    def set(self, wish: Wish) -> None:
        """Let the script run in circles or not, the audience be answered by itself or not."""
        if wish.loop is not None:
            self._order.script.loop = wish.loop
        if wish.auto is not None:
            self._order.auto = wish.auto
        self._do(lambda now: [])

    def start(self, line_id: str | None = None) -> None:
        """Begin or go on; with `line_id` there."""
        self._do(lambda now: self._order.start(now, line_id))

    def stop(self) -> None:
        """Say no more of it."""
        self._do(lambda now: self._order.stop())

    def skip(self) -> None:
        """Go on with the next line."""
        self._do(lambda now: self._order.skip())

    def repeat(self) -> None:
        """Say the current line from its beginning."""
        self._do(lambda now: self._order.repeat())

    def add(self, line: Line, index: int | None = None) -> None:
        """Put a line in at `index`, or at the end."""
        self._do(lambda now: self._order.script.insert(line, len(self.lines) if index is None else index))

    def add_next(self, line: Line) -> None:
        """Put a line in after the one that is being said."""
        self._do(lambda now: self._order.say_next(line))

    def add_now(self, line: Line) -> None:
        """Put a line in and say it at once."""
        self._do(lambda now: self._order.say_now(line))

    def edit(self, line_id: str, text: str) -> None:
        """Change what a line says."""
        self._do(lambda now: self._order.edit(line_id, text))

    def move(self, line_id: str, index: int) -> None:
        """Put a line elsewhere."""
        self._do(lambda now: self._order.script.move(line_id, index))

    def remove(self, line_id: str) -> None:
        """Take a line out."""
        self._do(lambda now: self._order.remove(line_id))

    # The audience.

    def write(self, message: Written) -> None:
        """Take a message of the audience."""
        self._do(lambda now: self._order.audience.add(message))

    def answer(self, message_id: str, *, at_once: bool) -> None:
        """Have a message answered."""
        self._do(lambda now: self._order.answer(message_id, at_once=at_once))

    def dismiss(self, message_id: str) -> None:
        """Let a message go."""
        self._do(lambda now: self._order.dismiss(message_id))

    # Its life.

    def forget(self) -> None:
        """Stop, and forget the script and what people have written."""
        self._carry_out(self._order.forget())
        self._advance()

    def close(self) -> None:
        """Do nothing more. May be called twice."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()

    def _do(self, act: Callable[[float], list[Effect] | None]) -> None:
        if self._session.is_over:
            raise SessionEnded("this session has ended; create another one")
        self._session.touch()
        effects = act(time.monotonic())
        self._carry_out(effects or [])
        self._advance()

    def _follow(self, event: Event, now: float) -> None:
        """Keep the event until whoever emits it has done all that belongs together."""
        if isinstance(event, ScriptChanged | AudienceChanged) or self._closed:
            return
        if not self._events:
            asyncio.get_running_loop().call_soon(self._advance)
        self._events.append((event, now))

    def _advance(self) -> None:
        """Take what was told, do what is next, and tell what has changed."""
        try:
            self._take_events()
            while not self._closed and (effects := self._order.step(time.monotonic())):
                self._carry_out(effects)
                self._take_events()
            self._tell()
        except Exception:
            log.exception("script_broken", session_id=self._session.session_id)
        self._set_timer()

    def _take_events(self) -> None:
        while self._events:
            event, now = self._events.popleft()
            if isinstance(event, StateChanged) and event.state in OVER:
                self._order.stop()
                self.close()
            self._order.receive(event, now)

    def _carry_out(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Speak():
                    self._speak(effect)
                case Silence():
                    self._session.stop(effect.utterance_id, "api")
                case Ask():
                    self._ask(effect)

    def _speak(self, line: Speak) -> None:
        try:
            self._order.began(self._conversation.say(line.text, ref=line.line_id))
        except BridgeError as error:
            self._refused(error)

    def _ask(self, question: Ask) -> None:
        try:
            chat = self._conversation.chat(question.text)
        except BridgeError as error:
            self._refused(error)
            return
        self._order.asked(chat.utterance_id)
        self._tasks.create_task(self._see_through(chat), name=f"audience-{question.message_id}")

    def _refused(self, error: BridgeError) -> None:
        log.info("script_line_refused", session_id=self._session.session_id, code=error.code)
        self._order.refused(time.monotonic(), final=isinstance(error, InvalidRequest))

    async def _see_through(self, chat: Chat) -> None:
        await chat.over.wait()
        self._order.answered(time.monotonic())
        self._advance()

    def _tell(self) -> None:
        for message in self._order.audience.news():
            self._session.emit(
                AudienceChanged(message_id=message.message_id, who=message.who, text=message.text, state=message.state)
            )
        state = self.state
        if state != self._told:
            self._told = state
            self._session.emit(state)

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        deadline = None if self._closed else self._order.next_deadline()
        loop = asyncio.get_running_loop()
        self._timer = (
            None if deadline is None else loop.call_later(max(0.0, deadline - time.monotonic()), self._advance)
        )
