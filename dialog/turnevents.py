"""What the turn-taking is told, and what it wants done. Pure.

An *ear* is one utterance being recognised, a *turn* one question and its answer; both are numbered from 1. Turn 0
is speech that nobody asked for, such as a greeting.
"""

from dataclasses import dataclass
from typing import Literal

State = Literal["idle", "listening", "thinking", "speaking", "interrupted"]
By = Literal["voice", "text", "button", "api", "timeout"]


@dataclass(frozen=True, slots=True)
class VoiceStarted:
    """The voice detector hears somebody."""


@dataclass(frozen=True, slots=True)
class VoiceEnded:
    """The voice detector hears nobody any more."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """Somebody holds the button to talk."""


@dataclass(frozen=True, slots=True)
class Released:
    """The button to talk was let go."""


@dataclass(frozen=True, slots=True)
class HandsFree:
    """From now on the voice detector counts, or only the button."""

    on: bool


@dataclass(frozen=True, slots=True)
class Muted:
    """The microphone is off: of what was being said nothing more comes."""


@dataclass(frozen=True, slots=True)
class Forget:
    """The person has gone: nothing of what was said counts any more."""


@dataclass(frozen=True, slots=True)
class Partial:
    """What an ear understands so far, from its beginning."""

    ear: int
    text: str


@dataclass(frozen=True, slots=True)
class Final:
    """All that an ear has understood; empty when it failed."""

    ear: int
    text: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A question in writing."""

    text: str


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Somebody wants silence."""

    by: By


@dataclass(frozen=True, slots=True)
class FirstToken:
    """The answer has its first word."""

    turn: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A clause is on its way to the avatar, fillers and greetings too."""

    turn: int
    clause: str


@dataclass(frozen=True, slots=True)
class Started:
    """The avatar speaks."""

    turn: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The answer is over, however it ended: spoken, interrupted or failed."""

    turn: int


Event = (
    VoiceStarted
    | VoiceEnded
    | Pressed
    | Released
    | HandsFree
    | Muted
    | Forget
    | Partial
    | Final
    | Typed
    | Interrupt
    | FirstToken
    | Sent
    | Started
    | Ended
)


@dataclass(frozen=True, slots=True)
class Listen:
    """Begin to recognise, with the sound from a little before now."""

    ear: int


@dataclass(frozen=True, slots=True)
class FinishListening:
    """The utterance is over: get its final transcript."""

    ear: int


@dataclass(frozen=True, slots=True)
class DropListening:
    """Recognise no further; no transcript is wanted."""

    ear: int


@dataclass(frozen=True, slots=True)
class Unheard:
    """There is no question in an utterance."""

    ear: int
    reason: Literal["empty", "echo", "backchannel", "stop", "asleep", "late"]


@dataclass(frozen=True, slots=True)
class Awake:
    """The wake phrase was said alone: the next utterance is a question."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Answer this question; no other answer is running."""

    turn: int
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class SayFiller:
    """Bridge the silence before the answer."""

    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Duck or pause the speech: somebody may be interrupting."""

    turn: int


@dataclass(frozen=True, slots=True)
class Resume:
    """It was nobody: go on."""

    turn: int


@dataclass(frozen=True, slots=True)
class Stop:
    """End the answer and the speech now."""

    turn: int
    by: By


@dataclass(frozen=True, slots=True)
class StateChanged:
    """Tell the people in front of it."""

    state: State


Effect = (
    Listen | FinishListening | DropListening | Unheard | Awake | Ask | SayFiller | Hold | Resume | Stop | StateChanged
)
