import re
import sys
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialog.speakable import Speakable, speakable


def in_pieces(pieces: list[str]) -> str:
    stream = Speakable()
    return "".join(map(stream.feed, pieces)) + stream.finish()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Plain text, 你好。", "Plain text, 你好。"),
        ("**bold** and *it* and __b__ and _i_ and ~~gone~~ and `code`", "bold and it and b and i and gone and code"),
        ("这是**重点**，*请看*。", "这是重点，请看。"),
        ("snake_case 3*4 2 * 3 about ~5", "snake_case 3*4 2 * 3 about ~5"),
        ("# Title\ntext", "Title.\ntext"),
        ("## 标题\n\n正文", "标题。\n\n正文"),
        ("- one\n- **two**\n* three!\n+ four", "one.\ntwo.\nthree!\nfour."),
        ("1. First\n2) Second", "1. First.\n2) Second."),
        ("2024 was good\n-5 degrees", "2024 was good\n-5 degrees"),
        ("> quoted\n> # Head", "quoted\nHead."),
        ("#tag and #2", "#tag and #2"),
        ("a\n---\nb\n***\nc\n===", "a\nb\nc\n"),
        ("| a | b |\n|---|:-:|\n| 1 | **2** |\n\nx | y", "a, b.\n1, 2.\n\nx | y"),
        ("|项目|值|\n|端口|8080|", "项目，值。\n端口，8080。"),
        ('- said (a "word")\n- done.)\n- （好）', 'said (a "word").\ndone.)\n（好）。'),
        ("see [the **docs**](https://a.example/b_(c)) or ![pic](x.png) now", "see the docs or now"),
        ("[not a link] [x](unclosed ![", "[not a link] [x](unclosed !["),
        ("a\n```python\nprint(1)\n# no\n```\nb", "a\nb"),
        ("~~~\n```\n~~~\nb", "b"),
        ("```\nnever closed", ""),
        ("Hi 😀! Great 👨‍👩‍👧👍🏽 job 1️⃣ 🇨🇳.", "Hi! Great job 1."),
        ("<think>secret <b>plan</b> < x</think>\n\nHello<think>again", "\n\nHello"),
        ("<thinking>x</thinking>y</think >", "y"),
        ("<thought>x</thought>y<reasoning>z</reasoning>", "y"),
        ("<b>bold</b> line<br/>next", "bold line next"),
        ('wait <break time="1s"/> and <phoneme ph="a">b</phoneme>', "wait and b"),
        ("a < b, x<y, <3", "a < b, x< y, <3"),
        ("<**b**>x \\<b\\>", "< b>x < b>"),
        ("<https://a.example/b> or <me@mail.example>", "https://a.example/b or me@mail.example"),
        (r"The area is $\pi r^2$, ok", "The area is π r², ok"),
        (r"$$\frac{a+b}{2} \ge \sqrt{ab}$$", "(a+b)/2 ≥ √ab"),
        (r"\(x_1 = 3\) and \[E = mc^2\]", "x1 = 3 and E = mc²"),
        (r"面积是$\pi r^2$。", "面积是π r²。"),
        (r"$90^\circ$ is $\text{right}$, $f(x)^{a+b}$", "90° is right, f(x)^(a+b)"),
        (r"$\begin{matrix}1 & 2\end{matrix}$ follows", "follows"),
        ("It is so [1][2], as known[^3]. 见【4:0†source】。【重点】", "It is so, as known. 见。【重点】"),
        ("[citation:7] yes, [1](http://a.example) and [12345]", "yes, 1 and [12345]"),
        ("It costs $5 and $10, or $5-$10.", "It costs $5 and $10, or $5-$10."),
        ("US$5, $ 5 $, $5 or 5$, $$", "US$5, $ 5 $, $5 or 5$, $$"),
        ("$never closed", "$never closed"),
        (r"\*not\* \# 5 \ ", r"*not* # 5 \ "),
    ],
)
def test_what_is_said(text: str, said: str):
    def lines(spoken: str) -> list[str]:
        return [line.strip() for line in spoken.split("\n")]

    assert lines(speakable(text)) == lines(said)
    assert in_pieces(list(text)) == speakable(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'wait <break time="1s"/> and <phoneme ph="a">b</phoneme> <insert-action type="left"/>',
            'wait <break time="1s"/> and <phoneme ph="a">b</phoneme> <insert-action type="left"/>',
        ),
        ("so <b>bold</b> x<y", "so bold x<y"),
    ],
)
def test_speech_markup_stays_where_it_is_allowed(text: str, said: str):
    assert speakable(text, ssml=True) == said


def test_a_price_does_not_keep_the_speech_waiting():
    stream = Speakable()
    assert stream.feed("It costs $5, a") == "It costs"
    assert stream.feed("nd you can pay") == " $5, and you can pay"


def test_text_is_passed_on_as_soon_as_it_is_sure():
    stream = Speakable()
    assert stream.feed("Hello, ") == "Hello,"
    assert stream.feed("wor") == " wor"
    assert stream.feed("ld *") == "ld"
    assert stream.feed("now*") == " now"
    assert stream.finish() == ""
    assert stream.feed("# Next") == "Next"
    assert stream.finish() == "."


PARTS = st.sampled_from(
    [
        "word", " ", "\n", "**", "*", "_", "__", "~", "~~", "`", "```", "~~~\n", "# ", "- ", "1. ", "> ", "|", "|-|",
        "---", "[a](b)", "[", "](", ")", "![", "<think>", "</think>", "<th", "<b>", "<", ">", "<break/>", "👍🏽",
        "$", "$$", "\\(", "\\)", "\\[", "\\]", "\\frac{", "{", "}", "^", "<**b", "/",
        "[1]", "【1†", "】", "👨\u200d", "\u200d", "\ufe0f", "\\", "\\*", "你好", "，", "。", "3", ".", "!",
    ]
)  # fmt: skip


@given(st.lists(st.one_of(PARTS, st.text(max_size=8)), max_size=40))
def test_the_pieces_do_not_matter(parts: list[str]):
    text = "".join(parts)
    assert in_pieces(parts) == speakable(text)
    assert in_pieces(list(text)) == speakable(text)


@given(st.lists(st.one_of(PARTS, st.text(max_size=8)), max_size=40))
def test_no_tag_is_left(parts: list[str]):
    assert not re.search("<[A-Za-z/][^<>]*>", speakable("".join(parts)))


@given(st.lists(st.sampled_from(["Hello", "你好", ",", ".", "。", "3.14", "it's", "(so)", "「はい」"]), max_size=30))
def test_text_without_marks_is_kept(words: list[str]):
    text = " ".join(words)
    assert speakable(text) == text


@pytest.mark.parametrize(
    "unit",
    [
        "**word** ",
        "[",
        "[a](",
        "<a",
        "*",
        "`",
        "~",
        "|",
        "![",
        "<think><",
        " ",
        "x",
        "👍🏽",
        "```\nx",
        "\n# ",
        "1. ",
        "\\",
        "$",
        "$5",
        "\\(x",
        "$$\\frac{a}",
        "<a>",
    ],
)
def test_the_work_grows_with_the_text_and_no_faster(unit: str):
    small, large = (calls(unit * (size // len(unit))) for size in (2048, 8192))
    assert large < small * 4.6 + 500


def calls(text: str) -> int:
    """Count the calls, of Python and C, that a text takes when it comes character by character."""
    count = 0

    def profile(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        in_pieces(list(text))
    finally:
        sys.setprofile(before)
    return count
