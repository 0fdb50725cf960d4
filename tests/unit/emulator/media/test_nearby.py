import pytest

from emulator.media.nearby import is_near, leads_nearby


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "::1",
        "10.1.2.3",
        "172.31.0.1",
        "192.168.0.9",
        "169.254.1.1",
        "fe80::1%eth0",
        "fd00::1",
    ],
)
def test_machines_nearby(address: str):
    assert is_near(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "172.32.0.1", "192.0.2.1", "0.0.0.0", "100.64.0.1", "2001:db8::1", "::ffff:8.8.8.8", "::"]
)
def test_strangers(address: str):
    assert not is_near(address)


def test_a_private_address_written_as_ipv6():
    assert is_near("::ffff:10.0.0.1")


@pytest.mark.parametrize(
    ("url", "near"),
    [
        ("rtmp://127.0.0.1/live/a", True),
        ("rtmp://[::1]:1936/live/a", True),
        ("rtmp://name@203.0.113.7:1935/live/a", False),
        ("rtmp://127.0.0.1@203.0.113.7/live/a", False),
    ],
)
def test_where_an_address_leads(url: str, near: bool):
    assert leads_nearby(url) is near
