"""Where text that comes without clauses is cut for speaking: behind whole sentences. PURE."""

import re

from emulator.speech.ssml import masked, tag_around

MAX_CHARACTERS = 300
"""A clause is cut here at the latest, so that speech begins soon and no text holds the synthesiser up."""

_END = re.compile(r"[。！？；!?;…\n]+[”’」』）)\"']*|\.+[”’)\"']*(?=\s)")
_BREATH = re.compile(r"[，、,:：\s]")


def cut_sentences(text: str) -> tuple[list[str], str]:
    """Return the whole sentences at the head of `text`, and the rest that may still go on.

    A full stop counts when white space follows, so that 3.14 stays whole. No tag is cut in two.
    """
    sentences: list[str] = []
    while text:
        hidden = masked(text)
        end = _END.search(hidden, 0, MAX_CHARACTERS + 1)
        if end is None and len(text) <= MAX_CHARACTERS:
            break
        cut = end.end() if end else _breath(text, hidden)
        sentences.append(text[:cut])
        text = text[cut:]
    return sentences, text


def split(text: str) -> list[str]:
    """Return all of `text` as clauses."""
    sentences, rest = cut_sentences(text)
    return [*sentences, rest] if rest.strip() else sentences


def _breath(text: str, hidden: str) -> int:
    """Return the last place to breathe within the first MAX_CHARACTERS; `hidden` is `text` with its tags masked."""
    places = [match.end() for match in _BREATH.finditer(hidden, 0, MAX_CHARACTERS)]
    return places[-1] if places else tag_around(text, MAX_CHARACTERS) or MAX_CHARACTERS
