"""gettrtcsign (manual: "Obtaining the Key to the TRTC Room"), for rooms of the platform's own TRTC app only."""

import msgspec

from bridge.clouds.tencent.models import checks
from bridge.clouds.tencent.models.envelope import Reply, new_req_id


class GetTrtcSign(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """Asks for the key of a viewer; the room stands in the play address, as its host."""

    session_id: str
    room_id: str
    user_id: str
    req_id: str = msgspec.field(default_factory=new_req_id)

    def __post_init__(self) -> None:
        """Check what the manual limits. Raises CloudParameterInvalid."""
        checks.given("ReqId", self.req_id)
        checks.given("SessionId", self.session_id)
        checks.given("RoomId", self.room_id)
        checks.given("UserId", self.user_id)


class TrtcSign(Reply, frozen=True, kw_only=True, rename="pascal"):
    """The key of one viewer; never show it to another."""

    user_sig: str
    private_map_key: str
