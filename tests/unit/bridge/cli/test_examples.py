"""The files that people copy: each is read as they would read it."""

import os
from pathlib import Path

import pytest

from bridge.settings_sources import load

ROOT = Path(__file__).parents[4]
EXAMPLES = sorted((ROOT / "config" / "examples").glob("*.toml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_settings(path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in [name for name in os.environ if name.upper().startswith("AVATAR_BRIDGE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AVATAR_BRIDGE_SERVER__API_KEY", "as-the-comments-in-them-say")
    monkeypatch.chdir(tmp_path)
    assert load(path) != load()


def test_there_are_some():
    assert EXAMPLES


def test_the_own_bot_stays_short():
    assert len((ROOT / "examples" / "own_bot.py").read_text("utf-8").splitlines()) < 60
