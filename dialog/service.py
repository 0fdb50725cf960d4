"""What the clients of OpenAI-compatible servers share: a client without an environment, and their errors.

Importing this module raises DialogPackageError where the `openai` package is missing.
"""

import logging
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from pydantic import SecretStr

from dialog.errors import DialogError, DialogPackageError

try:
    import openai
    from openai.types.chat import (
        ChatCompletionAssistantMessageParam,
        ChatCompletionFunctionToolParam,
        ChatCompletionMessageParam,
    )
except ImportError as error:
    raise DialogPackageError(
        "a language model, speech recognition or speech needs the openai package;"
        " install it with: pip install 'avatar-bridge[llm]'"
    ) from error

__all__ = [
    "USER_AGENT",
    "ChatCompletionAssistantMessageParam",
    "ChatCompletionFunctionToolParam",
    "ChatCompletionMessageParam",
    "Service",
    "ServiceErrors",
    "openai",
]

USER_AGENT = "avatar-bridge"
_HEADERS = frozenset(
    {
        "host", "accept", "accept-encoding", "connection", "content-type", "content-length", "transfer-encoding",
        "x-stainless-raw-response",  # by which the SDK itself, looking at its request, knows what to return
    }
)  # fmt: skip


class _Request(Protocol):
    """An HTTP request of the SDK's client, whose package differs between the SDK's versions."""

    @property
    def headers(self) -> MutableMapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class ServiceErrors:
    """The errors of one kind of server; `section` is where its settings stand, such as `llm`."""

    section: str
    unauthorized: type[DialogError]
    model_not_found: type[DialogError]
    request_rejected: type[DialogError]
    rate_limited: type[DialogError]
    unavailable: type[DialogError]
    unreachable: type[DialogError]
    stream_broken: type[DialogError]


class Service:
    """One OpenAI-compatible server and model. No key, address, proxy or header is taken from the environment."""

    def __init__(self, errors: ServiceErrors, *, base_url: str, model: str, api_key: SecretStr | None) -> None:
        address = urlsplit(base_url)
        self.place = f"{address.scheme}://{address.netloc.rpartition('@')[2]}{address.path}"
        """The address without what may be secret in it."""
        self.model = model
        self._errors = errors
        self._authorization = f"Bearer {api_key.get_secret_value()}" if api_key else None
        # The SDK logs whole requests at debug level: what people say does not belong in a log.
        logging.getLogger("openai").setLevel(logging.WARNING)
        self.client = openai.AsyncOpenAI(
            api_key="unused",
            base_url=base_url,
            max_retries=0,
            timeout=None,
            http_client=openai.DefaultAsyncHttpxClient(
                trust_env=False, follow_redirects=False, event_hooks={"request": [self._prepare]}
            ),
        )

    @property
    def where(self) -> str:
        """The model and its server, for messages."""
        return f"{self.model} at {self.place}"

    async def aclose(self) -> None:
        """Close the connections. May be called twice."""
        await self.client.close()

    def translate(self, error: Exception, *, opened: bool) -> DialogError:
        """Return the error of ours for one of the SDK's; `opened` when the answer had begun.

        Not to be chained: the server's own words may hold a part of the key.
        """
        if isinstance(error, openai.APIStatusError):
            refused = self.refused(error.status_code)
            refused.retry_after_s = _retry_after(error)
            return refused
        if opened:
            return self._errors.stream_broken(
                f"{self.where} broke off its answer; ask again, or look at the server's own log"
            )
        return self.unreachable()

    def unreachable(self) -> DialogError:
        """Return the error for a server that does not take a connection."""
        return self._errors.unreachable(
            f"{self.place} cannot be reached; check {self._errors.section}.base_url and that the server runs"
        )

    def refused(self, status: int) -> DialogError:
        """Return the error for an HTTP status other than 200."""
        errors, place, section = self._errors, self.place, self._errors.section
        match status:
            case 401 | 403:
                return errors.unauthorized(f"{place} refused the key (HTTP {status}); check {section}.api_key")
            case 404:
                return errors.model_not_found(
                    f"{place} knows no model {self.model!r} (HTTP 404); check {section}.model, and"
                    f" {section}.base_url, which usually ends in /v1"
                )
            case 429:
                return errors.rate_limited(f"{place} allows no more requests now (HTTP 429); wait, or check the quota")
            case 408 | 409 | 425:
                return errors.unavailable(f"{place} could not answer now (HTTP {status}); try again")
            case _ if status >= 500:
                return errors.unavailable(f"{place} failed (HTTP {status}); try again, or look at its own log")
            case _:
                return errors.request_rejected(
                    f"{place} rejected the request (HTTP {status}); check {section}.base_url and {section}.model"
                )

    async def _prepare(self, request: _Request) -> None:
        """Leave in a request what the protocol needs: nothing about this machine, nothing from the environment."""
        for name in list(request.headers):
            if name.lower() not in _HEADERS:
                del request.headers[name]
        request.headers["user-agent"] = USER_AGENT
        if self._authorization is not None:
            request.headers["authorization"] = self._authorization


def _retry_after(error: openai.APIStatusError) -> float:
    """Return the seconds that a refusal asks to wait; a date or nonsense is as good as nothing."""
    words = error.response.headers.get("retry-after", "").strip()
    return float(words) if words.isascii() and words.isdigit() else 0.0
