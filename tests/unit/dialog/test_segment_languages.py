"""Clauses of many languages, as a model streams them: markdown first made speakable, then cut."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dialog.segment import Segmenter
from dialog.speakable import Speakable

CASES: dict[str, list[tuple[str, list[str]]]] = {
    "English": [
        (
            "Sure, I can help with that, of course. The U.S. Dr. J. Smith paid $3.14 at 10:30 a.m. on Jan. 5.",
            ["Sure, I can help with that, ", "of course. The U.S. Dr. J. Smith paid $3.14 at 10:30 a.m. on Jan. 5."],
        ),
        (
            "It's 21.5 °C, see https://a.example/x?y=1,2. Bye.",
            ["It's 21.5 °C, see https://a.example/x?y=1,2. ", "Bye."],
        ),
        ("**Yes!** Come in - the *door* is open.", ["Yes! ", "Come in - the door is open."]),
    ],
    "Chinese": [
        ("没问题。洗手间在二楼电梯的旁边，您出门左转就到。", ["没问题。", "洗手间在二楼电梯的旁边，您出门左转就到。"]),
        ("现在是下午3点05分，气温21.5度。", ["现在是下午3点05分，", "气温21.5度。"]),
        ("他说：“您好！欢迎光临。”然后笑了。", ["他说：“您好！", "欢迎光临。”然后笑了。"]),
        ("## 开放时间\n- 周一：9:00至17:00\n- 周日休息", ["开放时间。 ", "周一：9:00至17:00。 周日休息。"]),
    ],
    "Japanese": [
        (
            "はい、承知しました。お手洗いは二階のエレベーターの横にございます。",
            ["はい、承知しました。", "お手洗いは二階のエレベーターの横にございます。"],
        ),
        (
            "「どうぞ。」とスタッフが言いました。次はこちらです。",
            ["「どうぞ。」", "とスタッフが言いました。", "次はこちらです。"],
        ),
    ],
    "Korean": [
        (
            "네, 알겠습니다. 화장실은 2층 엘리베이터 옆에 있습니다.",
            ["네, 알겠습니다. ", "화장실은 2층 엘리베이터 옆에 있습니다."],
        ),
    ],
    "Thai": [
        ("ได้ครับ ห้องน้ำอยู่ชั้นสอง ข้างลิฟต์ครับ", ["ได้ครับ ห้องน้ำอยู่ชั้นสอง ", "ข้างลิฟต์ครับ"]),
    ],
    "Arabic": [
        (
            "نعم، بالتأكيد. الحمام في الطابق الثاني؟ هو بجانب المصعد.",
            ["نعم، بالتأكيد. ", "الحمام في الطابق الثاني؟ ", "هو بجانب المصعد."],
        ),
    ],
    "Hindi": [
        ("हाँ, ज़रूर। शौचालय दूसरी मंज़िल पर लिफ्ट के पास है।", ["हाँ, ज़रूर। ", "शौचालय दूसरी मंज़िल पर लिफ्ट के पास है।"]),
    ],
    "German": [
        (
            "Gerne! Das kostet z.B. 3,50 Euro, usw. und ist im 2. Stock.",
            ["Gerne! ", "Das kostet z.B. 3,50 Euro, usw. und ist im 2. Stock."],
        ),
    ],
    "Spanish": [
        ("¡Claro! ¿Busca el ascensor? Está a la derecha.", ["¡Claro! ", "¿Busca el ascensor? Está a la derecha."]),
    ],
    "Russian": [
        (
            "Да, конечно. Туалет на втором этаже, рядом с лифтом.",
            ["Да, конечно. ", "Туалет на втором этаже, рядом с лифтом."],
        ),
    ],
}


def said(pieces: list[str]) -> list[str]:
    speech, cut = Speakable(), Segmenter()
    clauses = [clause for piece in pieces for clause in cut.feed(speech.feed(piece))]
    return [*clauses, *cut.feed(speech.finish()), *cut.finish()]


@pytest.mark.parametrize(
    ("language", "number"), [(name, n) for name, cases in CASES.items() for n in range(len(cases))]
)
def test_clauses_of_a_language(language: str, number: int):
    text, clauses = CASES[language][number]
    assert said([text]) == clauses
    assert said(list(text)) == clauses


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("好的，没问题，我这就带您去看看我们的展厅，请跟我来。", 16),
        ("没问题。我这就带您去。", 5),
        ("Of course, I would be glad to, and then we can go upstairs together.", 33),
        ("Yes. And more.", 6),
    ],
)
def test_the_first_clause_is_there_early(text: str, characters: int):
    speech, cut = Speakable(), Segmenter()
    for count, char in enumerate(text, 1):
        if cut.feed(speech.feed(char)):
            assert count <= characters
            return
    pytest.fail("no clause before the end")


@pytest.mark.parametrize(
    "text", ["ไ" + "ก" * 400, "字" * 400, "あ" * 400, "가" * 400, "ا" * 2000, "x" * 5000, "क" * 900]
)
def test_a_text_without_any_mark_is_bounded(text: str):
    clauses = said([text])
    assert "".join(clauses) == text
    assert all(len(clause.encode()) <= 1000 for clause in clauses)


PIECES = st.sampled_from(
    ["<", ">", "b", "/", "break/", "\u200b", "\ufeff", "**", "`", "$x$", "$", "[", "](x)", " ", "\n", "你", "<b>", "\\"]
)


@given(st.lists(PIECES, max_size=30))
@example(["\\", "$x$", "<b>", "$x$"])
@example(["[<b>](x)"])
def test_no_clause_holds_a_tag(pieces: list[str]):
    assert not re.search("<[A-Za-z/][^<>]*>", "".join(said(pieces)))
