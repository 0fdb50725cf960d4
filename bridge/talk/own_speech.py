"""One utterance that a voice of our own speaks: clauses go in, their sound goes to the cloud."""

import asyncio
import re
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Literal, Protocol

import structlog

from audio.convert import PcmConverter
from audio.pcm import HOUSE_RATE, PcmFormat
from bridge.errors import BridgeError, QueueFull
from bridge.session.captions import Caption
from bridge.session.events import Problem
from bridge.session.session import Session
from bridge.talk.mouth import Excuse
from bridge.talk.voice_feed import BROKEN, VoiceFeed
from bridge.talk.voice_file import FilePace
from dialog.errors import DialogError

log = structlog.stdlib.get_logger("bridge.talk")

VOICE = PcmFormat(24_000)
"""What OpenAI's voices sound like: PCM of 16 bits, little-endian, mono."""
AHEAD_FRAMES = 50
"""Frames of 160 ms that are made before they may be sent; then the voice is not read, until some have gone."""
WAITING_CLAUSES = 8192
"""Clauses that may wait in an utterance; more are refused."""
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


class Voice(Protocol):
    """Speaks."""

    def speak(self, text: str) -> AsyncGenerator[bytes, None]:
        """Yield the speech, as in `VOICE`; closing the generator stops the work. Raises DialogError."""
        ...


class Speech(Protocol):
    """One utterance of sound that is being made."""

    @property
    def failed(self) -> bool:
        """Whether it takes no more because its voice has failed."""
        ...

    @property
    def waiting(self) -> int:
        """How many characters wait to be made."""
        ...

    def push(self, clause: str, *, last: bool) -> None:
        """Take the next clause, the `last` one perhaps. Raises QueueFull."""
        ...

    def finish(self, problem: Problem | None) -> None:
        """Take note that no clause follows, and why if that is not as it should be."""
        ...

    def seconds(self, number: int) -> float | None:
        """Return how long the sound of a clause is, or None while that is not known."""
        ...

    async def run(self) -> None:
        """Speak until all is said or no more is wanted."""
        ...


class OwnSpeech:
    """Speaks an utterance of sound; the next clause is made while the one before is heard.

    Where the voice fails what it made is spoken, then the utterance ends `failed`; what `excuse` finds is then said by
    the cloud's voice if there was no sound at all.
    """

    def __init__(
        self, session: Session, utterance_id: str, voice: Voice, lead_ms: int, excuse: Excuse | None = None
    ) -> None:
        self.failed = False
        self._session = session
        self._utterance_id = utterance_id
        self._voice = voice
        self._excuse = excuse
        self._pace = FilePace(lead_ms, room=AHEAD_FRAMES, fills=True)
        self._feed = VoiceFeed(session, utterance_id, self._pace)
        self._clauses: deque[str] = deque()
        self._complete = False
        self._problem: Problem | None = None
        self._more = asyncio.Event()
        self._seconds: dict[int, float] = {}

    @property
    def waiting(self) -> int:
        """How many characters wait to be made."""
        return sum(map(len, self._clauses))

    def push(self, clause: str, *, last: bool) -> None:
        """Take the next clause, the `last` one perhaps; after that none is taken. Raises QueueFull."""
        if self._complete or self.failed:
            return
        if len(self._clauses) >= WAITING_CLAUSES:
            raise QueueFull(f"{WAITING_CLAUSES} clauses of this utterance wait already; wait until some are said")
        self._clauses.append(clause)
        self._complete = last
        self._more.set()

    def finish(self, problem: Problem | None) -> None:
        """Take note that no clause follows, and why if that is not as it should be."""
        self._complete = True
        self._problem = self._problem or problem
        self._more.set()

    def seconds(self, number: int) -> float | None:
        """Return how long the sound of a clause is, or None until all of it is made."""
        return self._seconds.get(number)

    async def run(self) -> None:
        """Speak until all is said or no more is wanted; then the voice's work has been stopped."""
        async with asyncio.TaskGroup() as group:
            making = group.create_task(self._make(), name=f"speech-{self._utterance_id}")
            await self._feed.run()
            making.cancel()
        if self.failed and not self._pace.samples:
            await self._apologise()

    async def _make(self) -> None:
        try:
            number = 0
            while (clause := await self._next()) is not None:
                number += 1
                await self._speak(number, clause)
        except DialogError as error:
            log.warning("voice_failed", session_id=self._session.session_id, code=error.code, error=str(error))
            self._fail(Problem(error.code, str(error), error.retryable))
        except Exception:
            log.exception("voice_broken", session_id=self._session.session_id)
            self._fail(BROKEN)
        finally:
            self._feed.end(self._problem)

    async def _next(self) -> str | None:
        """Return the next clause once it is there, or None at the end."""
        while not self._clauses:
            if self._complete:
                return None
            self._more.clear()
            await self._more.wait()
        clause = self._clauses.popleft()
        self._session.progress.tell()
        return clause

    async def _speak(self, number: int, clause: str) -> None:
        """Make the sound of a clause, no faster than there is room for it."""
        words = _TAG.sub("", clause).strip()
        begins = None
        if any(map(str.isalnum, words)):
            converter = PcmConverter(VOICE)
            async with aclosing(self._voice.speak(words)) as blocks:
                async for block in blocks:
                    begins = self._caption(number, clause, "started") if begins is None else begins
                    self._feed.receive(converter.push(block))
                    await self._feed.room()
            self._feed.receive(converter.flush())
        begins = self._caption(number, clause, "started") if begins is None else begins
        self._seconds[number] = (self._caption(number, clause, "ended") - begins) / HOUSE_RATE

    def _caption(self, number: int, clause: str, status: Literal["started", "ended"]) -> int:
        """Say that a clause begins or ends where the sound has come to, and return that place."""
        place = self._pace.samples
        self._session.caption(self._utterance_id, Caption(number, clause, status, place))
        return place

    def _fail(self, problem: Problem) -> None:
        self.failed = True
        self._problem = problem
        self._clauses.clear()

    async def _apologise(self) -> None:
        outcome = await self._session.wait(self._utterance_id, "ended")
        if self._excuse is None or outcome.status != "failed":
            return
        with suppress(BridgeError):  # the session has ended meanwhile, or has much else to say
            self._session.push(self._session.open_utterance("stream"), self._excuse(), last=True)
