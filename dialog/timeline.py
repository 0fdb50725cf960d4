"""When each stage of a turn was reached, as one record. Pure."""

from dataclasses import dataclass
from enum import Enum
from typing import Literal

Outcome = Literal["ended", "interrupted", "failed"]


class Stage(Enum):
    """The stages of a turn, in their usual order."""

    SPEECH_ENDED = "speech_ended"
    TRANSCRIPT = "transcript"
    FIRST_TOKEN = "first_token"  # noqa: S105 - a token of a model, and no secret
    FIRST_FRAGMENT = "first_fragment"
    STARTED = "started"
    FIRST_SOUND = "first_sound"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """One turn in milliseconds from its beginning; None for a stage that was not reached.

    It begins with the end of the person's speech, or else with the question in writing.
    """

    turn: int
    outcome: Outcome
    transcript_ms: int | None
    first_token_ms: int | None
    first_fragment_ms: int | None
    started_ms: int | None
    first_sound_ms: int | None
    ended_ms: int | None
    filler: bool
    """Whether a filler bridged the silence."""
    aloud: bool
    """Whether the question was spoken."""


class Timeline:
    """The clock of one turn. Stages may be marked in any order; of each the first mark counts."""

    def __init__(self, turn: int) -> None:
        self._turn = turn
        self._marks: dict[Stage, float] = {}
        self._filler = False

    def mark(self, stage: Stage, now: float) -> None:
        """Note that a stage is reached."""
        self._marks.setdefault(stage, now)

    def has(self, stage: Stage) -> bool:
        """Return whether a stage is reached."""
        return stage in self._marks

    def filled(self) -> None:
        """Note that a filler was said."""
        self._filler = True

    def record(self, outcome: Outcome) -> TurnRecord:
        """Return the record; a stage that was marked before the beginning stands at 0."""
        begin = self._marks.get(Stage.SPEECH_ENDED, min(self._marks.values(), default=0.0))

        def since(stage: Stage) -> int | None:
            at = self._marks.get(stage)
            return None if at is None else max(round((at - begin) * 1000), 0)

        return TurnRecord(
            turn=self._turn,
            outcome=outcome,
            transcript_ms=since(Stage.TRANSCRIPT),
            first_token_ms=since(Stage.FIRST_TOKEN),
            first_fragment_ms=since(Stage.FIRST_FRAGMENT),
            started_ms=since(Stage.STARTED),
            first_sound_ms=since(Stage.FIRST_SOUND),
            ended_ms=since(Stage.ENDED),
            filler=self._filler,
            aloud=Stage.SPEECH_ENDED in self._marks,
        )
