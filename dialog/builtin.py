"""The built-in answers as a dialog."""

from collections.abc import AsyncGenerator, Sequence

from dialog.protocol import Message
from dialog.quick import QuickAnswers
from dialog.segment import Segmenter


class BuiltinDialog:
    """Answers from the quick answers, in sentences, at once; the history plays no part."""

    def __init__(self, answers: QuickAnswers) -> None:
        self._answers = answers

    async def answer(self, history: Sequence[Message], message: str) -> AsyncGenerator[str, None]:
        """Yield the answer in sentences."""
        segmenter = Segmenter()
        text = self._answers.answer(message).text
        for clause in (*segmenter.feed(text), *segmenter.finish()):
            yield clause

    async def aclose(self) -> None:
        """Do nothing: there is nothing to release."""
