"""updatesessionconfig (manual: "Real-time Update of Digital Human Visual Parameters")."""

import msgspec

from bridge.clouds.tencent.models import checks
from bridge.clouds.tencent.models.envelope import new_req_id
from bridge.errors import CloudParameterInvalid


class SpaceParam(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """Where the avatar stands. X from the middle, -0.5 to 0.5; Y from the bottom, -0.5 to 0.25; zoom 0.25 to 2.

    Without `background_url` (jpg, jpeg or png below 1 MB) the background stays as it is.
    """

    image_position: float
    image_position_vertical: float
    image_zoom: float
    background_url: str | None = None

    def __post_init__(self) -> None:
        """Check what the manual limits. Raises CloudParameterInvalid."""
        checks.between("ImagePosition", self.image_position, -0.5, 0.5)
        checks.between("ImagePositionVertical", self.image_position_vertical, -0.5, 0.25)
        checks.between("ImageZoom", self.image_zoom, 0.25, 2)
        if self.background_url is not None:
            checks.image_url("BackgroundUrl", self.background_url)


class ImageParam(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """How a 3D avatar is turned, and its colours: `image_extra_param` is a JSON object as text."""

    image_vertical_offset: float | None = None
    image_horizontal_offset: float | None = None
    image_extra_param: str | None = None

    def __post_init__(self) -> None:
        """Check what the manual limits. Raises CloudParameterInvalid."""
        limit = float(2**53)  # the manual gives none, but NaN and infinity are no JSON
        checks.between("ImageVerticalOffset", self.image_vertical_offset, -limit, limit)
        checks.between("ImageHorizontalOffset", self.image_horizontal_offset, -limit, limit)
        if self.image_extra_param is not None:
            checks.utf8_length("ImageExtraParam", self.image_extra_param)
            try:
                msgspec.json.decode(self.image_extra_param, type=dict[str, msgspec.Raw])
            except (msgspec.MsgspecError, RecursionError):
                raise CloudParameterInvalid("ImageExtraParam must be a JSON object, as text") from None


class UpdateConfig(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """What changes in a running cloud session."""

    session_id: str
    space_param: SpaceParam | None = None
    image_param: ImageParam | None = None
    req_id: str = msgspec.field(default_factory=new_req_id)

    def __post_init__(self) -> None:
        """Check what the manual limits. Raises CloudParameterInvalid."""
        checks.given("ReqId", self.req_id)
        checks.given("SessionId", self.session_id)
