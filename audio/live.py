"""A live stream: RTMP, HLS and other sound over HTTP, RTSP.

FFmpeg takes the streams apart, and a stranger's server must not make it open what it likes. What comes over HTTP, each
playlist and segment, is fetched by ourselves (`chained`). For RTMP and RTSP the name is resolved once and checked, and
FFmpeg is given the address that was checked; but an RTSP server may still redirect FFmpeg to any other, which nobody
can check: it needs `unguarded`, for whoever trusts that server.
"""

import socket
from collections.abc import Generator, Sequence

from aiohttp.abc import AbstractResolver
from yarl import URL

from audio.addresses import Network
from audio.chained import Fetcher
from audio.container import FORMATS, Track, open_address
from audio.decode import decode_track, joined
from audio.errors import AddressRefused, FetchFailed
from audio.fetch import GuardedResolver, checked, settled
from audio.pcm import Samples
from audio.streaming import AsyncDecoder

READ_S = 10.0
"""A stream that gives nothing for so long has ended; closing one waits as long at most."""
PLAYLIST_S = 30.0
"""The same for a playlist, whose next segment may be that long in coming."""
_PORTS = {"rtmp": 1935, "rtsp": 554}

LiveDecoder = AsyncDecoder[Generator[Samples, None, None]]


async def open_live(
    address: str,
    *,
    allow: Sequence[Network] = (),
    unguarded: bool = False,
    lookup: AbstractResolver | None = None,
) -> LiveDecoder:
    """Return the sound of the stream at `address`: `rtmp`, `http` or `https`, and if `unguarded` also `rtsp`.

    Raises AddressRefused, FetchFailed; the rest comes with the first block. FetchFailed comes later, too, if the
    stream breaks off instead of ending.
    """
    schemes = ["rtmp", "http", "https", *(["rtsp"] if unguarded else [])]
    url = checked(address, allow, schemes)
    if url.scheme in {"http", "https"}:
        fetcher = Fetcher(allow, lookup)
        place = await settled(address, allow=allow, lookup=lookup)
        return AsyncDecoder(_listen_to_web(place, fetcher), fetcher)
    return AsyncDecoder(_listen(url, await _resolved(url, allow, lookup)))


async def _resolved(url: URL, allow: Sequence[Network], lookup: AbstractResolver | None) -> str:
    assert url.host is not None
    resolver = GuardedResolver(allow, lookup)
    try:
        found = await resolver.resolve(url.host, url.port or _PORTS[url.scheme], socket.AF_UNSPEC)
    except OSError as error:
        raise FetchFailed(f"the address cannot be found ({type(error).__name__})") from None
    finally:
        await resolver.close()
    if not found:
        raise AddressRefused("this name has no address")
    return found[0]["host"]


def _listen(url: URL, place: str) -> Generator[Samples, None, None]:
    address = str(url.with_host(place))
    if url.scheme == "rtmp":
        application = str(url.with_path(url.path.rpartition("/")[0] or "/", encoded=True).with_query(None))
        protocols, formats, options = "rtmp,tcp", "flv,live_flv", {"rtmp_tcurl": application, "rtmp_live": "live"}
    else:
        protocols, formats, options = "rtsp,rtp,tcp,udp", "rtsp", {"rtsp_transport": "tcp"}
    yield from _sound(open_address(address, protocols=protocols, formats=formats, timeout_s=READ_S, options=options))


def _listen_to_web(address: str, fetcher: Fetcher) -> Generator[Samples, None, None]:
    """Yield the sound at `address`; FFmpeg may name protocols, but opens nothing by itself."""
    try:
        track = open_address(
            address,
            protocols="http,https",
            formats=f"hls,{FORMATS}",
            timeout_s=PLAYLIST_S,
            options={"http_persistent": "0"},
            opener=fetcher.open,
        )
    except FetchFailed:
        raise fetcher.error or FetchFailed("the address gave no sound") from None
    yield from _sound(track, fetcher)


def _sound(track: Track, fetcher: Fetcher | None = None) -> Generator[Samples, None, None]:
    try:
        yield from joined(decode_track(track))
        if fetcher is not None and fetcher.error is not None:
            raise fetcher.error
        if track.broke_off:
            raise FetchFailed("the stream broke off")
    finally:
        track.close()
