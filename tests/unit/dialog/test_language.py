from datetime import UTC, datetime

import pytest

from dialog.language import date_words, detect, time_words


def test_many_languages_are_told_by_their_scripts():
    known = ["en", "zh", "ja", "ko", "th", "ar", "hi", "ru"]
    said = ["hello", "你好", "こんにちは世界", "안녕하세요", "สวัสดี", "مرحبا", "नमस्ते", "привет"]
    assert [detect(text, known) for text in said] == known


def test_a_text_without_letters_is_in_the_language_spoken_before():
    assert detect("42", ["en", "zh"], "zh") == "zh"
    assert detect("42", ["en", "zh"], "fr") == detect("42", ["en", "zh"]) == "en"
    assert detect("OK", ["en", "zh"], "zh") == "en"


@pytest.mark.parametrize(
    ("text", "known", "language"),
    [
        ("hello", ["en", "zh"], "en"),
        ("你好 hello", ["en", "zh"], "zh"),
        ("你好", ["en"], "en"),
        ("こんにちは世界", ["en", "zh"], "en"),
        ("", ["zh"], "zh"),
    ],
)
def test_the_script_tells_the_language(text: str, known: list[str], language: str):
    assert detect(text, known) == language


@pytest.mark.parametrize(
    ("hour", "minute", "english", "chinese"),
    [
        (0, 0, "12 o'clock at night", "凌晨12点整"),
        (4, 59, "4:59 at night", "凌晨4点59分"),
        (8, 5, "8:05 in the morning", "早上8点05分"),
        (11, 0, "11 o'clock in the morning", "上午11点整"),
        (12, 30, "12:30 in the afternoon", "中午12点30分"),
        (15, 5, "3:05 in the afternoon", "下午3点05分"),
        (23, 13, "11:13 in the evening", "晚上11点13分"),
    ],
)
def test_the_time_is_said_as_people_say_it(hour: int, minute: int, english: str, chinese: str):
    now = datetime(2026, 11, 20, hour, minute, tzinfo=UTC)
    assert (time_words(now, "en"), time_words(now, "zh")) == (english, chinese)
    assert time_words(now, "fr") == f"{hour:02}:{minute:02}"


def test_the_date_is_said_as_people_say_it():
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert date_words(now, "en") == "Sunday, November 22, 2026"
    assert date_words(now, "zh") == "2026年11月22日，星期日"
    assert date_words(now, "fr") == "2026-11-22"
