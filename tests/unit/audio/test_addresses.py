from ipaddress import ip_network

import pytest

from audio.addresses import check_address, is_public
from audio.errors import AddressRefused


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2002:c0a8:101::1",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "::127.0.0.1",
    ],
)
def test_not_public(address: str):
    assert not is_public(address)
    with pytest.raises(AddressRefused):
        check_address(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "119.29.29.29", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public(address: str):
    assert is_public(address)
    check_address(address)


def test_what_is_allowed_beyond():
    allow = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]
    check_address("10.1.2.3", allow)
    check_address("fd12::1", allow)
    for other in ("192.168.1.1", "::1", "::ffff:10.1.2.3"):
        with pytest.raises(AddressRefused):
            check_address(other, allow)
