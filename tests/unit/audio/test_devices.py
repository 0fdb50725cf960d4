import pytest

from audio.devices import Device, NoMicrophone, chosen

BUILT_IN = Device(0, "Built-in Microphone", "ALSA", 2, 48_000, is_default=False)
HEADSET = Device(3, "USB Headset", "ALSA", 1, 44_100, is_default=True)
SECOND = Device(4, "USB Headset 3", "ALSA", 1, 44_100, is_default=False)
ALL = [BUILT_IN, HEADSET, SECOND]


@pytest.mark.parametrize(
    ("wanted", "device"),
    [(None, HEADSET), ("0", BUILT_IN), ("3", HEADSET), ("USB Headset", HEADSET), ("built", BUILT_IN), ("et 3", SECOND)],
)
def test_which_is_meant(wanted: str | None, device: Device):
    assert chosen(wanted, ALL) is device


def test_without_a_default_it_is_the_first():
    assert chosen(None, [BUILT_IN, SECOND]) is BUILT_IN


@pytest.mark.parametrize(
    ("wanted", "among", "line"),
    [
        (None, [], "no microphone that PortAudio can see"),
        ("7", ALL, "no microphone is called 7; --list-devices"),
        ("usb", ALL, "2 microphones are called usb; choose one by its number: 3 USB Headset, 4 USB Headset 3"),
    ],
)
def test_which_is_not(wanted: str | None, among: list[Device], line: str):
    with pytest.raises(NoMicrophone, match=line):
        chosen(wanted, among)
