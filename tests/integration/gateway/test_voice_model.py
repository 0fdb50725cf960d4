"""Sessions that a voice model answers: its own sound moves the avatar, and it remembers what was heard of it."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

import numpy as np
import pytest
import soxr

from bridge.talk.heard import beginning
from tests.integration.gateway.conftest import Bridge, bridging, until
from tests.integration.gateway.test_chat import text
from tests.integration.gateway.test_own_voice import error
from tests.support.fake_voice_model import RATE, Cut, FakeVoiceModel, Refused, Stall, Step
from tests.support.person import microphone
from tests.support.person import spoken as speech
from tests.support.socket_client import connected
from tests.support.voicing import HOUSE_RATE, check_form, drives, heard, likeness, pcm, sent, told, voice

ASKED = "What is the capital of Peru?"
BARGE = "Wait, I have another question for you, please."
QUESTION = "Describe the moon."
ONE = "Once upon a time there was a king. "
TWO = "He had three daughters and a very large garden."
SECONDS = 6.03
SOUND = pcm(voice(SECONDS, RATE))
SPOKEN: list[Step] = [ONE[:10], SOUND[:48_000], ONE[10:], TWO, SOUND[48_000:]]


@pytest.fixture
async def model() -> AsyncGenerator[FakeVoiceModel]:
    async with FakeVoiceModel.running() as server:
        yield server


@pytest.fixture
async def own(emulator: str, tmp_path: Path, model: FakeVoiceModel) -> AsyncGenerator[Bridge]:
    """Return a client of a server with a voice model."""
    settings: dict[str, object] = {"base_url": model.base_url, "model": "live", "voice": "anna"}
    async with bridging(emulator, tmp_path, voice_model=settings) as bridge:
        yield bridge


async def test_the_avatar_speaks_with_the_models_own_voice(own: Bridge, model: FakeVoiceModel) -> None:
    session = await own.live(mode="audio")
    model.scripts.append(SPOKEN)
    async with own.events(session) as events:
        answer = await own.ask(session, QUESTION)
        clauses = [await until(events, type="sentence") for _ in range(4)]
    assert [(each.data["seq"], each.data["status"], each.data["text"]) for each in clauses] == [
        (1, "started", ONE),
        (1, "ended", ONE),
        (2, "started", TWO),
        (2, "ended", TWO),
    ]
    assert text(answer) == ONE + TWO
    assert (answer[-1].data["status"], answer[-1].data["heard"]) == ("ended", ONE + TWO)
    frames = await sent(own.http, own.emulator, session)
    assert len(drives(frames)) == 1
    check_form(frames)
    spoken = soxr.resample(voice(SECONDS, RATE).astype(np.float32), RATE, HOUSE_RATE).astype(np.float64)
    received = await heard(own.http, own.emulator, session)
    assert abs(received.size - spoken.size) <= 2
    assert likeness(received, spoken, slack=4) > 0.999
    (view,) = await own.cloud("sessions")
    assert (view["audio"]["stutters"], view["audio"]["throttled"], view["audio"]["refused"]) == (0, 0, 0)


async def test_an_interrupted_model_is_told_what_was_heard(own: Bridge, model: FakeVoiceModel) -> None:
    session = await own.live(mode="audio")
    model.scripts.extend([SPOKEN, ["Of course.", SOUND[:24_000]]])
    async with connected(own.http, session) as client:
        await client.until("welcome")
        await client.send("chat", text=QUESTION)
        await client.until("sentence", seq=2, status="started")
        await asyncio.sleep(1.0)
        await client.send("interrupt", scope="all")
        final = await client.until("transcript", who="assistant", final=True)
        frames = await sent(own.http, own.emulator, session)
        check_form(frames)
        (began,) = await told(own.http, own.emulator, session, "AudioStart")
        await client.send("chat", text="Really?")
        await client.until("transcript", who="assistant", final=True)
    played_s = frames[-1].t - began
    words, kept = beginning(ONE + TWO, played_s, SECONDS).split(), final["heard"].split()
    assert kept == (ONE + TWO).split()[: len(kept)]
    assert abs(len(kept) - len(words)) <= 1
    (cut,) = model.of("conversation.item.truncate")
    assert cut["item_id"] == "a_r1"
    assert abs(cut["audio_end_ms"] / 1000 - played_s) < 0.8
    rest = (await sent(own.http, own.emulator, session))[len(frames) :]
    assert frames[0].req_id not in {frame.req_id for frame in rest}


async def test_an_interrupt_stops_the_model(own: Bridge, model: FakeVoiceModel) -> None:
    session = await own.live(mode="audio")
    model.scripts.append([*SPOKEN, Stall()])
    async with connected(own.http, session) as client:
        await client.until("welcome")
        await client.send("chat", text=QUESTION)
        await client.until("sentence", seq=1, status="started")
        before = await sent(own.http, own.emulator, session)
        await client.send("interrupt", scope="all")
        await client.until("utterance", status="interrupted")
    await asyncio.wait_for(model.cancelled.wait(), 20)
    frames = await sent(own.http, own.emulator, session)
    assert len(frames) - len(before) <= 3
    assert frames[-1].is_final


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ([Refused("invalid_request_error")], "voice_model_request_rejected"),
        ([Cut()], "voice_model_stream_broken"),
        (["Words alone."], "voice_model_stream_broken"),
    ],
)
async def test_a_model_that_fails_is_excused_by_the_clouds_voice(
    own: Bridge, model: FakeVoiceModel, capsys: pytest.CaptureFixture[str], script: list[Step], code: str
) -> None:
    session = await own.live(mode="audio")
    model.scripts.extend([script, script])  # what may be worth it is tried again
    async with own.events(session) as events:
        answer = await own.ask(session, QUESTION)
        excuse = await until(events, type="utterance", kind="stream", status="ended")
    assert (error(answer), answer[-1].data["status"], answer[-1].data["heard"]) == (code, "failed", "")
    assert excuse.data["heard"]
    assert f"code={code}" in capsys.readouterr().out
    model.scripts.clear()
    assert (await own.ask(session, QUESTION))[-1].data["status"] == "ended"


async def test_a_model_that_breaks_off_is_spoken_so_far(own: Bridge, model: FakeVoiceModel) -> None:
    session = await own.live(mode="audio")
    model.scripts.append([ONE, SOUND[:96_000], Cut()])
    answer = await own.ask(session, QUESTION)
    assert (error(answer), answer[-1].data["status"]) == ("voice_model_stream_broken", "failed")
    assert (await heard(own.http, own.emulator, session)).size == pytest.approx(2 * HOUSE_RATE, abs=100)
    assert (await own.ask(session, "And?"))[-1].data["status"] == "ended"
    assert len(model.headers) == 2


async def test_who_answers_is_a_choice_and_what_is_no_answer_is_the_clouds(own: Bridge, model: FakeVoiceModel) -> None:
    session = await own.live(mode="audio")
    _, said = await own.post(f"{session}/say", {"text": "The museum closes.", "wait": "ended"})
    assert (said["status"], said["heard"]) == ("ended", "The museum closes.")
    for wish in ({"mode": "audio", "dialog": "builtin"}, {"mode": "text"}):
        other = await own.live(**wish)
        assert (await own.ask(other, "Who are you?"))[-1].data["status"] == "ended"
    assert model.of("response.create") == []
    status, problem = await own.post("/v1/sessions", {"dialog": "voice"})
    assert (status, problem["code"]) == (400, "invalid_request")


async def test_a_session_that_ends_takes_its_connection_along(own: Bridge, model: FakeVoiceModel) -> None:
    session = await own.live(mode="audio", dialog="voice")
    await own.ask(session, QUESTION)
    async with own.http.delete(session) as response:
        assert response.status == 204
    await asyncio.wait_for(model.closed.wait(), 20)


@pytest.fixture(scope="module")
def voices() -> Mapping[str, bytes]:
    return speech((ASKED, BARGE))


async def test_people_talk_with_it_and_interrupt_it(
    own: Bridge, model: FakeVoiceModel, voices: Mapping[str, bytes]
) -> None:
    session = await own.live(mode="audio")
    _, shown = await own.get(session)
    assert shown["listens"] is True
    model.transcripts.extend([ASKED, BARGE])
    model.scripts.extend([SPOKEN, ["Of course.", SOUND[:24_000]]])
    async with connected(own.http, session) as client, microphone(client) as mic:
        await client.until("ack", ref="mic")
        await mic.say(voices[ASKED])
        await client.until("transcript", who="user", final=True, text=ASKED)
        await client.until("sentence", seq=2, status="started")
        speaking = asyncio.create_task(mic.say(voices[BARGE]))
        await client.until("interrupt", by="voice")
        final = await client.until("transcript", who="assistant", final=True)
        await client.until("transcript", who="user", final=True, text=BARGE)
        await client.until("utterance", status="ended")
        await speaking
    assert final["heard"].startswith(ONE)
    assert len(final["heard"]) < len(ONE + TWO)
    asked, barged = model.heard
    # The whole of it was heard, a little before the first syllable included.
    assert len(asked) / RATE >= len(voices[ASKED]) / HOUSE_RATE
    assert len(barged) / RATE >= len(voices[BARGE]) / HOUSE_RATE
    assert model.of("conversation.item.create", "conversation.item.delete") == []
    (cut,) = model.of("conversation.item.truncate")
    assert cut["item_id"] == "a_r1"
    assert 2_000 < cut["audio_end_ms"] < SECONDS * 1_000
