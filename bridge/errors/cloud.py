"""The avatar's cloud, or its picture, did not do its part."""

from bridge.errors.root import BridgeError


class CloudError(BridgeError):
    """The avatar's cloud did not do its part."""

    code = "cloud"
    status = 502


class CloudUnreachable(CloudError):
    """No answer from the cloud: network, DNS, TLS, or a server error."""

    code = "cloud_unreachable"
    status = 503
    retryable = True


class CloudProtocolError(CloudError):
    """The cloud answered something that its manual does not describe."""

    code = "cloud_protocol"


class CloudRefused(CloudError):
    """The cloud answered with a code other than 0 that has no class of its own."""

    code = "cloud_refused"


class CloudRefusedForNow(CloudRefused):
    """The same, where the cloud's table says that it may be tried again."""

    code = "cloud_refused_for_now"
    status = 503
    retryable = True


class CredentialsRefused(CloudRefused):
    """The cloud does not accept `cloud.appkey` and `cloud.accesstoken` (100005)."""

    code = "credentials_refused"


class ClockSkew(CloudRefused):
    """The cloud refuses the signature because this machine's clock is more than five minutes off."""

    code = "clock_skew"


class ProjectUnknown(CloudRefused):
    """The cloud does not know `cloud.project_id` or `cloud.asset_key` (100007)."""

    code = "project_unknown"


class QuotaFull(CloudRefused):
    """All sessions that the account may hold at once are in use, or there is no quota (100008, 100014)."""

    code = "quota_full"
    status = 503
    retryable = True


class CloudSessionLost(CloudRefused):
    """The cloud closed the session by itself (110013, 110018, 110022)."""

    code = "cloud_session_lost"


class SessionStopped(CloudSessionLost):
    """A person has stopped the session in the cloud's console; it is not created anew."""

    code = "session_stopped"


class PreparationTimeout(CloudError):
    """The cloud was still preparing the session when we gave up."""

    code = "preparation_timeout"
    status = 504
    retryable = True


class PreparationFailed(CloudError):
    """The cloud says that it could not make the session (status 4)."""

    code = "preparation_failed"
    retryable = True


class ChannelLost(CloudError):
    """The command channel could not be opened, or opened again, in time."""

    code = "channel_lost"
    status = 503
    retryable = True


class DriveFailed(CloudError):
    """The cloud could not say an utterance."""

    code = "drive_failed"


class NoOver(CloudError):
    """The cloud never said that an utterance had ended."""

    code = "no_over"


class PictureError(BridgeError):
    """The avatar's video cannot be shown."""

    code = "picture"
    status = 502


class NoPicture(PictureError):
    """This session has no video that a page could show here, or not yet."""

    code = "no_picture"
    status = 409
    retryable = True


class NoNetworkInterface(PictureError):
    """WebRTC finds no address of this machine to offer."""

    code = "no_network_interface"
    status = 503
