"""Which browser holds the session of a grant (DESIGN 5.3). Pure: `now` is seconds of the caller's clock.

A grant is good for one live session. The browser that exchanged it, known by an id of its own choice, gets that session
back as often as it comes. Another one gets in when the session has ended, or when nobody has listened to it for half a
minute: a kiosk that came back from a power cut with nothing left. It begins a session of its own, for what was said in
the former one is none of its business.
"""

import hmac
from dataclasses import dataclass

from bridge.errors import GrantInUse, RateLimited
from bridge.gateway.limits import Buckets, Rate

QUIET_S = 30.0
BEGINNINGS = Rate(per_s=1 / 5, burst=10)


@dataclass(frozen=True, slots=True)
class Resume:
    """Hand out the session that there is."""

    session_id: str


@dataclass(frozen=True, slots=True)
class Begin:
    """Begin a session; it replaces the one that there may be."""


@dataclass(slots=True)
class _Use:
    holder: str
    session_id: str
    seen: float


class Holders:
    """Who has exchanged which grant. It is forgotten when the server ends, as its sessions are."""

    def __init__(self) -> None:
        self._uses: dict[str, _Use] = {}
        self._begun = Buckets(BEGINNINGS)

    def session_of(self, grant_id: str) -> str | None:
        """Return the session that the grant was last exchanged for."""
        use = self._uses.get(grant_id)
        return use.session_id if use else None

    def exchange(
        self, grant_id: str, holder: str, now: float, *, alive: bool, attached: bool, renew: bool
    ) -> Resume | Begin:
        """Say what `holder` gets; after `Begin` the caller says `began`.

        `alive` and `attached` tell of the session of `session_of`: whether it goes on, and whether somebody listens.
        Raises GrantInUse, and RateLimited when sessions are begun too often.
        """
        use = self._uses.get(grant_id)
        if use is not None and alive:
            ours = hmac.compare_digest(use.holder.encode(), holder.encode())
            if not ours and (attached or now < use.seen + QUIET_S):
                raise GrantInUse("another browser uses this link at the moment")
            if ours and not renew:
                use.seen = now
                return Resume(use.session_id)
        wait_s = self._begun.wait_s(grant_id, now)
        if wait_s > 0:
            raise RateLimited("this link begins sessions too often", wait_s)
        return Begin()

    def began(self, grant_id: str, holder: str, session_id: str, now: float) -> None:
        """Note that `holder` has a new session."""
        self._begun.take(grant_id, now)
        self._uses[grant_id] = _Use(holder, session_id, now)

    def forget(self, grant_id: str) -> None:
        """Note that the grant was taken back."""
        self._uses.pop(grant_id, None)
