import re
import sys
from types import FrameType

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dialog.segment import Segmenter, normalise


def cut(pieces: str | list[str], max_bytes: int = 1000) -> list[str]:
    segmenter = Segmenter(max_bytes)
    clauses: list[str] = []
    for piece in [pieces] if isinstance(pieces, str) else pieces:
        clauses += segmenter.feed(piece)
    return clauses + segmenter.finish()


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        # The first sentence goes out at once, later short ones together.
        ("Hi! I am Yun. Ask me anything you like.", ["Hi! ", "I am Yun. Ask me anything you like."]),
        ("你好！我是小云。你可以问我任何问题。", ["你好！", "我是小云。你可以问我任何问题。"]),
        # The first clause ends at a comma once it is long enough.
        ("Hello, and welcome to our lobby, please come in.", ["Hello, and welcome to our lobby, ", "please come in."]),
        ("大家好，欢迎来到我们的展厅，我是小云。", ["大家好，欢迎来到我们的展厅，", "我是小云。"]),
        # It ends at an earlier one when there is none by then.
        ("好的，没问题，我这就带您去看看我们的展厅。", ["好的，没问题，", "我这就带您去看看我们的展厅。"]),
        # The second may still end at a comma, twice as far away.
        (
            "大家好，欢迎来到我们的展厅，我是小云，很高兴见到你们，今天由我来给大家介绍，请跟我来。",
            ["大家好，欢迎来到我们的展厅，", "我是小云，很高兴见到你们，今天由我来给大家介绍，", "请跟我来。"],
        ),
        # What looks like an end and is none.
        (
            "Dr. Smith, e.g., paid 3.14 or 1,000 at 10:30 in the U.S. and left.",
            ["Dr. Smith, e.g., paid 3.14 or 1,000 at 10:30 in the U.S. and left."],
        ),
        (
            "Go to https://a.example/x,y?z=1.2 now. Then come.",
            ["Go to https://a.example/x,y?z=1.2 now. ", "Then come."],
        ),
        (
            "圆周率是3.14，现在是10：30，一共1，000元。好的。",
            ["圆周率是3.14，", "现在是10：30，一共1，000元。", "好的。"],
        ),
        # Closing quotes and brackets stay with their sentence.
        ("他说：“好的。”然后就走了。", ["他说：“好的。”", "然后就走了。"]),
        ("「はい。」と言った。", ["「はい。」", "と言った。"]),
        ('"Stop!" she said to the two men. (Really?) So.', ['"Stop!" ', "she said to the two men. ", "(Really?) So."]),
        # Korean and Thai.
        ("안녕하세요. 저는 로비 안내원입니다.", ["안녕하세요. ", "저는 로비 안내원입니다."]),
        ("สวัสดีครับ ผมเป็นพนักงานต้อนรับ ยินดีต้อนรับทุกท่าน", ["สวัสดีครับ ผมเป็นพนักงานต้อนรับ ", "ยินดีต้อนรับทุกท่าน"]),
        # Chinese written with Latin marks.
        ("你好!今天天气不错,适合出门走走.", ["你好!", "今天天气不错,适合出门走走."]),
        # A paragraph ends a sentence.
        ("Our lobby\n\nIt is open all day.", ["Our lobby ", "It is open all day."]),
        # A numbered list keeps its numbers.
        ("1. Turn left. 2. Turn right.", ["1. Turn left. ", "2. Turn right."]),
        # Speech markup stays whole, and what it encloses too.
        (
            'Say <phoneme alphabet="py" ph="fu4. x">it. Now.</phoneme> Then wait. <break time="1s"/>Go on, please.',
            [
                'Say <phoneme alphabet="py" ph="fu4. x">it. Now.</phoneme> ',
                'Then wait. <break time="1s"/>Go on, please.',
            ],
        ),
        ("<speak>Hello there.</speak>", ["Hello there."]),
        ("<p>Hello there.</p> Come in.", ["<p>Hello there.</p> ", "Come in."]),
        # Nothing to say.
        ("", []),
        (" \n ", []),
        ("... !!! 👍", []),
        ("Yes. ... 👍", ["Yes. "]),
        # No tag, though it begins like one.
        ("I <3 you, and a<b as well.", ["I <3 you, and a<b as well."]),
    ],
)
def test_clauses(text: str, clauses: list[str]):
    assert cut(text) == clauses
    assert cut(list(text)) == clauses


def test_a_sentence_goes_out_when_the_next_one_begins():
    segmenter = Segmenter()
    assert segmenter.feed("Good morning. ") == []
    assert segmenter.feed("H") == ["Good morning. "]
    assert segmenter.feed("ow are you") == []
    assert segmenter.finish() == ["How are you"]
    assert segmenter.feed("再见。") == []
    assert segmenter.feed("”") == []
    assert segmenter.feed("好") == ["再见。”"]


