"""Which cloud sessions nobody holds any more. Pure."""

from collections.abc import Collection, Container, Iterable
from dataclasses import dataclass

STATUS_CLOSED = 2


@dataclass(frozen=True, slots=True)
class Listed:
    """A cloud session as a list of the cloud has it."""

    user_id: str
    cloud_session_id: str
    status: int


def orphans(listed: Iterable[Listed], prefixes: Collection[str], held: Container[str]) -> list[str]:
    """Return the ids of the cloud sessions to close: ours by the prefix of their UserId, and of no user in `held`.

    A UserId is held from before its cloud session is created until some time after it was closed, so that neither a
    createsession nor a closesession under way is taken for an orphan. The cloud keeps one session a UserId.
    """
    if not all(prefixes):
        raise ValueError("with an empty prefix every session in the cloud would be ours")
    return [
        session.cloud_session_id
        for session in listed
        if session.user_id.startswith(tuple(prefixes))
        and session.user_id not in held
        and session.status != STATUS_CLOSED
    ]
