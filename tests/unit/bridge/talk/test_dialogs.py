from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import HttpUrl

from bridge.errors import InvalidRequest, SettingsError
from bridge.settings import Llm, SessionLimits, Settings, VoiceModel
from bridge.talk import dialogs
from bridge.talk.dialogs import Dialogs, Words
from dialog.builtin import BuiltinDialog
from dialog.knowledge import KnowledgeDialog

SERVER = HttpUrl("http://127.0.0.1:1/v1")
PERSONA = """
name = "Ada"
default_language = "en"
[languages.en]
system_prompt = "You are Ada."
greeting = "Hello."
apologies = ["Oh dear."]
"""


async def test_without_a_language_model_the_built_in_answers_speak() -> None:
    loaded = Dialogs.load(Settings())
    for choice in (None, "builtin"):
        part = loaded.part(choice)
        assert isinstance(part.dialog, BuiltinDialog)
        assert not part.takes_time
    with pytest.raises(InvalidRequest, match="dialog: "):
        loaded.part("llm")
    await loaded.aclose()
    await loaded.aclose()


async def test_with_one_it_speaks_unless_a_session_chooses_otherwise() -> None:
    loaded = Dialogs.load(Settings(llm=Llm(base_url=SERVER, model="m")))
    assert loaded.part() == loaded.part("llm")
    assert isinstance(loaded.part().dialog, KnowledgeDialog)
    assert loaded.part().takes_time
    assert isinstance(loaded.part("builtin").dialog, BuiltinDialog)
    await loaded.aclose()
    await loaded.aclose()


async def test_the_cloud_answers_where_a_session_or_the_settings_say_so() -> None:
    for settings, by_cloud in (
        (Settings(llm=Llm(base_url=SERVER, model="m")), False),
        (Settings(session=SessionLimits(dialog="cloud")), True),
    ):
        loaded = Dialogs.load(settings)
        assert loaded.part().by_cloud is by_cloud
        assert loaded.part("cloud").by_cloud
        assert not loaded.part("cloud").takes_time
        assert not loaded.part("builtin").by_cloud
        await loaded.aclose()
    with pytest.raises(SettingsError, match=r"session\.dialog"):
        Dialogs.load(Settings(session=SessionLimits(dialog="llm")))


async def test_an_avatar_is_a_persona(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "answers").symlink_to(dialogs.CONFIG / "answers")
    (tmp_path / "personas").mkdir()
    for name in ("default", "ada"):
        (tmp_path / "personas" / f"{name}.toml").write_text(PERSONA.replace("Ada", name), "utf-8")
    monkeypatch.setattr(dialogs, "CONFIG", tmp_path)
    loaded = Dialogs.load(Settings(llm=Llm(base_url=SERVER, model="m")))
    assert loaded.part().persona.name == "default"
    assert loaded.part(avatar="ada").persona.name == "ada"
    assert loaded.part(avatar="ada").dialog is not loaded.part().dialog
    with pytest.raises(InvalidRequest, match=r"avatar: .* ada, default"):
        loaded.part(avatar="bob")
    await loaded.aclose()
    (tmp_path / "personas" / "default.toml").unlink()
    with pytest.raises(SettingsError, match=r"default\.toml"):
        Dialogs.load(Settings())


def test_a_voice_model_answers_in_sessions_of_mode_audio() -> None:
    loaded = Dialogs.load(Settings(voice_model=VoiceModel(base_url=SERVER, model="live")))
    assert loaded.part(mode="audio").by_voice
    assert loaded.part("voice", mode="audio").by_voice
    assert not loaded.part().by_voice
    assert not loaded.part("builtin", mode="audio").by_voice
    with pytest.raises(InvalidRequest, match="mode audio"):
        loaded.part("voice")
    with pytest.raises(InvalidRequest, match=r"voice_model\.model"):
        Dialogs.load(Settings()).part("voice", mode="audio")


def test_suggestions_come_by_language() -> None:
    suggestions = Dialogs.load(Settings()).suggestions
    assert {"en", "zh"} <= set(suggestions)
    assert all(suggestions.values())


def test_apologies_come_in_turn_in_the_language_of_the_question() -> None:
    words = Words(Dialogs.load(Settings()).part().persona)
    first, second = words.apology("Hello?"), words.apology("Hello?")
    assert first != second
    assert first.isascii()
    assert not words.apology("你好").isascii()


def test_who_cannot_hear_says_so_in_turn_or_else_apologises() -> None:
    persona = Dialogs.load(Settings()).part().persona
    words = Words(persona)
    said = [words.cannot_hear("en") for _ in range(3)]
    assert all(one != other and one.isascii() for one, other in pairwise(said))
    assert not words.cannot_hear("zh").isascii()
    mute = persona.model_copy(
        update={"languages": {"en": persona.phrases("en").model_copy(update={"cannot_hear": ()})}}
    )
    assert Words(mute).cannot_hear("fr") == persona.phrases("en").apologies[0]


def test_files_that_cannot_be_used_stop_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    missing = Llm(base_url=SERVER, model="m", tools_dir=tmp_path / "none")
    with pytest.raises(SettingsError, match=r"llm\.tools_dir: "):
        Dialogs.load(Settings(llm=missing))
    (tmp_path / "broken.toml").write_text("[[tool]]\nname = 'x'\n", "utf-8")
    with pytest.raises(SettingsError, match=r"broken\.toml: tool 1"):
        Dialogs.load(Settings(llm=missing.model_copy(update={"tools_dir": tmp_path})))
    monkeypatch.setattr(dialogs, "CONFIG", tmp_path)
    with pytest.raises(SettingsError):
        Dialogs.load(Settings())
