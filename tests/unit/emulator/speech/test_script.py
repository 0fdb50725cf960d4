from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.speech.script import Run, split_runs


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("Hello, world.", [Run("en", "Hello, world.")]),
        ("你好，世界。", [Run("cmn", "你好，世界。")]),
        ("我用 Python 写 code。", [Run("cmn", "我用 "), Run("en", "Python "), Run("cmn", "写 "), Run("en", "code。")]),
        ("共100个", [Run("cmn", "共100个")]),
        ("in 2026年", [Run("en", "in "), Run("cmn", "2026年")]),
        ("Room 302", [Run("en", "Room 302")]),
        ("42", [Run("en", "42")]),
        ("４２！", [Run("cmn", "４２！")]),
        ("“Hello”", [Run("en", "“Hello”")]),
        ('<insert-action type="wave"/>你好', [Run("cmn", " 你好")]),
        ("5°C", [Run("en", "5°C")]),
        ("Wow 😀!", [Run("en", "Wow  !")]),
    ],
)
def test_runs(text: str, runs: list[Run]):
    assert list(split_runs(text)) == runs


@pytest.mark.parametrize("text", ["", "   ", "。！？", "...", "😀👍🏽", "!", "\n\t", "<break/>", "❤️"])
def test_nothing_speakable_gives_no_run(text: str):
    assert split_runs(text) == ()


@given(st.text())
def test_no_letter_is_lost_and_neighbours_differ(text: str):
    runs = split_runs(text.replace("<", ""))
    spoken = "".join(run.text for run in runs)
    assert [c for c in spoken if c.isalpha()] == [c for c in text.replace("<", "") if c.isalpha()]
    assert all(one.language != two.language for one, two in pairwise(runs))
