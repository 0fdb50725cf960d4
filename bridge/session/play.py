"""Where a viewer finds the picture of a session."""

from typing import Literal
from urllib.parse import parse_qs, urlsplit

import msgspec

PlayKind = Literal["whep", "tcplayer", "trtc", "flv", "hls", "rtmp"]


class TrtcRoom(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the TRTC player needs to enter the room; it holds one viewer's secret."""

    sdk_app_id: int
    user_id: str
    user_sig: str
    room_id: int | None = None
    str_room_id: str | None = None
    private_map_key: str | None = None


class PlayAddress(msgspec.Struct, frozen=True, kw_only=True):
    """The play address of one session, for one client; sizes in pixels, None where the cloud does not tell."""

    kind: PlayKind
    url: str | None = None
    trtc: TrtcRoom | None = None
    alpha: bool = False
    width: int | None = None
    height: int | None = None
    delay_ms: int = 0


def of_whep(session_id: str, delay_ms: int) -> PlayAddress:
    """Return the address of our own same-origin WHEP endpoint."""
    return PlayAddress(kind="whep", url=f"/v1/sessions/{session_id}/whep", delay_ms=delay_ms)


def of_stream_address(address: str, delay_ms: int) -> PlayAddress | None:
    """Return what the cloud's PlayStreamAddr means to a player, or None if it is of no known kind.

    A trtc address has the room as its host and the viewer's identity in its query; its scheme is not documented.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if "userSig" in query and query.get("appId", "").isdecimal():
        room = parts.netloc
        number = int(room) if room.isdecimal() else None
        trtc = TrtcRoom(
            sdk_app_id=int(query["appId"]),
            user_id=query.get("virtualManUserId", ""),
            user_sig=query["userSig"],
            room_id=number,
            str_room_id=room if number is None else None,
            private_map_key=query.get("privateMapKey"),
        )
        return PlayAddress(kind="trtc", trtc=trtc, delay_ms=delay_ms)
    kinds: dict[str, PlayKind] = {"webrtc": "tcplayer", "rtmp": "rtmp"}
    if parts.scheme in kinds:
        return PlayAddress(kind=kinds[parts.scheme], url=address, delay_ms=delay_ms)
    if parts.scheme in {"http", "https"} and parts.path.endswith((".flv", ".m3u8")):
        return PlayAddress(kind="flv" if parts.path.endswith(".flv") else "hls", url=address, delay_ms=delay_ms)
    return None
