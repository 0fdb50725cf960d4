"""The cloud that the contract is held against: the emulator, or the one that the environment names.

AVATAR_CONTRACT_URL is its base URL; the other names are the fields of `Foreign` with AVATAR_CONTRACT_ before them.
"""

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from tests.contract.wire import Account

PREFIX = "AVATAR_CONTRACT_"
FIRST_ANSWER_S, READY_S, POLL_S = 30.0, 150.0, 2.0
"""The pace for a cloud that costs money and may load a model first."""


@dataclass(frozen=True)
class Foreign:
    """A cloud that is not ours."""

    url: str
    appkey: str
    accesstoken: str = field(repr=False)
    project: str
    asset: str | None = None
    ws_url: str | None = None

    def account(self) -> Account:
        """Return who asks, at a pace that does not hurt."""
        asset = self.asset or ""
        return Account(self.appkey, self.accesstoken, self.project, asset, FIRST_ANSWER_S, READY_S, POLL_S)


def foreign(environ: Mapping[str, str] = os.environ) -> Foreign | None:
    """Return the cloud that the environment names, None for the emulator; raises pytest.UsageError for half of one."""
    url = environ.get(PREFIX + "URL")
    if not url:
        return None
    if not url.startswith(("http://", "https://")):
        raise pytest.UsageError(f"{PREFIX}URL must begin with https://")
    missing = [PREFIX + name for name in ("APPKEY", "ACCESSTOKEN", "PROJECT") if not environ.get(PREFIX + name)]
    if missing:
        raise pytest.UsageError(f"a foreign cloud needs {', '.join(missing)} in the environment")
    return Foreign(
        url.rstrip("/"),
        environ[PREFIX + "APPKEY"],
        environ[PREFIX + "ACCESSTOKEN"],
        environ[PREFIX + "PROJECT"],
        environ.get(PREFIX + "ASSET") or None,
        (environ.get(PREFIX + "WS_URL") or "").rstrip("/") or None,
    )


def fit(items: list[pytest.Item], cloud: Foreign | None) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Return the tests to run against `cloud`, and those to leave out: what needs the emulator, or what it lacks."""
    if cloud is None:
        return items, []
    chosen = [item for item in items if _fits(item, cloud)]
    return chosen, [item for item in items if item not in chosen]


def _fits(item: pytest.Item, cloud: Foreign) -> bool:
    mark = item.get_closest_marker("cloud")
    return mark is not None and (cloud.asset is not None or not mark.kwargs.get("asset"))


def end_in_order() -> None:
    """Let SIGTERM end the tests as Ctrl-C does, so that the paid session is closed."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
