import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest
from pydantic import SecretStr

from dialog.ears import SECOND, Sound, Transcript
from dialog.errors import (
    VoiceModelError,
    VoiceModelModelNotFound,
    VoiceModelRateLimited,
    VoiceModelRequestRejected,
    VoiceModelStalled,
    VoiceModelStreamBroken,
    VoiceModelUnauthorized,
    VoiceModelUnavailable,
    VoiceModelUnreachable,
)
from dialog.protocol import Message
from dialog.speech_to_speech import VoiceModel
from tests.support.fake_speech import tone
from tests.support.fake_voice_model import Cut, FakeVoiceModel, Raw, Refused, Stall, Step

KEY = "sk-very-secret-0123456789"
SOUND = tone(24_000)
ASKED = [Message("user", "What is that?"), Message("assistant", "A lift.")]


@pytest.fixture
async def server() -> AsyncGenerator[FakeVoiceModel]:
    async with FakeVoiceModel.running() as running:
        yield running


def made(server: FakeVoiceModel, first_s: float = 5, next_s: float = 5) -> VoiceModel:
    return VoiceModel(
        base_url=server.base_url,
        model="live model",
        voice="anna",
        transcription="ears",
        instructions=lambda message: f"Be kind. {message}".strip(),
        api_key=SecretStr(KEY),
        first_s=first_s,
        next_s=next_s,
    )


@pytest.fixture
async def model(server: FakeVoiceModel) -> AsyncGenerator[VoiceModel]:
    talking = made(server)
    yield talking
    await talking.aclose()
    await talking.aclose()


async def answer(model: VoiceModel, message: str, history: list[Message] | None = None) -> tuple[str, bytes]:
    words, sound = "", b""
    async with aclosing(model.answer(history or [], message)) as pieces:
        async for piece in pieces:
            if isinstance(piece, str):
                words += piece
            else:
                sound += piece
    return words, sound


async def failure(model: VoiceModel) -> VoiceModelError:
    with pytest.raises(VoiceModelError) as caught:
        await answer(model, "Hello?")
    assert KEY not in str(caught.value)
    assert "private" not in str(caught.value)
    return caught.value


def spoken(seconds: float) -> Sound:
    sound = Sound()
    sound.feed(bytes(int(seconds * SECOND)))
    sound.finish()
    return sound


@pytest.mark.parametrize("old", [False, True])
async def test_a_text_is_answered_aloud(server: FakeVoiceModel, model: VoiceModel, old: bool) -> None:
    server.old = old
    server.scripts.append(["The lift ", SOUND[:20_000], "is there.", SOUND[20_000:]])
    assert await answer(model, "Where is it?") == ("The lift is there.", SOUND)
    assert server.models == ["live model"]
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert server.headers[0]["User-Agent"] == "avatar-bridge"
    pcm = {"type": "audio/pcm", "rate": 24_000}
    assert server.of("session.update") == [
        {
            "type": "session.update",
            "session": {
                "type": "realtime",
                "instructions": "Be kind.",
                "output_modalities": ["audio"],
                "audio": {
                    "input": {"format": pcm, "transcription": {"model": "ears"}, "turn_detection": None},
                    "output": {"format": pcm, "voice": "anna"},
                },
            },
        }
    ]
    (item,) = server.of("conversation.item.create")
    assert item["item"]["content"] == [{"type": "input_text", "text": "Where is it?"}]
    (create,) = server.of("response.create")
    assert create["response"] == {"instructions": "Be kind. Where is it?"}


async def test_speech_is_heard_and_answered(server: FakeVoiceModel, model: VoiceModel) -> None:
    server.transcripts.append("Where is the lift?")
    partials: list[str] = []
    assert await model.hear(spoken(1.0), on_partial=partials.append) == Transcript("Where is the lift?", 1.0)
    assert partials == ["Whe"]
    assert abs(len(server.heard[0]) - 48_000) < 4
    await answer(model, "Where is the lift?")
    assert server.of("conversation.item.create", "conversation.item.delete") == []


async def test_speech_that_was_no_question_is_taken_back(server: FakeVoiceModel, model: VoiceModel) -> None:
    server.transcripts.extend(["uh-huh", "Where is the lift?"])
    await model.hear(spoken(0.5))
    await model.hear(spoken(1.0))
    await answer(model, "Where is the lift?")
    assert [each["item_id"] for each in server.of("conversation.item.delete")] == ["i1"]
    await model.hear(spoken(0.05))
    assert len(server.of("input_audio_buffer.commit")) == 2
    await server.until("input_audio_buffer.clear")


async def test_what_was_not_heard_is_cut_out_of_its_memory(server: FakeVoiceModel, model: VoiceModel) -> None:
    server.scripts.append(["Twelve chars", bytes(96_000), Stall()])
    async with aclosing(model.answer([], "Tell me.")) as pieces:
        assert await anext(pieces) == "Twelve chars"
        for _ in range(10):
            await anext(pieces)
    await asyncio.wait_for(server.cancelled.wait(), 20)
    await answer(model, "And?", [Message("user", "Tell me."), Message("assistant", "Twelve …")])
    assert server.of("conversation.item.truncate") == [
        {"type": "conversation.item.truncate", "item_id": "a_r1", "content_index": 0, "audio_end_ms": 1166}
    ]


