"""Who speaks on this server: its personas, and the dialogs that find their answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bridge.errors import InvalidRequest, SettingsError
from bridge.paths import CONFIG
from bridge.settings import Llm, Settings
from dialog.builtin import BuiltinDialog
from dialog.errors import DialogFileError, DialogPackageError
from dialog.knowledge import KnowledgeDialog
from dialog.listening import Listening, load_listening
from dialog.persona import Persona, load_personas
from dialog.protocol import Dialog
from dialog.quick import QuickAnswers
from dialog.toolbox import ToolBox
from dialog.tools import load_tools

Choice = Literal["builtin", "llm", "cloud", "voice"]
OPENAI_URL = "https://api.openai.com/v1"
DEFAULT = "default"
"""The persona of a session that names no avatar."""


@dataclass(frozen=True, slots=True)
class Part:
    """Who speaks in a session: a persona, and the dialog that finds its answers."""

    persona: Persona
    dialog: Dialog
    takes_time: bool
    """Whether an answer may be long in coming, so that a filler is welcome."""
    by_cloud: bool = False
    """Whether the cloud's own bot is asked instead of the dialog, and speaks by itself."""
    listening: Mapping[str, Listening] = field(default_factory=dict[str, Listening])
    """The words of turn-taking by language."""
    by_voice: bool = False
    """Whether a voice model answers, which a session has for itself."""
    aloud: Callable[[str], Dialog] | None = None
    """Where it does: returns the dialog of the answer that is this utterance."""

    def answering(self, utterance_id: str) -> Dialog:
        """Return what answers a question with an utterance."""
        return self.dialog if self.aloud is None else self.aloud(utterance_id)


class Words:
    """What a persona says besides answers, in the language of the question; for one conversation."""

    def __init__(self, persona: Persona) -> None:
        self._persona = persona
        self._apologised = self._deaf = 0

    def apology(self, message: str) -> str:
        """Return the next apology to the person who said `message`, in turn."""
        apologies = self._persona.speaking_to(message).apologies
        self._apologised += 1
        return apologies[(self._apologised - 1) % len(apologies)]

    def cannot_hear(self, language: str) -> str:
        """Return the next phrase, in turn, for somebody whose speech could not be recognised."""
        phrases = self._persona.phrases(language)
        self._deaf += 1
        some = phrases.cannot_hear or phrases.apologies
        return some[(self._deaf - 1) % len(some)]


class Dialogs:
    """The personas by name, `default` among them, and their dialogs; without `llms` there is no language model.

    `usual` is who answers where a session does not choose: None stands for the voice model in sessions of mode audio if
    there is one (`speaks`), otherwise for the language model if there is one.
    """

    def __init__(
        self,
        personas: dict[str, Persona],
        answers: QuickAnswers,
        llms: dict[str, Dialog],
        usual: Choice | None = None,
        listening: dict[str, Listening] | None = None,
        *,
        speaks: bool = False,
    ) -> None:
        self._speaks = speaks
        self._usual: Choice | None = usual
        self.suggestions = {language: answers.suggestions(language) for language in answers.languages}
        self._personas = personas
        self._builtin = BuiltinDialog(answers)
        self._llms = llms
        self._listening = listening or {}

    @classmethod
    def load(cls, settings: Settings) -> "Dialogs":
        """Read the personas, the answers and the tools. Raises SettingsError."""
        try:
            personas = load_personas(CONFIG / "personas")
            if DEFAULT not in personas:
                raise SettingsError(f"{CONFIG / 'personas'}: there must be a {DEFAULT}.toml")
            answers = QuickAnswers.load(CONFIG / "answers", recorded=settings.recording.dir is not None)
            if settings.session.dialog == "llm" and settings.llm.model is None:
                raise SettingsError("session.dialog is llm, but there is no language model; set llm.model")
            listening = load_listening(CONFIG / "listening")
            llms, speaks = _llms(settings.llm, personas, answers), settings.voice_model.model is not None
            return cls(personas, answers, llms, settings.session.dialog, listening, speaks=speaks)
        except (DialogFileError, DialogPackageError) as error:
            raise SettingsError(str(error)) from None

    def part(
        self, choice: Choice | None = None, avatar: str | None = None, mode: Literal["text", "audio"] = "text"
    ) -> Part:
        """Return who speaks in a session of a mode; without a choice of dialog the usual one answers.

        Raises InvalidRequest for a persona or a dialog that this server does not have.
        """
        name = DEFAULT if avatar is None else avatar
        if name not in self._personas:
            known = ", ".join(self._personas)
            raise InvalidRequest(f"avatar: there is no persona of this name; this server has {known}")
        persona = self._personas[name]
        choice = choice or self._usual
        if choice == "voice" or (choice is None and self._speaks and mode == "audio"):
            return self._by_voice(persona, mode)
        if choice == "cloud":
            return Part(persona, self._builtin, takes_time=False, by_cloud=True, listening=self._listening)
        if choice == "llm" and not self._llms:
            raise InvalidRequest("dialog: there is no language model; set llm.base_url and llm.model, or use builtin")
        if choice == "builtin" or not self._llms:
            return Part(persona, self._builtin, takes_time=False, listening=self._listening)
        return Part(persona, self._llms[name], takes_time=True, listening=self._listening)

    def _by_voice(self, persona: Persona, mode: Literal["text", "audio"]) -> Part:
        if not self._speaks:
            raise InvalidRequest("dialog: there is no voice model; set voice_model.model, or use another dialog")
        if mode != "audio":
            raise InvalidRequest("dialog: a voice model speaks in sessions of mode audio only; add it, or use another")
        return Part(persona, self._builtin, takes_time=False, by_voice=True, listening=self._listening)

    async def aclose(self) -> None:
        """Release what the dialogs hold. May be called twice."""
        await self._builtin.aclose()
        for llm in self._llms.values():
            await llm.aclose()


def _llms(llm: Llm, personas: dict[str, Persona], answers: QuickAnswers) -> dict[str, Dialog]:
    """Return each persona's language model, behind the answers that are known by heart."""
    if llm.model is None:
        return {}
    # Only here: the package that it needs is an extra, and slow to import.
    from dialog.llm import OpenAIDialog  # noqa: PLC0415

    tools = ToolBox(load_tools(_tools_dir(llm)))
    return {
        name: KnowledgeDialog(
            answers,
            OpenAIDialog(
                base_url=str(llm.base_url or OPENAI_URL),
                model=llm.model,
                api_key=llm.api_key,
                system_prompt=persona.system_prompt,
                tools=tools,
                options=llm.options,
                first_token_s=llm.first_token_s,
                next_token_s=llm.next_token_s,
            ),
            introduce=lambda message, persona=persona: persona.speaking_to(message).facts,
        )
        for name, persona in personas.items()
    }


def _tools_dir(llm: Llm) -> Path:
    if llm.tools_dir is None:
        return CONFIG / "tools"
    if not llm.tools_dir.is_dir():
        raise SettingsError("llm.tools_dir: there is no such folder")
    return llm.tools_dir
