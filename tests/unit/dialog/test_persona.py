from pathlib import Path

import pytest

from dialog.errors import DialogFileError
from dialog.persona import Persona

DEFAULT = Path(__file__).parents[3] / "config" / "personas" / "default.toml"


def test_the_default_persona_speaks_both_languages():
    persona = Persona.load(DEFAULT)
    assert set(persona.languages) == {"en", "zh"}
    assert persona.name in persona.phrases("en").greeting
    assert "小云" in persona.phrases("zh").system_prompt
    assert persona.phrases("fr") is persona.phrases() is persona.phrases("en")
    assert all(len(phrases.apologies) >= 3 for phrases in persona.languages.values())
    assert not any("\n" in phrases.system_prompt.strip() for phrases in persona.languages.values())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
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
