import pytest
from pydantic import HttpUrl

from bridge.errors import InvalidRequest, SettingsError
from bridge.settings import Llm, Settings
from bridge.talk import dialogs
from bridge.talk.dialogs import Dialogs
from dialog.builtin import BuiltinDialog


async def test_without_a_language_model_the_built_in_answers_speak() -> None:
    loaded = Dialogs.load(Settings())
    assert isinstance(loaded.of(None), BuiltinDialog)
    assert isinstance(loaded.of("builtin"), BuiltinDialog)
    for choice in ("llm", "cloud"):
        with pytest.raises(InvalidRequest, match="dialog: "):
            loaded.of(choice)
    await loaded.aclose()
    await loaded.aclose()


async def test_with_one_it_speaks_unless_a_session_chooses_otherwise() -> None:
    loaded = Dialogs.load(Settings(llm=Llm(base_url=HttpUrl("http://127.0.0.1:1/v1"), model="m")))
    assert loaded.of(None) is loaded.of("llm")
    assert isinstance(loaded.of("builtin"), BuiltinDialog)
    with pytest.raises(InvalidRequest):
        loaded.of("cloud")
    await loaded.aclose()
    await loaded.aclose()


def test_suggestions_come_by_language() -> None:
    suggestions = Dialogs.load(Settings()).suggestions
    assert {"en", "zh"} <= set(suggestions)
    assert all(suggestions.values())


def test_apologies_come_in_turn_in_the_language_of_the_question() -> None:
    apologies = Dialogs.load(Settings()).apologies
    first, second = apologies.of("Hello?"), apologies.of("Hello?")
    assert first != second
    assert first.isascii()
    assert not apologies.of("你好").isascii()


def test_files_that_cannot_be_used_stop_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setattr(dialogs, "CONFIG", tmp_path_factory.mktemp("empty"))
    with pytest.raises(SettingsError):
        Dialogs.load(Settings())
