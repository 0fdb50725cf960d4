import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from pydantic import HttpUrl, SecretStr

from bridge.errors import HostRefused, InvalidRequest, OriginRefused, SettingsError, Unauthorized
from bridge.gateway.security import Gatekeeper, bearer, one_header
from bridge.settings import Server


def headers(*pairs: tuple[str, str]) -> CIMultiDictProxy[str]:
    return CIMultiDictProxy(CIMultiDict(pairs))


OPEN = Gatekeeper.of(Server())
PUBLIC = Gatekeeper.of(
    Server(
        host="0.0.0.0",
        api_key=SecretStr("key-of-the-server"),
        public_url=HttpUrl("https://avatar.example.com/"),
        allowed_hosts=("inner.example", "proxy.example:9000"),
        allowed_origins=("https://shop.example",),
    )
)


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST:8080", "127.8.8.8:8080"])
def test_loopback_names_with_our_port_are_ours(host: str) -> None:
    assert OPEN.check_host(host, 8080) == host


def test_a_host_without_a_port_means_the_usual_one() -> None:
    assert OPEN.check_host("localhost", 80)
    with pytest.raises(HostRefused):
        OPEN.check_host("localhost", 8080)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "localhost:81",
        "localhost.evil.example:8080",
        "",
        "localhost:8080/x",
        "user@localhost:8080",
        "localhost:port",
        "[::1",
        "a b",
        "localhost:8080@evil.example:8080",
        "0x7f.1:8080",
        "localhost:8080/",
        "localhost:8080?",
        "localhost:8080#",
        "@localhost:8080",
        ":@localhost:8080",
        "localhost:+8080",
        "localhost: 8080",
        "localhost\t:8080",
        "localhost.:8080",
        "１２７.0.0.1:8080",
        "[::1%eth0]:8080",
    ],
)
def test_other_names_are_refused(host: str) -> None:
    with pytest.raises(HostRefused):
        OPEN.check_host(host, 8080)


def test_no_host_is_refused() -> None:
    with pytest.raises(HostRefused):
        OPEN.check_host(None, 8080)


def test_a_header_that_stands_there_twice_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        one_header(headers(("Host", "localhost:8080"), ("Host", "evil.example")), "Host")


@pytest.mark.parametrize(
    "host", ["avatar.example.com", "avatar.example.com:443", "inner.example", "inner.example:1", "proxy.example:9000"]
)
def test_listed_names_are_ours(host: str) -> None:
    assert PUBLIC.check_host(host, 8080) == host


@pytest.mark.parametrize("host", ["avatar.example.com:8443", "proxy.example", "proxy.example:9001", "0.0.0.0:8080"])
def test_a_listed_name_with_another_port_is_not_ours(host: str) -> None:
    with pytest.raises(HostRefused):
        PUBLIC.check_host(host, 8080)


def test_the_name_that_it_listens_on_is_ours() -> None:
    gatekeeper = Gatekeeper.of(Server(host="192.0.2.7", api_key=SecretStr("key-of-the-server")))
    assert gatekeeper.check_host("192.0.2.7:8080", 8080)
    with pytest.raises(HostRefused):
        gatekeeper.check_host("192.0.2.7:9", 8080)


def test_our_own_pages_may_call() -> None:
    for host in ("localhost:8080", "LOCALHOST:8080"):
        given = headers(("Origin", "http://localhost:8080"))
        assert OPEN.check_origin("POST", given, f"http://{host}") is None
    assert OPEN.check_origin("POST", headers(("Origin", "http://[::1]:8080")), "http://[::1]:8080") is None
    assert PUBLIC.check_origin("POST", headers(("Origin", "https://avatar.example.com")), "http://x") is None
    assert OPEN.check_origin("POST", headers(), "http://localhost:8080") is None


def test_pages_of_listed_origins_may_call() -> None:
    given = headers(("Origin", "https://shop.example"), ("Sec-Fetch-Site", "cross-site"))
    assert PUBLIC.check_origin("POST", given, "http://x") == "https://shop.example"


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "origin",
    [
        *(
            "null",
            "https://evil.example",
            "http://localhost:3000",
            "https://localhost:8080",
            "http://localhost",
            "x",
            "",
        ),
        *(
            "http://evil.example@localhost:8080",
            "http://localhost:8080/",
            "http://localhost:8080#",
            "HTTP://LOCALHOST:8080",
        ),
    ],
)
def test_pages_of_other_origins_may_not(method: str, origin: str) -> None:
    with pytest.raises(OriginRefused):
        OPEN.check_origin(method, headers(("Origin", origin)), "http://localhost:8080")


def test_a_cross_site_request_without_an_origin_changes_nothing() -> None:
    given = headers(("Sec-Fetch-Site", "cross-site"))
    with pytest.raises(OriginRefused):
        OPEN.check_origin("POST", given, "http://localhost:8080")
    assert OPEN.check_origin("GET", given, "http://localhost:8080") is None


@pytest.mark.parametrize(
    "given", ["Bearer key-of-the-server", "bearer  key-of-the-server", "BEARER key-of-the-server "]
)
def test_a_bearer_is_found(given: str) -> None:
    assert bearer(headers(("Authorization", given))) == "key-of-the-server"


def test_nobody_has_to_bear_anything() -> None:
    assert bearer(headers()) is None


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", "Basic key-of-the-server", "key-of-the-server"])
def test_another_authorization_is_refused(given: str) -> None:
    with pytest.raises(Unauthorized):
        bearer(headers(("Authorization", given)))


@pytest.mark.parametrize("entries", [{"allowed_hosts": ["https://x/y"]}, {"allowed_origins": ["shop.example"]}])
def test_an_entry_that_cannot_be_read_stops_the_start(entries: dict[str, list[str]]) -> None:
    with pytest.raises(SettingsError, match=r"server\.allowed_"):
        Gatekeeper.of(Server.model_validate({"api_key": "key-of-the-server", **entries}))


def test_pictures_are_shown_from_listed_origins_only() -> None:
    assert "img-src 'self' data:;" in OPEN.kiosk_policy
    some = Gatekeeper.of(Server(image_origins=("https://cdn.example/a?b", "HTTP://10.0.0.1:8000")))
    assert some.images == ("https://cdn.example", "http://10.0.0.1:8000")
    assert "img-src https://cdn.example http://10.0.0.1:8000 'self' data:;" in some.kiosk_policy
    for wrong in ("*", "cdn.example", "data:", "javascript:alert(1)", "https://*.example", "file:///x", "https://a;b"):
        with pytest.raises(SettingsError, match=r"server\.image_origins"):
            Gatekeeper.of(Server(image_origins=(wrong,)))
