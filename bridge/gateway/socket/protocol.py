"""One connection of the WebSocket: which message is legal when, and what is open (DESIGN 5.4). Pure.

`now` and all deadlines are seconds of the caller's clock. Every method returns what to do, in order.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from bridge.errors import AuthExpected, BridgeError, InvalidRequest, QueueFull, RefInUse, RefUnknown, TokenExpired
from bridge.gateway.problems import InvalidFields
from bridge.gateway.socket import messages
from bridge.gateway.socket.messages import (
    AudioEnd,
    AudioStart,
    Auth,
    Chat,
    Interrupt,
    Media,
    Ping,
    Pong,
    Reply,
    Say,
    SayDelta,
    SayEnd,
    SayStart,
    TokenRefresh,
)

AUTH_S = 10.0
EXPIRED_GRACE_S = 25.0
"""How long after its token has expired a client may still ask for another one."""
MAX_OPEN = 16
"""Texts that one connection may have begun and not ended; one more is refused."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Send a reply."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection."""

    code: int


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Find out who this is; answer with `admit`, or close."""

    auth: Auth


@dataclass(frozen=True, slots=True)
class Do:
    """Do as the client says; where a `start` comes to nothing, answer with `drop`."""

    message: Say | SayStart | SayDelta | SayEnd | Chat | AudioStart | AudioEnd | Interrupt | Media | TokenRefresh


class Sound(NamedTuple):
    """Hand on sound of the open microphone; whole samples of all channels."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class LoseText:
    """The rest of an open text will never come."""

    ref: str


@dataclass(frozen=True, slots=True)
class LoseSound:
    """The rest of the microphone's sound will never come."""


Effect = Tell | Close | Authenticate | Do | Sound | LoseText | LoseSound


class Phase(Enum):
    """How far a connection has got."""

    NEW = auto()
    ASKED = auto()
    OPEN = auto()
    OVER = auto()


def error_of(error: BridgeError, ref: str | None) -> messages.Error:
    """Return `error` as a reply."""
    return messages.Error(
        code=error.code,
        message=error.message,
        ref=ref,
        retryable=error.retryable,
        cloud_code=error.cloud_code,
        errors=error.fields if isinstance(error, InvalidFields) else None,
    )


