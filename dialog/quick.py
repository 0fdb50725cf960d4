"""Built-in answers: finds the entry that a question means, among files of questions and answers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dialog.answers import AnswersFile, Entry, load_answers
from dialog.errors import DialogFileError
from dialog.language import date_words, detect, time_words
from dialog.matching import Query, similarity

THRESHOLD = 58.0
"""The least score of an answer, of 100; below it the fallback speaks."""

_KEYWORD_BONUS = 40.0
_FALLBACK = "fallback"


@dataclass(frozen=True, slots=True)
class QuickAnswer:
    """An answer ready to be spoken; the id of a fallback is `fallback`, its score the best that was found."""

    id: str
    language: str
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """An entry and how well it fits, 0 to 100."""

    entry: Entry
    score: float


class QuickAnswers:
    """Answers questions from files.

    The same question gets an entry's answers in turn, beginning with number `seed`, so that no answer comes twice
    in a row while there is another. `clock` gives the local time.
    """

    def __init__(self, files: dict[str, AnswersFile], *, clock: Callable[[], datetime], seed: int = 0) -> None:
        self._files = files
        self._clock = clock
        self._seed = seed
        self._turns: dict[tuple[str, str], int] = {}
        self._questions = {
            language: [(entry, [Query(text, language) for text in entry.questions]) for entry in file.entry]
            for language, file in files.items()
        }

    @classmethod
    def load(
        cls, path: Path, *, clock: Callable[[], datetime] | None = None, seed: int = 0, recorded: bool = False
    ) -> "QuickAnswers":
        """Read all `*.toml` files of a folder, one a language; `recorded` where what people say is written down.

        Raises DialogFileError.
        """
        files: dict[str, AnswersFile] = {}
        for name in sorted(path.glob("*.toml")):
            file = load_answers(name)
            if file.language in files:
                raise DialogFileError(f"{name}: language: another file has {file.language!r} already")
            files[file.language] = file.where_recorded() if recorded else file
        if not files:
            raise DialogFileError(f"{path}: has no *.toml file with answers")
        return cls(files, clock=clock or _local_time, seed=seed)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages with answers."""
        return tuple(self._files)

    def answer(self, message: str) -> QuickAnswer:
        """Return the best answer, or the fallback of the message's language."""
        language, ranked = self.rank(message)
        best = ranked[0] if ranked else None
        if best is None or best.score < THRESHOLD:
            return QuickAnswer(_FALLBACK, language, self._fallback(language), best.score if best else 0.0)
        entry = best.entry
        text = self._fill(self._next(language, entry.id, entry.answers), language)
        return QuickAnswer(entry.id, language, text, best.score)

    def rank(self, message: str, most: int = 1) -> tuple[str, list[Found]]:
        """Return the message's language and the entries that resemble it most, best first; none with a score of 0."""
        language = detect(message, self._files)
        query = Query(message, language)
        found = [Found(entry, _score(query, entry, questions)) for entry, questions in self._questions[language]]
        found.sort(key=lambda one: -one.score)
        return language, [one for one in found[:most] if one.score > 0]

    def say(self, entry: Entry, language: str) -> str:
        """Return an entry's first answer with the time and date filled in; its turn does not move on."""
        return self._fill(entry.answers[0], language)

    def suggestions(self, language: str) -> list[str]:
        """Return the labels of the entries to suggest, in the file's order; none for an unknown language."""
        file = self._files.get(language)
        return [entry.label for entry in file.entry if entry.suggest] if file else []

    def _fallback(self, language: str) -> str:
        turn = self._turns.get((language, _FALLBACK), self._seed)
        text = self._next(language, _FALLBACK, self._files[language].fallback)
        labels = self.suggestions(language)
        first, second = (_sentence(labels[(2 * turn + step) % len(labels)], language) for step in range(2))
        return self._fill(text, language).replace("{first}", first).replace("{second}", second)

    def _next(self, language: str, name: str, variants: tuple[str, ...]) -> str:
        turn = self._turns.get((language, name), self._seed)
        self._turns[language, name] = turn + 1
        return variants[turn % len(variants)]

    def _fill(self, text: str, language: str) -> str:
        if "{" not in text:
            return text
        now = self._clock()
        return text.replace("{time}", time_words(now, language)).replace("{date}", date_words(now, language))


def _score(query: Query, entry: Entry, questions: list[Query]) -> float:
    score = max(similarity(query, question) for question in questions)
    if score < 99.0 and any(query.contains(keyword) for keyword in entry.keywords):
        return min(score + _KEYWORD_BONUS, 99.0)
    return score


def _local_time() -> datetime:
    return datetime.now().astimezone()


def _sentence(label: str, language: str) -> str:
    if not label[-1].isalnum():
        return label
    return label + ("。" if language == "zh" else ".")
