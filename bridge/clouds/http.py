"""What the clients of all clouds share: one JSON POST, with every way to fail turned into an error of ours."""

import os
import socket
import ssl
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp

from bridge.errors import CloudUnreachable

TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)
MAX_ANSWER = 1 << 23
"""Bytes of a body; a longer one comes from something else than a cloud, and would fill the memory."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The body of a successful HTTP exchange and the server's clock (Unix seconds), if it told."""

    body: bytes
    date: float | None


async def post_json(http: aiohttp.ClientSession, url: str, body: bytes) -> Answer:
    """POST `body`; `url` may hold a signature, so it appears in no error.

    Raises CloudUnreachable when there is no answer with HTTP status 200.
    """
    host = urlsplit(url).netloc
    headers = {"Content-Type": "application/json;charset=utf-8"}
    try:
        async with http.post(url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False) as response:
            content = await _read(response)
            status, date = response.status, response.headers.get("Date")
    except TimeoutError:
        raise CloudUnreachable(f"the cloud at {host} did not answer in time; check the network") from None
    except aiohttp.ClientConnectorError as error:
        reason = _reason(error.os_error)
        raise CloudUnreachable(
            f"the cloud at {host} cannot be reached ({reason}); check the network and cloud.base_url"
        ) from None
    except (aiohttp.ClientError, OSError) as error:
        raise CloudUnreachable(f"the cloud at {host} broke off ({type(error).__name__})") from None
    if status != HTTPStatus.OK:
        raise CloudUnreachable(f"the cloud at {host} answered HTTP {status}; check cloud.base_url")
    return Answer(content, _unix(date))


async def _read(response: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > MAX_ANSWER:
            raise CloudUnreachable(f"the cloud at {response.host} answered without end; check cloud.base_url")
    return bytes(content)


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not trusted here"
    if isinstance(error, ssl.SSLError):
        return "it does not speak TLS as this machine does"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    return os.strerror(error.errno) if error.errno else "no connection"


def _unix(date: str | None) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        return None
