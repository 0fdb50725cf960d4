"""The tags of a text to speak: pauses and actions have their place in it, all others are passed over. PURE."""

import re
from dataclasses import dataclass

MAX_PAUSE_SECONDS = 10.0
USUAL_PAUSE_SECONDS = 0.25

_NAMES = "speak|break|phoneme|insert-action|say-as|sub|prosody|emotion|voice|audio|mark|[pswq]"
TAG = re.compile(rf"</?(?:{_NAMES})(?:\s[^<>]{{0,500}})?/?>", re.IGNORECASE)
"""A whole tag."""
_OPEN_TAG = re.compile(rf"</?(?:{_NAMES})(?:\s[^<>]{{0,500}})?/?(?:>|$)", re.IGNORECASE)
_PLACED = re.compile(
    r"<break(?:\s+(?P<attributes>[^<>]{0,500}?))?\s*/?>(?:</break>)?"
    r"|(?P<action><insert-action(?:\s[^<>]{0,500}?)?/?>(?:</insert-action>)?)",
    re.IGNORECASE,
)
_TIME = re.compile(r"\btime\s*=\s*[\"']\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>ms|s)\s*[\"']", re.IGNORECASE)
_ACTION = '<insert-action type="smart"/>'


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Action:
    """The character acts."""


Piece = str | Pause | Action


def pieces(text: str) -> list[Piece]:
    """Return `text` as words, pauses and actions in order; tags that mean neither are still in the words."""
    found: list[Piece] = []
    at = 0
    for match in _PLACED.finditer(text):
        found.append(text[at : match.start()])
        found.append(Action() if match["action"] else Pause(_seconds(match["attributes"] or "")))
        at = match.end()
    found.append(text[at:])
    return [piece for piece in found if piece != ""]


def has_tags(text: str) -> bool:
    """Return whether there is a tag in `text`."""
    return TAG.search(text) is not None


def acted(text: str) -> str:
    """Return `text` with an action at its head unless it has one."""
    has_action = any(isinstance(piece, Action) for piece in pieces(text))
    return text if has_action else _ACTION + text


def masked(text: str) -> str:
    """Return `text` with letters in the place of its tags, an unfinished last one too: none is a place to cut."""
    return _OPEN_TAG.sub(lambda tag: "x" * len(tag[0]), text)


def tag_around(text: str, position: int) -> int | None:
    """Return where the tag begins that `position` would cut in two."""
    for tag in _OPEN_TAG.finditer(text):
        if tag.start() < position < tag.end():
            return tag.start()
    return None


def _seconds(attributes: str) -> float:
    time = _TIME.search(attributes)
    if time is None:
        return USUAL_PAUSE_SECONDS
    number = float(time["number"]) / (1000 if time["unit"].lower() == "ms" else 1)
    return min(number, MAX_PAUSE_SECONDS)
