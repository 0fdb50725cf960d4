from pathlib import Path

import msgspec
import pytest

from emulator.faults import KINDS
from emulator.limits import Limits, LimitsHolder

DOCUMENTED = (Path(__file__).parents[3] / "docs" / "emulator.md").read_text("utf-8")


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


@pytest.mark.parametrize("name", [field.name for field in msgspec.structs.fields(Limits)])
def test_each_limit_is_documented_with_its_default(name: str):
    row = next(line for line in DOCUMENTED.splitlines() if line.startswith("| `") and f"`{name}`" in line.split("|")[1])
    default = getattr(Limits(), name)
    assert (f"{default:g}" if isinstance(default, int | float) else f"`{default}`") in row


@pytest.mark.parametrize("name", sorted(KINDS))
def test_each_fault_is_documented(name: str):
    assert f"\n| `{name}` | " in DOCUMENTED


@pytest.mark.parametrize("code", [1000, 1001, 1013, 3000, 4999])
def test_close_codes_that_a_server_may_send(code: int):
    assert LimitsHolder().change(b'{"close_code": %d}' % code).close_code == code


@pytest.mark.parametrize("code", [999, 1004, 1005, 1006, 1010, 1015, 2999, 5000])
def test_close_codes_that_none_may_send(code: int):
    with pytest.raises(msgspec.ValidationError):
        LimitsHolder().change(b'{"close_code": %d}' % code)
