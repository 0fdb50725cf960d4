"""What the timeline is told and what it answers: PURE."""

from dataclasses import dataclass
from typing import Literal

from emulator.speech.speech import Speech

Kind = Literal["text", "stream", "audio"]

SpeakStatus = Literal[
    "Initial",
    "WaitingTextStart",
    "TextStart",
    "WaitingTextOver",
    "TextOver",
    "WaitingAudioStart",
    "AudioStart",
    "WaitingAudioOver",
    "AudioOver",
    "SentenceStart",
    "SentenceNext",
    "SentenceOver",
    "Error",
]

CLIENT_FINAL = 1
SERVER_FINAL = 2


@dataclass(frozen=True, slots=True)
class Begin:
    """A drive begins; `sentences` is clause mode, whose clauses have statuses of their own."""

    req_id: str
    kind: Kind
    sentences: bool = False


@dataclass(frozen=True, slots=True)
class Queue:
    """The running drive gets a clause; `insert` puts it right behind the one that sounds.

    A clause without text gets its speech by `Provide` without being asked for.
    """

    ticket: int
    seq: int
    text: str = ""
    insert: bool = False


@dataclass(frozen=True, slots=True)
class Provide:
    """The speech of the clause queued with `ticket` is there; a ticket of the past is ignored."""

    ticket: int
    speech: Speech


@dataclass(frozen=True, slots=True)
class Fail:
    """The clause queued with `ticket` cannot be spoken; it ends its drive with Error."""

    ticket: int


@dataclass(frozen=True, slots=True)
class Finish:
    """The running drive gets no more clauses; `final_type` as the manual's FinalType."""

    final_type: int = CLIENT_FINAL


@dataclass(frozen=True, slots=True)
class Interrupt:
    """The running drive ends at once."""


Cue = Begin | Queue | Provide | Fail | Finish | Interrupt


@dataclass(frozen=True, slots=True)
class Status:
    """A status of the drive `req_id`, due at media time `due`; `seq` is a clause's number or 0."""

    due: float
    req_id: str
    name: SpeakStatus
    seq: int = 0
    final_type: int | None = None
