"""Which dialogs this server has, and what it says when one fails."""

from typing import Literal

from bridge.errors import InvalidRequest, SettingsError
from bridge.paths import CONFIG
from bridge.settings import Llm, Settings
from dialog.builtin import BuiltinDialog
from dialog.errors import DialogFileError, DialogPackageError
from dialog.language import detect
from dialog.persona import Persona
from dialog.protocol import Dialog
from dialog.quick import QuickAnswers

Choice = Literal["builtin", "llm", "cloud"]
OPENAI_URL = "https://api.openai.com/v1"


class Apologies:
    """What is said when there is no answer: the persona's apologies in turn, in the language of the question."""

    def __init__(self, persona: Persona) -> None:
        self._persona = persona
        self._turn = 0

    def of(self, message: str) -> str:
        """Return the next apology to the person who said `message`."""
        apologies = self._persona.phrases(detect(message, self._persona.languages)).apologies
        self._turn += 1
        return apologies[(self._turn - 1) % len(apologies)]


class Dialogs:
    """The dialogs that the settings allow; `llm` is None without `llm.*`."""

    def __init__(self, persona: Persona, answers: QuickAnswers, llm: Dialog | None) -> None:
        self.apologies = Apologies(persona)
        self.suggestions = {language: answers.suggestions(language) for language in answers.languages}
        self._builtin = BuiltinDialog(answers)
        self._llm = llm

    @classmethod
    def load(cls, settings: Settings) -> "Dialogs":
        """Read the persona and the answers of `config/`. Raises SettingsError."""
        try:
            persona = Persona.load(CONFIG / "personas" / "default.toml")
            answers = QuickAnswers.load(CONFIG / "answers")
            return cls(persona, answers, _llm(settings.llm, persona))
        except (DialogFileError, DialogPackageError) as error:
            raise SettingsError(str(error)) from None

    def of(self, choice: Choice | None) -> Dialog:
        """Return the dialog of this name; None is the language model if there is one. Raises InvalidRequest."""
        if choice == "cloud":
            raise InvalidRequest("dialog: the cloud's own dialog is not supported; use builtin or llm")
        if choice == "llm" and self._llm is None:
            raise InvalidRequest("dialog: there is no language model; set llm.base_url and llm.model, or use builtin")
        if choice == "builtin" or self._llm is None:
            return self._builtin
        return self._llm

    async def aclose(self) -> None:
        """Release what the dialogs hold. May be called twice."""
        await self._builtin.aclose()
        if self._llm is not None:
            await self._llm.aclose()


def _llm(llm: Llm, persona: Persona) -> Dialog | None:
    if llm.model is None:
        return None
    # Only here: the package that it needs is an extra, and slow to import.
    from dialog.llm import OpenAIDialog  # noqa: PLC0415

    return OpenAIDialog(
        base_url=str(llm.base_url or OPENAI_URL),
        model=llm.model,
        api_key=llm.api_key,
        system_prompt=persona.phrases().system_prompt,
    )
