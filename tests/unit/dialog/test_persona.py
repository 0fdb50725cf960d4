from pathlib import Path

import pytest

from dialog.errors import DialogFileError
from dialog.persona import Persona, load_personas

DEFAULT = Path(__file__).parents[3] / "config" / "personas" / "default.toml"


def test_the_default_persona_speaks_both_languages():
    persona = Persona.load(DEFAULT)
    assert set(persona.languages) == {"en", "zh"}
    assert persona.name in persona.phrases("en").greeting
    assert "小云" in persona.phrases("zh").system_prompt
    assert persona.phrases("fr") is persona.phrases() is persona.phrases("en")
    assert all(len(phrases.apologies) >= 3 for phrases in persona.languages.values())
    assert not any("\n" in phrases.system_prompt.strip() for phrases in persona.languages.values())


def test_the_words_for_turn_taking_come_with_the_persona():
    persona = Persona.load(DEFAULT)
    assert all(len(persona.fillers[language]) >= 3 for language in ("en", "zh"))
    assert persona.wake_phrases == ()
    assert persona.system_prompt("你好") == persona.phrases("zh").system_prompt
    assert persona.system_prompt("Bonjour") == persona.phrases("en").system_prompt
    assert persona.speaking_to("你好").facts.endswith("：")


def test_personas_go_by_the_names_of_their_files(tmp_path: Path):
    text = DEFAULT.read_text(encoding="utf-8")
    for name, wake in (("a", '["hey Yun"]'), ("b", "[]")):
        (tmp_path / f"{name}.toml").write_text(text.replace("wake_phrases = []", f"wake_phrases = {wake}", 1))
    personas = load_personas(tmp_path)
    assert {name: persona.wake_phrases for name, persona in personas.items()} == {"a": ("hey Yun",), "b": ()}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("wake_phrases = []", 'wake_phrases = ["?!"]', "languages, en, wake_phrases 1: String should match pattern"),
        ('"Let me think."', '""', "languages, en, fillers 1: String should have at least 1 character"),
        ('interrupted = " …"', "interrupted = 5", "languages, en, interrupted: Input should be a valid string"),
        ('default_language = "en"', 'default_language = "fr"', "default_language: has no section; the file has en, zh"),
        ("greeting =", "greting =", "languages, en, greeting: Field required"),
    ],
)
def test_a_malformed_persona_is_refused_with_its_place(tmp_path: Path, old: str, new: str, message: str):
    path = tmp_path / "p.toml"
    path.write_text(DEFAULT.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DialogFileError) as caught:
        Persona.load(path)
    assert str(caught.value).startswith(f"{path}: {message}")
