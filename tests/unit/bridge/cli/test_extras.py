from importlib import metadata

import pytest

from bridge.cli import extras


def having(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    def distribution(name: str) -> None:
        if name not in names:
            raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", distribution)


def requiring(monkeypatch: pytest.MonkeyPatch, *requirements: str) -> None:
    def requires(_name: str) -> list[str]:
        return list(requirements)

    monkeypatch.setattr(metadata, "requires", requires)


@pytest.mark.parametrize("extra", extras.NAMES)
def test_every_extra_is_one_of_the_distribution(extra: str):
    needed = " ".join(metadata.requires(extras.DISTRIBUTION) or ())
    assert f"extra == '{extra}'" in needed


def test_what_an_extra_lacks(monkeypatch: pytest.MonkeyPatch):
    requiring(
        monkeypatch, "aiohttp<4,>=3", "av>=16; extra == 'demo'", 'aiortc<2,>=1; extra == "demo"', "x; extra == 'llm'"
    )
    having(monkeypatch, "av")
    assert extras.missing("demo") == ["aiortc"]
    having(monkeypatch, "av", "aiortc")
    assert extras.missing("demo") == []


def test_what_another_python_needs_is_not_asked_for(monkeypatch: pytest.MonkeyPatch):
    requiring(monkeypatch, "audioop-lts>=0.2; python_version >= '3.13' and extra == 'pydub'")
    having(monkeypatch)
    assert extras.missing("pydub") == []


def test_a_source_tree_that_is_not_installed(monkeypatch: pytest.MonkeyPatch):
    def requires(name: str) -> list[str]:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", requires)
    assert extras.missing("demo") == []


def test_the_line_can_be_pasted_into_a_shell():
    assert extras.install_line("demo") == "pip install 'avatar-bridge[demo]'"
