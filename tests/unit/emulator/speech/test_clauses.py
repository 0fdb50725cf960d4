import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.speech.clauses import MAX_CHARACTERS, cut_sentences, split


@pytest.mark.parametrize(
    ("text", "sentences", "rest"),
    [
        ("你好。今天", ["你好。"], "今天"),
        ("One. Two! Thr", ["One.", " Two!"], " Thr"),
        ("Pi is 3.14", [], "Pi is 3.14"),
        ("“好！”他说", ["“好！”"], "他说"),
        ("Really?! Yes", ["Really?!"], " Yes"),
        ("", [], ""),
    ],
)
def test_whole_sentences_come_first(text: str, sentences: list[str], rest: str):
    assert cut_sentences(text) == (sentences, rest)


@given(st.text(alphabet="ab ,.。！\n你好", max_size=2000))
def test_nothing_is_lost_and_nothing_is_too_long(text: str):
    sentences, rest = cut_sentences(text)
    assert "".join(sentences) + rest == text
    assert len(rest) <= MAX_CHARACTERS
    assert all(0 < len(sentence) <= MAX_CHARACTERS + 1 for sentence in sentences)
    assert "".join(split(text)).rstrip() == text.rstrip()


def test_text_without_an_end_is_cut_at_a_breath():
    sentences, rest = cut_sentences("word " * 100)
    assert sentences == ["word " * 60]
    assert rest == "word " * 40
    sentences, rest = cut_sentences("字" * 301)
    assert [len(sentence) for sentence in sentences] == [300]
    assert rest == "字"
