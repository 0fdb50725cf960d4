"""Who the avatar is: its name and the words it needs besides answers."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from dialog.errors import DialogFileError
from dialog.language import detect
from dialog.tomlfile import FileModel, read

_Text = Annotated[str, Field(min_length=1, max_length=8000)]


_WakePhrase = Annotated[str, Field(max_length=60, pattern=r"[^\W_]")]


class Phrases(FileModel):
    """The words of a persona in one language."""

    system_prompt: _Text
    """Tells a language model who it is and how to speak."""
    greeting: _Text
    apologies: Annotated[tuple[_Text, ...], Field(min_length=1, strict=False)]
    """Said when no answer could be found, in turn."""
    cannot_hear: Annotated[tuple[_Text, ...], Field(strict=False)] = ()
    """Said when speech could not be recognised, in turn; without any, an apology is."""
    fillers: Annotated[tuple[_Text, ...], Field(strict=False)] = ()
    """Said when an answer takes long; without any, there is silence."""
    wake_phrases: Annotated[tuple[_WakePhrase, ...], Field(strict=False)] = ()
    """Where one is given, only what follows one of them is a question."""
    facts: _Text = "What is known about this place; use it where it helps, and invent nothing:"
    """Introduces, for a language model, the entries that fit a question."""
    interrupted: Annotated[str, Field(max_length=40)] = " …"
    """Stands in the conversation where an answer was interrupted."""


class Persona(FileModel):
    """A persona with its words by language code."""

    name: _Text
    default_language: _Text
    languages: Annotated[dict[str, Phrases], Field(min_length=1)]

    @classmethod
    def load(cls, path: Path) -> "Persona":
        """Read a persona's file. Raises DialogFileError."""
        persona = read(path, cls)
        if persona.default_language not in persona.languages:
            known = ", ".join(persona.languages)
            raise DialogFileError(f"{path}: default_language: has no section; the file has {known}")
        return persona

    def phrases(self, language: str | None = None) -> Phrases:
        """Return the words in a language, or in the default one where it is missing."""
        return self.languages.get(language or "", self.languages[self.default_language])

    def speaking_to(self, message: str) -> Phrases:
        """Return the words in the language of what somebody said."""
        return self.phrases(detect(message, self.languages, self.default_language))

    def system_prompt(self, message: str) -> str:
        """Return the prompt for answering `message`; for `OpenAIDialog`."""
        return self.speaking_to(message).system_prompt

    @property
    def fillers(self) -> dict[str, tuple[str, ...]]:
        """The fillers by language; for `Turns`."""
        return {language: phrases.fillers for language, phrases in self.languages.items()}

    @property
    def wake_phrases(self) -> tuple[str, ...]:
        """The wake phrases of all languages; for `Turns`."""
        return tuple(phrase for phrases in self.languages.values() for phrase in phrases.wake_phrases)


def load_personas(folder: Path) -> dict[str, Persona]:
    """Read all `*.toml` files of a folder, by their names without the ending. Raises DialogFileError."""
    return {path.stem: Persona.load(path) for path in sorted(folder.glob("*.toml"))}