class Protocol:
    """The state of one connection. `phase` is for reading."""

    __slots__ = ("_deadline", "_expired", "_microphone", "_sample", "_stray", "_texts", "phase")

    def __init__(self, now: float) -> None:
        self.phase = Phase.NEW
        self._deadline: float | None = now + AUTH_S
        self._expired = False
        self._texts: dict[str, None] = {}
        self._microphone: AudioStart | None = None
        self._sample = 0
        """The bytes of a sample of all channels of the microphone that is heard; 0 while none is."""
        self._stray = False

    def text(self, frame: bytes) -> list[Effect]:
        """Take a text frame."""
        if self.phase is Phase.OVER:
            return []
        self._stray = False
        try:
            message = messages.parse(frame)
        except InvalidFields as error:
            return [Tell(error_of(error, messages.ref_of(frame)))]
        try:
            return self._take(message)
        except BridgeError as error:
            return [Tell(error_of(error, getattr(message, "ref", None)))]

    def hears(self, size: int) -> bool:
        """Return whether a binary frame of `size` bytes is sound to be handed on, and nothing else: most are."""
        sample = self._sample
        return sample > 0 and size > 0 and size % sample == 0

    def binary(self, pcm: bytes) -> list[Effect]:
        """Take a binary frame; sound for which no microphone is open is complained about once."""
        if self.hears(len(pcm)):
            return [Sound(pcm)]
        if self.phase is Phase.OVER:
            return []
        microphone = self._microphone
        if microphone is None:
            if self._stray:
                return []
            self._stray = True
            error = RefUnknown("binary messages are sound, and no microphone is open; begin with audio.start")
            return [Tell(error_of(error, None))]
        if not self._sample or not pcm:
            return []
        error = InvalidRequest(f"sound comes in whole samples of all channels: {self._sample} bytes each")
        return [Tell(error_of(error, microphone.ref))]

    def admit(self, expires_at: float | None) -> None:
        """Let the client in; its token is good until `expires_at`. Also after `token.refresh`."""
        self.phase = Phase.OPEN
        self._deadline = expires_at
        self._expired = False

    def drop(self, ref: str) -> None:
        """Forget a text or a microphone that could not be begun."""
        self._texts.pop(ref, None)
        if self._microphone is not None and self._microphone.ref == ref:
            self._close_microphone()

    def lose_floor(self, error: BridgeError) -> list[Effect]:
        """Take note that somebody else has the microphone's floor now; what still comes is not heard."""
        if self._microphone is None or not self._sample:
            return []
        self._sample = 0
        return [Tell(error_of(error, self._microphone.ref))]

    def tick(self, now: float) -> list[Effect]:
        """Do what is due at `now`."""
        if self.phase is Phase.OVER or self._deadline is None or now < self._deadline:
            return []
        if self.phase is not Phase.OPEN:
            return [Close(4010)]
        if self._expired:
            return [Close(4005)]
        self._expired = True
        self._deadline += EXPIRED_GRACE_S
        error = TokenExpired(f"the token has expired; send token.refresh within {EXPIRED_GRACE_S:.0f} s")
        return [Tell(error_of(error, None))]

    def next_deadline(self) -> float | None:
        """Return when `tick` has something to do."""
        return None if self.phase is Phase.OVER else self._deadline

    def end(self) -> list[Effect]:
        """Take note that nothing more comes from the client; what it has begun and not ended is lost."""
        if self.phase is Phase.OVER:
            return []
        self.phase = Phase.OVER
        lost: list[Effect] = [LoseText(ref) for ref in sorted(self._texts)]
        if self._sample:
            lost.append(LoseSound())
        self._texts.clear()
        self._close_microphone()
        return lost

    def _take(self, message: messages.ClientMessage) -> list[Effect]:
        if isinstance(message, Auth):
            return self._authenticate(message)
        if self.phase is not Phase.OPEN:
            raise AuthExpected("the first message has to be auth")
        match message:
            case Ping():
                return [Tell(Pong())]
            case SayStart() | SayDelta() | SayEnd():
                self._check_text(message)
            case AudioStart() | AudioEnd():
                self._check_microphone(message)
            case _:
                pass
        return [Do(message)]

    def _authenticate(self, auth: Auth) -> list[Effect]:
        if self.phase is not Phase.NEW:
            raise AuthExpected("auth is the first message, and is sent once")
        self.phase = Phase.ASKED
        return [Authenticate(auth)]

    def _check_text(self, message: SayStart | SayDelta | SayEnd) -> None:
        ref = message.ref
        if isinstance(message, SayStart):
            if ref in self._texts:
                raise RefInUse("a text with this ref has begun and not ended; use another ref")
            if len(self._texts) >= MAX_OPEN:
                raise QueueFull(f"{MAX_OPEN} texts have begun and not ended; end one of them first")
            self._texts[ref] = None
        elif ref not in self._texts:
            raise RefUnknown("no text with this ref has begun; send say.start first")
        elif isinstance(message, SayEnd):
            self._texts.pop(ref, None)

    def _check_microphone(self, message: AudioStart | AudioEnd) -> None:
        microphone = self._microphone
        if isinstance(message, AudioStart):
            if self._sample:
                raise RefInUse("this connection's microphone is open already; send audio.end first")
            self._microphone, self._sample = message, 2 * message.channels
        elif microphone is None or microphone.ref != message.ref:
            raise RefUnknown("no microphone with this ref is open; send audio.start first")
        else:
            self._close_microphone()

    def _close_microphone(self) -> None:
        self._microphone, self._sample = None, 0
