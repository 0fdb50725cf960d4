"""What the mouth really does when the real synthesiser speaks a paragraph."""

import sys
from collections import Counter
from dataclasses import astuple

import pytest

from emulator.face.articulation import REACH, mouth_at
from emulator.face.mouth_pose import MouthPose
from emulator.face.visemes import VISEMES
from emulator.performance import SAMPLE_RATE, Language
from emulator.speech import Synthesizer
from emulator.speech.symbols import SYMBOLS

ENGLISH = (
    "Welcome to the museum. My name is Vera, and I will show you around this afternoon. Before we begin, please check "
    "that you have your ticket. The first room shows five thousand years of jewellery, bronze vessels and very thin "
    "glass. You should join us for coffee at four; would you like that?"
)
MANDARIN = (
    "欢迎来到我们的博物馆，我叫小薇，今天下午由我带大家参观。请先确认您已经拿到门票。第一个展厅里有五千年前的珠宝、"
    "青铜器和很薄的玻璃。女士们先生们，如果您想喝咖啡，四点钟可以去二楼的餐厅，那里的风景特别好。"
)
WEIGHTS = (4.0, 1.5, 1.0, 1.0, 1.0, 2.0, 2.0, 0.2)


def nearest(pose: MouthPose) -> str:
    """Return the shape that `pose` is most like."""

    def distance(other: MouthPose) -> float:
        pairs = zip(WEIGHTS, astuple(pose), astuple(other), strict=True)
        return sum(weight * (a - b) ** 2 for weight, a, b in pairs)

    return min(VISEMES, key=lambda viseme: distance(viseme.pose)).name


@pytest.mark.parametrize(("language", "text"), [("en", ENGLISH), ("cmn", MANDARIN)])
async def test_a_paragraph_uses_many_shapes(language: Language, text: str) -> None:
    synthesizer = Synthesizer()
    speech = await synthesizer.speak(text)
    await synthesizer.aclose()
    used: Counter[str] = Counter()
    for tick in range(len(speech.pcm48) * 25 // SAMPLE_RATE):
        t = tick / 25
        used[nearest(mouth_at([p for p in speech.phonemes if t - REACH < p.end and p.start < t + REACH], t))] += 1
    sys.stdout.write(f"{language} {dict(used.most_common())}\n")
    assert {phoneme.symbol for phoneme in speech.phonemes} <= SYMBOLS[language]
    assert sum(1 for frames in used.values() if frames >= 3) >= 14
    assert max(used.values()) < 0.35 * used.total()
