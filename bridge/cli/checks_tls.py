"""What `doctor` can tell about https: the certificate, and whether browsers will allow a microphone."""

import ssl
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from bridge.cli.finding import Finding, Outcome
from bridge.errors import SettingsError
from bridge.gateway import tls
from bridge.settings import Settings, is_loopback

DAYS_LEFT = 14
DAY_S = 86_400


def certificate(settings: Settings) -> Finding:
    """Whether the server's own certificate can be used, is in force, and names the public address."""
    server = settings.server
    if server.tls_cert is None or server.tls_key is None:
        return Finding("certificate", Outcome.SKIPPED, "server.tls_cert is not set; the server speaks plain http")
    try:
        context = tls.load(server.tls_cert, server.tls_key)
        seen = _handshake(context, server.tls_cert)
    except SettingsError as error:
        return Finding("certificate", Outcome.BAD, error.message, "correct the file, or the option")
    except ssl.SSLCertVerificationError as error:
        advice = "renew it; the server takes up the new file within a minute"
        return Finding("certificate", Outcome.BAD, f"{server.tls_cert}: {error.verify_message}", advice)
    left = (ssl.cert_time_to_seconds(str(seen["notAfter"])) - time.time()) / DAY_S
    host = server.public_url.host if server.public_url else None
    if host is not None and not _names(seen, host):
        advice = "get one for this name, or correct server.public_url"
        return Finding("certificate", Outcome.BAD, f"{server.tls_cert} is not for {host}", advice)
    if left < DAYS_LEFT:
        return Finding("certificate", Outcome.BAD, f"{server.tls_cert} ends in {left:.0f} days", "renew it")
    return Finding("certificate", Outcome.GOOD, f"{server.tls_cert} is good for another {left:.0f} days")


def microphone(settings: Settings) -> Finding:
    """Whether browsers will allow the pages to use a microphone."""
    server = settings.server
    if server.public_url is not None and server.public_url.scheme == "https":
        return Finding("microphone", Outcome.GOOD, "the pages are served over https (server.public_url)")
    if server.public_url is None and server.tls_cert is not None:
        return Finding("microphone", Outcome.GOOD, "the pages are served over https (server.tls_cert)")
    if is_loopback(server.host) and server.public_url is None:
        return Finding("microphone", Outcome.GOOD, "browsers allow it on this machine's own pages")
    return Finding(
        "microphone",
        Outcome.BAD,
        "browsers refuse a microphone to pages of another machine without https",
        "set server.tls_cert and server.tls_key, or put a reverse proxy with TLS in front and set server.public_url to "
        "its https address",
    )


def _handshake(server: ssl.SSLContext, cert: Path) -> Mapping[str, object]:
    """Shake hands with ourselves in memory; return the certificate as a client that trusts this one sees it.

    Raises ssl.SSLCertVerificationError, as for one that is out of date.
    """
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    client.load_verify_locations(cert)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = (client.wrap_bio(to_client, to_server), server.wrap_bio(to_server, to_client, server_side=True))
    for _ in range(10):
        done = 0
        for side in sides:
            try:
                side.do_handshake()
                done += 1
            except ssl.SSLWantReadError:
                continue
        if done == len(sides):
            break
    return sides[0].getpeercert() or {}


def _names(seen: Mapping[str, object], host: str) -> bool:
    """Return whether a certificate is for `host`: one of its names or addresses, or a name with one star in front."""
    found = msgspec.convert(seen.get("subjectAltName", ()), list[tuple[str, str]])
    names = {name.lower() for kind, name in found if kind in {"DNS", "IP Address"}}
    wild = "*." + host.lower().partition(".")[2]
    return host.lower().strip("[]") in names or wild in names
