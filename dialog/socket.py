"""WebSockets to servers with OpenAI's realtime interface.

Importing this module raises DialogPackageError where the `openai` package is missing.
"""

import asyncio
import logging
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as websocket
from websockets.exceptions import InvalidHandshake, InvalidStatus

from dialog.errors import DialogError
from dialog.service import USER_AGENT, Service

_MAX_MESSAGE = 1024 * 1024
_LOG = logging.getLogger("dialog.socket")
_LOG.setLevel(logging.WARNING)  # its debug log holds the key and the sound


class _Connect(websocket):
    """A connection without redirects: they would carry the key elsewhere."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


async def connect(
    service: Service, query: str, api_key: SecretStr | None, timeout_s: float, stalled: type[DialogError]
) -> ClientConnection:
    """Return a connection to `/realtime?query` of a service; raises its errors, and `stalled` after `timeout_s`."""
    headers = {"Authorization": f"Bearer {api_key.get_secret_value()}"} if api_key else {}
    try:
        async with asyncio.timeout(timeout_s):
            return await _Connect(
                _url(str(service.client.base_url), query),
                additional_headers=headers,
                user_agent_header=USER_AGENT,
                proxy=None,
                compression=None,
                max_size=_MAX_MESSAGE,
                max_queue=64,  # messages; when they are full, the socket is not read
                open_timeout=None,
                logger=_LOG,
            )
    except TimeoutError:
        raise stalled(
            f"{service.place} took no connection within {timeout_s:g} s; check that it is not overloaded"
        ) from None
    except InvalidStatus as error:
        raise service.refused(error.response.status_code) from None
    except (OSError, InvalidHandshake):
        raise service.unreachable() from None


async def close(socket: ClientConnection) -> None:
    """Close without waiting for a server that does not answer."""
    socket.transport.abort()
    await socket.wait_closed()


def _url(base_url: str, query: str) -> str:
    address = urlsplit(base_url)
    scheme = "wss" if address.scheme == "https" else "ws"
    return urlunsplit((scheme, address.netloc, address.path.rstrip("/") + "/realtime", query, ""))
