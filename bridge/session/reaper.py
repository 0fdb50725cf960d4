"""Closes the cloud sessions that a crash of ours has left behind; each of them is paid for until it is closed."""

import asyncio
from collections.abc import Callable, Collection, Container, Sequence
from pathlib import Path

import structlog

from bridge.clouds.tencent.client import TencentClient
from bridge.errors import BridgeError, CloudSessionLost
from bridge.session.installation import left_behind
from bridge.session.orphans import Listed, orphans
from bridge.settings import Cloud

log = structlog.stdlib.get_logger("bridge.reaper")

EVERY_S = 300.0


class Reaper:
    """Looks at once and then every five minutes, also for what other servers of `state_dir` that died have left.

    `prefix` is that of this server's UserIds, and `held` tells those that are in use.
    """

    def __init__(
        self,
        client: TencentClient,
        cloud: Cloud,
        prefix: str,
        state_dir: Path,
        held: Callable[[], Container[str]],
        every_s: float = EVERY_S,
    ) -> None:
        self._client = client
        self._cloud = cloud
        self._prefix = prefix
        self._state_dir = state_dir
        self._held = held
        self._every_s = every_s
        self._complained = False

    async def run(self) -> None:
        """Run until cancelled; whatever fails is logged and tried again the next time."""
        while True:
            try:
                with left_behind(self._state_dir) as (ended, _):
                    prefixes = [self._prefix, *(other.prefix for other in ended)]
                    await close_orphans(self._client, self._cloud, prefixes, self._held)
                self._complained = False
            except BridgeError as error:
                self._complain(error)
            except Exception:
                log.exception("orphans_not_looked_for")
            await asyncio.sleep(self._every_s)

    def _complain(self, error: BridgeError) -> None:
        """Warn once; a cloud without lists would otherwise fill the log."""
        level = log.debug if self._complained else log.warning
        level("orphans_not_looked_for", error=error.message, cloud_code=error.cloud_code)
        self._complained = True


async def close_orphans(
    client: TencentClient, cloud: Cloud, prefixes: Collection[str], held: Callable[[], Container[str]]
) -> Sequence[str]:
    """Close our cloud sessions that nobody holds and return their ids; one that cannot be closed is logged.

    Without an avatar in the settings there is nothing to list. Raises CloudError when the cloud does not list them.
    """
    listed = await _listed(client, cloud)
    closed: list[str] = []
    for cloud_session_id in orphans(listed, prefixes, held()):
        try:
            await client.closesession(cloud_session_id)
        except CloudSessionLost:
            continue  # it ended by itself in the meantime
        except BridgeError as error:
            log.warning("orphan_not_closed", cloud_session_id=cloud_session_id, error=error.message)
        else:
            log.info("orphan_closed", cloud_session_id=cloud_session_id)
            closed.append(cloud_session_id)
    return closed


async def _listed(client: TencentClient, cloud: Cloud) -> list[Listed]:
    if cloud.asset_key:
        found = await client.listsessionofassetvk(cloud.asset_key)
    elif cloud.project_id:
        found = await client.listsessionofprojectid(cloud.project_id)
    else:
        return []
    return [Listed(session.user_id, session.session_id, session.session_status) for session in found]
