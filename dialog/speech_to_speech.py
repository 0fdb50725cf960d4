"""A model that hears and speaks itself, with OpenAI's realtime interface over a WebSocket.

Importing this module raises DialogPackageError where the `openai` package is missing.
"""

import asyncio
import re
import unicodedata
from base64 import b64encode
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from itertools import takewhile
from urllib.parse import quote

from pydantic import SecretStr

from audio.pcm import Resampler, from_bytes, to_bytes
from dialog.ears import LONGEST_S, SECOND, SHORTEST_S, Transcript
from dialog.ears import RATE as RATE_IN
from dialog.errors import (
    VoiceModelError,
    VoiceModelModelNotFound,
    VoiceModelRateLimited,
    VoiceModelRequestRejected,
    VoiceModelStalled,
    VoiceModelStreamBroken,
    VoiceModelUnauthorized,
    VoiceModelUnavailable,
    VoiceModelUnreachable,
)
from dialog.protocol import Message
from dialog.service import Service, ServiceErrors
from dialog.socket import connect
from dialog.voice_line import Question, Reply, VoiceLine

RATE = 24_000
"""Samples a second of what the model hears and says: PCM of 16 bits, little-endian, mono."""
MAX_TEXT = 4096
"""Characters of a transcript."""
_BYTES_MS = 2 * RATE // 1000
_ATTEMPTS = 2
_FORMAT = {"type": "audio/pcm", "rate": RATE}
_ERRORS = ServiceErrors(
    section="voice_model",
    unauthorized=VoiceModelUnauthorized,
    model_not_found=VoiceModelModelNotFound,
    request_rejected=VoiceModelRequestRejected,
    rate_limited=VoiceModelRateLimited,
    unavailable=VoiceModelUnavailable,
    unreachable=VoiceModelUnreachable,
    stream_broken=VoiceModelStreamBroken,
)


