"""One utterance: what is to be said, how far it got, and what was heard of it. Pure."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from bridge.session.captions import Caption, Captions
from bridge.session.events import Problem, UtteranceChanged, UtteranceKind, UtteranceStatus

ENDS: frozenset[UtteranceStatus] = frozenset({"ended", "interrupted", "failed"})
HELD_FRAMES = 8
"""Frames of audio that may wait in an utterance; when one more comes the oldest is dropped."""
WAITING_TEXTS = 8192
"""Clauses that may wait in an utterance before no more is taken: several times what one request may say."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the cloud's own bot is asked, and by whom: an id of the visitor, or ""."""

    text: str
    visitor: str = ""


@dataclass(slots=True)
class Utterance:
    """The state of one utterance, which one or more drives carry.

    Its clauses (in clause mode; otherwise its fragments, or the texts of its SEND_TEXTs) are numbered from 1. Sound has
    only those that its `captions` tell.
    """

    utterance_id: str
    kind: UtteranceKind
    ref: str | None
    status: UtteranceStatus = "queued"
    waiting: deque[str] = field(default_factory=deque[str])
    waiting_since: float = 0.0
    frames: deque[bytes] = field(default_factory=deque[bytes])
    dropped: int = 0
    captions: Captions = field(default_factory=Captions)
    sent: dict[int, str] = field(default_factory=dict[int, str])
    spoken: set[int] = field(default_factory=set[int])
    started_at: dict[int, float] = field(default_factory=dict[int, float])
    complete: bool = False
    interrupted: bool = False
    question: Question | None = None
    source_error: Problem | None = None

    @property
    def is_over(self) -> bool:
        """Whether it has reached its one end."""
        return self.status in ENDS

    @property
    def is_taking(self) -> bool:
        """Whether more of it may be given."""
        return not (self.complete or self.interrupted or self.status in ENDS)

    @property
    def asks(self) -> bool:
        """Whether a question waits in it that the cloud's bot is to answer."""
        return self.question is not None

    @property
    def has_more(self) -> bool:
        """Whether some of it waits to be sent."""
        return bool(self.waiting or self.frames or self.asks)

    @property
    def text(self) -> str:
        """All of it that is known so far."""
        return "".join([*self.sent.values(), *self.waiting])

    @property
    def sentence(self) -> tuple[int, str] | None:
        """The number and text of the clause that is being spoken."""
        begun = [number for number in self.started_at if number in self.sent and number not in self.spoken]
        return (max(begun), self.sent[max(begun)]) if begun and not self.interrupted else None

    def hold(self, frame: bytes) -> None:
        """Keep a frame until it may be sent; the oldest is dropped for it when 8 wait already."""
        if len(self.frames) == HELD_FRAMES:
            self.frames.popleft()
            self.dropped += 1
        self.frames.append(frame)

    def take_question(self) -> Question:
        """Return the question that waits, which waits no more."""
        question, self.question = self.question, None
        return question or Question("")

    def caption(self, caption: Caption) -> None:
        """Take what is said at a place in its sound."""
        self.sent[caption.number] = caption.text
        self.captions.add(caption)

    def arrange(self, captions: Sequence[Caption]) -> None:
        """Take all that is said in its sound, where that was only guessed before."""
        self.sent |= {caption.number: caption.text for caption in captions}
        self.captions.arrange(captions)

    def silence(self) -> None:
        """Forget what waits, for somebody interrupted it."""
        self.interrupted = True
        self.question = None
        self.waiting.clear()
        self.frames.clear()

    def heard(self) -> str:
        """Return the clauses up to the last that was spoken to its end; all if it `ended`.

        Sound without captions has no words.
        """
        last = max(self.sent if self.status == "ended" else self.spoken, default=0)
        return "".join(clause for number, clause in self.sent.items() if number <= last)

    def changed(self, error: Problem | None = None) -> UtteranceChanged:
        """Return the event that tells its present status."""
        return UtteranceChanged(
            utterance_id=self.utterance_id,
            kind=self.kind,
            status=self.status,
            ref=self.ref,
            heard=self.heard() if self.is_over else None,
            error=error,
        )
