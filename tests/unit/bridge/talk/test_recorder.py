import asyncio
import stat
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from bridge.errors import SettingsError
from bridge.session.events import Transcript, TurnChanged
from bridge.session.feed import Feed
from bridge.session.lease import Lease
from bridge.session.measures import Measures
from bridge.talk import recorder
from bridge.talk.recorder import Recorder
from bridge.telemetry.telemetry import Telemetry


def feed(session_id: str = "abc") -> Feed:
    return Feed(session_id, Measures(Telemetry(), session_id, "text"), Lease(60, 60, None, began=0.0), lambda: None)


def asked(text: str) -> Transcript:
    return Transcript(who="user", text=text, final=True)


def contents(folder: Path) -> list[list[dict[str, str]]]:
    return [[msgspec.json.decode(line) for line in path.read_bytes().splitlines()] for path in sorted(folder.iterdir())]


async def test_what_was_said_is_written_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "recordings"
    async with Recorder(folder, 7) as writer:
        told = feed()
        writer.follow(told)
        told.emit(TurnChanged(turn="thinking"))
        told.emit(asked("Who are \ud800 you?"))
        told.emit(Transcript(who="assistant", delta="I am ", final=False))
        told.emit(Transcript(who="assistant", text="I am Yun. Ask me.", heard="I am Yun.", final=True))
    await writer.aclose()
    ((question, answer),) = contents(folder)
    assert question == {"time": question["time"], "who": "user", "text": "Who are ? you?"}
    assert answer == {"time": answer["time"], "who": "assistant", "text": "I am Yun. Ask me.", "heard": "I am Yun."}
    datetime.fromisoformat(question["time"])
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert file.name.endswith("-abc-1.jsonl")


async def test_whoever_is_forgotten_has_a_file_of_their_own(tmp_path: Path) -> None:
    async with Recorder(tmp_path, 7) as writer:
        one, other = feed("one"), feed("other")
        writer.follow(one)
        writer.follow(other)
        one.emit(asked("A"))
        one.forget(())
        other.emit(asked("C"))
        one.emit(asked("B"))
    assert sorted([line["text"] for line in file] for file in contents(tmp_path)) == [["A"], ["B"], ["C"]]


async def test_what_is_too_old_is_deleted_at_the_start_and_later(tmp_path: Path) -> None:
    old, other = tmp_path / "20200101T000000Z-abc-1.jsonl", tmp_path / "20200101T000000Z.txt"
    for path in (old, other):
        path.touch()
    async with Recorder(tmp_path, 1) as writer:
        assert not old.exists()
        old.touch()
        await writer.purge()
        assert not old.exists()
    assert other.exists()


async def test_a_folder_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"recording\.dir: .*file/x cannot be used"):
        async with Recorder(tmp_path / "file" / "x", 1):
            pass


async def test_a_disk_that_fails_costs_lines_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(recorder, "WAITING", 2)
    folder = tmp_path / "recordings"
    async with Recorder(folder, 1) as writer:
        told = feed()
        writer.follow(told)
        folder.rmdir()
        for number in range(4):
            told.emit(asked(f"secret {number}"))
        await asyncio.sleep(0)
    logged = capsys.readouterr().out
    assert "recording_failed" in logged
    assert "recording_dropped" in logged
    assert "secret" not in logged
    assert not folder.exists()
