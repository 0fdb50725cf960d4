"""statsession, startsession, closesession and the three lists (manual: "Querying …", "Starting …", "Closing …")."""

from enum import IntEnum

import msgspec

from bridge.clouds.tencent.models import checks
from bridge.clouds.tencent.models.envelope import Reply, new_req_id


class SessionStatus(IntEnum):
    """What statsession says of a cloud session."""

    IN_PROGRESS = 1
    CLOSED = 2
    PREPARING = 3
    FAILED = 4


class OneSession(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """statsession, startsession and closesession name a cloud session and nothing else."""

    session_id: str
    req_id: str = msgspec.field(default_factory=new_req_id)

    def __post_init__(self) -> None:
        """Check what the manual limits. Raises CloudParameterInvalid."""
        checks.req_id(self.req_id)
        checks.given("SessionId", self.session_id)


class Stat(Reply, frozen=True, kw_only=True, rename="pascal"):
    """The answer of statsession; `close_type` is newer than the manual."""

    session_status: int
    is_session_started: bool | None = False
    play_stream_addr: str | None = None
    speak_status: str | None = None
    error_code: int | None = 0
    error_message: str | None = ""
    close_type: int | None = None


class ListOfProject(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """listsessionofprojectid: the ongoing sessions of an avatar project."""

    virtualman_project_id: str
    req_id: str = msgspec.field(default_factory=new_req_id)

    def __post_init__(self) -> None:
        """Check what the manual limits. Raises CloudParameterInvalid."""
        checks.req_id(self.req_id)
        checks.given("VirtualmanProjectId", self.virtualman_project_id)


class ListOfAsset(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """listsessionofassetvk: the ongoing sessions of a personal asset image."""

    asset_virtualman_key: str
    req_id: str = msgspec.field(default_factory=new_req_id)

    def __post_init__(self) -> None:
        """Check what the manual limits. Raises CloudParameterInvalid."""
        checks.req_id(self.req_id)
        checks.given("AssetVirtualmanKey", self.asset_virtualman_key)


class ListOfAccount(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """listsessionofuin: the ongoing sessions of the account."""

    req_id: str = msgspec.field(default_factory=new_req_id)

    def __post_init__(self) -> None:
        """Check what the manual limits. Raises CloudParameterInvalid."""
        checks.req_id(self.req_id)


class SessionList(Reply, frozen=True, kw_only=True, rename="pascal"):
    """The answer of a list, each session still as JSON."""

    sessions: list[msgspec.Raw] | None = None


class ListedSession(Reply, frozen=True, kw_only=True, rename="pascal"):
    """One session of a list; DriverType comes as a number or as text with a number in it."""

    user_id: str
    session_id: str
    session_status: int
    driver_type: int | None = None
    is_session_started: bool | None = False
    play_stream_addr: str | None = None
