"""Which addresses of the network a stranger may make us open. Pure."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from audio.errors import AddressRefused

Network = IPv4Network | IPv6Network
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether `address` is in the open internet: not of this machine, of a private, local or reserved network, or many.

    An IPv6 address that carries an IPv4 one is judged by that.
    """
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        inner = _carried(ip)
        if inner is not None:
            return _open(inner)
        if ip.is_site_local:
            return False
    return _open(ip)


def check_address(address: str, allow: Sequence[Network] = ()) -> None:
    """Raise AddressRefused unless `address` is public or in one of the networks in `allow`."""
    if is_public(address):
        return
    ip = ip_address(address.partition("%")[0])
    if not any(ip.version == network.version and ip in network for network in allow):
        raise AddressRefused("this address is not in the public internet and is not among those allowed")


def _open(ip: IPv4Address | IPv6Address) -> bool:
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _carried(ip: IPv6Address) -> IPv4Address | None:
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    if ip.teredo is not None:
        return ip.teredo[1]
    return ip.ipv4_mapped or ip.sixtofour
