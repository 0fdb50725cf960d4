"""Who may talk to this server: names it answers to, pages that may call it, and the key."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from multidict import CIMultiDictProxy
from yarl import URL

from bridge.errors import HostRefused, InvalidRequest, OriginRefused, SettingsError, Unauthorized
from bridge.settings import Server, is_loopback

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
PAGE_POLICY = (
    "default-src 'self'; media-src 'self' blob:; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors 'self'"
)
API_POLICY = "default-src 'none'; frame-ancestors 'none'"
STATE_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+)(:[0-9]{1,5})?")
"""The forms of a Host header that machines send (RFC 9110, 7.2)."""

OWN_PORT = -1
"""Stands for the port that this server listens on, which is known only when it does."""

Headers = CIMultiDictProxy[str]


def _origin(url: str) -> str | None:
    """Return the origin of `url` in its one spelling, or None if it has none."""
    try:
        return str(URL(url).origin())
    except ValueError:
        return None


def _authority(authority: str) -> tuple[str, int | None] | None:
    """Return the name and the port, if it has one, of a Host header, or None if it is malformed."""
    try:
        url = URL(f"http://{authority}")
    except ValueError:
        return None
    if url.host is None or url.user is not None or url.path != "/" or url.raw_query_string or url.raw_fragment:
        return None
    return url.host.lower(), url.explicit_port


def one_header(headers: Headers, name: str) -> str | None:
    """Return a header that may stand there once. Raises InvalidRequest if it does so more often."""
    values = headers.getall(name, [])
    if len(values) > 1:
        raise InvalidRequest(f"the header {name} stands there {len(values)} times")
    return values[0] if values else None


@dataclass(frozen=True, slots=True)
class Gatekeeper:
    """The checks of every request; `local_port` is the port that it came in by."""

    public_origin: str | None
    origins: frozenset[str]
    images: tuple[str, ...]
    hosts: frozenset[tuple[str, int | None]]

    @staticmethod
    def of(server: Server) -> "Gatekeeper":
        """Return the checks that the settings ask for. Raises SettingsError for entries that cannot be read."""
        public = _origin(str(server.public_url)) if server.public_url else None
        return Gatekeeper(
            public_origin=public,
            origins=frozenset(_origins("allowed_origins", server.allowed_origins)),
            images=tuple(dict.fromkeys(_origins("image_origins", server.image_origins))),
            hosts=frozenset(_hosts(server, public)),
        )

    @property
    def kiosk_policy(self) -> str:
        """The policy of the page that shows pictures of `server.image_origins`, in a frame of `allowed_origins` too."""
        policy = PAGE_POLICY.replace("img-src", " ".join(["img-src", *self.images]))
        return " ".join([policy, *sorted(self.origins)])

    def check_host(self, host: str | None, local_port: int) -> str:
        """Return `host`, what the Host header says. Raises HostRefused if it is another machine (DNS rebinding)."""
        known = _authority(host) if host and _HOST.fullmatch(host) else None
        if host is None or known is None or not self._is_ours(*known, local_port):
            raise HostRefused("this server does not answer to that name; list it in server.allowed_hosts")
        return host

    def _is_ours(self, name: str, port: int | None, local_port: int) -> bool:
        ports: set[int | None] = {80, 443} if port is None else {port}
        if local_port in ports:
            if is_loopback(name):
                return True
            ports.add(OWN_PORT)
        return any((name, each) in self.hosts for each in (*ports, None))

    def check_origin(self, method: str, headers: Headers, own_origin: str) -> str | None:
        """Return the Origin if it is one of `server.allowed_origins` (for CORS), None if it is ours or there is none.

        Raises OriginRefused for a page of any other origin.
        """
        origin = one_header(headers, "Origin")
        if origin is None:
            if method in STATE_CHANGING and headers.get("Sec-Fetch-Site", "").lower() == "cross-site":
                raise OriginRefused(
                    "a page of another site may not call this server; list it in server.allowed_origins"
                )
            return None
        # Browsers write an origin in its one spelling (RFC 6454, 6.2); whatever else stands there is not theirs.
        if origin in {_origin(own_origin), self.public_origin}:
            return None
        if origin in self.origins:
            return origin
        raise OriginRefused("a page of this origin may not call this server; list it in server.allowed_origins")


def bearer(headers: Headers) -> str | None:
    """Return what stands behind `Authorization: Bearer`, None without the header. Raises Unauthorized."""
    given = one_header(headers, "Authorization")
    if given is None:
        return None
    scheme, _, token = given.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("the header Authorization must read: Bearer, a space, and the key or token")
    return token.strip()


def _origins(option: str, entries: Iterable[str]) -> Iterable[str]:
    for entry in entries:
        origin = _origin(entry)
        if origin is None or not origin.startswith(("http://", "https://")) or any(each in origin for each in " ;,'*"):
            raise SettingsError(f"server.{option}: an entry is no origin; write them as https://example.com")
        yield origin


def _hosts(server: Server, public: str | None) -> Iterable[tuple[str, int | None]]:
    """Yield the names besides loopback, each with its port; None is any."""
    if server.host not in {"0.0.0.0", "::"}:  # noqa: S104, it is looked for, not bound
        yield server.host.lower(), OWN_PORT
    if public is not None:
        url = URL(public)
        yield (url.host or "").lower(), url.port
    for entry in server.allowed_hosts:
        known = _authority(entry)
        if known is None:
            raise SettingsError("server.allowed_hosts: an entry is no host; write them as name or name:port")
        yield known
