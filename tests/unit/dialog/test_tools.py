from pathlib import Path

import pytest

from dialog.errors import DialogFileError
from dialog.tools import JsonObject, Tool, entry_point, load_tools, token_of

EXAMPLE = Path(__file__).parents[3] / "config" / "examples" / "tools" / "rooms.toml"


def tool(**parts: object) -> Tool:
    return Tool.model_validate({"name": "t", "description": "Does it.", "python": "calendar:monthrange", **parts})


def test_the_example_holds_one_of_each_kind(tmp_path: Path):
    assert load_tools(tmp_path) == ()
    (tmp_path / "a.toml").write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    room, days = load_tools(tmp_path)
    assert (room.name, str(room.webhook), room.timeout_s, room.python) == (
        "room_of",
        "http://127.0.0.1:9000/tools/room",
        3,
        None,
    )
    assert entry_point(days)(year=2026, month=2) == (6, 28)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "days_in_month"', 'name = "two words"', "tool 2, name: String should match pattern"),
        ('name = "days_in_month"', 'name = "room_of"', "tool 2 (room_of), name: is used twice"),
        ("timeout_s = 3", "timeout_s = 0", "tool 1, timeout_s: Input should be greater than 0"),
        ("timeout_s = 3", 'python = "a:b"', "tool 1: Value error, give either webhook or python"),
        ('python = "calendar:monthrange"', "", "tool 2: Value error, give either webhook or python"),
        ('python = "calendar:monthrange"', 'python = "calendar"', "tool 2, python: String should match pattern"),
        ('webhook = "http:', 'webhook = "ftp:', "tool 1, webhook: URL scheme should be 'http' or 'https'"),
        (
            'type = "object"\nrequired = ["person"]',
            'type = "array"',
            "tool 1, parameters: Value error, parameters is a",
        ),
    ],
)
def test_a_malformed_file_is_refused_with_its_place(tmp_path: Path, old: str, new: str, message: str):
    text = EXAMPLE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "t.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DialogFileError) as caught:
        load_tools(tmp_path)
    assert str(caught.value).startswith(f"{path}: {message}")


@pytest.mark.parametrize(
    ("python", "message"),
    [
        ("no_such_module:f", "no_such_module cannot be imported \\(ModuleNotFoundError\\)"),
        ("calendar:no_such", "calendar has no function no_such"),
        ("calendar:January", "calendar has no function January"),
    ],
)
def test_a_function_that_is_not_there(python: str, message: str):
    with pytest.raises(DialogFileError, match=message):
        entry_point(tool(python=python))


def test_a_token_comes_from_a_file(tmp_path: Path):
    file = tmp_path / "token"
    hooked = tool(python=None, webhook="http://127.0.0.1:1/", token_file=str(file))
    with pytest.raises(DialogFileError, match="token_file: cannot be read"):
        token_of(hooked)
    for nothing in (" \n", "a\nb", "käse"):
        file.write_text(nothing, encoding="utf-8")
        with pytest.raises(DialogFileError, match="holds no token"):
            token_of(hooked)
    file.write_text("abc\n", encoding="utf-8")
    assert token_of(hooked) == "abc"
    assert token_of(tool()) is None


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"n": 1}, None),
        ({"n": 1.5}, "n is not of type integer"),
        ({"n": True}, "n is not of type integer"),
        ({}, "n is missing"),
        ({"n": 1, "s": None}, "s is not of type string"),
        ({"n": 1, "s": "x", "other": [1]}, None),
        ({"n": 1, "b": 0}, "b is not of type boolean"),
        ({"n": 1, "f": 2}, None),
        ({"n": 1, "any": {"a": 1}}, None),
    ],
)
def test_arguments_are_checked(arguments: JsonObject, problem: str | None):
    properties: JsonObject = {
        "n": {"type": "integer"},
        "s": {"type": "string"},
        "b": {"type": "boolean"},
        "f": {"type": "number"},
        "any": {},
    }
    assert (
        tool(parameters={"type": "object", "properties": properties, "required": ["n"]}).problem(arguments) == problem
    )
