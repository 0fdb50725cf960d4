"""What a session told its clients, held against what the emulated cloud says it heard and told."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import NotRequired, TypedDict

import aiohttp

from bridge.session.session import Session

ENDS = {"ended", "interrupted", "failed"}
Status = tuple[str, str, int]


class Event(TypedDict):
    """A stream event; which fields it has is up to its type."""

    type: str
    time: float
    state: NotRequired[str]
    status: NotRequired[str]
    utterance_id: NotRequired[str]
    req_id: NotRequired[str]
    speak_status: NotRequired[str]
    seq: NotRequired[int]
    heard: NotRequired[str]
    error: NotRequired[dict[str, object]]


class Data(TypedDict):
    """The Data of a packet of text."""

    Text: NotRequired[str]
    Seq: NotRequired[int]


class Payload(TypedDict):
    """The Payload of a frame of the channel, up or down."""

    ReqId: str
    Command: NotRequired[str]
    Data: NotRequired[Data]
    Type: NotRequired[int]
    SpeakStatus: NotRequired[str]
    Seq: NotRequired[int]


class _Message(TypedDict):
    Payload: Payload


class _Frame(TypedDict):
    direction: str
    frame: _Message


@dataclass
class Witness:
    """Both accounts of one session."""

    events: list[Event]
    up: list[Payload] = field(default_factory=list[Payload])
    down: list[Payload] = field(default_factory=list[Payload])

    @classmethod
    async def of(cls, session: Session, cloud: str, cloud_session_ids: set[str]) -> "Witness":
        """Ask both; the session may not have told more than its log holds."""
        entries = session.log.since(session.log.epoch, 0)
        assert entries is not None
        witness = cls([json.loads(entry.json) for entry in entries])
        async with aiohttp.ClientSession() as http:
            for cloud_session_id in cloud_session_ids:
                async with http.get(f"{cloud}/_emulator/sessions/{cloud_session_id}/transcript") as response:
                    frames: list[_Frame] = await response.json(content_type=None)
                for frame in frames:
                    side = witness.up if frame["direction"] == "up" else witness.down
                    side.append(frame["frame"]["Payload"])
        return witness

    def delivered(self) -> Counter[Status]:
        """How often each status was delivered to the clients."""
        return Counter(
            (event.get("req_id", ""), event.get("speak_status", ""), event.get("seq", 0))
            for event in self.events
            if event["type"] == "speak.status"
        )

    def told(self) -> set[Status]:
        """The statuses that the cloud told, repetitions not counted."""
        return {
            (payload["ReqId"], payload.get("SpeakStatus", ""), payload.get("Seq", 0))
            for payload in self.down
            if payload.get("Type") == 3
        }

    def ends(self) -> Counter[str]:
        """How often each utterance ended."""
        return Counter(
            event.get("utterance_id", "")
            for event in self.events
            if event["type"] == "utterance" and event.get("status") in ENDS
        )

    def spoken(self) -> Counter[str]:
        """How often each text was begun to be spoken, by the cloud's account: a clause, or a whole SEND_TEXT."""
        texts = {
            (payload["ReqId"], payload["Data"].get("Seq", 0)): payload["Data"].get("Text", "")
            for payload in self.up
            if payload.get("Command") in {"SEND_STREAMTEXT", "SEND_TEXT"}
            and "Data" in payload
            and payload["Data"].get("Text")
        }
        begun = {(req_id, seq) for req_id, status, seq in self.told() if status in {"SentenceStart", "TextStart"}}
        return Counter(texts[key] for key in begun if key in texts)

    def gaps(self) -> list[tuple[float, float]]:
        """When the session noticed that its channel was gone (Unix seconds), and how long until it was live again."""
        gaps: list[tuple[float, float]] = []
        since: float | None = None
        for event in self.events:
            if event.get("state") == "reconnecting" and since is None:
                since = event["time"]
            elif event.get("state") == "live" and since is not None:
                gaps.append((since, event["time"] - since))
                since = None
        assert since is None, "it never came back"
        return gaps

    def silent_before(self, moment: float) -> float:
        """How long the session had told nothing when it told something at `moment`."""
        return moment - max((event["time"] for event in self.events if event["time"] < moment), default=moment)
