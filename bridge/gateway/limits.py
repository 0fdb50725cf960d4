"""How much one client may ask for (DESIGN 6.7). Pure: `now` is seconds of the caller's clock."""

import math
from collections import Counter, OrderedDict
from dataclasses import dataclass

from bridge.errors import Overloaded, RateLimited

MIB = 1024 * 1024
MAX_KEPT = 10_000
"""Clients that are remembered; when there are more the one not seen for longest is forgotten."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, and `per_s` in the long run."""

    per_s: float
    burst: float


@dataclass(slots=True)
class _Bucket:
    rate: Rate
    left: float
    since: float

    def refill(self, now: float) -> None:
        rate = self.rate
        if now > self.since:  # a clock may be set back
            left = self.left + (now - self.since) * rate.per_s
            self.left = left if left < rate.burst else rate.burst  # noqa: FURB136 - fifty times a second and client
        self.since = now

    def try_take(self, now: float, amount: float) -> float:
        """Take `amount` and return 0, or take nothing and return how long until it can be taken."""
        self.refill(now)
        if amount > self.left and (missing := min(amount, self.rate.burst) - self.left) > 0:
            return missing / self.rate.per_s
        self.left -= amount
        return 0.0


class Buckets:
    """A token bucket for each client."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_s(self, key: str, now: float, amount: float = 1.0) -> float:
        """Return how long until `amount` can be taken, 0 if it can be now. More than the burst counts as the burst."""
        left = self._refilled(key, now).left
        return max(0.0, (min(amount, self._rate.burst) - left) / self._rate.per_s)

    def take(self, key: str, now: float, amount: float = 1.0) -> None:
        """Take `amount`, if need be in advance."""
        self._refilled(key, now).left -= amount

    def of(self, key: str, now: float) -> _Bucket:
        """Return the bucket of a client."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(self._rate, self._rate.burst, now)
            if len(self._buckets) > MAX_KEPT:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return bucket

    def _refilled(self, key: str, now: float) -> _Bucket:
        bucket = self.of(key, now)
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
    """What the messages of one WebSocket may be, as long as it lasts; all of a client's share the same limits."""

    __slots__ = ("_bytes", "_messages")

    def __init__(self, messages: _Bucket, size: _Bucket) -> None:
        self._messages = messages
        self._bytes = size

    def message(self, size: int, now: float) -> None:
        """Count a message of `size` bytes. Raises RateLimited."""
        if (wait_s := self._messages.try_take(now, 1)) > 0:
            raise RateLimited(MESSAGES, wait_s)
        if (wait_s := self._bytes.try_take(now, size)) > 0:
            raise RateLimited(BYTES, wait_s)


class Limits:
    """What each client may send. Nobody meets them who shows a kiosk or speaks into a microphone.

    Who has the server's api_key is not counted, nor anybody on a server without one. Clients with a token are counted
    by their client id, those who show none by their address.
    """

    def __init__(self) -> None:
        self._address_requests = Buckets(ADDRESS_REQUESTS)
        self._requests = Buckets(CLIENT_REQUESTS)
        self._messages = Buckets(CLIENT_MESSAGES)
        self._bytes = Buckets(CLIENT_BYTES)

    def stranger(self, address: str, now: float) -> None:
        """Count a request of somebody who has shown nothing. Raises RateLimited."""
        _take(self._address_requests, address, now, 1, "too many requests come from this address")

    def request(self, client_id: str, now: float) -> None:
        """Count a request. Raises RateLimited."""
        _take(self._requests, client_id, now, 1, "too many requests; send fewer in a second")

    def meter(self, client_id: str, now: float) -> Meter:
        """Return what counts the messages of a WebSocket."""
        return Meter(self._messages.of(client_id, now), self._bytes.of(client_id, now))

    def received(self, client_id: str, size: int, now: float) -> None:
        """Count bytes that have come; a big piece may pass and is made up for later. Raises RateLimited."""
        _take(self._bytes, client_id, now, size, BYTES)


def _take(buckets: Buckets, key: str, now: float, amount: float, message: str) -> None:
    if (wait_s := buckets.of(key, now).try_take(now, amount)) > 0:
        raise RateLimited(message, wait_s)


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
