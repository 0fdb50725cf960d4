"""Where a text may be cut without breaking a visible character (after Unicode UAX 29, extended clusters)."""

from unicodedata import category, combining

_ZWJ = "\u200d"
_VIRAMA_CLASS = 9
_LEADING_VOWELS = frozenset("เแโใไເແໂໃໄ")  # written before the consonant they belong to
_SPACING_LETTERS = frozenset("ำຳ\uff9e\uff9f")  # letters by category, marks by behaviour


def continues(char: str) -> bool:
    """Whether a character belongs to the one before it: a mark, joiner, emoji modifier or tag."""
    if char < "\u0300":
        return False
    return (
        category(char)[0] == "M"
        or char in _SPACING_LETTERS
        or char in "\u200c\u200d"
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
    )


def joined(before: str, after: str) -> bool:
    """Whether two neighbouring characters, flags and Hangul letters aside, stay together."""
    if continues(after) or before == _ZWJ or before in _LEADING_VOWELS:
        return True
    return combining(before) == _VIRAMA_CLASS and category(after) == "Lo"


def boundary(text: str, least: int, limit: int) -> int:
    """Return the last cluster boundary at `least` characters or more within the first `limit` bytes of UTF-8.

    A cluster that leaves no such place is cut between code points. No boundary is before a space. The text is longer
    than `limit`.
    """
    end = len(text.encode()[:limit].decode(errors="ignore"))
    for index in range(end, least - 1, -1):
        if _is_boundary(text, index):
            return index
    return end - 1 if text[end] == " " else end


def _is_boundary(text: str, index: int) -> bool:
    before, after = text[index - 1], text[index]
    if after == " " or joined(before, after):
        return False
    if _is_flag_half(before) and _is_flag_half(after):
        return _flag_halves_before(text, index) % 2 == 0
    return not _is_hangul_pair(before, after)


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flag_halves_before(text: str, index: int) -> int:
    start = index
    while start and _is_flag_half(text[start - 1]):
        start -= 1
    return index - start


def _is_hangul_pair(before: str, after: str) -> bool:
    if _is_leading(before):
        return _is_leading(after) or _is_vowel_or_final(after) or "\uac00" <= after <= "\ud7a3"
    return _is_vowel_or_final(after) and ("\uac00" <= before <= "\ud7a3" or _is_vowel_or_final(before))


def _is_leading(char: str) -> bool:
    return "\u1100" <= char <= "\u115f" or "\ua960" <= char <= "\ua97c"


def _is_vowel_or_final(char: str) -> bool:
    return "\u1160" <= char <= "\u11ff" or "\ud7b0" <= char <= "\ud7fb"
