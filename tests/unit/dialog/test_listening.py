from pathlib import Path

import pytest

from dialog.errors import DialogFileError
from dialog.listening import Listening, count_words, load_listening, plain

FOLDER = Path(__file__).parents[3] / "config" / "listening"
WORDS = load_listening(FOLDER)
EN, ZH = WORDS["en"], WORDS["zh"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("stop", 1),
        ("stop it!", 2),
        ("don't", 1),
        ("停", 1),
        ("你好", 1),
        ("等一下", 2),
        ("打开 WiFi", 2),
        ("", 0),
        ("...", 0),
    ],
)
def test_words_are_counted_with_and_without_spaces(text: str, words: int):
    assert count_words(text) == words


def test_plain_leaves_words():
    assert plain("Don’t STOP, me!") == " don't stop me "
    assert plain("你好，世界。") == " 你好 世界 "
    assert plain(" ...") == ""


@pytest.mark.parametrize(
    ("words", "text", "unfinished"),
    [
        (EN, "Where is the", True),
        (EN, "I would like to go and", True),
        (EN, "I think, um", True),
        (EN, "Tell me about the weather,", True),
        (EN, "Well…", True),
        (EN, "Where is the cafeteria?", False),
        (EN, "I like my island", False),
        (EN, "", False),
        (ZH, "请问", True),
        (ZH, "我想去洗手间然后", True),
        (ZH, "我想问，", True),
        (ZH, "那个，嗯", True),
        (ZH, "洗手间在哪里？", False),
        (ZH, "现在几点了", False),
    ],
)
def test_a_sentence_that_goes_on(words: Listening, text: str, unfinished: bool):
    assert words.looks_unfinished(text) is unfinished


@pytest.mark.parametrize(
    ("words", "text", "hesitation", "backchannel", "stop"),
    [
        (EN, "Um, uh...", True, True, False),
        (EN, "Uh-huh.", False, True, False),
        (EN, "Yeah yeah, okay!", False, True, False),
        (EN, "Yeah but why", False, False, False),
        (EN, "Stop.", False, False, True),
        (EN, "That’s enough!", False, False, True),
        (EN, "Don't stop", False, False, False),
        (EN, "", True, True, False),
        (EN, "?!", True, True, False),
        (ZH, "嗯，嗯。", True, True, False),
        (ZH, "好的，明白了。", False, True, False),
        (ZH, "对对对对", False, True, False),
        (ZH, "别说了！", False, False, True),
        (ZH, "对不起", False, False, False),
        (ZH, "请停一下车", False, False, False),
    ],
)
def test_what_asks_nothing(words: Listening, text: str, hesitation: bool, backchannel: bool, stop: bool):
    assert (words.is_hesitation(text), words.is_backchannel(text), words.is_stop(text)) == (
        hesitation,
        backchannel,
        stop,
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('language = "en"', 'language = "english"', "language: String should match pattern"),
        ('"um", "uh"', '"um", "?!"', "hesitations: Value error, '?!' has no letter"),
        ("stop = [", "stopp = [", "stopp: Extra inputs are not permitted"),
        ('"um", "uh"', '"um", 5', "hesitations 2: Input should be a valid string"),
        ('language = "en"', 'language = "zh"', "language: another file has 'zh' already"),
        ('language = "en"', "language = ", "is not valid TOML in UTF-8"),
    ],
)
def test_a_malformed_file_is_refused_with_its_place(tmp_path: Path, old: str, new: str, message: str):
    (tmp_path / "a.toml").write_text('language = "zh"', encoding="utf-8")
    path = tmp_path / "b.toml"
    text = (FOLDER / "en.toml").read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DialogFileError) as caught:
        load_listening(tmp_path)
    assert str(caught.value).startswith(f"{path}: {message}")
