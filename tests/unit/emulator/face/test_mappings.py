import pytest

from emulator.face.articulation import WAYS
from emulator.face.mouth_pose import MouthPose
from emulator.face.visemes import VISEMES, Viseme
from emulator.performance import Language
from emulator.speech.symbols import SYMBOLS

LANGUAGES: tuple[Language, ...] = ("en", "cmn")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_symbol_of_the_synthesiser_is_mapped_and_no_other(language: Language) -> None:
    assert set(WAYS[language]) == SYMBOLS[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shares_of_a_phoneme_sum_to_one(language: Language) -> None:
    for symbol, way in WAYS[language].items():
        assert sum(share for _, share in way) == pytest.approx(1.0), symbol
        assert all(share > 0 for _, share in way), symbol


def first(language: Language, symbol: str) -> Viseme:
    return WAYS[language][symbol][0][0]


def test_lips_close_and_bite_for_the_same_sounds_in_both_languages() -> None:
    assert {first("en", s).name for s in "pbm"} == {first("cmn", s).name for s in ("p", "ph", "m")} == {"press"}
    assert {first("en", s).name for s in "fv"} == {first("cmn", "f").name} == {"bite"}


def test_the_same_letter_may_be_another_sound_in_the_other_language() -> None:
    assert first("en", "i") is first("cmn", "i")
    assert first("en", "tS") is not first("cmn", "tS;")
    assert first("en", "@") is not first("cmn", "@")


def test_mandarin_has_its_own_rounding_and_curling() -> None:
    yu, u, i = (first("cmn", symbol).pose for symbol in ("y", "u", "i"))
    assert yu.width == -1.0
    assert yu.opening < u.opening
    assert i.width > 0.8
    back, front = first("cmn", "i.").pose, first("cmn", "i[").pose
    assert front.width > back.width
    assert front.teeth > back.teeth > i.teeth
    assert first("cmn", "s.").pose.width < 0 < first("cmn", "S;").pose.width


def test_there_are_many_shapes_and_no_two_are_alike() -> None:
    assert len(VISEMES) >= 14
    assert len({viseme.name for viseme in VISEMES}) == len(VISEMES)
    assert len({(viseme.pose, viseme.dominance) for viseme in VISEMES}) == len(VISEMES)


def test_every_shape_stays_within_its_measures() -> None:
    for viseme in VISEMES:
        pose = viseme.pose
        assert -1.0 <= pose.width <= 1.0
        for name in ("opening", "teeth", "tip", "between", "bite", "press", "smile"):
            assert 0.0 <= getattr(pose, name) <= 1.0
    assert VISEMES[0].pose == MouthPose()
