"""Which language a text is in, by its script, and how a language says time and date."""

import re
from collections.abc import Collection
from datetime import datetime

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA = re.compile("[\u3041-\u30ff]")
_LETTER = re.compile(r"[^\W\d_]")
_SCRIPTS = {
    "ja": _KANA,
    "zh": _HAN,
    "ko": re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]"),
    "th": re.compile("[\u0e01-\u0e5b]"),
    "ar": re.compile("[\u0600-\u06ff]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "ru": re.compile("[\u0400-\u04ff]"),
}
_EN_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_EN_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def detect(text: str, known: Collection[str], otherwise: str | None = None) -> str:
    """Return the language of a text among the known ones, by its script.

    Latin letters, and what has no known language, are English, else the first known. A text without letters, such
    as a number, is in the language `otherwise` if that is known.
    """
    if otherwise is not None and otherwise in known and not _LETTER.search(text):
        return otherwise
    for language, script in _SCRIPTS.items():
        if language in known and script.search(text):
            return "en" if language == "zh" and _KANA.search(text) and "en" in known else language
    return "en" if "en" in known else next(iter(known))


def time_words(now: datetime, language: str) -> str:
    """Say the time: `3:05 in the afternoon`, `下午3点05分`; elsewhere `15:05`."""
    hour = now.hour % 12 or 12
    if language == "zh":
        part = ("凌晨", "早上", "上午", "中午", "下午", "晚上")[_part_of_day(now.hour)]
        return f"{part}{hour}点{now.minute:02}分" if now.minute else f"{part}{hour}点整"
    if language == "en":
        part = ("at night", *["in the morning"] * 2, *["in the afternoon"] * 2, "in the evening")[
            _part_of_day(now.hour)
        ]
        return f"{hour}:{now.minute:02} {part}" if now.minute else f"{hour} o'clock {part}"
    return f"{now:%H:%M}"


def date_words(now: datetime, language: str) -> str:
    """Say the date: `Friday, November 20, 2026`, `2026年11月20日，星期五`; elsewhere `2026-11-20`."""
    if language == "zh":
        return f"{now.year}年{now.month}月{now.day}日，星期{'一二三四五六日'[now.weekday()]}"
    if language == "en":
        return f"{_EN_DAYS[now.weekday()]}, {_EN_MONTHS[now.month - 1]} {now.day}, {now.year}"
    return f"{now:%Y-%m-%d}"


def _part_of_day(hour: int) -> int:
    """Return the part of the day: night, early, morning, noon, afternoon, evening."""
    return sum(hour >= begin for begin in (5, 9, 12, 13, 18))
