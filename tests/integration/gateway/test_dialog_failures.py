"""Whatever happens to the language model: the session lives, the person is told, the operator sees why."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.settings import Settings
from bridge.talk.dialogs import Dialogs
from tests.integration.gateway.conftest import Bridge, Frame, bridging
from tests.integration.gateway.test_chat import text
from tests.support.fake_openai import Abort, FakeOpenAI, Raw, Reply, Stall

QUESTION = "What is the capital of Peru?"
BEGUN = "Lima is the capital. "
NEXT = Reply(["It is Lima."])
WRONG = b'data: {"choices":[{"index":0,"delta":{"content":"\xe5\x88"}}]}\n\n'


@dataclass(frozen=True)
class Case:
    """What the model does, the code that the operator sees, and what of the answer is heard: "" is an apology."""

    replies: Sequence[Reply]
    code: str
    heard: str = ""


CASES = {
    "the key is refused": Case([Reply(status=401)], "llm_unauthorized"),
    "too many requests, twice": Case([Reply(status=429), Reply(status=429)], "llm_rate_limited"),
    "down, twice": Case([Reply(status=503), Reply(status=502)], "llm_unavailable"),
    "silent from the beginning": Case([Reply([Stall()])], "llm_stalled"),
    "silent in mid-stream": Case([Reply([BEGUN, "And ", Stall()])], "llm_stalled", BEGUN),
    "the connection breaks in mid-stream": Case([Reply([BEGUN, Abort()])], "llm_stream_broken", BEGUN),
    "half a character": Case([Reply([BEGUN, Raw(WRONG)])], "llm_stream_broken", BEGUN),
    "no stream of events": Case([Reply([Raw(b"data: {not json\n\n")])] * 2, "llm_stream_broken"),
    "nothing that can be spoken": Case([Reply(["🙂", " 🙂"])], "dialog_failed"),
}


@pytest.fixture
async def impatient(emulator: str, tmp_path: Path, llm: FakeOpenAI) -> AsyncGenerator[Bridge]:
    settings: dict[str, object] = {"base_url": llm.base_url, "model": "m", "first_token_s": 1, "next_token_s": 1}
    async with bridging(emulator, tmp_path, llm=settings) as bridge:
        yield bridge


async def apologies() -> tuple[str, ...]:
    dialogs = Dialogs.load(Settings())
    await dialogs.aclose()
    return dialogs.part("builtin").persona.speaking_to(QUESTION).apologies


def told(answer: list[Frame]) -> tuple[str, str]:
    (error,) = [frame.data for frame in answer if frame.event == "error"]
    assert error["detail"]
    return error["code"], answer[-1].data["status"]


@pytest.mark.parametrize("name", CASES)
async def test_the_session_lives_the_person_is_told_and_the_operator_sees_why(
    name: str, impatient: Bridge, llm: FakeOpenAI, capsys: pytest.CaptureFixture[str]
) -> None:
    case = CASES[name]
    session = await impatient.live()
    llm.script(*case.replies)
    answer = await impatient.ask(session, QUESTION)
    # The person: hears an apology, or what came; and who asked is told.
    heard = answer[-1].data["heard"].strip()
    assert heard == text(answer).strip()
    assert heard in ({case.heard.strip(), f"{case.heard}And"} if case.heard else await apologies())
    assert told(answer) == (case.code, "failed" if case.heard else "ended")
    # The operator: a line of the log, and a count.
    logged = capsys.readouterr().out
    assert f"code={case.code}" in logged
    assert "Peru" not in logged
    async with impatient.http.get("/metrics") as response:
        assert f'avatar_bridge_dialog_failures_total{{code="{case.code}"}} 1.0' in await response.text()
    # The session: answers the next question.
    llm.script(NEXT)
    assert text(await impatient.ask(session, QUESTION)) == "It is Lima."


async def test_a_model_that_is_down_is_apologised_for(emulator: str, tmp_path: Path) -> None:
    nobody: dict[str, object] = {"base_url": "http://127.0.0.1:9/v1", "model": "m"}
    async with bridging(emulator, tmp_path, llm=nobody) as bridge:
        session = await bridge.live()
        answer = await bridge.ask(session, QUESTION)
        assert told(answer) == ("llm_unreachable", "ended")
        assert answer[-1].data["heard"].strip() in await apologies()
        assert (await bridge.get(session))[1]["state"] == "live"


async def test_a_character_that_comes_in_two_halves_is_whole(impatient: Bridge, llm: FakeOpenAI) -> None:
    session = await impatient.live()
    event = 'data: {"choices":[{"index":0,"delta":{"content":"利马。"}}]}\n\n'.encode()
    cut = event.index("马".encode()) + 1
    llm.script(Reply([Raw(event[:cut]), Raw(event[cut:])]))
    answer = await impatient.ask(session, QUESTION)
    assert text(answer) == answer[-1].data["heard"] == "利马。"


async def test_of_an_answer_of_a_megabyte_so_much_is_spoken_until_somebody_stops_it(
    impatient: Bridge, llm: FakeOpenAI, capsys: pytest.CaptureFixture[str]
) -> None:
    session = await impatient.live()
    llm.script(Reply(["And so it goes on and on, without an end. " * 250] * 100))
    async with impatient.chat(session, QUESTION) as events:
        seen: list[Frame] = []
        async for event in events:
            seen.append(event)
            if event.event == "error":
                await impatient.post(f"{session}/interrupt")
    assert told(seen) == ("llm_answer_too_long", "interrupted")
    assert len(text(seen)) <= 80_000
    assert "code=llm_answer_too_long" in capsys.readouterr().out
    llm.script(NEXT)
    assert text(await impatient.ask(session, QUESTION)) == "It is Lima."


async def test_a_second_try_that_succeeds_is_all_that_anybody_hears(impatient: Bridge, llm: FakeOpenAI) -> None:
    session = await impatient.live()
    llm.script(Reply(status=503), NEXT)
    answer = await impatient.ask(session, QUESTION)
    assert (text(answer), answer[-1].data["status"]) == ("It is Lima.", "ended")
    assert "error" not in [frame.event for frame in answer]


async def test_what_is_known_by_heart_needs_no_model(impatient: Bridge, llm: FakeOpenAI) -> None:
    session = await impatient.live()
    llm.script(Reply(status=401))
    answer = await impatient.ask(session, "Who are you?")
    assert answer[-1].data["status"] == "ended"
    assert llm.requests == []
