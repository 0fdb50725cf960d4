"""`avatar-bridge bench` measures real processes; what is asserted is that all arrived, not how fast."""

import json
from pathlib import Path
from typing import Any

from tests.integration.cli.support import Place


async def test_a_short_run_measures_sound(place: Place, tmp_path: Path):
    out = tmp_path / "figures.json"
    size = ["--sessions", "2", "--seconds", "2", "--rounds", "1"]
    result = await place.run("bench", "voice", *size, "--out", str(out), "--json")
    assert result.code == 0, result.err
    assert "avatar-bridge: 2 microphones" in result.err
    figures = json.loads(result.out)
    assert json.loads(out.read_text()) == figures
    (work,) = figures["works"]
    assert work["programs"].keys() == {"avatar-bridge", "bare voice"}
    assert work["cpu_ratio"].keys() == {"bare voice"}
    check(work["programs"])
    # 6.25 frames a second from each, give or take one at either end.
    assert 23 <= work["programs"]["avatar-bridge"]["expected"] <= 28


async def test_a_short_run_measures_text(place: Place):
    result = await place.run("bench", "text", "--streams", "2", "--seconds", "2", "--rounds", "1", "--json")
    assert result.code == 0, result.err
    (work,) = json.loads(result.out)["works"]
    assert work["programs"].keys() == {"avatar-bridge", "avatar-bridge, fragments", "bare text"}
    check(work["programs"])
    # 50 tokens a second, each a packet of its own.
    assert work["programs"]["bare text"]["expected"] == 200


def check(programs: dict[str, Any]) -> None:
    """All arrived, later than it was sent, and cost something."""
    for name, program in programs.items():
        assert program["received"] == program["expected"] > 0, name
        assert program["cpu_ms"] > 0, name
        assert 0 < program["p50_ms"] <= program["p99_ms"], name


async def test_a_program_that_does_not_start_is_named(place: Place, tmp_path: Path):
    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemExit('no such luck')")
    size = ["--sessions", "1", "--seconds", "1", "--rounds", "1"]
    result = await place.run("bench", "voice", *size, "--against", str(broken))
    assert result.code == 1
    assert result.problems[-1] == "avatar-bridge: broken did not start: no such luck"
