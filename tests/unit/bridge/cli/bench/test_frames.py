"""Both ends of the load's WebSockets: what is written is read back, however it is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.cli.bench.frames import BINARY, TEXT, framed, take_frames, take_request


def test_small_frames_as_in_rfc_6455_section_5_7():
    assert framed(TEXT, b"Hello") == bytes.fromhex("810548656c6c6f")
    assert framed(TEXT, b"Hello", masked=True) == bytes.fromhex("818537fa213d7f9f4d5158")


@given(
    st.lists(st.tuples(st.sampled_from([0, 1, 125, 126, 640, 65_535, 65_536]), st.booleans()), max_size=5),
    st.integers(1, 70_000),
)
def test_frames_come_back_however_they_are_cut(sizes: list[tuple[int, bool]], cut: int):
    sent = [(BINARY, bytes(number % 251 for number in range(size))) for size, _ in sizes]
    wire = b"".join(
        framed(opcode, payload, masked=masked) for (opcode, payload), (_, masked) in zip(sent, sizes, strict=True)
    )
    buffer, taken = bytearray(), list[tuple[int, bytes]]()
    for start in range(0, len(wire), cut):
        buffer += wire[start : start + cut]
        taken += take_frames(buffer)
    assert taken == sent
    assert not buffer


def test_frames_in_parts_are_refused():
    with pytest.raises(ValueError, match="parts"):
        list(take_frames(bytearray(b"\x01\x00")))


def test_a_request_is_taken_whole():
    wire = b"POST /a/b?x=1&requestid=c7 HTTP/1.1\r\nContent-Length: 2\r\nX-Y:  z \r\n\r\n{}GET"
    buffer = bytearray()
    for byte in wire[:-4]:
        buffer.append(byte)
        assert take_request(buffer) is None
    buffer += wire[-4:]
    request = take_request(buffer)
    assert request is not None
    assert (request.path, request.query("requestid"), request.query("y")) == ("/a/b", "c7", "")
    assert (request.headers["x-y"], request.body) == ("z", b"{}")
    assert buffer == b"GET"
