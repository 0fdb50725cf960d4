"""The REST calls of one session's life: an effect of the life cycle in, what happened out."""

import structlog

from bridge.clouds.tencent.client import TencentClient
from bridge.clouds.tencent.models import (
    CreateSession,
    CreateSessionByAsset,
    DriverType,
    ProtocolOption,
    SessionStatus,
    Stat,
)
from bridge.errors import BridgeError, CloudSessionLost, ProjectUnknown
from bridge.session.actions import lost
from bridge.session.play import PlayAddress, of_stream_address, of_whep
from bridge.session.steps import (
    Answer,
    Call,
    CallFailed,
    Close,
    CloudClosed,
    Create,
    Created,
    Poll,
    Polled,
    Start,
    Started,
)
from bridge.settings import Settings

SPEAKING = frozenset(
    {"WaitingTextStart", "TextStart", "WaitingTextOver", "WaitingAudioStart", "AudioStart", "WaitingAudioOver"}
)

log = structlog.stdlib.get_logger("bridge.session")


class CloudCalls:
    """Calls the cloud for one session; `user_id` is the UserId that the cloud sees."""

    def __init__(self, client: TencentClient, settings: Settings, user_id: str, driver_type: DriverType) -> None:
        self._client = client
        self._cloud = settings.cloud
        self._playback = settings.playback
        self._user_id = user_id
        self._driver_type = driver_type
        self._stream_address: str | None = None

    async def do(self, call: Call, cloud_session_id: str | None) -> Answer | CloudClosed:
        """Return what came of `call`; errors are an answer, too."""
        if isinstance(call, Close):
            await self._close(cloud_session_id)
            return CloudClosed()
        try:
            match call:
                case Create():
                    return await self._create()
                case Poll():
                    return await self._poll(call.cloud_session_id)
                case Start():
                    await self._client.startsession(call.cloud_session_id)
                    return Started()
        except BridgeError as error:
            return CallFailed(error)

    async def is_speaking(self, cloud_session_id: str) -> bool:
        """Ask whether the avatar is in the middle of something; a cloud that cannot be asked counts as silent.

        Raises CloudSessionLost when there is no such cloud session any more.
        """
        try:
            stat = await self._client.statsession(cloud_session_id)
        except CloudSessionLost:
            raise
        except BridgeError:
            return False
        if stat.session_status == SessionStatus.CLOSED:
            raise _lost(stat)
        return stat.speak_status in SPEAKING

    def play(self, session_id: str) -> PlayAddress | None:
        """Return where the picture is, once the cloud session is ready."""
        if self._playback.whep_url is not None:
            return of_whep(session_id, self._playback.delay_ms)
        if self._stream_address is None:
            return None
        return of_stream_address(self._stream_address, self._playback.delay_ms)

    def whep_upstream(self, cloud_session_id: str) -> str | None:
        """Return the WHEP address that `playback.whep_url` makes of the cloud session."""
        template = self._playback.whep_url
        return template.replace("{cloud_session_id}", cloud_session_id) if template else None

    async def _create(self) -> Created:
        cloud = self._cloud
        push = cloud.push_url
        # A stream that is pushed is RTMP, whatever the others are (manual: ProtocolOption).
        protocol = cloud.protocol if push is None else "rtmp"
        option = None if push is None else ProtocolOption(css_custom_push_url=push.get_secret_value())
        if cloud.asset_key is not None:
            by_asset = CreateSessionByAsset(
                asset_virtualman_key=cloud.asset_key,
                user_id=self._user_id,
                protocol=protocol,
                protocol_option=option,
                driver_type=self._driver_type,
            )
            created = await self._client.createsessionbyasset(by_asset)
        elif cloud.project_id:
            request = CreateSession(
                virtualman_project_id=cloud.project_id,
                user_id=self._user_id,
                protocol=protocol,
                protocol_option=option,
                driver_type=self._driver_type,
            )
            created = await self._client.createsession(request)
        else:
            raise ProjectUnknown("no avatar is chosen; set cloud.project_id or cloud.asset_key")
        self._stream_address = created.play_stream_addr
        return Created(created.session_id, created.session_status)

    async def _poll(self, cloud_session_id: str) -> Polled | CallFailed:
        stat = await self._client.statsession(cloud_session_id)
        self._stream_address = stat.play_stream_addr or self._stream_address
        if stat.session_status == SessionStatus.CLOSED:
            return CallFailed(_lost(stat))
        return Polled(
            stat.session_status, bool(stat.is_session_started), stat.error_message or "", stat.error_code or 0
        )

    async def _close(self, cloud_session_id: str | None) -> None:
        if cloud_session_id is None:
            return
        try:
            await self._client.closesession(cloud_session_id)
        except CloudSessionLost:
            return
        except BridgeError as error:
            log.warning("cloud_session_not_closed", cloud_session_id=cloud_session_id, error=str(error))


def _lost(stat: Stat) -> CloudSessionLost:
    return lost(stat.close_type, stat.error_code or 0, stat.error_message or "")
