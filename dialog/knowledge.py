"""Answers from what is known by heart, else from a language model that is told what may help."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from dialog.builtin import BuiltinDialog
from dialog.errors import LlmError
from dialog.protocol import Dialog, Message
from dialog.quick import THRESHOLD, QuickAnswers

SURE = 85.0
"""From this score of 100 on, a quick answer is given without asking the model."""

_HELPFUL = 25.0
_MOST_FACTS = 3
_MOST_CHARACTERS = 4000


class KnowledgeDialog:
    """A `Dialog` of quick answers and a language model.

    A question that matches an entry well gets its answer at once. Others go to the model, together with the three
    entries that resemble the question most. If the model fails before its first word, an entry that fits answers.
    `introduce` returns the line before the entries for what the person said, such as `Persona.speaking_to(…).facts`.
    """

    def __init__(
        self, answers: QuickAnswers, model: Dialog, *, introduce: Callable[[str], str], sure: float = SURE
    ) -> None:
        self._answers = answers
        self._quick = BuiltinDialog(answers)
        self._model = model
        self._introduce = introduce
        self._sure = sure

    async def answer(self, history: Sequence[Message], message: str) -> AsyncGenerator[str, None]:
        """Yield the answer; closing the generator stops the model. Raises LlmError, also in the middle."""
        score = self._best(message)
        if score < self._sure:
            said = False
            try:
                async with aclosing(self._model.answer([*self._facts(message), *history], message)) as texts:
                    async for text in texts:
                        said = True
                        yield text
            except LlmError:
                if said or score < THRESHOLD:
                    raise
            else:
                return
        async with aclosing(self._quick.answer(history, message)) as texts:
            async for text in texts:
                yield text

    async def aclose(self) -> None:
        """Release what the model holds. May be called twice."""
        await self._model.aclose()

    def _best(self, message: str) -> float:
        _, found = self._answers.rank(message)
        return found[0].score if found else 0.0

    def _facts(self, message: str) -> list[Message]:
        language, found = self._answers.rank(message, _MOST_FACTS)
        lines = [
            f"- {one.entry.questions[0]}: {self._answers.say(one.entry, language)}"
            for one in found
            if one.score >= _HELPFUL
        ]
        if not lines:
            return []
        return [Message("system", "\n".join([self._introduce(message), *lines])[:_MOST_CHARACTERS])]
