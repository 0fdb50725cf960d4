"""Answers from a language model on any server that speaks OpenAI's chat completions.

Importing this module raises DialogPackageError where the `openai` package is missing.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, MutableMapping, Sequence
from contextlib import aclosing
from itertools import groupby
from typing import Protocol
from urllib.parse import urlsplit

from pydantic import SecretStr

from dialog.errors import (
    DialogPackageError,
    LlmEmptyAnswer,
    LlmError,
    LlmModelNotFound,
    LlmRateLimited,
    LlmRequestRejected,
    LlmStalled,
    LlmStreamBroken,
    LlmUnauthorized,
    LlmUnavailable,
    LlmUnreachable,
)
from dialog.protocol import Message, Role

try:
    import openai
    from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam
except ImportError as error:
    raise DialogPackageError(
        "a language model needs the openai package; install it with: pip install 'avatar-bridge[llm]'"
    ) from error

_ATTEMPTS = 2
_HEADERS = frozenset({"host", "accept", "accept-encoding", "connection", "content-type", "content-length"})
_USER_AGENT = "avatar-bridge"


class _Request(Protocol):
    """An HTTP request of the SDK's client, whose package differs between the SDK's versions."""

    @property
    def headers(self) -> MutableMapping[str, str]: ...


class OpenAIDialog:
    """Streams a model's answers.

    `first_token_s` is how long a person waits for the first word, a second attempt included; `next_token_s` how
    long the model may pause in an answer. Thinking that the server reports counts as life. What fails before the
    first word is tried once more, unless the server asked for fewer requests. Nothing is taken from the
    environment: no key, address, proxy or header.
    """

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        api_key: SecretStr | None = None,
        system_prompt: str = "",
        first_token_s: float = 8.0,
        next_token_s: float = 5.0,
    ) -> None:
        address = urlsplit(base_url)
        self._place = f"{address.scheme}://{address.netloc.rpartition('@')[2]}{address.path}"
        self._model = model
        self._system_prompt = system_prompt
        self._first_token_s = first_token_s
        self._next_token_s = next_token_s
        self._authorization = f"Bearer {api_key.get_secret_value()}" if api_key else None
        # The SDK logs whole requests at debug level: what people say does not belong in a log.
        logging.getLogger("openai").setLevel(logging.WARNING)
        self._client = openai.AsyncOpenAI(
            api_key="unused",
            base_url=base_url,
            max_retries=0,
            timeout=None,
            http_client=openai.DefaultAsyncHttpxClient(
                trust_env=False, follow_redirects=False, event_hooks={"request": [self._prepare]}
            ),
        )

    @property
    def _where(self) -> str:
        return f"{self._model} at {self._place}"

    async def answer(self, history: Sequence[Message], message: str) -> AsyncGenerator[str, None]:
        """Yield the answer as the model writes it; closing the generator closes the HTTP stream.

        Raises LlmError, also in the middle of an answer.
        """
        messages = self._messages([*history, Message("user", message)])
        deadline = asyncio.get_running_loop().time() + self._first_token_s
        for attempt in range(1, _ATTEMPTS + 1):
            said = False
            try:
                async with aclosing(self._attempt(messages, deadline)) as texts:
                    async for text in texts:
                        said = True
                        yield text
            except LlmError as error:
                again = error.retryable and not isinstance(error, LlmRateLimited | LlmStalled)
                if said or attempt == _ATTEMPTS or not again:
                    raise
            else:
                return

    async def aclose(self) -> None:
        """Close the connections. May be called twice."""
        await self._client.close()

    async def _attempt(self, messages: list[ChatCompletionMessageParam], deadline: float) -> AsyncGenerator[str, None]:
        """Ask once; yield from the first text that is not white space."""
        now = asyncio.get_running_loop().time
        opened = said = False
        try:
            async with asyncio.timeout_at(deadline):
                stream = await self._client.chat.completions.create(model=self._model, messages=messages, stream=True)
            opened = True
            async with stream:
                while True:
                    async with asyncio.timeout_at(deadline):
                        chunk = await anext(stream)
                    text, alive = _content(chunk)
                    if text and (said or text.strip()):
                        said = True
                        yield text
                    if said or alive:
                        deadline = max(now() + self._next_token_s, 0 if said else deadline)
        except StopAsyncIteration:
            pass
        except TimeoutError:
            raise self._stalled(said=said) from None
        except (openai.OpenAIError, ValueError) as error:
            # Not chained: the server's own words may hold a part of the key.
            raise self._translate(error, opened=opened) from None
        if not said:
            raise LlmEmptyAnswer(f"{self._where} gave an answer without text; ask again or try another model")

    async def _prepare(self, request: _Request) -> None:
        """Leave in a request what the protocol needs: nothing about this machine, nothing from the environment."""
        for name in list(request.headers):
            if name.lower() not in _HEADERS:
                del request.headers[name]
        request.headers["user-agent"] = _USER_AGENT
        if self._authorization is not None:
            request.headers["authorization"] = self._authorization

    def _messages(self, messages: Sequence[Message]) -> list[ChatCompletionMessageParam]:
        """Write the conversation for the server; who speaks twice in a row does so in one message.

        Many local models refuse a conversation whose speakers do not take turns.
        """
        whole = [Message("system", self._system_prompt)] if self._system_prompt else []
        whole.extend(messages)
        speeches = groupby(whole, key=_role)
        return [_param(role, "\n".join(message.text for message in speech)) for role, speech in speeches]

    def _stalled(self, *, said: bool) -> LlmStalled:
        waited = f"paused for {self._next_token_s:g} s" if said else f"said nothing within {self._first_token_s:g} s"
        return LlmStalled(f"{self._where} {waited}; check that the server is not overloaded, or allow it more time")

    def _translate(self, error: Exception, *, opened: bool) -> LlmError:
        if isinstance(error, openai.APIStatusError):
            return self._refused(error.status_code)
        if opened:
            return LlmStreamBroken(f"{self._where} broke off its answer; ask again, or look at the server's own log")
        return LlmUnreachable(f"{self._place} cannot be reached; check llm.base_url and that the server runs")

    def _refused(self, status: int) -> LlmError:
        match status:
            case 401 | 403:
                return LlmUnauthorized(f"{self._place} refused the key (HTTP {status}); check llm.api_key")
            case 404:
                return LlmModelNotFound(
                    f"{self._place} knows no model {self._model!r} (HTTP 404); check llm.model, and llm.base_url,"
                    " which usually ends in /v1"
                )
            case 429:
                return LlmRateLimited(f"{self._place} allows no more requests now (HTTP 429); wait, or check the quota")
            case 408 | 409 | 425:
                return LlmUnavailable(f"{self._place} could not answer now (HTTP {status}); try again")
            case _ if status >= 500:
                return LlmUnavailable(f"{self._place} failed (HTTP {status}); try again, or look at its own log")
            case _:
                return LlmRequestRejected(
                    f"{self._place} rejected the request (HTTP {status}); check llm.base_url and llm.model"
                )


def _content(chunk: ChatCompletionChunk) -> tuple[str, bool]:
    """Return the text of a chunk, and whether it shows that the model works."""
    if not chunk.choices:
        return "", False
    delta = chunk.choices[0].delta
    text = delta.content or ""
    thinking = delta.model_extra or {}
    return text, bool(text or thinking.get("reasoning_content") or thinking.get("reasoning"))


def _role(message: Message) -> Role:
    return message.role


def _param(role: Role, text: str) -> ChatCompletionMessageParam:
    match role:
        case "system":
            return {"role": "system", "content": text}
        case "user":
            return {"role": "user", "content": text}
        case "assistant":
            return {"role": "assistant", "content": text}
