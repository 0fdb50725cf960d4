"""What `doctor` can tell about this machine without any network."""

import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

from bridge.cli import extras
from bridge.cli.finding import Finding, Outcome
from bridge.settings import Settings, is_loopback

OLDEST_PYTHON = (3, 11)
EXTRAS = {
    "demo": "the emulated cloud",
    "llm": "dialogs with an LLM",
    "mic": "relay from a microphone of this machine",
    "pydub": "pydub.AudioSegment as a source",
}


def python() -> Finding:
    """Whether this Python is new enough."""
    detail = f"Python {platform.python_version()}"
    if sys.version_info < OLDEST_PYTHON:
        return Finding("python", Outcome.BAD, detail, "install Python 3.11 or newer")
    return Finding("python", Outcome.GOOD, detail)


def extras_installed() -> Iterator[Finding]:
    """Which optional parts are there; none of them is needed by `serve`."""
    for name, purpose in EXTRAS.items():
        check = f"extra {name}"
        if extras.missing(name):
            yield Finding(check, Outcome.SKIPPED, f"not installed ({purpose})", extras.install_line(name))
        else:
            yield Finding(check, Outcome.GOOD, f"installed ({purpose})")


def webrtc() -> Finding:
    """Whether WebRTC finds an address to offer: the emulator sends its picture that way."""
    if extras.missing("demo"):
        return Finding("webrtc", Outcome.SKIPPED, "only the emulated cloud sends video from this machine")
    addresses = offered_addresses()
    if not addresses:
        return Finding(
            "webrtc",
            Outcome.BAD,
            "no network interface but loopback, so the demo's video cannot be sent",
            "connect a network, or add an address: ip link add dummy0 type dummy; "
            "ip address add 192.0.2.1/24 dev dummy0; ip link set dummy0 up",
        )
    return Finding("webrtc", Outcome.GOOD, f"{len(addresses)} address(es) to offer")


def offered_addresses() -> list[str]:
    """Return the addresses that WebRTC would offer: all of this machine but loopback and link-local IPv6."""
    from ifaddr import get_adapters  # noqa: PLC0415 - part of the extra demo

    found: list[str] = []
    for adapter in get_adapters():
        for address in adapter.ips:
            if isinstance(address.ip, str):
                found.append(address.ip)
            elif address.ip[2] == 0:
                found.append(address.ip[0])
    return [address for address in found if not is_loopback(address)]


def state_dir(settings: Settings) -> Finding:
    """Whether the state directory can be written, or made."""
    path = settings.server.state_dir
    if (reason := unusable(path)) is None:
        return Finding("state directory", Outcome.GOOD, str(path))
    advice = "change its owner, or set server.state_dir to a folder of your own"
    return Finding("state directory", Outcome.BAD, reason, advice)


def recording(settings: Settings) -> Finding:
    """Whether what people say is written down, and where."""
    wanted = settings.recording
    if wanted.dir is None:
        return Finding("recording", Outcome.SKIPPED, "nothing that people say is stored (recording.dir is not set)")
    if (reason := unusable(wanted.dir)) is not None:
        advice = "change its owner, or set recording.dir to a folder of your own"
        return Finding("recording", Outcome.BAD, reason, advice)
    detail = f"what people say is written down in {wanted.dir} for {wanted.retention_days} day(s)"
    return Finding("recording", Outcome.GOOD, detail, "tell your visitors")


def unusable(directory: Path) -> str | None:
    """Return why nothing can be written into `directory`, or None if it can, or can be made."""
    nearest = next((each for each in (directory, *directory.parents) if each.exists()), directory)
    if not nearest.is_dir():
        return f"{nearest} is not a folder"
    return None if os.access(nearest, os.W_OK | os.X_OK) else f"{nearest} cannot be written"
