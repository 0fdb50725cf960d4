"""What is written down of conversations, and what is not."""

import json
from pathlib import Path

from tests.integration.gateway.conftest import bridging
from tests.integration.gateway.test_chat import text

QUESTION = "Who are you?"


def visitors(folder: Path) -> list[list[dict[str, str]]]:
    return [[json.loads(line) for line in path.read_text("utf-8").splitlines()] for path in sorted(folder.iterdir())]


def everything(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


async def test_nothing_that_people_say_is_stored_unless_it_is_asked_for(emulator: str, tmp_path: Path) -> None:
    async with bridging(emulator, tmp_path) as bridge:
        await bridge.ask(await bridge.live(), QUESTION)
    stored = everything(tmp_path)
    assert stored
    assert not any(QUESTION.encode() in content for content in stored)


async def test_each_visitor_has_a_file_and_is_told_so(emulator: str, tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    recording: dict[str, object] = {"dir": folder, "retention_days": 30}
    async with bridging(emulator, tmp_path / "state", recording=recording) as bridge:
        session = await bridge.live()
        answer = await bridge.ask(session, QUESTION)
        assert "is written down" in text(await bridge.ask(session, "Are you recording me?"))
        await bridge.post(f"{session}/reset")
        await bridge.post(f"{session}/say", {"text": "Said by others.", "wait": "ended"})
        await bridge.ask(session, "And now?")
    first, second = visitors(folder)
    assert [line["who"] for line in first] == ["user", "assistant"] * 2
    assert (first[0]["text"], first[1]["text"], first[1]["heard"]) == (QUESTION, text(answer), answer[-1].data["heard"])
    assert [line["who"] for line in second] == ["user", "assistant"]
    assert second[0]["text"] == "And now?"
