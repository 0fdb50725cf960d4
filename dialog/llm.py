"""Answers from a language model on any server that speaks OpenAI's chat completions.

Importing this module raises DialogPackageError where the `openai` package is missing.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from pydantic import SecretStr

from dialog.chatparams import Params, called, conversation, declared
from dialog.chunks import read_chunk
from dialog.errors import (
    DialogError,
    LlmAnswerTooLong,
    LlmEmptyAnswer,
    LlmModelNotFound,
    LlmRateLimited,
    LlmRequestRejected,
    LlmStalled,
    LlmStreamBroken,
    LlmToolLoop,
    LlmUnauthorized,
    LlmUnavailable,
    LlmUnreachable,
)
from dialog.protocol import Message
from dialog.service import Service, ServiceErrors, openai
from dialog.toolbox import ToolBox
from dialog.toolcalls import ToolCalls
from dialog.tools import JsonObject

MAX_ANSWER = 65_536
"""Characters of an answer, thinking included; nobody listens to more."""

MAX_ROUNDS = 3
"""How often the model may call tools in one answer; then it has to speak."""

_ATTEMPTS = 2
_ERRORS = ServiceErrors(
    section="llm",
    unauthorized=LlmUnauthorized,
    model_not_found=LlmModelNotFound,
    request_rejected=LlmRequestRejected,
    rate_limited=LlmRateLimited,
    unavailable=LlmUnavailable,
    unreachable=LlmUnreachable,
    stream_broken=LlmStreamBroken,
)


@dataclass(slots=True)
class _Round:
    """One request and what has come of it."""

    messages: Params
    speak: bool
    """Whether the model may call no more tools."""
    text: list[str] = field(default_factory=list[str])
    size: int = 0
    calls: ToolCalls = field(default_factory=ToolCalls)

    @property
    def said(self) -> bool:
        return bool(self.text)


class OpenAIDialog:
    """Streams a model's answers, with the results of the tools it calls.

    `system_prompt` is a text, or a function that returns it for what the person said. `first_token_s` is how long a
    person waits for the first word of a request, a second attempt included; `next_token_s` how long the model may
    pause in an answer. Thinking and tool calls that the server reports count as life. What fails before the first
    word is tried once more, after the time that the server asks for if the deadline allows it. A round of tools is
    followed by another request; after `max_rounds` the model has to speak. `options` are further fields of each
    request, such as `temperature`, as the server knows them. Nothing is taken from the environment.
    """

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        api_key: SecretStr | None = None,
        system_prompt: str | Callable[[str], str] = "",
        tools: ToolBox | None = None,
        options: JsonObject | None = None,
        first_token_s: float = 8.0,
        next_token_s: float = 5.0,
        max_rounds: int = MAX_ROUNDS,
    ) -> None:
        self._service = Service(_ERRORS, base_url=base_url, model=model, api_key=api_key)
        self._system_prompt = system_prompt
        self._tools = tools if tools is not None and tools.tools else None
        self._options: dict[str, object] = dict(options or {})
        self._first_token_s = first_token_s
        self._next_token_s = next_token_s
        self._max_rounds = max_rounds

    async def answer(self, history: Sequence[Message], message: str) -> AsyncGenerator[str, None]:
        """Yield the answer as the model writes it; closing the generator closes the HTTP stream.

        Raises LlmError, also in the middle of an answer.
        """
        prompt = self._system_prompt if isinstance(self._system_prompt, str) else self._system_prompt(message)
        messages = conversation(prompt, [*history, Message("user", message)])
        left = MAX_ANSWER
        for number in range(self._max_rounds + 1):
            current = _Round(messages, speak=self._tools is None or number == self._max_rounds)
            async with aclosing(self._persist(current)) as texts:
                async for text in texts:
                    left -= len(text)
                    if left < 0:
                        raise self._too_long()
                    yield text
            calls = current.calls.complete()
            if not calls or self._tools is None:
                return
            if current.said and not current.text[-1][-1].isspace():
                yield " "  # or the sentences of two rounds would stick together
            if current.speak or current.calls.overflow:
                raise LlmToolLoop(
                    f"{self._service.where} calls tools without end; look at their descriptions, or use another model"
                )
            results = await self._tools.run(calls)
            messages = [*messages, *called("".join(current.text), calls, results)]

    async def aclose(self) -> None:
        """Close the connections. May be called twice."""
        await self._service.aclose()
        if self._tools is not None:
            await self._tools.aclose()

    async def _persist(self, current: _Round) -> AsyncGenerator[str, None]:
        """Make a request, and once more if it fails before the model has said anything."""
        now = asyncio.get_running_loop().time
        deadline = now() + self._first_token_s
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                async with aclosing(self._attempt(current, deadline)) as texts:
                    async for text in texts:
                        yield text
            except DialogError as error:
                again = error.retryable and not isinstance(error, LlmStalled | LlmAnswerTooLong)
                if current.said or attempt == _ATTEMPTS or not again or now() + error.retry_after_s >= deadline:
                    raise
                await asyncio.sleep(error.retry_after_s)
                current.calls, current.size = ToolCalls(), 0
            else:
                return

    async def _attempt(self, current: _Round, deadline: float) -> AsyncGenerator[str, None]:
        """Ask once; yield from the first text that is not white space."""
        now = asyncio.get_running_loop().time
        opened = False
        try:
            async with asyncio.timeout_at(deadline):
                stream = await self._open(current)
            opened = True
            async with stream:
                while True:
                    async with asyncio.timeout_at(deadline):
                        chunk = await anext(stream)
                    text, alive = self._take(chunk, current)
                    if text and (current.said or text.strip()):
                        current.text.append(text)
                        yield text
                    if current.said or alive:
                        deadline = max(now() + self._next_token_s, 0 if current.said else deadline)
        except StopAsyncIteration:
            pass
        except TimeoutError:
            raise self._stalled(said=current.said) from None
        except (openai.OpenAIError, ValueError, RecursionError) as error:
            # Not chained: the server's own words may hold a part of the key.
            raise self._service.translate(error, opened=opened) from None
        if not current.said and (self._tools is None or not current.calls.complete()):
            raise LlmEmptyAnswer(f"{self._service.where} gave an answer without text; ask again or try another model")

    async def _open(self, current: _Round) -> openai.AsyncStream[object]:
        """Ask; the chunks are JSON, for to make the SDK's models of them costs more than all that we do with them."""
        body: dict[str, object] = {"model": self._service.model, "messages": current.messages, "stream": True}
        if self._tools is not None:
            body["tools"] = declared(self._tools.tools)
            body["tool_choice"] = "none" if current.speak else "auto"
        return await self._service.client.post(
            "/chat/completions",
            cast_to=object,
            body=body | self._options,
            stream=True,
            stream_cls=openai.AsyncStream[object],
        )

    def _take(self, chunk: object, current: _Round) -> tuple[str, bool]:
        """Return the text of a chunk, and whether it shows that the model works.

        Raises ValueError for a chunk of another shape, which the SDK lets pass, and LlmAnswerTooLong.
        """
        piece = read_chunk(chunk)
        for call in piece.calls:
            current.calls.add(call.number, id=call.id, name=call.name, arguments=call.arguments)
        current.size += len(piece.text) + len(piece.thinking)
        if current.size > MAX_ANSWER:
            raise self._too_long()
        return piece.text, bool(piece.text or piece.thinking or piece.calls)

    def _too_long(self) -> LlmAnswerTooLong:
        return LlmAnswerTooLong(
            f"{self._service.where} wrote more than {MAX_ANSWER} characters;"
            " ask in the persona's prompt for short answers"
        )

    def _stalled(self, *, said: bool) -> LlmStalled:
        waited = f"paused for {self._next_token_s:g} s" if said else f"said nothing within {self._first_token_s:g} s"
        return LlmStalled(
            f"{self._service.where} {waited}; check that the server is not overloaded, or allow it more time"
        )
