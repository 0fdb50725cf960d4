"""Who the avatar is: its name and the words it needs besides answers."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from dialog.errors import DialogFileError
from dialog.tomlfile import FileModel, read

_Text = Annotated[str, Field(min_length=1, max_length=8000)]


class Phrases(FileModel):
    """The words of a persona in one language."""

    system_prompt: _Text
    """Tells a language model who it is and how to speak."""
    greeting: _Text
    apologies: Annotated[tuple[_Text, ...], Field(min_length=1, strict=False)]
    """Said when no answer could be found, in turn."""


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
