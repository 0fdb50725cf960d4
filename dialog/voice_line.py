"""One connection to a voice model, and whose turn each of its events belongs to.

Importing this module raises DialogPackageError where the `openai` package is missing.
"""

import asyncio
import itertools
import logging
from base64 import b64decode
from collections import deque
from collections.abc import Callable
from json import dumps

from pydantic import BaseModel
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from dialog.errors import (
    VoiceModelError,
    VoiceModelRateLimited,
    VoiceModelRequestRejected,
    VoiceModelStreamBroken,
    VoiceModelUnavailable,
)
from dialog.service import Service
from dialog.socket import close

LONGEST_S = 600
"""Seconds of one answer; the rest is cut off."""
_SECOND = 48_000
_LOG = logging.getLogger("dialog.voice_line")
_TRANSCRIPTION = "conversation.item.input_audio_transcription."


class _Problem(BaseModel):
    code: str | None = None
    type: str | None = None
    event_id: str | None = None


class _Details(BaseModel):
    error: _Problem | None = None


class _Response(BaseModel):
    id: str = ""
    status: str = ""
    status_details: _Details | None = None


class _Event(BaseModel):
    """An event of the server; those of other types have other fields, and are skipped."""

    type: str
    item_id: str = ""
    response_id: str = ""
    delta: str = ""
    transcript: str = ""
    error: _Problem | None = None
    response: _Response | None = None


class Reply:
    """One answer of the model: its sound and its words as they come."""

    def __init__(self, event_id: str) -> None:
        self.event_id = event_id
        self.response_id = self.item_id = ""
        self.text = ""
        self.sound_bytes = 0
        self.over = False
        self._pieces: asyncio.Queue[str | bytes | VoiceModelError | None] = asyncio.Queue()

    async def next(self) -> str | bytes | None:
        """Return the next words, or the next PCM; None at the end. Raises VoiceModelError."""
        piece = await self._pieces.get()
        if isinstance(piece, VoiceModelError):
            raise piece
        return piece

    def add(self, piece: str | bytes) -> None:
        """Take what comes; of more than `LONGEST_S` of sound nothing is kept."""
        if isinstance(piece, str):
            self.text += piece
        else:
            self.sound_bytes += len(piece)
        if self.sound_bytes <= LONGEST_S * _SECOND:
            self._pieces.put_nowait(piece)

    def end(self, error: VoiceModelError | None = None) -> None:
        """Take note that nothing follows."""
        if not self.over:
            self.over = True
            self._pieces.put_nowait(error)


class Question:
    """What a person said, in the model's ear; `text` is known when it has been transcribed."""

    def __init__(self, event_id: str, on_partial: Callable[[str], None] | None) -> None:
        self.event_id = event_id
        self.item_id = ""
        self.partial = ""
        self.text: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.on_partial = on_partial

    def end(self, result: str | VoiceModelError) -> None:
        """Take note of the transcript, or that there is none."""
        if self.text.done():
            return
        if isinstance(result, str):
            self.text.set_result(result)
        else:
            self.text.set_exception(result)
            self.text.exception()  # nobody may wait for it


