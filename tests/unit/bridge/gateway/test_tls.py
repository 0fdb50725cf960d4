import shutil
import ssl
from pathlib import Path

import pytest
from pydantic import ValidationError

from bridge.errors import SettingsError
from bridge.gateway.tls import Certificate, load
from bridge.settings import Server
from tests.support.certificates import Pair, make_pair


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return make_pair(tmp_path / "pair", "localhost")


def test_nothing_older_than_tls_1_2_is_spoken(pair: Pair) -> None:
    context = load(pair.cert, pair.key)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("missing", ["cert", "key"])
def test_a_missing_file_is_named(pair: Pair, missing: str) -> None:
    getattr(pair, missing).unlink()
    with pytest.raises(SettingsError, match=rf"server\.tls_{missing}: .*cannot be read"):
        load(pair.cert, pair.key)


def test_a_key_of_another_certificate_is_named(tmp_path: Path, pair: Pair) -> None:
    other = make_pair(tmp_path / "other", "localhost")
    with pytest.raises(SettingsError, match=r"server\.tls_key: .*is not the key of"):
        load(pair.cert, other.key)


def test_a_file_that_is_something_else_is_named(pair: Pair) -> None:
    with pytest.raises(SettingsError, match=r"server\.tls_cert: .*no certificate"):
        load(pair.key, pair.key)
    with pytest.raises(SettingsError, match=r"server\.tls_key: .*no private key"):
        load(pair.cert, pair.cert)


def test_a_passphrase_is_not_asked_for(tmp_path: Path) -> None:
    pair = make_pair(tmp_path, "localhost", passphrase=b"secret")
    with pytest.raises(SettingsError, match="passphrase"):
        load(pair.cert, pair.key)


def test_a_renewed_certificate_is_taken_up_and_a_broken_one_is_not(tmp_path: Path, pair: Pair) -> None:
    certificate = Certificate(pair.cert, pair.key)
    assert not certificate.refresh()
    fresh = make_pair(tmp_path / "fresh", "localhost")
    shutil.copy(fresh.cert, pair.cert)
    with pytest.raises(SettingsError):
        certificate.refresh()
    assert _served(certificate.context) != ssl.PEM_cert_to_DER_cert(fresh.cert.read_text())
    shutil.copy(fresh.key, pair.key)
    assert certificate.refresh()
    assert _served(certificate.context) == ssl.PEM_cert_to_DER_cert(fresh.cert.read_text())
    pair.key.unlink()
    with pytest.raises(SettingsError):
        certificate.refresh()


@pytest.mark.parametrize("options", [{"tls_cert": Path("c")}, {"tls_key": Path("k")}])
def test_certificate_and_key_go_together(options: dict[str, Path]) -> None:
    with pytest.raises(ValidationError, match="go together"):
        Server.model_validate(options)


def _served(context: ssl.SSLContext) -> bytes | None:
    """Return the certificate that a client gets."""
    client_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client_context.check_hostname = False
    client_context.verify_mode = ssl.CERT_NONE
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(to_client, to_server)
    server = context.wrap_bio(to_server, to_client, server_side=True)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return client.getpeercert(binary_form=True)
