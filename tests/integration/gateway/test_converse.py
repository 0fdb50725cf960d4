"""People who talk with the avatar: a microphone on the WebSocket, recogniser and model over HTTP, the emulated cloud.

`-s` prints how soon an interruption reaches the cloud.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bridge.talk import dialogs
from tests.integration.gateway.conftest import AH, BARGE, QUESTION, Bridge, listening, until
from tests.support.fake_openai import FakeOpenAI, Reply, Stall
from tests.support.fake_speech import Refusal
from tests.support.person import Microphone, cut, microphone
from tests.support.socket_client import Client, connected

STORY = (
    "Once upon a time there was a king. ",
    "He had three daughters and a very large garden. ",
    "They all went down to the sea one day. ",
    "And there they stayed for many years.",
)
MARK = " …"


@asynccontextmanager
async def standing_before(bridge: Bridge, **wish: object) -> AsyncGenerator[tuple[Client, str]]:
    session = await bridge.live(**wish)
    async with connected(bridge.http, session) as client:
        await client.until("welcome")
        yield client, session


def turns(client: Client) -> list[str]:
    return [message["turn"] for message in client.seen if message["type"] == "turn"]


def of_type(client: Client, kind: str) -> list[dict[str, Any]]:
    return [message for message in client.seen if message["type"] == kind]


async def told(client: Client, **wanted: object) -> dict[str, Any]:
    """Return the next whole transcript of what a person said."""
    return await client.until("transcript", who="user", final=True, **wanted)


async def tell_a_story(client: Client, llm: FakeOpenAI) -> str:
    """Have the avatar begin an answer that takes some ten seconds; return the utterance."""
    llm.script(Reply([*STORY, Stall()]))
    await client.send("chat", text="Describe the moon.")
    ack = await client.until("ack", ref=None)
    await client.until("sentence", seq=1, status="started")
    return ack["utterance_id"]


async def test_a_question_is_heard_answered_and_timed(
    attentive: Bridge, llm: FakeOpenAI, voices: Mapping[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    llm.speech.hears.append(QUESTION)
    llm.script(Reply(["Lima."]))
    async with standing_before(attentive) as (client, session):
        _, shown = await attentive.get(session)
        assert shown["listens"] is True
        async with microphone(client) as mic:
            ack = await client.until("ack", ref="mic")
            assert ack["utterance_id"] is None
            await mic.say(voices[QUESTION])
            transcript = await told(client)
            await client.until("turn", turn="idle")
    assert transcript["text"] == QUESTION
    assert turns(client) == ["listening", "thinking", "speaking", "idle"]
    (final,) = [each for each in of_type(client, "transcript") if each["who"] == "assistant" and each["final"]]
    assert final["heard"].strip() == "Lima."
    assert llm.requests[-1].body.messages[-1].content == QUESTION
    (upload,) = llm.speech.uploads
    # The whole of it was heard, a little before the first syllable included.
    assert len(voices[QUESTION]) < len(upload.pcm) < len(voices[QUESTION]) + 2 * 32_000
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "turn_over" in line]
    fields = dict(part.split("=", 1) for part in line.split() if "=" in part)
    assert 500 < int(fields["transcript_ms"]) < int(fields["first_token_ms"]) < int(fields["started_ms"])


async def test_a_voice_interrupts_in_mid_sentence(
    attentive: Bridge, llm: FakeOpenAI, voices: Mapping[str, bytes]
) -> None:
    async with standing_before(attentive) as (client, session), microphone(client) as mic:
        story = await tell_a_story(client, llm)
        await client.until("sentence", seq=2, status="started")
        await asyncio.sleep(1)
        llm.speech.hears.append("How far is Mars?")
        llm.script(Reply(["Far."]))
        speaking = asyncio.create_task(mic.say(voices[BARGE]))
        await client.until("hold", held=True)
        detected = await cloud_time(attentive, session)
        interrupt = await client.until("interrupt")
        await client.until("hold", held=False)
        assert (interrupt["by"], interrupt["utterance_ids"]) == ("voice", [story])
        await client.until("utterance", utterance_id=story, status="interrupted")
        await speaking
        await told(client, text="How far is Mars?")
        await client.until("turn", turn="idle")
        async with asyncio.timeout(5):
            await llm.requests[0].closed.wait()
        sent = await frames(attentive, session)
        async with attentive.http.get("/metrics") as response:
            metrics = await response.text()
    assert turns(client) == ["thinking", "speaking", "interrupted", "listening", "thinking", "speaking", "idle"]
    stop = next(place for place, data in enumerate(sent) if data["Interrupt"])
    # The cloud asks for a clause while it speaks the one before.
    took = sent[stop]["t"] - detected
    assert [data["Text"] for data in sent[:stop] if data["Text"] in STORY] in ([*STORY[:2]], [*STORY[:3]])
    after = [data["Text"] for data in sent[stop + 1 :] if data["Text"]]
    assert after[-1] == "Far."
    assert not set(after) & set(STORY)
    assert not any(data["Interrupt"] for data in sent[stop + 1 :])
    history = {message.role: message.content for message in llm.requests[-1].body.messages}
    heard = history["assistant"].removesuffix(MARK)
    assert heard.startswith(STORY[0].strip())
    assert (STORY[0] + STORY[1]).startswith(heard)
    assert len(heard) < len(STORY[0] + STORY[1].strip())
    assert 'interrupt_to_silence_seconds_count{by="voice",seen="cloud"} 1.0' in metrics
    sys.stdout.write(f"from detected speech to the stop at the cloud: {took * 1000:.0f} ms, heard: {heard}\n")


async def frames(bridge: Bridge, session: str) -> list[dict[str, Any]]:
    """Return what the cloud got as SEND_STREAMTEXT, in its order, and when by its own clock."""
    _, shown = await bridge.get(session)
    lines = await bridge.cloud(f"sessions/{shown['cloud_session_id']}/transcript")
    payloads = [(line["t"], line["frame"]["Payload"]) for line in lines if line["direction"] == "up"]
    return [
        {"t": t, "Interrupt": False, "Text": "", **payload["Data"]}
        for t, payload in payloads
        if payload["Command"] == "SEND_STREAMTEXT"
    ]


async def cloud_time(bridge: Bridge, session: str) -> float:
    """Return what the cloud's clock of a session says."""
    _, shown = await bridge.get(session)
    (view,) = [each for each in await bridge.cloud("sessions") if each["session_id"] == shown["cloud_session_id"]]
    return view["now"]


