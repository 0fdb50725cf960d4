"""Answers spoken with a voice of our own: what of its sound the emulated cloud received, and what was heard of it."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import numpy as np
import pytest
import soxr

from bridge.talk.heard import beginning
from tests.integration.gateway.conftest import LIMIT_S, Bridge, Frame, bridging, until
from tests.integration.gateway.test_chat import text
from tests.support.fake_openai import FakeOpenAI, Reply, Stall
from tests.support.fake_speech import Refusal
from tests.support.socket_client import connected
from tests.support.voicing import HOUSE_RATE, check_form, drives, heard, likeness, pcm, sent, told, voice

RATE = 24_000
QUESTION = "Describe the moon."
ONE = "Once upon a time there was a king. "
TWO = "He had three daughters and a very large garden."
SECONDS = {ONE: 2.03, TWO: 4.01}
FRAME_S = 0.160


@pytest.fixture
async def own(emulator: str, tmp_path: Path, llm: FakeOpenAI) -> AsyncGenerator[Bridge]:
    """Return a client of a server whose voice says two sentences that are like nothing else."""
    for seed, (sentence, seconds) in enumerate(SECONDS.items(), 1):
        llm.speech.sounds[sentence.strip()] = pcm(voice(seconds, RATE, seed))
    model: dict[str, object] = {"base_url": llm.base_url, "model": "m"}
    speech: dict[str, object] = {"base_url": llm.base_url, "model": "tts", "voice": "anna"}
    async with bridging(emulator, tmp_path, llm=model, tts=speech) as bridge:
        yield bridge


def error(answer: list[Frame]) -> str:
    (frame,) = [frame for frame in answer if frame.event == "error"]
    return frame.data["code"]


async def test_the_avatar_speaks_with_it_without_a_gap(own: Bridge, llm: FakeOpenAI) -> None:
    session = await own.live(mode="audio")
    llm.script(Reply([ONE, TWO]))
    async with own.events(session) as events:
        answer = await own.ask(session, QUESTION)
        clauses = [await until(events, type="sentence") for _ in range(4)]
    assert [(each.data["seq"], each.data["status"]) for each in clauses] == [
        (1, "started"),
        (1, "ended"),
        (2, "started"),
        (2, "ended"),
    ]
    assert [each.data["text"] for each in clauses] == [ONE, ONE, TWO, TWO]
    assert (answer[-1].data["status"], answer[-1].data["heard"]) == ("ended", ONE + TWO)
    assert [(each.voice, each.input) for each in llm.speech.spoken] == [("anna", ONE.strip()), ("anna", TWO.strip())]
    frames = await sent(own.http, own.emulator, session)
    assert len(drives(frames)) == 1
    check_form(frames)
    both = np.concatenate([voice(SECONDS[ONE], RATE, 1), voice(SECONDS[TWO], RATE, 2)])
    spoken = soxr.resample(both.astype(np.float32), RATE, HOUSE_RATE).astype(np.float64)
    received = await heard(own.http, own.emulator, session)
    assert abs(received.size - spoken.size) <= 2
    assert likeness(received, spoken, slack=4) > 0.999
    (view,) = await own.cloud("sessions")
    assert (view["audio"]["stutters"], view["audio"]["throttled"], view["audio"]["refused"]) == (0, 0, 0)
    (began,) = await told(own.http, own.emulator, session, "AudioStart")
    assert len(frames) > 30
    assert frames[0].t <= began


async def test_say_and_streams_have_the_same_voice_and_text_sessions_the_clouds(own: Bridge, llm: FakeOpenAI) -> None:
    session = await own.live(mode="audio")
    tagged = ONE.replace("upon", '<break time="50ms"/>upon')
    _, said = await own.post(f"{session}/say", {"text": tagged, "wait": "ended"})
    assert (said["status"], said["heard"]) == ("ended", tagged)
    assert [each.input for each in llm.speech.spoken] == [ONE.strip()]
    quiet = await own.live(mode="text")
    _, said = await own.post(f"{quiet}/say", {"text": "Hello.", "wait": "ended"})
    assert said["status"] == "ended"
    assert len(llm.speech.spoken) == 1


async def test_of_an_interrupted_answer_what_was_played_is_heard(own: Bridge, llm: FakeOpenAI) -> None:
    session = await own.live(mode="audio")
    llm.script(Reply([ONE, TWO]))
    async with connected(own.http, session) as client:
        await client.until("welcome")
        await client.send("chat", text=QUESTION)
        await client.until("sentence", seq=2, status="started")
        await asyncio.sleep(1.2)
        await client.send("interrupt", scope="all")
        final = await client.until("transcript", who="assistant", final=True)
    frames = await sent(own.http, own.emulator, session)
    check_form(frames)
    (began,) = await told(own.http, own.emulator, session, "AudioStart")
    spoken_s = frames[-1].t - began - SECONDS[ONE]
    words = beginning(TWO, spoken_s, SECONDS[TWO]).split()
    kept = final["heard"].removeprefix(ONE).split()
    assert final["heard"].startswith(ONE)
    assert kept == TWO.split()[: len(kept)]
    assert abs(len(kept) - len(words)) <= 1
    assert 2 <= len(kept) <= 5
    after = len(frames)
    await asyncio.sleep(0.5)
    assert len(await sent(own.http, own.emulator, session)) == after


async def test_an_interrupt_stops_the_voices_work_and_the_next_frame(own: Bridge, llm: FakeOpenAI) -> None:
    session = await own.live(mode="audio")
    llm.speech.hold, llm.speech.hold_after = asyncio.Event(), 19
    llm.script(Reply([ONE, Stall()]))
    async with connected(own.http, session) as client:
        await client.until("welcome")
        await client.send("chat", text=QUESTION)
        await client.until("sentence", seq=1, status="started")
        before = await sent(own.http, own.emulator, session)
        await client.send("interrupt", scope="all")
        await client.until("interrupt")
        await client.until("utterance", status="interrupted")
    async with asyncio.timeout(LIMIT_S):
        await llm.speech.closed.wait()
    frames = await sent(own.http, own.emulator, session)
    assert len(frames) - len(before) <= 3
    assert frames[-1].is_final


@pytest.mark.parametrize(
    ("refusals", "code"),
    [
        ([Refusal(401)], "tts_unauthorized"),
        ([Refusal(200, '{"audio": "x"}')], "tts_request_rejected"),
        ([Refusal(503), Refusal(503)], "tts_unavailable"),
    ],
)
async def test_a_voice_that_fails_at_once_is_excused_by_the_clouds(
    own: Bridge, llm: FakeOpenAI, capsys: pytest.CaptureFixture[str], refusals: list[Refusal], code: str
) -> None:
    session = await own.live(mode="audio")
    llm.speech.refusals.extend(refusals)
    llm.script(Reply([ONE]), Reply([TWO]))
    async with own.events(session) as events:
        answer = await own.ask(session, QUESTION)
        excuse = await until(events, type="utterance", kind="stream", status="ended")
        assert excuse.data["heard"]
    assert (error(answer), answer[-1].data["status"], answer[-1].data["heard"]) == (code, "failed", "")
    logged = capsys.readouterr().out
    assert f"code={code}" in logged
    assert "king" not in logged
    answer = await own.ask(session, QUESTION)
    assert (answer[-1].data["status"], answer[-1].data["heard"]) == ("ended", TWO)


async def test_a_voice_that_breaks_off_is_spoken_so_far_and_the_answer_fails(own: Bridge, llm: FakeOpenAI) -> None:
    session = await own.live(mode="audio")
    llm.speech.cut_after = 25
    llm.script(Reply([ONE, TWO]))
    answer = await own.ask(session, QUESTION)
    assert (error(answer), answer[-1].data["status"]) == ("tts_stream_broken", "failed")
    assert answer[-1].data["heard"].startswith(ONE)
    assert TWO not in answer[-1].data["heard"]
    assert text(answer) == ONE + TWO
    assert 4.0 < (await heard(own.http, own.emulator, session)).size / HOUSE_RATE < 5.0
    llm.speech.cut_after = None
    llm.script(Reply([TWO]))
    assert (await own.ask(session, QUESTION))[-1].data["status"] == "ended"


async def test_a_model_that_pauses_leaves_no_sound_behind(own: Bridge, llm: FakeOpenAI) -> None:
    """The rest of a frame is played before the pause; what follows is another drive, and all counts as heard."""
    session = await own.live(mode="audio")
    llm.script(Reply([ONE, "He", Stall()]))
    async with connected(own.http, session) as client:
        await client.until("welcome")
        await client.send("chat", text=QUESTION)
        await client.until("sentence", seq=1, status="ended")
        frames = [frame for frame in await sent(own.http, own.emulator, session) if frame.audio]
        assert len(frames) == -(-round(SECONDS[ONE] * 1000) // 160)
        await client.send("interrupt", scope="all")
        final = await client.until("transcript", who="assistant", final=True)
        assert final["heard"] == ONE


async def test_no_more_is_made_than_may_be_needed_soon(own: Bridge, llm: FakeOpenAI) -> None:
    session = await own.live(mode="audio")
    sentences = [f"This is sentence number {number}, which takes its time. " for number in range(8)]
    llm.speech.sounds |= {sentence.strip(): pcm(voice(3.0, RATE)) for sentence in sentences}
    llm.script(Reply(sentences))
    async with connected(own.http, session) as client:
        await client.until("welcome")
        await client.send("chat", text=QUESTION)
        await client.until("sentence", seq=1, status="ended")
        made = len(llm.speech.spoken)
        await client.send("interrupt", scope="all")
    # Three seconds were heard, one is with the cloud, eight more are made at most.
    assert 2 <= made <= 5
