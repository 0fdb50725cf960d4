"""What was said in a conversation, as far as it was heard. Pure."""

from collections import deque
from dataclasses import dataclass

from dialog.protocol import Message


@dataclass(slots=True)
class _Turn:
    number: int
    user: str
    assistant: str = ""
    cut: bool = False

    def bytes(self) -> int:
        return len(self.user.encode()) + len(self.assistant.encode())


class History:
    """Remembers the last turns within a number and a size; the oldest go first.

    One message is kept up to half of `max_bytes` (UTF-8), which are never fewer than a model's tokens. `interrupted`
    follows what was heard of an interrupted answer. Raises ValueError for bounds below 1 turn or 8 bytes.
    """

    def __init__(self, max_turns: int = 20, max_bytes: int = 16_384, *, interrupted: str = "") -> None:
        if max_turns < 1 or max_bytes < 8:
            raise ValueError("a history needs room for 1 turn and 8 bytes at least")
        self._max_turns = max_turns
        self._max_bytes = max_bytes
        self._interrupted = interrupted
        self._turns: deque[_Turn] = deque()
        self._next = 1

    def ask(self, message: str) -> int:
        """Begin a turn with what the person said; return its number."""
        number = self._next
        self._next += 1
        self._turns.append(_Turn(number, self._fit(message)))
        self._trim()
        return number

    def answer(self, turn: int, text: str) -> None:
        """Set the answer of a turn, in place of an earlier one; a forgotten turn is left alone."""
        self._set(turn, text, cut=False)

    def interrupt(self, turn: int, heard: str) -> None:
        """Keep of a turn's answer only what was really heard."""
        self._set(turn, heard, cut=True)

    def clear(self) -> None:
        """Forget everything; turns already begun can no longer be answered."""
        self._turns.clear()

    def messages(self) -> tuple[Message, ...]:
        """Return what was said, oldest first; an answer of which nothing was heard is left out."""
        said: list[Message] = []
        for turn in self._turns:
            said.append(Message("user", turn.user))
            if turn.assistant:
                said.append(Message("assistant", turn.assistant + (self._interrupted if turn.cut else "")))
        return tuple(said)

    def _set(self, turn: int, text: str, *, cut: bool) -> None:
        for known in self._turns:
            if known.number == turn:
                known.assistant, known.cut = self._fit(text), cut
                self._trim()
                return

    def _fit(self, text: str) -> str:
        return text.encode(errors="ignore")[: self._max_bytes // 2].decode(errors="ignore")

    def _trim(self) -> None:
        while len(self._turns) > self._max_turns or sum(turn.bytes() for turn in self._turns) > self._max_bytes:
            self._turns.popleft()
