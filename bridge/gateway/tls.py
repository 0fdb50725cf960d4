"""The server's own certificate (`server.tls_cert`, `server.tls_key`), taken up anew when its files change."""

import asyncio
import ssl
from pathlib import Path

import structlog

from bridge.errors import SettingsError
from bridge.settings import Server

log = structlog.stdlib.get_logger("bridge.gateway")

CHECK_S = 60.0
HANDSHAKE_S = 10.0

Stamp = tuple[tuple[int, int, int], ...]


class Certificate:
    """A certificate in use. Raises SettingsError when its files cannot be used."""

    def __init__(self, cert: Path, key: Path) -> None:
        self._cert, self._key = cert, key
        self._stamp = self._look()
        self.context = load(cert, key)

    def refresh(self) -> bool:
        """Take up files that have changed, and say whether they have; new connections get them.

        Raises SettingsError when they cannot be used; the former certificate stays.
        """
        stamp = self._look()
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        load(self._cert, self._key)  # half a pair would spoil the context in use
        self.context.load_cert_chain(self._cert, self._key, password=_no_passphrase)
        return True

    async def keep_fresh(self) -> None:
        """Look for changed files every minute."""
        while True:
            await asyncio.sleep(CHECK_S)
            try:
                if await asyncio.to_thread(self.refresh):
                    log.info("tls_certificate_renewed")
            except SettingsError as error:
                log.warning("tls_certificate_not_renewed", error=error.message)

    def _look(self) -> Stamp:
        try:
            found = [path.stat() for path in (self._cert, self._key)]
        except OSError:
            return ()
        return tuple((each.st_mtime_ns, each.st_size, each.st_ino) for each in found)


def certificate(server: Server) -> Certificate | None:
    """Return the certificate of the settings, None without one. Raises SettingsError when it cannot be used."""
    if server.tls_cert is None or server.tls_key is None:
        return None
    return Certificate(server.tls_cert, server.tls_key)


def load(cert: Path, key: Path) -> ssl.SSLContext:
    """Return a server's context for TLS 1.2 and later. Raises SettingsError that names the file to look at."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    for option, path in (("tls_cert", cert), ("tls_key", key)):
        try:
            path.open("rb").close()
        except OSError as error:
            raise SettingsError(f"server.{option}: {path} cannot be read ({error.strerror})") from None
    try:
        context.load_cert_chain(cert, key, password=_no_passphrase)
    except ssl.SSLError as error:
        raise SettingsError(_reason(error, cert, key)) from None
    return context


def _reason(error: ssl.SSLError, cert: Path, key: Path) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"server.tls_key: {key} is not the key of the certificate in server.tls_cert ({cert})"
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cert)
    except ssl.SSLError:
        return f"server.tls_cert: {cert} holds no certificate in PEM form"
    return f"server.tls_key: {key} holds no private key in PEM form, or one with a passphrase"


def _no_passphrase() -> str:
    """Keep the library from asking for one on the terminal."""
    return ""
