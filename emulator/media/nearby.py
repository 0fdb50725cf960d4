"""Which machines a test picture may go to unasked: this one, and those of the same private network."""

import socket
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

RTMP_PORT: Final = 1935
PRIVATE: Final = tuple(ip_network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))


def is_near(address: str) -> bool:
    """Return whether an IP address, perhaps with an IPv6 zone, is loopback, private or link-local."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return ip.is_loopback or ip.is_link_local or any(ip in net for net in PRIVATE)


def leads_nearby(url: str) -> bool:
    """Return whether all addresses of the host of an rtmp `url` are near; blocks, and raises OSError for no host."""
    parts = urlsplit(url)
    found = socket.getaddrinfo(parts.hostname, parts.port or RTMP_PORT, type=socket.SOCK_STREAM)
    return all(is_near(str(address[0])) for *_, address in found)
