"""The questions of one conversation and their answers; it remembers what of them was heard."""

import asyncio
import time
import uuid
from collections.abc import Callable

import structlog

from bridge.session.estimate import SpeechRate
from bridge.session.events import (
    Event,
    Interrupted,
    InterruptSource,
    SentenceChanged,
    Transcript,
    UtteranceChanged,
    UtteranceStatus,
)
from bridge.session.session import Session
from bridge.talk.chat import Chat, Ended, Failed
from bridge.talk.cloud_exchange import CloudExchange, checked
from bridge.talk.dialogs import Part, Words
from bridge.talk.exchange import Exchange
from bridge.talk.media import MediaReports
from bridge.talk.mouth import CloudMouth, Mouth
from bridge.talk.stages import Stages
from dialog import turnevents
from dialog.history import History
from dialog.timeline import Outcome

log = structlog.stdlib.get_logger("bridge.talk")


class Answers:
    """Runs the exchanges as tasks of `tasks`, one at a time; `tell` gets what the turn-taking has to know of them."""

    def __init__(
        self,
        session: Session,
        mouth: Mouth,
        part: Part,
        words: Words,
        media: MediaReports,
        tasks: asyncio.TaskGroup,
        tell: Callable[[turnevents.Event], None],
        over: Callable[[Exchange], None],
    ) -> None:
        """`over` is called when an exchange has come to its end and all of it is told."""
        self.current: Exchange | None = None
        """The last one that was asked for."""
        self._session = session
        self._mouth = mouth
        self._part = part
        self._words = words
        self._media = media
        self._tasks = tasks
        self._stages = Stages(session, media, tasks)
        self._tell = tell
        self._over = over
        self._rate = SpeechRate()
        self._history = History(interrupted=part.persona.phrases().interrupted)
        self._running: list[Exchange] = []
        self._visitor = uuid.uuid4().hex

    def open(self, question: str, by: InterruptSource) -> str:
        """Open an answer's utterance in place of all that is being said or waits; return its id.

        Raises SessionEnded, QueueFull, InvalidRequest for what the cloud's own dialog cannot be asked.
        """
        if self._part.by_cloud:
            checked(question)
            return self._session.open_utterance("text", interrupt=True, by=by)
        return self._mouth.open(interrupt=True, by=by, excuse=lambda: self._words.apology(question))

    def ask(self, turn: int, question: str, utterance_id: str) -> Exchange:
        """Have the dialog answer `question` with an utterance, once the answer before has come to its end."""
        kind, mouth = (CloudExchange, CloudMouth(self._session)) if self._part.by_cloud else (Exchange, self._mouth)
        exchange = kind(
            self._session,
            mouth,
            self._words,
            self._rate,
            question,
            Chat(utterance_id),
            turn,
            first_token=lambda: self._tell(turnevents.FirstToken(turn)),
        )
        previous, self.current = self.current, exchange
        self._running.append(exchange)
        self._tasks.create_task(self._run(exchange, previous), name=f"chat-{utterance_id}")
        if isinstance(exchange, CloudExchange):
            exchange.ask(self._visitor)
        return exchange

    def running(self, turn: int) -> Exchange | None:
        """Return the current exchange if it is the one of this turn."""
        return self.current if self.current is not None and self.current.number == turn else None

    def turn_of(self, utterance_id: str) -> int | None:
        """Return the turn that an utterance is the answer of, if it is one that runs or was the last to run."""
        known = self._running if self.current in self._running else [*self._running, self.current]
        return next((each.number for each in known if each and each.chat.utterance_id == utterance_id), None)

    def receive(self, event: Event, now: float) -> None:
        """Let the exchanges know what became of them."""
        if isinstance(event, SentenceChanged | UtteranceChanged | Interrupted):
            delay_s = self.delay_s()
            for exchange in self._running:
                exchange.receive(event, now, delay_s)

    def delay_s(self) -> float:
        """Return how far the players are behind the cloud."""
        play = self._session.play
        return self._media.delay_s(play.delay_ms if play else 0)

    def cut_tail(self) -> None:
        """Take note that of the last answer, which players still play, no more is heard: whether it ended or failed."""
        last = self.current
        if last is None or last.status not in {"ended", "failed"} or self._media.is_silent(last.chat.utterance_id):
            return
        last.cut(time.monotonic() - self.delay_s())
        if last.chat.over.is_set() and last.was_cut:
            self._remember(last)

    def forget(self) -> None:
        """Forget the person."""
        self._history.clear()
        self._visitor = uuid.uuid4().hex
        for exchange in self._running:
            exchange.forgotten = True
        if self.current not in self._running:
            self.current = None

    async def _run(self, exchange: Exchange, previous: Exchange | None) -> None:
        """See one exchange through; no error of it may reach the tasks beside it."""
        try:
            if previous is not None:
                # Only its end tells what was heard, which is all that the history may hold.
                await previous.chat.over.wait()
            await self._answer(exchange)
        except Exception:
            log.exception("chat_broken", session_id=self._session.session_id)
            self._mouth.finish(exchange.chat.utterance_id)
        finally:
            self._running.remove(exchange)
            if not exchange.chat.over.is_set():
                exchange.chat.add(Ended(exchange.chat.utterance_id, "failed", None))
            self._over(exchange)
            if exchange.forgotten and self.current is exchange:
                self.current = None

    async def _answer(self, exchange: Exchange) -> None:
        chat, session = exchange.chat, self._session
        said = self._history.messages()
        exchange.turn = self._history.ask(exchange.message) if session.is_open(chat.utterance_id) else 0
        async with asyncio.TaskGroup() as group:
            dialog = self._part.answering(chat.utterance_id)
            exchange.producer = group.create_task(exchange.produce(dialog, said))
            outcome = await session.wait(chat.utterance_id, "ended")
            exchange.producer.cancel()
        self._remember(exchange)
        heard = exchange.what_was_heard()
        if not exchange.forgotten:
            session.emit(Transcript(who="assistant", text=exchange.text, final=True, heard=heard))
        if outcome.error is not None and not chat.failed:
            chat.add(Failed(outcome.error))
        chat.add(Ended(chat.utterance_id, outcome.status, heard))
        self._stages.over(chat.utterance_id, exchange.timeline, _outcome(exchange.status))

    def _remember(self, exchange: Exchange) -> None:
        """Keep what the next answer may know of this one. An apology is no answer."""
        if exchange.was_cut and not exchange.apology:
            self._history.interrupt(exchange.turn, exchange.what_was_heard().rstrip())
        else:
            self._history.answer(exchange.turn, "" if exchange.apology else exchange.what_was_heard().rstrip())


def _outcome(status: UtteranceStatus) -> Outcome:
    return status if status == "ended" or status == "interrupted" else "failed"
