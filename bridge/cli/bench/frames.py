"""Just enough of WebSocket (RFC 6455) and HTTP/1.1 for both ends of a load. Pure."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
_MASK = b"\x37\xfa\x21\x3d"
"""Any mask will do: the load is not a browser that has to surprise proxies."""


def framed(opcode: int, payload: bytes, *, masked: bool = False) -> bytes:
    """Return one whole frame; clients mask theirs."""
    size, bit = len(payload), 0x80 if masked else 0
    if size < 126:
        head = bytes((0x80 | opcode, bit | size))
    elif size < 1 << 16:
        head = struct.pack("!BBH", 0x80 | opcode, bit | 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, bit | 127, size)
    return head + _MASK + masked_with(_MASK, payload) if masked else head + payload


def masked_with(mask: bytes, payload: bytes) -> bytes:
    """Return `payload` masked, or unmasked again."""
    size = len(payload)
    whole = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(whole)).to_bytes(size)


def take_frames(buffer: bytearray) -> Iterator[tuple[int, bytes]]:
    """Take the whole frames off the beginning of `buffer` and yield opcode and payload. Raises ValueError for parts."""
    while len(buffer) >= 2:
        if not buffer[0] & 0x80:
            raise ValueError("a frame in parts")
        place, size = 2, buffer[1] & 0x7F
        if size == 126:
            place, size = 4, int.from_bytes(buffer[2:4])
        elif size == 127:
            place, size = 10, int.from_bytes(buffer[2:10])
        masked = buffer[1] & 0x80
        start = place + 4 if masked else place
        if len(buffer) < start + size:
            return
        opcode, payload = buffer[0] & 0x0F, bytes(buffer[start : start + size])
        if masked:
            payload = masked_with(bytes(buffer[place:start]), payload)
        del buffer[: start + size]
        yield opcode, payload


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request, or the head of an answer in `line`; names of headers are lower case."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path without its query."""
        return self.line.split(" ")[1].partition("?")[0]

    def query(self, name: str) -> str:
        """Return a parameter as it stands in the URL, or nothing."""
        pairs = self.line.split(" ")[1].partition("?")[2].split("&")
        return next((value for key, _, value in (pair.partition("=") for pair in pairs) if key == name), "")


def take_request(buffer: bytearray) -> Request | None:
    """Take a whole request with its body off the beginning of `buffer`."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    line, *rest = buffer[:end].decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (row.partition(":") for row in rest)}
    size = int(headers.get("content-length", "0"))
    if len(buffer) < end + 4 + size:
        return None
    body = bytes(buffer[end + 4 : end + 4 + size])
    del buffer[: end + 4 + size]
    return Request(line, headers, body)