class VoiceModel:
    """One conversation with a voice model: a `Recognizer` whose questions `answer` answers aloud.

    Who has finished speaking is decided elsewhere. `instructions` returns the prompt for a question. `first_s` is how
    long to wait for a connection, a transcript, or the first piece of an answer; `next_s` how long it may pause in one.
    A connection that broke is made anew for the next turn. Nothing is taken from the environment.
    """

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        voice: str,
        transcription: str,
        instructions: Callable[[str], str],
        api_key: SecretStr | None = None,
        first_s: float = 8.0,
        next_s: float = 5.0,
    ) -> None:
        self._service = Service(_ERRORS, base_url=base_url, model=model, api_key=api_key)
        self._api_key = api_key
        self._voice = voice
        self._transcription = transcription
        self._instructions = instructions
        self._first_s = first_s
        self._next_s = next_s
        self._line: VoiceLine | None = None
        self._fresh = False
        self._connecting = asyncio.Lock()

    async def hear(
        self,
        sound: AsyncIterator[bytes],
        *,
        language: str | None = None,
        on_partial: Callable[[str], None] | None = None,
    ) -> Transcript:
        """Let the model hear somebody; return what it understood. Raises VoiceModelError."""
        line = await self._ready()
        resampler, heard = Resampler(RATE_IN, RATE), 0
        question: Question | None = None
        try:
            async for block in sound:
                kept = block[: LONGEST_S * SECOND - heard]
                heard += len(kept)
                await self._append(line, to_bytes(resampler.push(from_bytes(kept[: len(kept) // 2 * 2]))))
            await self._append(line, to_bytes(resampler.push(from_bytes(b""), last=True)))
            if heard >= SHORTEST_S * SECOND:
                question = await line.commit(on_partial)
        finally:
            if question is None:
                await self._quietly(line.send("input_audio_buffer.clear"))
        if question is None:
            return Transcript("", heard / SECOND)
        return Transcript(await self._understood(question), heard / SECOND)

    async def answer(self, history: Sequence[Message], message: str) -> AsyncGenerator[str | bytes, None]:
        """Yield the words of the answer and its sound, PCM as in `RATE`, as they come.

        `history` is what was said and heard before: of an answer that was interrupted the model is told so, and a
        conversation without one begins afresh. Closing the generator stops the model. Raises VoiceModelError.
        """
        deadline = asyncio.get_running_loop().time() + self._first_s
        for attempt in range(1, _ATTEMPTS + 1):
            begun = False
            try:
                async with aclosing(self._attempt(history, message, deadline)) as pieces:
                    async for piece in pieces:
                        begun = True
                        yield piece
            except VoiceModelError as error:
                if begun or attempt == _ATTEMPTS or not error.retryable or isinstance(error, VoiceModelStalled):
                    raise
            else:
                return

    async def check(self) -> None:
        """Connect, and let the model take its settings. Raises VoiceModelError."""
        await self._ready()

    async def aclose(self) -> None:
        """Close the connection. May be called twice."""
        line, self._line = self._line, None
        if line is not None:
            await line.aclose()
        await self._service.aclose()

    async def _attempt(
        self, history: Sequence[Message], message: str, deadline: float
    ) -> AsyncGenerator[str | bytes, None]:
        line = await self._ready()
        await self._recall(line, history)
        await self._put(line, message)
        reply = await line.respond(instructions=self._instructions(message))
        begun = False
        try:
            while True:
                try:
                    async with asyncio.timeout_at(deadline):
                        piece = await reply.next()
                except TimeoutError:
                    raise self._stalled(begun=begun) from None
                if piece is None:
                    break
                begun = True
                yield piece
                deadline = asyncio.get_running_loop().time() + self._next_s
        finally:
            await self._quietly(line.cancel(reply))
        if not reply.sound_bytes:
            raise VoiceModelStreamBroken(f"{self._service.where} gave no sound; check that voice_model.model speaks")

    async def _recall(self, line: VoiceLine, history: Sequence[Message]) -> None:
        """Bring the model's memory to what was really heard."""
        last = line.last
        unanswered = {question.item_id for question in line.questions}
        if self._fresh:
            previous = "root"
            for number, said in enumerate(history, 1):
                item_id = f"past_{number}"
                await line.send("conversation.item.create", previous_item_id=previous, item=_item(said, item_id))
                line.items.insert(number - 1, item_id)
                previous = item_id
        elif not history:
            for item_id in [each for each in line.items if each not in unanswered]:
                await line.send("conversation.item.delete", item_id=item_id)
                line.items.remove(item_id)
        elif last is not None and last.item_id:
            heard = history[-1].text if history[-1].role == "assistant" else ""
            end_ms = _heard_ms(last, heard)
            if end_ms is not None:
                await line.send(
                    "conversation.item.truncate", item_id=last.item_id, content_index=0, audio_end_ms=end_ms
                )
        line.last = None
        self._fresh = False

    async def _put(self, line: VoiceLine, message: str) -> None:
        """Let `message` be the question: what was said last, or a text; what else was said is taken back."""
        asked = next((each for each in reversed(line.questions) if _is(each, message)), None)
        for question in line.questions:
            if question is not asked and question.item_id and question.text.done():
                await line.send("conversation.item.delete", item_id=question.item_id)
                line.items.remove(question.item_id)
        line.questions = [each for each in line.questions if not each.text.done()]
        if asked is None:
            item_id = f"text_{len(line.items) + 1}"
            await line.send("conversation.item.create", item=_item(Message("user", message), item_id))
            line.items.append(item_id)

    async def _ready(self) -> VoiceLine:
        """Return a connection that is open."""
        async with self._connecting:
            if self._line is not None and self._line.is_open:
                return self._line
            if self._line is not None:
                await self._line.aclose()
            self._line = await self._opened()
            self._fresh = True
            return self._line

    async def _opened(self) -> VoiceLine:
        query = f"model={quote(self._service.model)}"
        socket = await connect(self._service, query, self._api_key, self._first_s, VoiceModelStalled)
        line = VoiceLine(self._service, socket)
        heard = {"format": _FORMAT, "transcription": {"model": self._transcription}, "turn_detection": None}
        session = {
            "type": "realtime",
            "instructions": self._instructions(""),
            "output_modalities": ["audio"],
            "audio": {"input": heard, "output": {"format": _FORMAT, "voice": self._voice}},
        }
        try:
            await line.send("session.update", session=session)
        except BaseException:
            await line.aclose()
            raise
        return line

    async def _append(self, line: VoiceLine, pcm: bytes) -> None:
        for start in range(0, len(pcm), 2 * RATE):
            await line.send("input_audio_buffer.append", audio=b64encode(pcm[start : start + 2 * RATE]).decode())

    async def _understood(self, question: Question) -> str:
        try:
            async with asyncio.timeout(self._first_s):
                return (await asyncio.shield(question.text)).strip()[:MAX_TEXT]
        except TimeoutError:
            raise VoiceModelStalled(
                f"{self._service.where} gave no transcript within {self._first_s:g} s; check voice_model.transcription"
            ) from None

    async def _quietly(self, sending: Awaitable[None]) -> None:
        """Tell the model that something is over; if it does not listen any more, that is the end of it, too."""
        with suppress(VoiceModelError, TimeoutError):
            async with asyncio.timeout(1.0):
                await sending

    def _stalled(self, *, begun: bool) -> VoiceModelStalled:
        waited = f"paused for {self._next_s:g} s" if begun else f"gave no answer within {self._first_s:g} s"
        return VoiceModelStalled(f"{self._service.where} {waited}; check that it is not overloaded")


def _item(said: Message, item_id: str) -> dict[str, object]:
    kind = "output_text" if said.role == "assistant" else "input_text"
    return {
        "id": item_id,
        "type": "message",
        "role": said.role,
        "content": [{"type": kind, "text": said.text}],
    }


def _is(question: Question, message: str) -> bool:
    """Return whether `message` is what was said, but for the phrase before or after it that woke the avatar up."""
    if not question.item_id or not question.text.done() or question.text.exception() is not None:
        return False
    words = re.escape(message.strip())
    whole = rf"^{words}(?![A-Za-z0-9])|(?<![A-Za-z0-9]){words}$"
    return re.search(whole, question.text.result().strip()) is not None


def _heard_ms(reply: Reply, heard: str) -> int | None:
    """Return how much of an answer's sound was heard, or None for all of it."""
    said = " ".join(reply.text.split())
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(said, " ".join(heard.split()), strict=False)))
    if same == len(said):
        return None
    weights = [3 if unicodedata.east_asian_width(character) in "WF" else 1 for character in said]
    return reply.sound_bytes // _BYTES_MS * sum(weights[:same]) // max(1, sum(weights))
