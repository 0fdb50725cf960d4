"""A cloud that costs nothing: ready at once, it notes when each packet came, and tells what a cloud would tell.

It checks no signature and speaks in no time. Of a sound it tells a status a second, which is more than a cloud does;
in clause mode it asks for the next clause at once.
"""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import pybase64

from bridge.cli.bench.frames import Request
from bridge.cli.bench.sockets import Line, Loop, listening

FRAME_BYTES = 5_120
FRAMES_A_STATUS = 6
_AUDIO = re.compile(rb'"Seq":(\d+),"IsFinal":false\}\}\}\Z')
_COMMAND = b'"Command":"SEND_AUDIO"'
_HEAD = 256


class _Data(msgspec.Struct, rename="pascal"):
    seq: int = 0
    is_final: bool = False
    is_sentence: bool = False
    interrupt: bool = False
    text: str = ""
    audio: str = ""


class _Payload(msgspec.Struct, rename="pascal"):
    req_id: str
    command: str
    data: _Data


class _Packet(msgspec.Struct, rename="pascal"):
    payload: _Payload


class _Call(msgspec.Struct, rename="pascal"):
    payload: dict[str, object]


_packets = msgspec.json.Decoder(_Packet)


@dataclass(slots=True)
class Channel:
    """The command channel of one session, and what came over it; times in nanoseconds of the monotonic clock.

    `frames` has one time for each frame of sound, `texts` a time and a text for each packet of text with one. `sound`
    is the first frame.
    """

    line: Line
    frames: list[int] = field(default_factory=list[int])
    texts: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    sound: bytes = b""
    over: int = 0
    _req_id: bytes = b""
    _told: int = 0

    def receive(self, packet: bytes) -> None:
        """Take a packet."""
        now = time.monotonic_ns()
        quick = _AUDIO.search(packet, max(0, len(packet) - 64))
        if quick is not None and self._goes_on(packet[:_HEAD]):
            self._frame(int(quick[1]), now)
            return
        payload = _packets.decode(packet).payload
        data = payload.data
        match payload.command:
            case "SEND_AUDIO":
                self._req_id = payload.req_id.encode()
                if data.audio:
                    self.sound = self.sound or pybase64.b64decode(data.audio)
                    self._frame(data.seq, now)
                if data.is_final:
                    self._tell("AudioOver", data.seq, ',"FinalType":1')
                    self.over += 1
            case "SEND_STREAMTEXT":
                self._req_id = payload.req_id.encode()
                self._text(data, now)
            case _:
                pass

    def _goes_on(self, head: bytes) -> bool:
        """Whether a packet is one more of the sound that is being spoken."""
        return _COMMAND in head and self._req_id in head

    def _frame(self, seq: int, now: int) -> None:
        self.frames.append(now)
        if seq == 1:
            self._tell("AudioStart", 0)
        elif seq % FRAMES_A_STATUS == 0:
            self._told += 1
            self._tell("SentenceStart", self._told)

    def _text(self, data: _Data, now: int) -> None:
        if data.text:
            self.texts.append((now, data.text))
        if data.seq == 1:
            self._tell("TextStart", 0)
        if data.is_sentence and data.text:
            for status in ("SentenceNext", "SentenceStart", "SentenceOver"):
                self._tell(status, data.seq)
        if data.is_final:
            self._tell("TextOver", 0)
            self.over += not data.interrupt

    def _tell(self, status: str, seq: int, more: str = "") -> None:
        req_id = self._req_id.decode()
        self.line.tell(
            f'{{"Header":{{"Code":0}},"Payload":{{"Type":3,"ReqId":"{req_id}","SessionId":"c","Seq":{seq},'
            f'"SpeakStatus":"{status}","ErrorCode":0{more}}}}}'.encode()
        )


class Cloud:
    """Serves the cloud's calls and channels on the loop; `channels` by the id of their session."""

    def __init__(self, loop: Loop) -> None:
        self.channels: dict[str, Channel] = {}
        self._sessions = 0
        self._listener = listening(loop, self._accept)
        self._loop = loop

    @property
    def origin(self) -> str:
        """Where it is, without a scheme."""
        host, port = self._listener.getsockname()
        return f"{host}:{port}"

    def wait_for(self, sessions: Sequence[str], limit_s: float = 60.0) -> None:
        """Serve until each of the sessions has a channel. Raises TimeoutError."""
        until = time.monotonic() + limit_s
        self._loop.run(lambda: all(each in self.channels for each in sessions) or time.monotonic() > until)
        if not all(each in self.channels for each in sessions):
            raise TimeoutError("a session opened no channel")

    def close(self) -> None:
        """Take no more connections."""
        self._loop.forget(self._listener)
        self._listener.close()

    def _accept(self, line: Line) -> None:
        line.on_request = lambda request: self._answer(line, request)

    def _answer(self, line: Line, request: Request) -> None:
        if "upgrade" in request.headers:
            line.upgrade(request)
            channel = self.channels[request.query("requestid")] = Channel(line)
            line.on_message = channel.receive
            return
        asked = msgspec.json.decode(request.body, type=_Call).payload
        line.answer(msgspec.json.encode(self._called(request.path.rpartition("/")[2], asked)))

    def _called(self, name: str, asked: dict[str, object]) -> object:
        known = {"ReqId": asked.get("ReqId"), "SessionStatus": 1, "IsSessionStarted": True, "SpeakStatus": "AudioOver"}
        code = 0
        if name.startswith("createsession"):
            self._sessions += 1
            known["SessionId"] = f"c{self._sessions}"
        elif name.startswith("listsession"):
            known["Sessions"] = []
        elif asked.get("SessionId") == "none":
            code = 110018
        return {"Header": {"Code": code, "Message": "", "RequestID": "1"}, "Payload": known}