def test_a_long_sentence_is_cut_at_a_comma_else_a_space_else_a_character():
    comma = cut("Yes. " + "word " * 15 + "word, " + "word " * 15)
    assert comma == ["Yes. ", "word " * 15 + "word, ", "word " * 15]
    spaces = cut("word " * 70)
    assert all(60 <= len(clause) <= 200 and clause.endswith("word ") for clause in spaces[:-1])
    characters = cut("字" * 150)
    assert all(40 <= len(clause) <= 64 for clause in characters[:-1])


def test_a_word_is_cut_only_beyond_the_byte_limit():
    assert cut("See " + "x" * 990 + " now.") == ["See ", "x" * 990 + " now."]
    assert [len(clause) for clause in cut("x" * 2500)] == [1000, 1000, 500]
    assert cut("x" * 1000 + "!!!!") == ["x" * 1000]


def test_a_limit_too_small_is_refused():
    with pytest.raises(ValueError, match="512"):
        Segmenter(511)


WHOLE = [
    "3.14", "1,000", "10:30", "https://a.example/b?c=1,2;d=3.5", "you@mail.example", "e.g.", "U.S.",
    '<break time="500ms"/>', '<insert-action type="left up"/>', "👨\u200d👩\u200d👧", "👍🏽", "🇨🇳", "🇺🇸",
    "e\u0301", "1\ufe0f\u20e3",
    "\u1112\u1161\u11ab", "क्षि", "กำ", "เก็บ", "が\u3099", "葛\U000e0101",
]  # fmt: skip
PLAIN = [
    "word",
    "Hello",
    "你好",
    "天气",
    "はい",
    "안녕",
    "สวัสดี",
    "x" * 90,
    "字" * 30,
    "。",
    "，",
    ". ",
    ", ",
    "! ",
    "\n\n",
    "”",
    "「",
]


@st.composite
def texts_with_wholes(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]]]:
    """A text, and the places in it that must not be cut."""
    text, places = "", list[tuple[int, int]]()
    for part in draw(st.lists(st.sampled_from(WHOLE + PLAIN), min_size=1, max_size=60)):
        if part in WHOLE:
            places.append((len(text), len(text) + len(part)))
        text += part + draw(st.sampled_from(["", " "]))
    return text, places


@given(texts_with_wholes())
def test_what_belongs_together_is_never_cut(drawn: tuple[str, list[tuple[int, int]]]):
    text, places = drawn
    assume(normalise(text) == text)
    position = 0
    for clause in cut(text, 512):
        position += len(clause)
        assert not [text[begin:end] for begin, end in places if begin < position < end]


FRAGMENTS = st.one_of(
    st.sampled_from(WHOLE + PLAIN),
    st.text(max_size=30),
    st.text(alphabet="ab1.,!? \n<>/\"'()…—", max_size=20),
    st.text(alphabet="你好。，！？；…“”「」：、1 a.", max_size=20),
    st.sampled_from(["a" * 800, "!" * 300, "\u0301" * 200, " " * 50, "字" * 400, "\u1100" * 600, "<a " * 30, "\ud800"]),
)
TEXTS = st.lists(FRAGMENTS, max_size=25).map("".join)


@given(TEXTS, st.sampled_from([512, 600, 1000]))
def test_the_laws_hold_for_any_text(text: str, max_bytes: int):
    clauses = cut(text, max_bytes)
    whole, spoken = normalise(text), "".join(clauses)
    assert whole.startswith(spoken)
    assert not re.search(r"[^\W_]", re.sub(r"<[^>]*>", "", whole[len(spoken) :]))
    for clause in clauses:
        assert len(clause.encode()) <= max_bytes
        assert any(char.isalnum() for char in re.sub(r"<[A-Za-z/][^<>]*>", "", clause) or clause)
        assert not clause.startswith(" ")


@given(TEXTS, st.data())
def test_the_pieces_do_not_matter(text: str, data: st.DataObject):
    places = data.draw(st.lists(st.integers(0, len(text)), max_size=8).map(sorted))
    pieces = [text[begin:end] for begin, end in zip([0, *places], [*places, len(text)], strict=True)]
    assert cut(pieces) == cut(text)
    assert cut(list(text)) == cut(text)


SIMPLE = st.text(alphabet="abc XYZ 你好世界 \n\t.,!?。，！？3", max_size=300)


@given(SIMPLE)
def test_ordinary_text_is_kept_but_for_white_space(text: str):
    assume(not re.search(r"[^\w]{32,}", text))
    assert normalise(text) == re.sub(r"\s+", " ", text).lstrip(" ")


@pytest.mark.parametrize(
    "unit",
    [
        "Hello there, this is text. ",
        "你好，今天天气很好。",
        "字",
        "x",
        "<a",
        " ",
        "!",
        "👍🏽",
        "a\u0301",
        "word ",
        "\u1100",
    ],
)
def test_the_work_grows_with_the_text_and_no_faster(unit: str):
    small, large = (calls(unit * (size // len(unit))) for size in (4096, 16384))
    assert large < small * 4.6 + 500


def calls(text: str) -> int:
    """Count the calls, of Python and C, that cutting a text takes when it comes character by character."""
    count = 0

    def profile(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        cut(list(text))
        cut(text)
    finally:
        sys.setprofile(before)
    return count
