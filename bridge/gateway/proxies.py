"""Where a request really comes from, behind reverse proxies of our own (`server.trusted_proxies`)."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from multidict import CIMultiDictProxy

from bridge.errors import InvalidRequest
from bridge.gateway.security import one_header

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_HOPS = 32


@dataclass(frozen=True, slots=True)
class Approach:
    """How a request came: the client's address, the scheme and the Host it asked with. `proxied` by one of ours."""

    address: str
    scheme: str
    host: str | None
    proxied: bool = False


def parse_address(text: str) -> Address | None:
    """Return an address, with or without a port and brackets; None if it is none. IPv4 within IPv6 is IPv4."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def limit_key(address: str) -> str:
    """Return what counts as one client's address: an IPv4 address, or the /64 of an IPv6 one."""
    known = parse_address(address)
    if isinstance(known, ipaddress.IPv6Address) and not known.is_loopback:
        return str(ipaddress.ip_network((known, 64), strict=False))
    return address if known is None else str(known)


def is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    """Return whether one of our proxies has this address."""
    known = parse_address(address)
    return known is not None and any(known in network for network in trusted)


def resolve(peer: str, scheme: str, headers: CIMultiDictProxy[str], trusted: Sequence[Network]) -> Approach:
    """Return how a request came whose connection is from `peer`.

    The client is the rightmost address of X-Forwarded-For that is no proxy of ours; what stands left of it anybody may
    have written. Of X-Forwarded-Proto and -Host, too, the rightmost counts: the nearest proxy's. Without a trusted peer
    none of the three is looked at. Raises InvalidRequest if one is malformed, or Host stands there twice.
    """
    host = one_header(headers, "Host")
    if not is_trusted(peer, trusted):
        return Approach(_plain(peer), scheme, host)
    address = _plain(peer)
    for hop in reversed(_listed(headers, "X-Forwarded-For")[-MAX_HOPS:]):
        known = parse_address(hop)
        if known is None:
            break
        address = str(known)
        if not is_trusted(address, trusted):
            break
    schemes, forwarded = _listed(headers, "X-Forwarded-Proto"), _listed(headers, "X-Forwarded-Host")
    if schemes and schemes[-1].lower() not in {"http", "https"}:
        raise InvalidRequest("X-Forwarded-Proto is neither http nor https")
    return Approach(
        address, schemes[-1].lower() if schemes else scheme, forwarded[-1] if forwarded else host, proxied=True
    )


def _plain(address: str) -> str:
    known = parse_address(address)
    return address if known is None else str(known)


def _listed(headers: CIMultiDictProxy[str], name: str) -> list[str]:
    """Return the members of a list that may stand in several headers."""
    values = ",".join(headers.getall(name, [])).split(",")
    return [value.strip() for value in values if value.strip()]
