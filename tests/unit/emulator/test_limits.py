import msgspec
import pytest

from emulator.limits import Limits, LimitsHolder


def test_a_change_leaves_the_rest():
    holder = LimitsHolder()
    assert holder.change(b'{"concurrency": 2, "idle_channel_s": 1.5}') == Limits(concurrency=2, idle_channel_s=1.5)
    assert holder.change(b'{"clock_offset_s": -600}') == Limits(concurrency=2, idle_channel_s=1.5, clock_offset_s=-600)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b'{"concurrency": -1}', b'{"no_such_limit": 1}', b'{"idle_channel_s": "long"}']
)
def test_a_bad_change_changes_nothing(body: bytes):
    holder = LimitsHolder()
    with pytest.raises(msgspec.DecodeError):
        holder.change(body)
    assert holder.current == Limits()
