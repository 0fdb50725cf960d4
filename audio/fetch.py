"""Sound from an address on the web, fetched by ourselves: FFmpeg never sees the address.

A stranger's address must not reach this machine's own network. Every name is resolved once, every address that it has
is checked, and the connection goes to just these addresses; each redirect starts again from there.
"""

import socket
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    ThreadedResolver,
)
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from audio.addresses import Network, check_address
from audio.errors import AddressRefused, FetchFailed

MAX_REDIRECTS = 5
CONNECT_S = 10.0
READ_S = 15.0
_REDIRECTS = {301, 302, 303, 307, 308}


class GuardedResolver(AbstractResolver):
    """Resolves names, and refuses one that has any address which must not be opened."""

    def __init__(self, allow: Sequence[Network] = (), lookup: AbstractResolver | None = None) -> None:
        """Allow the public internet and the networks in `allow`."""
        self._allow = allow
        self._lookup = lookup or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of `host`. Raises AddressRefused, OSError."""
        try:
            found = await self._lookup.resolve(host, port, family)
        except UnicodeError:  # an empty label, or one of 64 characters
            raise AddressRefused("this is no address") from None
        for result in found:
            check_address(result["host"], self._allow)
        return found

    async def close(self) -> None:
        """Let go of the lookup."""
        await self._lookup.close()


@asynccontextmanager
async def open_url(
    address: str, *, allow: Sequence[Network] = (), lookup: AbstractResolver | None = None
) -> AsyncGenerator[AsyncIterator[bytes], None]:
    """Give the bytes at an `http` or `https` address as they arrive. Raises AddressRefused, FetchFailed.

    Proxies of the environment and cookies are not used; five redirects are followed.
    """
    async with _session(allow, lookup) as session:
        response = await _follow(session, address, allow)
        try:
            yield _pieces(response)
        finally:
            response.close()


async def settled(address: str, *, allow: Sequence[Network] = (), lookup: AbstractResolver | None = None) -> str:
    """Return where the redirects of an `http` or `https` address lead. Raises AddressRefused, FetchFailed."""
    async with _session(allow, lookup) as session:
        response = await _follow(session, address, allow)
        response.close()
        return str(response.url)


def checked(address: str, allow: Sequence[Network], schemes: Sequence[str]) -> URL:
    """Return `address` if its form is one that may be opened. Raises AddressRefused."""
    try:
        url = URL(address)
        host, port = url.host, url.port
    except ValueError:
        raise AddressRefused("this is no address") from None
    if url.scheme not in schemes or not host or port == 0:
        raise AddressRefused(f"only addresses with a host and one of these schemes: {', '.join(schemes)}")
    if url.user is not None or url.password is not None:
        raise AddressRefused("an address with a user name or password in it is not opened")
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return url
    check_address(host, allow)
    return url


def _session(allow: Sequence[Network], lookup: AbstractResolver | None) -> ClientSession:
    return ClientSession(
        connector=TCPConnector(resolver=GuardedResolver(allow, lookup), use_dns_cache=False, force_close=True),
        cookie_jar=DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        headers={"Accept-Encoding": "identity"},
        timeout=ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=READ_S),
    )


async def _follow(session: ClientSession, address: str, allow: Sequence[Network]) -> ClientResponse:
    for _ in range(MAX_REDIRECTS + 1):
        url = checked(address, allow, ("http", "https"))
        try:
            response = await session.get(url, allow_redirects=False)
        except (ClientError, OSError) as error:
            raise FetchFailed(f"the address cannot be reached ({type(error).__name__})") from None
        if response.status == 200:
            return response
        status, location = response.status, response.headers.get("Location")
        response.close()
        if status not in _REDIRECTS or not location:
            raise FetchFailed(f"the address answered with status {status}")
        try:
            address = str(url.join(URL(location)))
        except ValueError:
            raise FetchFailed("the address redirects to something that is no address") from None
    raise FetchFailed(f"the address redirects more than {MAX_REDIRECTS} times")


async def _pieces(response: ClientResponse) -> AsyncIterator[bytes]:
    try:
        async for piece in response.content.iter_any():
            yield piece
    except (ClientError, OSError) as error:
        raise FetchFailed(f"the sound broke off on its way ({type(error).__name__})") from None
