"""How many connections and requests may be open at once (`server.max_connections`)."""

from ipaddress import IPv4Network, IPv6Network

import msgspec

from bridge.errors import BridgeError
from bridge.gateway.limits import Crowd, retry_after
from bridge.gateway.problems import MEDIA_TYPE, problem_of
from bridge.gateway.proxies import is_trusted, limit_key
from bridge.settings import Server, is_loopback


class Entrance:
    """Counts connections, and of those that come by our own proxies the requests, by the client's address."""

    def __init__(self, server: Server) -> None:
        self._trusted: tuple[IPv4Network | IPv6Network, ...] = server.trusted_proxies
        self._connections = Crowd(server.max_connections, server.max_connections_per_address)
        self.requests = Crowd(server.max_connections, server.max_connections_per_address)

    def enter(self, peer: str) -> None:
        """Let a connection in. Raises RateLimited and Overloaded. Loopback and our proxies may hold any share."""
        exempt = is_loopback(limit_key(peer)) or is_trusted(peer, self._trusted)
        self._connections.enter(limit_key(peer), exempt=exempt)

    def leave(self, peer: str) -> None:
        """Note that a connection which was let in is gone."""
        self._connections.leave(limit_key(peer))


def refusal(error: BridgeError, wait_s: float = 1.0) -> bytes:
    """Return the whole answer to a connection that is not let in, or did not say what it wants in time."""
    body = msgspec.json.encode(problem_of(error))
    head = (
        f"HTTP/1.1 {error.status} {problem_of(error).title}\r\n"
        f"Content-Type: {MEDIA_TYPE}\r\nContent-Length: {len(body)}\r\nCache-Control: no-store\r\n"
        f"Retry-After: {retry_after(wait_s)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
