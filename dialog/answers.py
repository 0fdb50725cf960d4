"""The files of questions and answers."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from dialog.errors import DialogFileError
from dialog.tomlfile import FileModel, read

_Text = Annotated[str, Field(min_length=1, max_length=4000, pattern=r"\S")]
_Texts = Annotated[tuple[_Text, ...], Field(strict=False)]
_SomeTexts = Annotated[tuple[_Text, ...], Field(strict=False, min_length=1)]

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_ANSWER_PLACEHOLDERS = frozenset({"time", "date"})
_FALLBACK_PLACEHOLDERS = _ANSWER_PLACEHOLDERS | {"first", "second"}


class Entry(FileModel):
    """One thing that can be asked, in several phrasings, and its answers."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    questions: _SomeTexts
    keywords: _Texts = ()
    """Words that speak strongly for this entry wherever they stand."""
    answers: _SomeTexts
    recorded: _Texts = ()
    """The answers in their place where what people say is written down."""
    suggest: bool = False
    label: Annotated[str, Field(max_length=40)] = ""
    """The question as it stands on a suggestion; needed with `suggest`."""

    @field_validator("answers", "recorded")
    @classmethod
    def _known_placeholders(cls, answers: tuple[str, ...]) -> tuple[str, ...]:
        return _check_placeholders(answers, _ANSWER_PLACEHOLDERS)

    @model_validator(mode="after")
    def _suggestion_has_label(self) -> "Entry":
        if self.suggest and not self.label.strip():
            raise ValueError("suggest is set, so label must hold the question to show")
        return self


class AnswersFile(FileModel):
    """All entries of one language."""

    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")]
    fallback: _SomeTexts
    """Said when nothing fits; `{first}` and `{second}` are two suggestions."""
    entry: Annotated[tuple[Entry, ...], Field(strict=False, min_length=1)]

    @field_validator("fallback")
    @classmethod
    def _known_placeholders(cls, fallback: tuple[str, ...]) -> tuple[str, ...]:
        return _check_placeholders(fallback, _FALLBACK_PLACEHOLDERS)

    def where_recorded(self) -> "AnswersFile":
        """Return what is to be said where what people say is written down."""
        entries = (entry.model_copy(update={"answers": entry.recorded or entry.answers}) for entry in self.entry)
        return self.model_copy(update={"entry": tuple(entries)})


def load_answers(path: Path) -> AnswersFile:
    """Read one file. Raises DialogFileError naming the file, the entry and the field."""
    file = read(path, AnswersFile)
    seen: set[str] = set()
    for number, entry in enumerate(file.entry, 1):
        if entry.id in seen:
            raise DialogFileError(f"{path}: entry {number} ({entry.id}), id: is used twice; give each its own")
        seen.add(entry.id)
    if sum(entry.suggest for entry in file.entry) < 2:
        raise DialogFileError(f"{path}: entry, suggest: set it on two entries at least; the fallback names two")
    return file


def _check_placeholders(texts: tuple[str, ...], known: frozenset[str]) -> tuple[str, ...]:
    for text in texts:
        unknown = set(_PLACEHOLDER.findall(text)) - known
        if unknown:
            allowed = ", ".join(f"{{{name}}}" for name in sorted(known))
            raise ValueError(f"{{{min(unknown)}}} is no placeholder; there are {allowed}")
    return texts
