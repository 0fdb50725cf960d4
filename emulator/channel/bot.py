"""A scripted customer service bot: what it answers to which question. PURE."""

import re
from typing import Annotated

import msgspec

MAX_BOTS = 16
FALLBACK = "I have no answer to that."

_Words = Annotated[str, msgspec.Meta(max_length=4000)]


class Interaction(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Something to show beside the words, such as `Popup` with `{"title", "content", "button"}`."""

    type: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    content: dict[str, str | int | float | bool | list[str] | None] = {}


class Reply(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """An answer: of the knowledge base (Type 2), or with `model` of a large model (Types 5 and 4), clause by clause."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]
    display: _Words = ""
    """What the page shows where it differs from what is spoken."""
    pro: _Words = ""
    """What is spoken, with its marks."""
    uninterruptible: bool = False
    muted: bool = False
    interaction: Interaction | None = None
    model: bool = False
    thinking: _Words = ""
    content_type: str = ""
    spoken: bool = True
    highlight: bool = False
    references: list[dict[str, str | int]] = []


class Rule(Reply, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A reply to the questions in which the regular expression `question` is found, whatever the case."""

    question: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class Bot(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A project's bot; the first rule that fits answers, `otherwise` the rest."""

    project: str = "demo"
    answers: Annotated[list[Rule], msgspec.Meta(max_length=500)] = []
    otherwise: Reply = Reply(text=FALLBACK)

    def __post_init__(self) -> None:
        """Check the patterns; raises ValueError."""
        for rule in self.answers:
            try:
                re.compile(rule.question)
            except re.error as error:
                raise ValueError(f"{rule.question!r} is no regular expression: {error}") from None

    def reply(self, question: str) -> Reply:
        """Return the answer to `question`."""
        for rule in self.answers:
            if re.search(rule.question, question, re.IGNORECASE):
                return rule
        return self.otherwise


class BotFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A file of bots."""

    bots: Annotated[list[Bot], msgspec.Meta(max_length=MAX_BOTS)]


class Bots:
    """The bots in force, at most one a project."""

    def __init__(self) -> None:
        self._bots: dict[str, Bot] = {}

    def bind(self, bot: Bot) -> None:
        """Bind `bot` to its project; raises ValueError when there are too many."""
        if bot.project not in self._bots and len(self._bots) >= MAX_BOTS:
            raise ValueError(f"there can be {MAX_BOTS} bots")
        self._bots[bot.project] = bot

    def of(self, project: str) -> Bot | None:
        """Return the bot of `project`."""
        return self._bots.get(project)

    def clear(self) -> None:
        """Forget all."""
        self._bots.clear()
