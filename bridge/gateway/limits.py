"""How much one client may ask for (DESIGN 6.7). Pure: `now` is seconds of the caller's clock."""

import math
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from bridge.errors import Overloaded, RateLimited

MIB = 1024 * 1024
MAX_KEPT = 10_000
"""Clients that are remembered; when there are more the one not seen for longest is forgotten."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, and `per_s` in the long run."""

    per_s: float
    burst: float


class _Bucket:
    __slots__ = ("_rate", "_since", "left")

    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._since = now
        self.left = rate.burst

    def refill(self, now: float) -> None:
        if now > self._since:  # a clock may be set back
            self.left = min(self._rate.burst, self.left + (now - self._since) * self._rate.per_s)
        self._since = now

    def wait_s(self, amount: float) -> float:
        """Return how long until `amount` can be taken, 0 if it can be now."""
        return max(0.0, (min(amount, self._rate.burst) - self.left) / self._rate.per_s)


T = TypeVar("T")


class _Kept(Generic[T]):
    """One for each client, made by `make` at a time; of too many the one not seen for longest is forgotten."""

    def __init__(self, make: Callable[[float], T]) -> None:
        self._make = make
        self._kept: OrderedDict[str, T] = OrderedDict()

    def of(self, key: str, now: float) -> T:
        """Return that of a client."""
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = self._make(now)
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return found


class Buckets:
    """A token bucket for each client."""

    def __init__(self, rate: Rate) -> None:
        self._buckets = _Kept(lambda now: _Bucket(rate, now))

    def wait_s(self, key: str, now: float, amount: float = 1.0) -> float:
        """Return how long until `amount` can be taken, 0 if it can be now. More than the burst counts as the burst."""
        return self._refilled(key, now).wait_s(amount)

    def take(self, key: str, now: float, amount: float = 1.0) -> None:
        """Take `amount`, if need be in advance."""
        self._refilled(key, now).left -= amount

    def _refilled(self, key: str, now: float) -> _Bucket:
        bucket = self._buckets.of(key, now)
        bucket.refill(now)
        return bucket


class Guesses:
    """Slows down who tries keys: 20 wrong ones at once, then one every 3 s. Whoever guesses right is as slow."""

    def __init__(self, rate: Rate = Rate(per_s=1 / 3, burst=20)) -> None:
        self._wrong = Buckets(rate)

    def check(self, address: str, now: float) -> None:
        """Let another attempt pass. Raises RateLimited."""
        wait_s = self._wrong.wait_s(address, now)
        if wait_s > 0:
            raise RateLimited("too many wrong keys came from this address", wait_s)

    def failed(self, address: str, now: float) -> None:
        """Count a wrong one."""
        self._wrong.take(address, now)


ADDRESS_REQUESTS = Rate(per_s=100, burst=3000)
CLIENT_REQUESTS = Rate(per_s=50, burst=500)
CLIENT_MESSAGES = Rate(per_s=200, burst=2000)
CLIENT_BYTES = Rate(per_s=2 * MIB, burst=64 * MIB)
MESSAGES = "too many messages; send fewer in a second"
BYTES = "too many bytes; send less in a second"


class Meter:
    """What one client may send, messages and bytes: two token buckets in one, for a microphone asks all the time."""

    __slots__ = ("_bytes", "_bytes_burst", "_bytes_per_s", "_messages", "_messages_burst", "_messages_per_s", "_since")

    def __init__(self, messages: Rate, size: Rate, now: float) -> None:
        self._messages_per_s, self._messages_burst = messages.per_s, float(messages.burst)
        self._bytes_per_s, self._bytes_burst = size.per_s, float(size.burst)
        self._messages, self._bytes = self._messages_burst, self._bytes_burst
        self._since = now

    def count(self, size: int, now: float, messages: float = 1.0) -> None:
        """Count a message of `size` bytes, or with `messages` 0 just bytes. Raises RateLimited; it is not counted then.

        More bytes than the burst pass when the bucket is full, and are made up for later.
        """
        passed = now - self._since
        self._since = now
        if passed > 0:  # a clock may be set back
            self._messages += passed * self._messages_per_s
            if self._messages > self._messages_burst:
                self._messages = self._messages_burst
            self._bytes += passed * self._bytes_per_s
            if self._bytes > self._bytes_burst:
                self._bytes = self._bytes_burst
        if messages > self._messages:
            raise RateLimited(MESSAGES, (messages - self._messages) / self._messages_per_s)
        left = self._bytes - size
        if left < 0.0 and self._bytes < self._bytes_burst:
            raise RateLimited(BYTES, (min(size, self._bytes_burst) - self._bytes) / self._bytes_per_s)
        self._messages -= messages
        self._bytes = left


class Limits:
    """What each client may send. Nobody meets them who shows a kiosk or speaks into a microphone.

    Who has the server's api_key is not counted, nor anybody on a server without one. Clients with a token are counted
    by their client id, those who show none by their address.
    """

    def __init__(self) -> None:
        self._address_requests = Buckets(ADDRESS_REQUESTS)
        self._requests = Buckets(CLIENT_REQUESTS)
        self._meters = _Kept(lambda now: Meter(CLIENT_MESSAGES, CLIENT_BYTES, now))

    def stranger(self, address: str, now: float) -> None:
        """Count a request of somebody who has shown nothing. Raises RateLimited."""
        _take(self._address_requests, address, now, "too many requests come from this address")

    def request(self, client_id: str, now: float) -> None:
        """Count a request. Raises RateLimited."""
        _take(self._requests, client_id, now, "too many requests; send fewer in a second")

    def meter(self, client_id: str, now: float) -> Meter:
        """Return what counts all that the client sends, in bodies and over any of its WebSockets."""
        return self._meters.of(client_id, now)


def _take(buckets: Buckets, key: str, now: float, message: str) -> None:
    if (wait_s := buckets.wait_s(key, now)) > 0:
        raise RateLimited(message, wait_s)
    buckets.take(key, now)


class Crowd:
    """How many are there at once, in all and for each address."""

    def __init__(self, limit: int, each: int) -> None:
        self._limit = limit
        self._each = each
        self._count: Counter[str] = Counter()
        self.total = 0

    def enter(self, address: str, *, exempt: bool = False) -> None:
        """Let another one in; one that is `exempt` counts only in all. Raises Overloaded, RateLimited."""
        if self.total >= self._limit:
            raise Overloaded("this server has as many connections as it takes; try again in a moment")
        if not exempt and self._count[address] >= self._each:
            raise RateLimited("too many connections from this address are open")
        self.total += 1
        self._count[address] += 1

    def leave(self, address: str) -> None:
        """Note that one who was let in has gone."""
        self.total -= 1
        self._count[address] -= 1
        if self._count[address] <= 0:
            del self._count[address]


def retry_after(seconds: float) -> str:
    """Return `seconds` for the header Retry-After: whole ones, at least 1."""
    return str(max(1, math.ceil(seconds)))
