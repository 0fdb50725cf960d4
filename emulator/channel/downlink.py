"""What the cloud says on the command channel, and what it says again to a client that comes back. PURE."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from emulator.channel.telling import Told
from emulator.codes import DRIVE_FAILED, CloudError
from emulator.speech.cues import SpeakStatus, Status

REPLAYED_DRIVES = 3
REPLAYED_FRAMES = 256
"""Statuses of one drive that are told again; of a longer drive the latest."""

_NO_ERROR = {"SpeakStatus": "", "ErrorCode": 0, "ErrorMsg": "", "ErrorMessage": ""}

_STATUS_TYPE, _FAILED_TYPE = 3, 9


class DownlinkPayload(msgspec.Struct, omit_defaults=False, frozen=True):
    """What the cloud says; Type 3 is a status, Type 9 a refused drive. FinalType stands only with AudioOver."""

    type: int = msgspec.field(name="Type")
    session_id: str = msgspec.field(name="SessionId")
    req_id: str = msgspec.field(name="ReqId")
    seq: int = msgspec.field(name="Seq", default=0)
    speak_status: str = msgspec.field(name="SpeakStatus", default="")
    final_type: int | msgspec.UnsetType = msgspec.field(name="FinalType", default=msgspec.UNSET)
    error_code: int = msgspec.field(name="ErrorCode", default=0)
    error_msg: str = msgspec.field(name="ErrorMsg", default="")
    error_message: str = msgspec.field(name="ErrorMessage", default="")


class DownlinkHeader(msgspec.Struct, frozen=True):
    """The clouds' envelope."""

    code: int = msgspec.field(name="Code", default=0)
    message: str = msgspec.field(name="Message", default="")
    request_id: str = msgspec.field(name="RequestID", default="")
    session_id: str = msgspec.field(name="SessionID", default="")
    dialog_id: str = msgspec.field(name="DialogID", default="")


class Downlink(msgspec.Struct, frozen=True):
    """One frame to the client."""

    header: DownlinkHeader = msgspec.field(name="Header")
    payload: DownlinkPayload = msgspec.field(name="Payload")


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as text; `step` is its SpeakStatus, or `down` for any other."""

    text: str
    step: str


@dataclass(slots=True)
class _Log:
    req_id: str
    frames: deque[Frame] = field(default_factory=lambda: deque[Frame](maxlen=REPLAYED_FRAMES))


class Downlinks:
    """Makes the frames of one session and remembers the statuses of its last three drives."""

    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._logs: deque[_Log] = deque(maxlen=REPLAYED_DRIVES)

    def status(self, status: Status) -> Frame:
        """Return a status as Type 3, or as Type 9 where it is the failure of its drive."""
        failed = status.name == "Error"
        message = f"{DRIVE_FAILED.word}: {DRIVE_FAILED.meaning}" if failed else ""
        payload = DownlinkPayload(
            _FAILED_TYPE if failed else _STATUS_TYPE,
            self._session_id,
            status.req_id,
            status.seq,
            status.name,
            msgspec.UNSET if status.final_type is None else status.final_type,
            DRIVE_FAILED.number if failed else 0,
            message,
            message,
        )
        frame = Frame(self._encode(payload), status.name)
        if not self._logs or self._logs[-1].req_id != status.req_id:
            self._logs.append(_Log(status.req_id))
        self._logs[-1].frames.append(frame)
        return frame

    def refusal(self, req_id: str, error: CloudError) -> Frame:
        """Return the news that a command was not carried out, as Type 9."""
        payload = DownlinkPayload(
            _FAILED_TYPE,
            self._session_id,
            req_id,
            speak_status="Error",
            error_code=error.code.number,
            error_msg=error.message,
            error_message=error.message,
        )
        return Frame(self._encode(payload), "down")

    def beat(self, req_id: str, status: SpeakStatus) -> Frame:
        """Return the answer to a heartbeat, which is not told again."""
        payload = DownlinkPayload(_STATUS_TYPE, self._session_id, req_id, speak_status=status)
        return Frame(self._encode(payload), "down")

    def told(self, told: Told) -> Frame:
        """Return what a bot says; it is not told again."""
        known = msgspec.to_builtins(told)
        payload = {**_NO_ERROR, "SessionId": self._session_id, **known}
        header = DownlinkHeader(session_id=self._session_id)
        return Frame(msgspec.json.encode({"Header": header, "Payload": payload}).decode(), "down")

    def replay(self, *, last_only: bool = False) -> Iterator[Frame]:
        """Return the statuses of the last three drives, in order; with `last_only` the latest of each."""
        for log in self._logs:
            yield from list(log.frames)[-1:] if last_only else log.frames

    def _encode(self, payload: DownlinkPayload) -> str:
        return msgspec.json.encode(Downlink(DownlinkHeader(session_id=self._session_id), payload)).decode()
