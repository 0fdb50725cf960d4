"""The microphones of a machine, and which of them somebody means. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


class NoMicrophone(Exception):
    """No sound can be had from a microphone; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Device:
    """A microphone as PortAudio knows it; `is_default` is the one that the machine would take."""

    index: int
    name: str
    driver: str
    channels: int
    rate: int
    is_default: bool


def chosen(wanted: str | None, among: Sequence[Device]) -> Device:
    """Return the device that `wanted` means: its number, its name, or a part of one name. Raises NoMicrophone."""
    if not among:
        raise NoMicrophone("this machine has no microphone that PortAudio can see")
    if wanted is None:
        return next((device for device in among if device.is_default), among[0])
    exact = [device for device in among if wanted in {str(device.index), device.name}]
    found = exact or [device for device in among if wanted.lower() in device.name.lower()]
    if not found:
        raise NoMicrophone(f"no microphone is called {wanted}; --list-devices shows those that there are")
    if len(found) > 1:
        names = ", ".join(f"{device.index} {device.name}" for device in found)
        raise NoMicrophone(f"{len(found)} microphones are called {wanted}; choose one by its number: {names}")
    return found[0]
