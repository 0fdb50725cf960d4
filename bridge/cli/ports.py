"""Whether a port can be listened on."""

import contextlib
import socket

TRIES = 20
MAX_PORT = 65535


def why_not(host: str, port: int) -> str | None:
    """Return why no server could listen on `host` and `port` now, None if one could."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in addresses:
            with contextlib.closing(socket.socket(family, kind, protocol)) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
    except OSError as error:
        return error.strerror or str(error)
    return None


def is_free(host: str, port: int) -> bool:
    """Return whether a server could listen on `host` and `port` now."""
    return why_not(host, port) is None


def next_free(host: str, port: int) -> int | None:
    """Return the first free port from `port` on, None if the next twenty are all taken."""
    candidates = range(port, min(port + TRIES, MAX_PORT + 1))
    return next((candidate for candidate in candidates if is_free(host, candidate)), None)
