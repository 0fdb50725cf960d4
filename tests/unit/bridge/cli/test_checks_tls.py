from pathlib import Path

import pytest

from bridge.cli import checks_tls
from bridge.cli.finding import Finding, Outcome
from bridge.settings import Settings
from tests.support.certificates import Pair, make_pair


def certificate(pair: Pair, **server: str) -> Finding:
    options = {"tls_cert": str(pair.cert), "tls_key": str(pair.key), "api_key": "k", **server}
    return checks_tls.certificate(Settings.model_validate({"server": options}))


def test_a_good_certificate(tmp_path: Path):
    found = certificate(make_pair(tmp_path, "avatar.example.com"), public_url="https://avatar.example.com")
    assert found.outcome is Outcome.GOOD
    assert "another 90 days" in found.detail


def test_no_certificate_is_no_fault():
    assert checks_tls.certificate(Settings()).outcome is Outcome.SKIPPED


@pytest.mark.parametrize(
    ("days", "detail"), [(3.5, "ends in 3 days"), (-1, "certificate has expired"), (100, "not yet valid")]
)
def test_a_certificate_out_of_its_time(tmp_path: Path, days: float, detail: str):
    found = certificate(make_pair(tmp_path, "avatar.example.com", days=days))
    assert found.outcome is Outcome.BAD
    assert detail in found.detail
    assert found.advice


@pytest.mark.parametrize(
    ("name", "host", "outcome"),
    [
        ("*.example.com", "avatar.example.com", Outcome.GOOD),
        ("*.example.com", "a.b.example.com", Outcome.BAD),
        ("avatar.example.com", "AVATAR.example.com", Outcome.GOOD),
        ("example.com", "avatar.example.com", Outcome.BAD),
        ("192.0.2.7", "192.0.2.7", Outcome.GOOD),
    ],
)
def test_it_has_to_name_the_public_address(tmp_path: Path, name: str, host: str, outcome: Outcome):
    assert certificate(make_pair(tmp_path, name), public_url=f"https://{host}").outcome is outcome


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path):
    pair = make_pair(tmp_path, "a")
    pair.key.unlink()
    found = certificate(pair)
    assert found.outcome is Outcome.BAD
    assert "server.tls_key" in found.detail


@pytest.mark.parametrize(
    ("server", "outcome"),
    [
        ({}, Outcome.GOOD),
        ({"public_url": "https://a.example", "api_key": "k"}, Outcome.GOOD),
        ({"public_url": "http://a.example", "api_key": "k"}, Outcome.BAD),
        ({"public_url": "http://a.example", "api_key": "k", "tls_cert": "c", "tls_key": "k"}, Outcome.BAD),
        ({"host": "192.0.2.1", "api_key": "k"}, Outcome.BAD),
        ({"host": "192.0.2.1", "api_key": "k", "public_url": "https://a.example"}, Outcome.GOOD),
        ({"host": "192.0.2.1", "api_key": "k", "tls_cert": "c", "tls_key": "k"}, Outcome.GOOD),
    ],
)
def test_microphone(server: dict[str, str], outcome: Outcome):
    assert checks_tls.microphone(Settings.model_validate({"server": server})).outcome is outcome
