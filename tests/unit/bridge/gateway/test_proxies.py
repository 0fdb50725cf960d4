import ipaddress

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from bridge.errors import InvalidRequest
from bridge.gateway.proxies import Approach, limit_key, resolve

OURS = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1/128"), ipaddress.ip_network("fd00::/8")]


def headers(*pairs: tuple[str, str]) -> CIMultiDictProxy[str]:
    return CIMultiDictProxy(CIMultiDict((("Host", "inner:8080"), *pairs)))


def address(peer: str, *forwarded: str) -> str:
    given = headers(*(("X-Forwarded-For", each) for each in forwarded))
    return resolve(peer, "http", given, OURS).address


def test_a_stranger_is_not_believed() -> None:
    given = headers(
        ("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "avatar.example")
    )
    assert resolve("198.51.100.7", "http", given, OURS) == Approach("198.51.100.7", "http", "inner:8080")
    assert resolve("10.1.1.1", "http", given, []) == Approach("10.1.1.1", "http", "inner:8080")


def test_a_proxy_of_ours_is() -> None:
    given = headers(
        ("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", "HTTPS"), ("X-Forwarded-Host", "avatar.example")
    )
    assert resolve("10.1.1.1", "http", given, OURS) == Approach("203.0.113.9", "https", "avatar.example", proxied=True)


def test_a_proxy_that_says_nothing_speaks_for_itself() -> None:
    assert resolve("10.1.1.1", "http", headers(), OURS) == Approach("10.1.1.1", "http", "inner:8080", proxied=True)


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("10.1.1.1", ["6.6.6.6, 203.0.113.9"], "203.0.113.9"),
        ("10.1.1.1", ["6.6.6.6", "203.0.113.9"], "203.0.113.9"),
        ("10.1.1.1", ["6.6.6.6, 203.0.113.9, 10.2.2.2"], "203.0.113.9"),
        ("10.1.1.1", ["10.9.9.9, 10.2.2.2"], "10.9.9.9"),
        ("10.1.1.1", ["203.0.113.9:4711"], "203.0.113.9"),
        ("10.1.1.1", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("::1", ["2001:DB8:0::7"], "2001:db8::7"),
        ("::ffff:10.1.1.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.1.1.1", ["203.0.113.9, unknown"], "10.1.1.1"),
        ("10.1.1.1", ["203.0.113.9, <script>, 10.2.2.2"], "10.2.2.2"),
        ("10.1.1.1", ["", ", ,"], "10.1.1.1"),
        ("10.1.1.1", [", ".join(["10.2.2.2"] * 5000)], "10.2.2.2"),
        ("203.0.113.9", ["10.1.1.1"], "203.0.113.9"),
    ],
)
def test_the_client_is_the_rightmost_that_is_not_ours(peer: str, forwarded: list[str], client: str) -> None:
    assert address(peer, *forwarded) == client


def test_of_scheme_and_host_the_nearest_proxys_counts() -> None:
    given = headers(("X-Forwarded-Proto", "http, https"), ("X-Forwarded-Host", "evil.example, avatar.example"))
    found = resolve("10.1.1.1", "http", given, OURS)
    assert (found.scheme, found.host) == ("https", "avatar.example")


@pytest.mark.parametrize("pair", [("X-Forwarded-Proto", "gopher"), ("Host", "second")])
def test_what_is_malformed_is_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(InvalidRequest):
        resolve("10.1.1.1", "http", headers(pair), OURS)


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::1"),
        ("", ""),
    ],
)
def test_what_counts_as_one_address(given: str, key: str) -> None:
    assert limit_key(given) == key
