"""How alike two questions are: by words where words have spaces, by characters in Chinese."""

import re

from rapidfuzz import fuzz

_WORD = re.compile(r"[^\W_]+")
_CONTRACTIONS = {
    "what's": "what is", "who's": "who is", "where's": "where is", "how's": "how is", "that's": "that is",
    "it's": "it is", "i'm": "i am", "you're": "you are", "don't": "do not", "can't": "can not", "let's": "let us",
    "isn't": "is not", "aren't": "are not", "doesn't": "does not", "won't": "will not", "i'd": "i would",
    "i've": "i have", "you've": "you have",
}  # fmt: skip
_CONTRACTION = re.compile("|".join(sorted(_CONTRACTIONS, key=len, reverse=True)))
_LIGHT_WORDS = frozenset(
    _WORD.findall(
        "a an the is are am was be do does did can could would will shall should may might have has to of in on at"
        " for and or with by from it this that there here i me my we us you your he she they what which please just"
        " so very some any now let tell give today hey oh ok okay well then excuse sorry"
    )
)
_LIGHT = 0.3
_LONGEST = 300
_ALIKE = 82.0
_CHINESE_FILLERS = re.compile(
    "请问|麻烦|我想|想要|能不能|可不可以|可以|能否|告诉|帮我|给我|一下|一个|现在|是什么|什么是|为什么|到底|[吗呢啊呀吧哦嘛的了你您我们]"
)


class Query:
    """A question prepared for comparing; of a long text its beginning counts."""

    def __init__(self, text: str, language: str) -> None:
        lowered = text[:_LONGEST].casefold().replace("’", "'")
        self.chinese = language == "zh"
        expanded = lowered if self.chinese else _CONTRACTION.sub(lambda found: _CONTRACTIONS[found[0]], lowered)
        self.words = _WORD.findall(expanded)
        self.letters = "".join(self.words)
        self.core = _CHINESE_FILLERS.sub("", self.letters)
        self._text = self.letters if self.chinese else f" {' '.join(self.words)} "

    def contains(self, keyword: str) -> bool:
        """Whether a keyword stands in the question: as whole words, in Chinese as characters."""
        words = _WORD.findall(keyword.casefold())
        return ("".join(words) if self.chinese else f" {' '.join(words)} ") in self._text


def similarity(question: Query, known: Query) -> float:
    """Return 0 to 100; 100 is the same but for case and punctuation."""
    if not question.letters:
        return 0.0
    if question.letters == known.letters:
        return 100.0
    if question.chinese:
        whole = fuzz.ratio(question.letters, known.letters)
        core = fuzz.ratio(question.core, known.core) if question.core and known.core else whole
        return min((whole + core) / 2, 99.0)
    return min(_by_words(question.words, known.words), 99.0)


def _by_words(question: list[str], known: list[str]) -> float:
    """Share of the words that both have, light words counting less and misspelt ones as far as they are alike."""
    common = 0.0
    left = list(known)
    for word in question:
        best, alike = _nearest(word, left)
        if alike >= _ALIKE:
            common += (_weight(word) + _weight(best)) * alike / 100
            left.remove(best)
    return 100 * common / (sum(map(_weight, question)) + sum(map(_weight, known)))


def _nearest(word: str, words: list[str]) -> tuple[str, float]:
    if word in words:
        return word, 100.0
    if word in _LIGHT_WORDS:
        return "", 0.0
    return max(((other, fuzz.ratio(word, other)) for other in words), key=lambda found: found[1], default=("", 0.0))


def _weight(word: str) -> float:
    return _LIGHT if word in _LIGHT_WORDS else 1.0