@pytest.mark.parametrize(
    ("understood", "in_the_way"),
    [("", "nothing"), ("Uh-huh.", "a backchannel"), ("Once upon a time there was a king", "the avatar's own voice")],
)
async def test_what_is_no_interruption_is_taken_back(
    attentive: Bridge, llm: FakeOpenAI, voices: Mapping[str, bytes], understood: str, in_the_way: str
) -> None:
    async with standing_before(attentive) as (client, _), microphone(client) as mic:
        story = await tell_a_story(client, llm)
        llm.speech.hears.append(understood)
        await mic.say(cut(voices[AH], 0.25))
        await client.until("hold", held=True)
        await client.until("hold", held=False)
        # The recogniser is asked, and what it says changes nothing.
        await client.until("transcript", who="user", final=False, text="")
        await client.until("sentence", utterance_id=story, seq=2, status="started")
    assert of_type(client, "interrupt") == []
    assert turns(client) == ["thinking", "speaking"], in_the_way
    assert len(llm.speech.uploads) == 1


async def test_a_word_stops_it_and_asks_nothing(
    attentive: Bridge, llm: FakeOpenAI, voices: Mapping[str, bytes]
) -> None:
    async with standing_before(attentive) as (client, _), microphone(client) as mic:
        story = await tell_a_story(client, llm)
        llm.speech.hears.append("Stop!")
        await mic.say(cut(voices[AH], 0.25))
        interrupt = await client.until("interrupt")
        assert (interrupt["by"], interrupt["utterance_ids"]) == ("voice", [story])
        await client.until("turn", turn="idle")
        await client.until("utterance", utterance_id=story, status="interrupted")
    assert len(llm.requests) == 1


