"""How a browser gets to where it can speak: the calls before the load, one after the other, on blocking sockets."""

import http.client
import json
import os
import socket
import time
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bridge.cli.bench.frames import TEXT, framed, take_frames
from bridge.cli.bench.programs import API_KEY, BenchFailed, Process, Program

LIMIT_S = 60.0
RATE = 16_000


@dataclass(frozen=True, slots=True)
class Visit:
    """An open WebSocket and what of it was read already; `channel` is the session's id in the cloud."""

    sock: socket.socket
    arrived: bytes
    channel: str


def visits(program: Program, process: Process, count: int, *, microphone: bool) -> Sequence[Visit]:
    """Open `count` sessions, each with a driver; with `microphone` its sound is wanted. Raises BenchFailed."""
    if not program.speaks_api:
        return [_opened(process.port, f"/{number}", str(number)) for number in range(count)]
    calls = _Calls(process.port)
    body = {"mode": "audio" if microphone else "text"}
    tokens = {made["session_id"]: made["token"] for made in (calls.post("/v1/sessions", body) for _ in range(count))}
    channels = calls.live(set(tokens))
    return [_drives(process.port, at, token, channels[at], microphone=microphone) for at, token in tokens.items()]


class _Calls:
    """Calls of this server's API by its operator."""

    def __init__(self, port: int) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)

    def post(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        return self._call("POST", path, json.dumps(body))

    def live(self, sessions: set[str]) -> dict[str, str]:
        """Return the id in the cloud of each session, once all are live."""
        until = time.monotonic() + LIMIT_S
        while time.monotonic() < until:
            seen = self._call("GET", "/v1/sessions")["sessions"]
            live = {one["session_id"]: one["cloud_session_id"] for one in seen if one["state"] == "live"}
            if sessions <= live.keys():
                return live
            time.sleep(0.2)
        raise BenchFailed("the sessions were not live within a minute")

    def _call(self, method: str, path: str, body: str | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"}
        self._http.request(method, path, body, headers)
        answer = self._http.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise BenchFailed(f"{method} {path} was answered with {answer.status}: {text.decode('utf-8', 'replace')}")
        return json.loads(text)


def _drives(port: int, session: str, token: str, channel: str, *, microphone: bool) -> Visit:
    visit = _opened(port, f"/v1/sessions/{session}/ws", channel)
    arrived = _asked(visit.sock, visit.arrived, {"type": "auth", "token": token}, "welcome")
    if microphone:
        start = {"type": "audio.start", "ref": "mic", "purpose": "drive", "sample_rate": RATE, "channels": 1}
        arrived = _asked(visit.sock, arrived, {**start, "encoding": "s16le"}, "ack")
    return Visit(visit.sock, arrived, channel)


def _opened(port: int, path: str, channel: str) -> Visit:
    sock = socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S)
    key = b64encode(os.urandom(16)).decode()
    sock.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    arrived = b""
    while b"\r\n\r\n" not in arrived:
        arrived += _received(sock)
    head, _, rest = arrived.partition(b"\r\n\r\n")
    if b" 101 " not in head.splitlines()[0]:
        raise BenchFailed(f"the WebSocket was answered with {head.splitlines()[0].decode('latin-1')}")
    return Visit(sock, rest, channel)


def _asked(sock: socket.socket, arrived: bytes, message: dict[str, Any], answer: str) -> bytes:
    """Send a message and read up to its answer; return what came after that."""
    sock.sendall(framed(TEXT, json.dumps(message).encode(), masked=True))
    buffer = bytearray(arrived)
    while True:
        for _, payload in take_frames(buffer):
            kind = json.loads(payload)["type"]
            if kind == answer:
                return bytes(buffer)
            if kind == "error":
                raise BenchFailed(f"{message['type']} was answered with {payload.decode()}")
        buffer += _received(sock)


def _received(sock: socket.socket) -> bytes:
    data = sock.recv(1 << 16)
    if not data:
        raise BenchFailed("the connection was closed")
    return data