async def test_an_answer_that_was_heard_is_left_alone_and_a_new_visitor_is_a_stranger(
    server: FakeVoiceModel, model: VoiceModel
) -> None:
    server.scripts.append(["A lift.", SOUND])
    await answer(model, "What is that?")
    await answer(model, "And that?", ASKED)
    assert server.of("conversation.item.truncate", "conversation.item.delete") == []
    await answer(model, "Hello?")
    deleted = [each["item_id"] for each in server.of("conversation.item.delete")]
    assert len(deleted) == 4
    assert deleted[1] == "a_r1"
    assert len(server.headers) == 1


async def test_between_turns_it_connects_anew_and_tells_what_was_said(
    server: FakeVoiceModel, model: VoiceModel
) -> None:
    server.scripts.extend([["A lift.", SOUND, Cut()], ["Stairs.", SOUND]])
    with pytest.raises(VoiceModelStreamBroken):
        await answer(model, "What is that?")
    assert await answer(model, "And that?", ASKED) == ("Stairs.", SOUND)
    items = server.of("conversation.item.create")[1:]
    assert [(each["item"]["role"], each["item"]["content"][0]["text"]) for each in items] == [
        ("user", "What is that?"),
        ("assistant", "A lift."),
        ("user", "And that?"),
    ]
    assert [each.get("previous_item_id") for each in items] == ["root", "past_1", None]
    assert items[1]["item"]["content"][0]["type"] == "output_text"


@pytest.mark.parametrize(
    ("status", "error", "attempts"),
    [
        (401, VoiceModelUnauthorized, 1),
        (404, VoiceModelModelNotFound, 1),
        (429, VoiceModelRateLimited, 2),
        (500, VoiceModelUnavailable, 2),
    ],
)
async def test_a_refused_connection(
    server: FakeVoiceModel, model: VoiceModel, status: int, error: type[VoiceModelError], attempts: int
) -> None:
    server.status = status
    assert type(await failure(model)) is error
    assert len(server.headers) == attempts


@pytest.mark.parametrize(
    ("script", "error", "attempts"),
    [
        ([Refused("invalid_request_error")], VoiceModelRequestRejected, 1),
        ([Refused("rate_limit_exceeded")], VoiceModelRateLimited, 2),
        ([Refused("server_error")], VoiceModelUnavailable, 2),
        ([Cut()], VoiceModelStreamBroken, 2),
        ([Raw("[")], VoiceModelStreamBroken, 2),
        (["Words alone."], VoiceModelStreamBroken, 1),
    ],
)
async def test_what_goes_wrong_in_an_answer(
    server: FakeVoiceModel,
    model: VoiceModel,
    caplog: pytest.LogCaptureFixture,
    script: list[Step],
    error: type[VoiceModelError],
    attempts: int,
) -> None:
    caplog.set_level(logging.DEBUG)
    server.scripts.extend([script] * attempts)
    assert type(await failure(model)) is error
    assert "private" not in caplog.text
    assert KEY not in caplog.text
    assert await answer(model, "Hello?") == ("Hello.", bytes(24_000))


async def test_silence_before_and_in_an_answer(server: FakeVoiceModel) -> None:
    model = made(server, first_s=0.5, next_s=0.2)
    server.scripts.extend([[Stall()], ["Well,", SOUND, Stall()]])
    assert "within 0.5 s" in str(await failure(model))
    raised = await failure(model)
    assert isinstance(raised, VoiceModelStalled)
    assert "paused for 0.2 s" in str(raised)
    with pytest.raises(VoiceModelStalled, match="transcription"):
        await model.hear(spoken(1.0))
    await model.aclose()
    await asyncio.wait_for(server.closed.wait(), 20)


async def test_a_server_that_is_not_there() -> None:
    gone = FakeVoiceModel(base_url="http://127.0.0.1:1/v1")
    model = made(gone)
    raised = await failure(model)
    assert isinstance(raised, VoiceModelUnreachable)
    assert "voice_model.base_url" in str(raised)
    await model.aclose()


async def test_what_still_comes_of_a_cancelled_answer_is_no_part_of_the_next(
    server: FakeVoiceModel, model: VoiceModel
) -> None:
    server.scripts.extend([["One.", SOUND, Stall()], ["Two.", SOUND]])
    async with aclosing(model.answer([], "First?")) as pieces:
        await anext(pieces)
    assert await answer(model, "Second?") == ("Two.", SOUND)


async def test_cancelling_stops_listening(server: FakeVoiceModel, model: VoiceModel) -> None:
    sound = Sound()
    hearing = asyncio.ensure_future(model.hear(sound))
    sound.feed(bytes(SECOND))
    await server.until("input_audio_buffer.append")
    hearing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hearing
    await server.until("input_audio_buffer.clear")