async def test_words_that_are_recognised_while_they_are_spoken_are_shown(
    emulator: str, tmp_path: Path, llm: FakeOpenAI, voices: Mapping[str, bytes]
) -> None:
    llm.speech.transcripts["partial"] = "What is the"
    llm.speech.hears.append(QUESTION)
    async with (
        listening(emulator, tmp_path, llm, mode="realtime", language="en") as bridge,
        standing_before(bridge) as (client, session),
        bridge.events(session) as events,
        microphone(client) as mic,
    ):
        await mic.say(voices[QUESTION])
        await told(client, text=QUESTION)
        partial = await until(events, type="transcript", who="user")
        assert partial.id == ""
        assert "offset" not in partial.data
        await client.until("turn", turn="idle")
    shown = [each["text"].strip() for each in of_type(client, "transcript") if each["who"] == "user"]
    assert shown == ["What", "What is", "What is the", QUESTION]
    assert "en" in str(llm.speech.sessions[0])


async def test_who_says_the_wake_phrase_is_answered(
    emulator: str, tmp_path: Path, llm: FakeOpenAI, voices: Mapping[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    (config / "personas").mkdir(parents=True)
    for folder in ("answers", "listening"):
        (config / folder).symlink_to(dialogs.CONFIG / folder)
    persona = (dialogs.CONFIG / "personas" / "default.toml").read_text("utf-8")
    phrases = 'wake_phrases = ["hey Yun"] # such as'
    assert "wake_phrases = [] # such as" in persona
    persona = persona.replace("wake_phrases = [] # such as", phrases)
    (config / "personas" / "default.toml").write_text(persona, "utf-8")
    monkeypatch.setattr(dialogs, "CONFIG", config)
    llm.script(Reply(["Lima."]))
    async with (
        listening(emulator, tmp_path, llm) as bridge,
        standing_before(bridge) as (client, _),
        microphone(client) as mic,
    ):
        llm.speech.hears += ["Look at that.", f"Hey Yun, {QUESTION}"]
        await mic.say(voices[QUESTION])
        await client.until("turn", turn="idle")
        assert llm.requests == []
        await mic.say(voices[QUESTION])
        await told(client, text=QUESTION)
        await client.until("turn", turn="idle")
    assert len(llm.requests) == 1


async def test_a_button_to_talk(attentive: Bridge, llm: FakeOpenAI, voices: Mapping[str, bytes]) -> None:
    async with standing_before(attentive) as (client, _):
        story = await tell_a_story(client, llm)
        llm.speech.hears.append(QUESTION)
        llm.script(Reply(["Lima."]))
        mic = Microphone(client)
        await mic.open(hands_free=False)
        interrupt = await client.until("interrupt")
        assert (interrupt["by"], interrupt["utterance_ids"]) == ("voice", [story])
        await mic.say(cut(voices[QUESTION], 0.6))
        await asyncio.sleep(1.5)  # no silence ends it, only the button
        await mic.say(voices[QUESTION])
        assert llm.speech.uploads == []
        await mic.close()
        await told(client, text=QUESTION)
        await client.until("turn", turn="idle")
    assert len(llm.speech.uploads) == 1


@pytest.mark.parametrize("end", ["lost", "closed"])
async def test_a_microphone_that_goes_in_mid_utterance_has_said_what_it_said(
    attentive: Bridge, llm: FakeOpenAI, voices: Mapping[str, bytes], end: str
) -> None:
    llm.speech.hears.append(QUESTION)
    async with standing_before(attentive) as (client, session), connected(attentive.http, session) as other:
        await other.until("welcome")
        mic = Microphone(client)
        await mic.open()
        await mic.say(voices[QUESTION])
        await client.until("turn", turn="listening")
        if end == "lost":
            await mic.stop()
            client.drop()
        else:
            await mic.close()
        await told(other, text=QUESTION)
        await other.until("turn", turn="idle")


async def test_the_floor_goes_to_another_in_mid_utterance(
    attentive: Bridge, llm: FakeOpenAI, voices: Mapping[str, bytes]
) -> None:
    llm.speech.hears += ["Where is the lift?", "Thank you very much."]
    llm.script(Reply(["Over there."]), Reply(["You are welcome."]))
    async with standing_before(attentive) as (client, session), connected(attentive.http, session) as other:
        await other.until("welcome")
        async with microphone(client) as mic:
            mic.begin(voices[BARGE])
            await client.until("turn", turn="listening")
            await asyncio.sleep(0.5)
            theirs = Microphone(other, "theirs")
            await theirs.open(take=True)
            await client.until("error", code="floor_taken")
        # What the first had said until then was a question; the other one is heard after it.
        await told(other, text="Where is the lift?")
        await other.until("turn", turn="speaking")
        await theirs.say(voices[QUESTION])
        await told(other, text="Thank you very much.")
        await other.until("turn", turn="idle")
        await theirs.close()
    assert len(llm.speech.uploads) == 2


async def test_who_is_forgotten_is_forgotten_in_mid_utterance(
    attentive: Bridge, llm: FakeOpenAI, voices: Mapping[str, bytes]
) -> None:
    async with standing_before(attentive) as (client, session), microphone(client) as mic:
        speaking = asyncio.create_task(mic.say(voices[BARGE]))
        await client.until("turn", turn="listening")
        await attentive.post(f"{session}/reset")
        await client.until("turn", turn="idle")
        await speaking
        llm.speech.hears.append(QUESTION)
        await asyncio.sleep(0.5)
        await mic.say(voices[QUESTION])
        await told(client, text=QUESTION)
        await client.until("turn", turn="idle")
    assert len(llm.speech.uploads) == 1


async def test_a_recogniser_that_fails_is_apologised_for_once_until_it_works(
    attentive: Bridge, llm: FakeOpenAI, voices: Mapping[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    speech = llm.speech
    async with standing_before(attentive) as (client, _), microphone(client) as mic:
        said: list[str] = []

        async def fail(*refusals: Refusal) -> None:
            speech.refusals += refusals
            await mic.say(voices[QUESTION])
            await client.until("turn", turn="listening")
            await client.until("turn", turn="idle")

        async def apology() -> None:
            said.append((await client.until("sentence", seq=1, status="started"))["text"])
            await client.until("utterance", status="ended")

        await fail(Refusal(401))
        await apology()
        await fail(Refusal(503), Refusal(500))
        speech.hears.append(QUESTION)
        await mic.say(voices[QUESTION])
        await client.until("turn", turn="speaking")
        await client.until("turn", turn="idle")
        await fail(Refusal(429, headers={"Retry-After": "0"}), Refusal(429))
        await apology()
        async with attentive.http.get("/metrics") as response:
            metrics = await response.text()
    assert len(set(said)) == 2
    for code in ("asr_unauthorized", "asr_unavailable", "asr_rate_limited"):
        assert f'asr_failures_total{{code="{code}"}} 1.0' in metrics
    logged = capsys.readouterr().out
    assert "asr.api_key" in logged
    assert "Peru" not in logged


@pytest.mark.parametrize("trouble", ["stalls", "is not there"])
async def test_a_recogniser_that_says_nothing_leaves_nobody_waiting(
    emulator: str, tmp_path: Path, llm: FakeOpenAI, voices: Mapping[str, bytes], trouble: str
) -> None:
    llm.speech.hold = asyncio.Event()
    asr: dict[str, object] = {"timeout_s": 1} if trouble == "stalls" else {"base_url": "http://127.0.0.1:9/v1"}
    async with (
        listening(emulator, tmp_path, llm, **asr) as bridge,
        standing_before(bridge) as (client, _),
        microphone(client) as mic,
    ):
        await mic.say(voices[QUESTION])
        await client.until("turn", turn="listening")
        await client.until("turn", turn="idle")
        # The apology is nobody's answer: the exchange is idle.
        await client.until("utterance", status="started")
        await client.until("utterance", status="ended")
        await client.send("chat", text="Who are you?")
        ack = await client.until("ack", ref=None)
        await client.until("utterance", utterance_id=ack["utterance_id"], status="ended")


async def test_without_a_recogniser_nobody_listens(thinking: Bridge) -> None:
    async with standing_before(thinking) as (client, session):
        _, shown = await thinking.get(session)
        assert shown["listens"] is False
        await Microphone(client).open()
        assert (await client.until("error", ref="mic"))["code"] == "no_voice"
