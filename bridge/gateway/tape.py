"""What was answered while it was passed on, to be given once more."""

from aiohttp import web

from bridge.errors import IdempotencyMismatch

KEPT_BYTES = 1024 * 1024
"""Of a longer answer only that it was given is remembered."""


class Tape:
    """Holds an answer of at most 1 MiB; `headers` are those of the first time."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self._body: bytearray | None = bytearray()

    def add(self, piece: bytes) -> None:
        """Take the next piece of the body."""
        if self._body is not None:
            self._body += piece
            if len(self._body) > KEPT_BYTES:
                self._body = None

    def response(self) -> web.Response:
        """Return the answer once more, as a whole. Raises IdempotencyMismatch for one that was too long to be kept."""
        if self._body is None:
            raise IdempotencyMismatch("the answer under this key is too long to be given again; use a new one")
        return web.Response(body=bytes(self._body), headers=self.headers)
