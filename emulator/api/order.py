"""From a createsession request to an order: the manual's rules on its fields. PURE."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from emulator.api.models import CreateSession, CreateSessionByAsset, ProtocolOption, SpeechParam
from emulator.codes import BAD_PARAMETER, PROJECT_INVALID, CloudError
from emulator.session import Order
from emulator.speech.speech import Voice

PROTOCOLS = frozenset({"rtmp", "trtc", "webrtc"})
DRIVER_TYPES = frozenset({1, 3})

_APP_AND_STREAM = 2


@dataclass(frozen=True, slots=True)
class Account:
    """The one account of this cloud."""

    appkey: str = "emulator"
    accesstoken: str = "emulator-secret"
    project: str = "demo"


def order_of(
    request: CreateSession | CreateSessionByAsset,
    account: Account,
    session_id: str,
    *,
    trtc_scheme: str = "trtc",
    lenient: bool = False,
) -> Order:
    """Return what `request` asks for; raises CloudError 100001 or 100007."""
    by_asset = isinstance(request, CreateSessionByAsset)
    project = request.asset_virtualman_key if by_asset else request.virtualman_project_id
    if request.session_id:
        raise CloudError(BAD_PARAMETER, "SessionId cannot be chosen here")
    if request.protocol not in PROTOCOLS:
        raise CloudError(BAD_PARAMETER, f"Protocol must be one of {', '.join(sorted(PROTOCOLS))}")
    driver_type = _driver_type(request.driver_type)
    option = request.protocol_option or ProtocolOption()
    if option.css_custom_push_url:
        _check_push(option.css_custom_push_url, lenient=lenient)
        address = None
    else:
        address = _play_address(request.protocol, option, session_id, trtc_scheme)
    if project != account.project:
        raise CloudError(PROJECT_INVALID, "there is no such image" if by_asset else "there is no such project")
    interval = request.stream_max_interval
    return Order(
        user_id=request.user_id,
        project=project,
        by_asset=by_asset,
        protocol=request.protocol,
        driver_type=driver_type,
        play_address=address,
        trtc_room=_shared_room(request.protocol, option, session_id),
        max_interval=None if interval is None else interval / 1000,
        push_url=option.css_custom_push_url or None,
        alpha=request.extra_info is not None and request.extra_info.alpha_channel_enable,
        voice=_voice(request.speech_param) if by_asset and request.speech_param else None,
    )


def _driver_type(given: int | str) -> int:
    number = int(given) if isinstance(given, int) or (given.isascii() and given.isdigit()) else 0
    if number not in DRIVER_TYPES:
        raise CloudError(BAD_PARAMETER, "DriverType must be 1 (text) or 3 (audio)")
    return number


def _voice(speech: SpeechParam) -> Voice:
    usual = Voice()
    return Voice(
        usual.speed if speech.speed is None else speech.speed, usual.volume if speech.volume is None else speech.volume
    )


def _check_push(url: str, *, lenient: bool) -> None:
    """Check the address of the caller's own CSS; a lenient cloud asks for no more than rtmp and a host."""
    try:
        parts = urlsplit(url)
        host, query, _ = parts.hostname, parse_qs(parts.query), parts.port
    except ValueError:
        raise CloudError(BAD_PARAMETER, "CssCustomPushUrl is no address") from None
    if not url.startswith("rtmp://") or not url.isprintable() or " " in url or not host:
        raise CloudError(BAD_PARAMETER, "CssCustomPushUrl must be an rtmp:// address")
    named = [part for part in parts.path.split("/") if part]
    if not lenient and (len(named) != _APP_AND_STREAM or not {"txSecret", "txTime"} <= set(query)):
        raise CloudError(BAD_PARAMETER, "CssCustomPushUrl is rtmp://<host>/<app>/<stream>?txSecret=…&txTime=…")


def _play_address(protocol: str, option: ProtocolOption, session_id: str, trtc_scheme: str) -> str:
    """Return PlayStreamAddr in the clouds' shape."""
    if protocol == "rtmp":
        return f"rtmp://liveplay.ivh.qq.com/live/{session_id}"
    if protocol == "webrtc":
        return f"webrtc://liveplay.ivh.qq.com/live/{session_id}"
    return f"{trtc_scheme}://{_trtc_place(option, session_id)}"


def _trtc_place(option: ProtocolOption, session_id: str) -> str:
    if option.trtc_use_external_app and not (
        option.trtc_app_id and option.trtc_user_sig and option.trtc_private_map_key
    ):
        raise CloudError(BAD_PARAMETER, "an external TRTC app needs TrtcAppId, TrtcUserSig and TrtcPrivateMapKey")
    room = _room(option, session_id)
    query = {
        "userSig": f"sig-{session_id}",
        "privateMapKey": f"key-{session_id}",
        "appId": str(option.trtc_app_id or 1400000000),
        "virtualManUserId": f"virtualman-{session_id}",
    }
    return f"{room}?{urlencode(query)}"


def _room(option: ProtocolOption, session_id: str) -> str:
    return str(option.trtc_str_room_id or option.trtc_room_id or session_id.removeprefix("m")[-9:])


def _shared_room(protocol: str, option: ProtocolOption, session_id: str) -> str | None:
    """Return the room in the platform's own TRTC app, None where the caller brings one of their own."""
    if protocol != "trtc" or option.trtc_use_external_app or option.css_custom_push_url:
        return None
    return _room(option, session_id)
