"""The language model's side of a conversation: what it is told, and what happens when it does not do its part."""

import json
from pathlib import Path

import pytest

from bridge.talk import dialogs
from tests.integration.gateway.conftest import Bridge, bridging, until
from tests.integration.gateway.test_chat import text
from tests.support.fake_openai import Call, FakeOpenAI, Reply, Stall

QUESTION = "What is the capital of Peru?"
TOOLS = """
[[tool]]
name = "days_in_month"
description = "How many days a month has."
python = "calendar:monthrange"
[tool.parameters]
type = "object"
required = ["year", "month"]
[tool.parameters.properties]
year = { type = "integer" }
month = { type = "integer" }
"""
ADA = """
name = "Ada"
default_language = "en"
[languages.en]
system_prompt = "You are Ada."
greeting = "Hello."
apologies = ["Oh dear, says Ada."]
"""


async def test_a_filler_bridges_the_silence_and_is_no_part_of_the_answer(
    emulator: str, tmp_path: Path, llm: FakeOpenAI
) -> None:
    slow: dict[str, object] = {"base_url": llm.base_url, "model": "m", "first_token_s": 2}
    async with bridging(emulator, tmp_path, llm=slow) as bridge:
        session = await bridge.live()
        llm.script(Reply([Stall()]), Reply([Stall()]), Reply(["Lima."]))
        fillers: list[str] = []
        async with bridge.events(session) as events:
            for _ in range(2):
                answer = await bridge.ask(session, QUESTION)
                first = await until(events, type="sentence", seq=1, status="started")
                apology = await until(events, type="sentence", seq=2, status="ended")
                await until(events, type="turn", turn="idle")
                fillers.append(first.data["text"])
                assert text(answer).startswith(apology.data["text"])
                assert text(answer).strip() == answer[-1].data["heard"].strip()
        assert fillers[0] != fillers[1]
        answer = await bridge.ask(session, QUESTION)
        assert text(answer) == answer[-1].data["heard"] == "Lima."
    assert [message.role for message in llm.requests[-1].body.messages] == ["system", "user"]


async def test_what_is_known_by_heart_is_answered_without_the_model_and_helps_it_elsewhere(
    thinking: Bridge, llm: FakeOpenAI
) -> None:
    session = await thinking.live()
    assert (await thinking.ask(session, "Who are you?"))[-1].data["status"] == "ended"
    assert llm.requests == []
    llm.script(Reply(["It is the tall one."]))
    await thinking.ask(session, "How far is Mars?")
    first, *rest = llm.requests[0].body.messages
    assert first.role == "system"
    assert "What is known about this place" in first.content
    assert [message.role for message in rest] == ["user", "assistant", "user"]


async def test_options_and_tools_go_with_every_request(emulator: str, tmp_path: Path, llm: FakeOpenAI) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "days.toml").write_text(TOOLS, "utf-8")
    given: dict[str, object] = {
        "base_url": llm.base_url,
        "model": "m",
        "tools_dir": tmp_path / "tools",
        "options": {"temperature": 0.25},
    }
    call = Call("days_in_month", json.dumps({"year": 2024, "month": 2}), id="c1")
    llm.script(Reply([call]), Reply(["It had twenty-nine days."]))
    async with bridging(emulator, tmp_path, llm=given) as bridge:
        session = await bridge.live()
        answer = await bridge.ask(session, "And February of 2024?")
    assert text(answer) == answer[-1].data["heard"] == "It had twenty-nine days."
    asked, told = (request.body for request in llm.requests)
    assert (asked.model_extra or {})["temperature"] == (told.model_extra or {})["temperature"] == 0.25
    assert told.messages[-1].role == "tool"
    assert told.messages[-1].content == "[3, 29]"


async def test_an_avatar_is_a_persona(
    emulator: str, tmp_path: Path, llm: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    personas = tmp_path / "config" / "personas"
    personas.mkdir(parents=True)
    (tmp_path / "config" / "answers").symlink_to(dialogs.CONFIG / "answers")
    (personas / "default.toml").write_text((dialogs.CONFIG / "personas" / "default.toml").read_text("utf-8"), "utf-8")
    (personas / "ada.toml").write_text(ADA, "utf-8")
    monkeypatch.setattr(dialogs, "CONFIG", tmp_path / "config")
    async with bridging(emulator, tmp_path, llm={"base_url": llm.base_url, "model": "m"}) as bridge:
        for path in ("/v1/sessions", "/v1/grants"):
            status, problem = await bridge.post(path, {"avatar": "bob"})
            assert (status, problem["code"]) == (400, "invalid_request")
            assert "ada, default" in problem["detail"]
        session = await bridge.live(avatar="ada")
        llm.script(Reply(["Lima."]), Reply(status=401))
        await bridge.ask(session, QUESTION)
        assert llm.requests[0].body.messages[0].content.startswith("You are Ada.")
        assert text(await bridge.ask(session, QUESTION)).strip() == "Oh dear, says Ada."


async def test_a_turn_is_timed_and_nothing_of_it_is_told(
    thinking: Bridge, llm: FakeOpenAI, capsys: pytest.CaptureFixture[str]
) -> None:
    session = await thinking.live()
    llm.script(Reply(["Lima."]))
    await thinking.ask(session, QUESTION)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "turn_over" in line]
    fields = dict(part.split("=", 1) for part in line.split() if "=" in part)
    stages = [int(fields[f"{stage}_ms"]) for stage in ("first_token", "first_fragment", "started", "ended")]
    assert stages == sorted(stages)
    assert stages[-1] > 100
    assert (fields["outcome"], fields["turn"], fields["filler"]) == ("ended", "1", "False")
    assert (fields["transcript_ms"], fields["first_sound_ms"]) == ("0", "None")
    assert "Lima" not in line
    async with thinking.http.get("/metrics") as response:
        metrics = await response.text()
    assert 'avatar_bridge_turn_stage_seconds_count{stage="started"} 1.0' in metrics
