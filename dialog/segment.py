"""Cuts streamed text into the clauses that the cloud speaks one by one.

Pure. The first clause is short, so that speech begins early; later ones grow to whole sentences, for a better
melody: the manual wants complete sentences of more than ten characters or words in clause mode.
"""

from collections.abc import Iterable

from dialog.graphemes import boundary
from dialog.tokens import SILENT_MAX, Break, Token, Tokenizer, normalise

__all__ = ["Segmenter", "normalise"]

_SHORT = 10
"""Below this size a clause waits for the next sentence, the first clause excepted."""

_EARLY = 5
"""A first clause that grows beyond `_SHORT` without a pause ends at one that came from this size on, in Chinese."""

_WIDE_PAUSES = "，、：､"
_LONG = 60
"""Above this size a clause is cut though its sentence goes on."""

_SMALLEST_LIMIT = 2 * SILENT_MAX


class Segmenter:
    """Cuts streamed text into clauses.

    `"".join(clauses)` is `normalise(text)`, but for an end without any letter or digit that comes too late for
    the last clause. Every clause has a letter or digit and at most `max_bytes` bytes of UTF-8. The clauses do
    not depend on the pieces in which the text came. A space between two clauses stands at the end of the first.

    Raises ValueError for a `max_bytes` below 512.
    """

    def __init__(self, max_bytes: int = 1000) -> None:
        if max_bytes < _SMALLEST_LIMIT:
            raise ValueError(f"max_bytes is {max_bytes}; a clause needs at least {_SMALLEST_LIMIT} bytes")
        self._max_bytes = max_bytes
        self._tokens = Tokenizer()
        self._begin()

    def _begin(self) -> None:
        self._count = 0
        self._clause = _Clause()

    def feed(self, text: str) -> list[str]:
        """Take the next piece of text; return the clauses it completes."""
        return self._take(self._tokens.feed(text))

    def finish(self) -> list[str]:
        """Return what is left of the text, and begin a new one."""
        clauses = self._take(self._tokens.finish())
        if self._clause.speakable:
            clauses.append(self._clause.text())
        self._begin()
        return clauses

    def _take(self, tokens: Iterable[Token]) -> list[str]:
        clauses: list[str] = []
        for token in tokens:
            waiting = [token]
            while waiting:
                self._clause.add(waiting.pop())
                cut = self._cut()
                if cut is None:
                    continue
                text, rest = cut
                clauses.append(text)
                self._count += 1
                self._clause = _Clause()
                waiting.extend(reversed(rest))
        return clauses

    def _cut(self) -> tuple[str, list[Token]] | None:
        """Return a clause and the tokens that follow it, if one is due."""
        clause = self._clause
        if clause.bytes > self._max_bytes:
            best = clause.best(Break.INSIDE)
            return clause.split(best) if best else clause.split_bytes(self._max_bytes)
        if not clause.speakable:
            return None
        if self._is_complete(clause):
            return clause.text(), []
        if self._count == 0 and clause.size > _SHORT and clause.early:
            return clause.split(clause.early)
        if clause.size > _LONG and (best := clause.best(Break.ANYWHERE)):
            return clause.split(best)
        return None

    def _is_complete(self, clause: "_Clause") -> bool:
        if clause.end is Break.STOP:
            return self._count == 0 or clause.size >= _SHORT
        return clause.end is Break.PAUSE and clause.size >= _SHORT << self._count


class _Clause:
    """A clause that grows token by token and remembers where it may be cut."""

    def __init__(self) -> None:
        self._tokens: list[Token] = []
        self._cuts: dict[Break, int] = {}
        self._long_cuts: dict[Break, int] = {}
        self._silent = 0
        self.early = 0
        self.bytes = 0
        self.size = 0
        self.speakable = False

    @property
    def end(self) -> Break:
        return self._tokens[-1].end

    def text(self) -> str:
        return "".join(token.text for token in self._tokens)

    def add(self, token: Token) -> None:
        # The last token's end is no place to cut before something follows it.
        if self.speakable and self.end:
            self._cuts[self.end] = len(self._tokens)
            if self.size >= _EARLY and self.end is Break.PAUSE and self._tokens[-1].text[-1] in _WIDE_PAUSES:
                self.early = len(self._tokens)
            if self.size >= _SHORT:
                self._long_cuts[self.end] = len(self._tokens)
        self._tokens.append(token)
        self.bytes += len(token.text.encode())
        self.size += token.size
        self.speakable |= token.speakable
        if not self.speakable:
            self._silent += len(token.text)

    def best(self, least: Break) -> int:
        """Return how many tokens to keep for the best cut of at least this quality, 0 if there is none."""
        for cuts in (self._long_cuts, self._cuts):
            fit = [end for end in cuts if end >= least]
            if fit:
                return cuts[max(fit)]
        return 0

    def split(self, count: int) -> tuple[str, list[Token]]:
        """Return the text of the first tokens, and the other tokens."""
        return "".join(token.text for token in self._tokens[:count]), self._tokens[count:]

    def split_bytes(self, limit: int) -> tuple[str, list[Token]]:
        """Return as much text as the limit allows, and the rest as one token."""
        text = self.text()
        # Some letter or digit has to stay on this side.
        spoken = next(index for index in range(self._silent, len(text)) if text[index].isalnum())
        cut = boundary(text, spoken + 1, limit)
        rest, last = text[cut:], self._tokens[-1]
        return text[:cut], [Token(rest, last.end, last.size, speakable=any(map(str.isalnum, rest)))]
