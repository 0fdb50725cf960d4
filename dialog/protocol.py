"""What every source of answers is to the bridge."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One thing said in a conversation."""

    role: Role
    text: str


class Dialog(Protocol):
    """Answers a person, piece by piece."""

    def answer(self, history: Sequence[Message], message: str) -> AsyncGenerator[str, None]:
        """Yield the answer to `message` as it comes; `history` is what was said before, oldest first.

        Closing the generator (`contextlib.aclosing`) or cancelling its reader stops the source at once.
        Raises DialogError.
        """
        ...

    async def aclose(self) -> None:
        """Release what the dialog holds. May be called twice."""
        ...
