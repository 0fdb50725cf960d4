"""The real synthesiser in its real process."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from emulator.performance import SAMPLE_RATE, Phoneme
from emulator.speech import Speech, SpeechError, Synthesizer
from emulator.speech.speech import Voice
from emulator.speech.symbols import SYMBOLS

VOWELS = {"i:", "E", "V", "oU", "a", "A", "i.", "i[", "uei", "@", "Au"}


@pytest.fixture
async def synthesizer() -> AsyncIterator[Synthesizer]:
    synthesizer = Synthesizer()
    yield synthesizer
    await synthesizer.aclose()
    await synthesizer.aclose()


def crossings(speech: Speech, phoneme: Phoneme, shift: float = 0.0) -> float:
    """Return the share of samples at which the inner half of a phoneme crosses zero: high in hissing sounds."""
    start, end = (int((t + shift) * SAMPLE_RATE) for t in (phoneme.start, phoneme.end))
    quarter = (end - start) // 4
    inner = speech.pcm48[start + quarter : end - quarter]
    return np.count_nonzero(np.diff(np.sign(inner))) / inner.size


@pytest.mark.parametrize("text", ["She sells sea shells, and so does he.", "他是四十四岁的老师。"])
async def test_phoneme_times_agree_with_the_sound(synthesizer: Synthesizer, text: str):
    speech = await synthesizer.speak(text)
    hissing = [p for p in speech.phonemes if p.symbol == "s"]
    vowels = [p for p in speech.phonemes if p.symbol in VOWELS]
    assert len(hissing) >= 3
    assert len(vowels) >= 5
    assert min(crossings(speech, p) for p in hissing) > 0.2
    assert max(crossings(speech, p) for p in vowels) < 0.12
    for shift in (-0.06, 0.06):
        assert min(crossings(speech, p, shift) for p in hissing) < 0.15


@pytest.mark.parametrize("text", ["Stop, please. Go on!", "你好，欢迎。", "我用 Python 写 code，很好！"])
async def test_where_no_phoneme_is_there_is_silence(synthesizer: Synthesizer, text: str):
    speech = await synthesizer.speak(text)
    sound = speech.pcm48.astype(np.float64)
    silent = np.ones(sound.size, bool)
    for phoneme in speech.phonemes:
        silent[int(phoneme.start * SAMPLE_RATE) : int(phoneme.end * SAMPLE_RATE) + 480] = False
    assert silent.any()
    assert np.sqrt(np.mean(sound[silent] ** 2)) < 0.08 * np.sqrt(np.mean(sound**2))


async def test_phonemes_are_in_order_named_and_within_the_sound(synthesizer: Synthesizer):
    speech = await synthesizer.speak("我用 Python 写了 100 行 code，really！")
    assert {p.language for p in speech.phonemes} == {"en", "cmn"}
    assert all(p.symbol in SYMBOLS[p.language] for p in speech.phonemes)
    ends = [0.0, *(p.end for p in speech.phonemes)]
    assert all(end <= p.start + 1e-6 and p.start < p.end for end, p in zip(ends, speech.phonemes, strict=False))
    assert ends[-1] <= speech.pcm48.size / SAMPLE_RATE


@pytest.mark.parametrize("text", ["", "😀", "...", "。！？", "  \n"])
async def test_nothing_speakable_is_no_sound(synthesizer: Synthesizer, text: str):
    speech = await synthesizer.speak(text)
    assert speech.pcm48.size == 0
    assert speech.phonemes == ()


async def test_it_is_loud_enough_and_never_clips(synthesizer: Synthesizer):
    english = await synthesizer.speak("Welcome! Ask away, and I shall tell you all about our wide halls.")
    chinese = await synthesizer.speak("大家好！欢迎来到我们的展厅，今天我来为大家介绍所有的展品，好不好？")
    for speech in (english, chinese):
        peak = int(np.abs(speech.pcm48.astype(int)).max())
        assert 10_000 < peak < 31_000
    loudness = [np.sqrt(np.mean(s.pcm48.astype(np.float64) ** 2)) for s in (english, chinese)]
    assert max(loudness) < 1.6 * min(loudness)


async def test_a_sentence_ends_with_a_pause(synthesizer: Synthesizer):
    speech = await synthesizer.speak("Hello there.")
    assert speech.pcm48.size / SAMPLE_RATE - speech.phonemes[-1].end > 0.2


async def test_many_at_once_each_get_their_own(synthesizer: Synthesizer):
    texts = ["one", "two hundred", "三", "😀"] * 3
    alone = [(await synthesizer.speak(text)).pcm48.size for text in texts]
    together = await asyncio.gather(*(synthesizer.speak(text) for text in texts))
    for one, other in zip(alone, together, strict=True):
        assert abs(one - other.pcm48.size) < SAMPLE_RATE // 50


async def test_too_much_text_is_refused(synthesizer: Synthesizer):
    with pytest.raises(ValueError, match="4000 bytes"):
        await synthesizer.speak("字" * 1334)


async def worker_pid(synthesizer: Synthesizer) -> int:
    await synthesizer.start()
    assert synthesizer.pid is not None
    return synthesizer.pid


async def test_a_dead_process_is_replaced(synthesizer: Synthesizer):
    first = await worker_pid(synthesizer)
    os.kill(first, signal.SIGKILL)
    assert (await synthesizer.speak("still here")).pcm48.size > 0
    assert await worker_pid(synthesizer) != first


async def test_a_closed_synthesizer_says_so():
    synthesizer = Synthesizer()
    await synthesizer.aclose()
    with pytest.raises(SpeechError, match="closed"):
        await synthesizer.speak("hello")


async def test_a_cancelled_request_harms_no_other(synthesizer: Synthesizer):
    await synthesizer.speak("warm")
    long = asyncio.create_task(synthesizer.speak("This takes a while. " * 150))
    await asyncio.sleep(0)
    long.cancel()
    with pytest.raises(asyncio.CancelledError):
        await long
    speech = await synthesizer.speak("hi")
    assert 0 < speech.pcm48.size < SAMPLE_RATE * 2


def test_the_process_ends_with_its_owner():
    script = (
        "import asyncio, os, signal\n"
        "from emulator.speech import Synthesizer\n"
        "async def main():\n"
        "    s = Synthesizer()\n"
        "    await s.speak('hello')\n"
        "    print(s.pid, flush=True)\n"
        "    os.read(0, 1)\n"
        "asyncio.run(main())\n"
    )
    root = Path(__file__).parents[4]
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root) as owner:
        assert owner.stdout is not None
        worker = os.pidfd_open(int(owner.stdout.readline()))
        owner.kill()
    ended, _, _ = select.select([worker], [], [], 5)
    os.close(worker)
    assert ended


async def test_actions_and_breaks_have_their_place(synthesizer: Synthesizer):
    plain = await synthesizer.speak("Good morning.")
    tagged = await synthesizer.speak('<break time="1s"/><insert-action type="a"/>Good morning.<insert-action/>')
    length = plain.pcm48.size / SAMPLE_RATE
    assert tagged.actions == pytest.approx((1.0, 1.0 + length), abs=0.01)
    assert tagged.pcm48.size / SAMPLE_RATE == pytest.approx(1.0 + length, abs=0.01)
    assert np.abs(tagged.pcm48[: int(0.9 * SAMPLE_RATE)]).max() <= 2
    assert [p.symbol for p in tagged.phonemes] == [p.symbol for p in plain.phonemes]
    assert tagged.phonemes[0].start == pytest.approx(1.0 + plain.phonemes[0].start, abs=0.01)


async def test_voices(synthesizer: Synthesizer):
    usual, slow, quiet, loud, again = [
        await synthesizer.speak("你好, everybody.", voice)
        for voice in (None, Voice(speed=50), Voice(volume=-6), Voice(volume=10), Voice())
    ]
    assert 1.5 < slow.pcm48.size / usual.pcm48.size < 2.3
    assert np.abs(quiet.pcm48).max() == pytest.approx(np.abs(usual.pcm48).max() * 10 ** (-6 / 20), rel=0.05)
    assert np.abs(loud.pcm48.astype(np.int32)).max() <= 32_767
    assert np.std(loud.pcm48) > 2 * np.std(usual.pcm48)
    assert again.pcm48.size == pytest.approx(usual.pcm48.size, rel=0.02)
