"""A stream that FFmpeg has to open itself: RTMP, RTSP, HLS.

Only RTMP can be guarded: its name is resolved once, checked, and FFmpeg is given the address that was checked. An RTSP
server may redirect and an HLS playlist names further addresses, which FFmpeg resolves and opens on its own: these need
`unguarded`, for whoever trusts the address.
"""

import socket
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from aiohttp.abc import AbstractResolver
from yarl import URL

from audio.addresses import Network
from audio.container import FORMATS, open_address
from audio.decode import decode_track, joined
from audio.errors import AddressRefused, FetchFailed
from audio.fetch import GuardedResolver, checked
from audio.pcm import Samples
from audio.streaming import AsyncDecoder

READ_S = 10.0
"""A stream that gives nothing for so long has ended; closing one waits as long at most."""


@dataclass(frozen=True, slots=True)
class _Way:
    protocols: str
    formats: str
    guarded: bool
    port: int


_WEB = _Way("http,https,tcp,tls,crypto", f"hls,{FORMATS}", guarded=False, port=443)
_WAYS = {
    "rtmp": _Way("rtmp,tcp", "flv,live_flv", guarded=True, port=1935),
    "rtsp": _Way("rtsp,rtp,tcp,udp", "rtsp", guarded=False, port=554),
    "http": _WEB,
    "https": _WEB,
}


async def open_live(
    address: str,
    *,
    allow: Sequence[Network] = (),
    unguarded: bool = False,
    lookup: AbstractResolver | None = None,
) -> AsyncDecoder[Generator[Samples, None, None]]:
    """Return the sound of the stream at `address`: `rtmp`, and if `unguarded` also `rtsp`, or `http(s)` for HLS.

    Raises AddressRefused, FetchFailed; the rest comes with the first block.
    """
    url = checked(address, allow, [scheme for scheme, way in _WAYS.items() if way.guarded or unguarded])
    way = _WAYS[url.scheme]
    options: dict[str, str] = {}
    place = await _resolved(url, way, allow, lookup)
    if way.guarded:
        options["rtmp_tcurl"] = str(url.with_path(url.path.rpartition("/")[0] or "/", encoded=True).with_query(None))
        address = str(url.with_host(place))
    return AsyncDecoder(_listen(address, way, options))


async def _resolved(url: URL, way: _Way, allow: Sequence[Network], lookup: AbstractResolver | None) -> str:
    assert url.host is not None
    resolver = GuardedResolver(allow, lookup)
    try:
        found = await resolver.resolve(url.host, url.port or way.port, socket.AF_UNSPEC)
    except OSError as error:
        raise FetchFailed(f"the address cannot be found ({type(error).__name__})") from None
    finally:
        await resolver.close()
    if not found:
        raise AddressRefused("this name has no address")
    return found[0]["host"]


def _listen(address: str, way: _Way, options: dict[str, str]) -> Generator[Samples, None, None]:
    track = open_address(address, protocols=way.protocols, formats=way.formats, timeout_s=READ_S, options=options)
    try:
        yield from joined(decode_track(track))
    finally:
        track.close()