class VoiceLine:
    """Sends events and reads what comes until it breaks, or is closed; then `is_open` is false."""

    def __init__(self, service: Service, socket: ClientConnection) -> None:
        self.is_open = True
        self.last: Reply | None = None
        self.questions: list[Question] = []
        """What was said and is not answered, nor taken back."""
        self.items: list[str] = []
        """The items of the conversation, oldest first."""
        self._service = service
        self._socket = socket
        self._numbers = itertools.count(1)
        self._replies: deque[Reply] = deque()
        self._committed: deque[Question] = deque()
        self._reading = asyncio.create_task(self._read(), name="voice-line")

    async def send(self, kind: str, **fields: object) -> None:
        """Send an event. Raises VoiceModelStreamBroken."""
        await self._send(f"e{next(self._numbers)}", kind, fields)

    async def respond(self, **response: object) -> Reply:
        """Ask for an answer. Raises VoiceModelStreamBroken."""
        reply = self.last = Reply(f"e{next(self._numbers)}")
        self._replies.append(reply)
        await self._send(reply.event_id, "response.create", {"response": response} if response else {})
        return reply

    async def cancel(self, reply: Reply) -> None:
        """Let the model stop; what still comes of that answer is dropped."""
        if not reply.over and self.is_open:
            reply.end()
            await self.send("response.cancel", **({"response_id": reply.response_id} if reply.response_id else {}))

    async def commit(self, on_partial: Callable[[str], None] | None) -> Question:
        """Say that a person has finished speaking. Raises VoiceModelStreamBroken."""
        question = Question(f"e{next(self._numbers)}", on_partial)
        self._committed.append(question)
        self.questions.append(question)
        await self._send(question.event_id, "input_audio_buffer.commit", {})
        return question

    async def aclose(self) -> None:
        """Close the connection. May be called twice."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        self._end(self._broken())
        await close(self._socket)

    async def _send(self, event_id: str, kind: str, fields: dict[str, object]) -> None:
        try:
            await self._socket.send(dumps({"event_id": event_id, "type": kind, **fields}))
        except ConnectionClosed:
            raise self._broken() from None

    async def _read(self) -> None:
        try:
            async for message in self._socket:
                self._receive(_Event.model_validate_json(message))
            self._end(self._broken())
        except ConnectionClosed:
            self._end(self._broken())
        except ValueError:  # no event, or no base64
            where = self._service.where
            self._end(VoiceModelStreamBroken(f"{where} sent something that is no event; check voice_model.base_url"))

    def _receive(self, event: _Event) -> None:
        match event.type:
            case "response.created" if event.response is not None and (waiting := self._unnamed()) is not None:
                waiting.response_id = event.response.id
            case "response.output_audio.delta" | "response.audio.delta":
                self._piece(event, b64decode(event.delta, validate=True))
            case "response.output_audio_transcript.delta" | "response.audio_transcript.delta":
                self._piece(event, event.delta)
            case "response.done" if event.response is not None:
                self._done(event.response)
            case "input_audio_buffer.committed" if self._committed:
                self._committed.popleft().item_id = event.item_id
                self.items.append(event.item_id)
            case "error" if event.error is not None:
                self._failed(event.error)
            case _ if event.type.startswith(_TRANSCRIPTION):
                self._understood(event)
            case _:
                pass

    def _unnamed(self) -> Reply | None:
        return next((reply for reply in self._replies if not reply.response_id), None)

    def _piece(self, event: _Event, piece: str | bytes) -> None:
        for reply in self._replies:
            if not reply.over and event.response_id in {reply.response_id, ""}:
                if not reply.item_id and event.item_id:
                    reply.item_id = event.item_id
                    self.items.append(event.item_id)
                reply.add(piece)
                return

    def _done(self, response: _Response) -> None:
        reply = next((reply for reply in self._replies if response.id in {reply.response_id, ""}), None)
        if reply is None:
            return
        self._replies.remove(reply)
        problem = response.status_details.error if response.status_details else None
        reply.end(self._error(problem) if response.status == "failed" else None)

    def _understood(self, event: _Event) -> None:
        question = next((each for each in self.questions if each.item_id == event.item_id), None)
        if question is None or not event.item_id:
            return
        match event.type.removeprefix(_TRANSCRIPTION):
            case "delta":
                question.partial += event.delta
                if question.on_partial is not None:
                    question.on_partial(question.partial)
            case "completed":
                question.end(event.transcript)
            case "failed":
                question.end(self._error(event.error))
            case _:
                pass

    def _failed(self, problem: _Problem) -> None:
        """Let whatever the error is about fail; one about anything else is of no consequence for a turn."""
        error = self._error(problem)
        for reply in list(self._replies):
            if problem.event_id in {reply.event_id, None}:
                self._replies.remove(reply)
                reply.end(error)
        failed = [each for each in self.questions if problem.event_id in {each.event_id, None}]
        for question in failed:
            # No `committed` comes for it: the next one is another's.
            self.questions.remove(question)
            if question in self._committed:
                self._committed.remove(question)
            question.end(error)

    def _error(self, problem: _Problem | None) -> VoiceModelError:
        code = (problem and (problem.code or problem.type)) or "no code"
        _LOG.warning("voice model: %.64r", code)
        where = self._service.where
        if "rate_limit" in code or "quota" in code:
            return VoiceModelRateLimited(f"{where} allows no more requests now; wait, or check the quota")
        if "server" in code:
            return VoiceModelUnavailable(f"{where} failed; try again, or look at its own log")
        return VoiceModelRequestRejected(f"{where} refused; check that voice_model.model speaks and hears")

    def _broken(self) -> VoiceModelStreamBroken:
        return VoiceModelStreamBroken(f"{self._service.where} closed the connection; look at the server's own log")

    def _end(self, error: VoiceModelError) -> None:
        self.is_open = False
        for reply in self._replies:
            reply.end(error)
        for question in self.questions:
            question.end(error)
