"""What an utterance is: a question, a stop, an echo, or nothing. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dialog.echo import EchoGuard
from dialog.language import detect
from dialog.listening import Listening, count_words
from dialog.wake import WakePhrases

Kind = Literal["question", "awake", "empty", "echo", "stop", "backchannel", "asleep"]


@dataclass(frozen=True, slots=True)
class Rules:
    """How patient the avatar is; all times in seconds."""

    hold_s: float = 0.4
    """Voice for so long interrupts the avatar; less was a cough."""
    interrupt_words: int = 2
    """So many words of a transcript interrupt it, too."""
    interrupt_by: Literal["voice", "words"] = "voice"
    """`words` where noise or a loudspeaker sounds like a voice: then only words interrupt."""
    endpoint_s: float = 0.7
    """Silence for so long ends an utterance."""
    unfinished_s: float = 1.6
    """The same when the transcript so far looks unfinished."""
    filler_s: float = 1.0
    """Without a word of the answer for so long, a filler is said."""
    utterance_s: float = 60.0
    """The longest utterance; what is said after that is not recognised."""
    final_s: float = 6.0
    """How long to wait for a final transcript."""
    answer_s: float = 45.0
    """How long to wait for an answer to be spoken."""
    speech_s: float = 900.0
    """How long an answer may be spoken; only a lost event makes it longer."""
    echo_s: float = 1.5
    """How long after its last word the avatar may still be heard."""
    awake_s: float = 20.0
    """After the wake phrase or an answer, so long none is needed."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an utterance is; `question` is what was asked, without the wake phrase."""

    kind: Kind
    question: str = ""


class Utterances:
    """Judges transcripts by the words of their language and by what the avatar has just said."""

    def __init__(
        self,
        rules: Rules,
        *,
        listening: Mapping[str, Listening],
        languages: Sequence[str],
        wake_phrases: Sequence[str],
    ) -> None:
        self._rules = rules
        self._listening = dict(listening)
        self._languages = tuple(languages)
        self._wake = WakePhrases(wake_phrases) if wake_phrases else None
        self._echo = EchoGuard()
        self.language = self._languages[0]
        """The language of the last question."""

    def asked(self, question: str) -> str:
        """Take a question; return its language."""
        self.language = self._language_of(question)
        return self.language

    def spoke(self, clause: str) -> None:
        """Take what the avatar says."""
        self._echo.spoke(clause)

    def is_echo(self, text: str) -> bool:
        """Whether the avatar has just said so itself."""
        return self._echo.is_echo(text)

    def wakes(self, text: str) -> bool:
        """Whether no wake phrase is needed, or it is there."""
        return self._wake is None or self._wake.question(text) is not None

    def forget(self) -> None:
        """Take note that another person comes: nothing was said, and the first language is as likely as ever."""
        self._echo.clear()
        self.language = self._languages[0]

    def is_interruption(self, text: str) -> bool:
        """Whether a transcript is enough to interrupt the avatar."""
        words = self._words_of(text)
        if words.is_stop(text):
            return True
        return not words.is_backchannel(text) and count_words(text) >= self._rules.interrupt_words

    def patience(self, partial: str) -> float:
        """Return how long to wait, in silence, for more than this."""
        goes_on = bool(partial.strip()) and self._words_of(partial).looks_unfinished(partial)
        return self._rules.unfinished_s if goes_on else self._rules.endpoint_s

    def judge(self, text: str, *, busy: bool, audible: bool, asleep: bool) -> Verdict:
        """Say what a whole utterance is.

        `busy` when an answer is running, `audible` when the avatar may be heard, `asleep` when a wake phrase is needed.
        """
        words = self._words_of(text)
        if words.is_hesitation(text):
            return Verdict("empty")
        if audible and self.is_echo(text):
            return Verdict("echo")
        if words.is_stop(text):
            return Verdict("stop")
        question = self._wake.question(text) if self._wake else None
        if question is not None:
            return Verdict("question", question) if question else Verdict("awake")
        if self._wake and asleep:
            return Verdict("asleep")
        if busy and not self.is_interruption(text):
            return Verdict("backchannel")
        return Verdict("question", text)

    def _language_of(self, text: str) -> str:
        return detect(text, self._languages, self.language)

    def _words_of(self, text: str) -> Listening:
        return self._listening.get(self._language_of(text)) or _NO_WORDS


_NO_WORDS = Listening(language="en")
