"""The files of tools that a language model may call."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import Field, HttpUrl, JsonValue, field_validator, model_validator

from dialog.errors import DialogFileError
from dialog.tomlfile import FileModel, read

JsonObject = dict[str, JsonValue]
Entry = Callable[..., object]


class Tool(FileModel):
    """One tool: what the model is told, and either a webhook or a Python function that does it."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    description: Annotated[str, Field(min_length=1, max_length=1024, pattern=r"\S")]
    parameters: JsonObject = Field(default_factory=lambda: {"type": "object", "properties": {}})
    """A JSON Schema of an object."""
    webhook: Annotated[HttpUrl | None, Field(strict=False)] = None
    """POSTed `{"tool", "call_id", "arguments"}`; what a 200 answers is the result."""
    token_file: Annotated[Path | None, Field(strict=False)] = None
    """A file with a bearer token for the webhook."""
    python: Annotated[str | None, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")] = None
    """`module:function`, called with the arguments by name: async, or else in a thread."""
    timeout_s: Annotated[float, Field(gt=0, le=60, strict=False)] = 5.0

    @field_validator("parameters")
    @classmethod
    def _describe_an_object(cls, parameters: JsonObject) -> JsonObject:
        if parameters.get("type") != "object" or not isinstance(parameters.get("properties", {}), dict):
            raise ValueError('parameters is a JSON Schema with type = "object" and a table of properties')
        return parameters

    @model_validator(mode="after")
    def _one_way(self) -> "Tool":
        if (self.webhook is None) == (self.python is None):
            raise ValueError("give either webhook or python")
        if self.token_file is not None and self.webhook is None:
            raise ValueError("token_file goes with webhook")
        return self

    def problem(self, arguments: JsonObject) -> str | None:
        """Say what is wrong with the arguments, or None: a required one is missing, or one has another type."""
        required, properties = self.parameters.get("required"), self.parameters.get("properties")
        for name in required if isinstance(required, list) else []:
            if name not in arguments:
                return f"{name} is missing"
        for name, value in arguments.items():
            schema = properties.get(name) if isinstance(properties, dict) else None
            wanted = schema.get("type") if isinstance(schema, dict) else None
            if isinstance(wanted, str) and not _is_a(wanted, value):
                return f"{name} is not of type {wanted}"
        return None


class ToolsFile(FileModel):
    """All tools of one file."""

    tool: Annotated[tuple[Tool, ...], Field(strict=False, min_length=1)]


def load_tools(folder: Path) -> tuple[Tool, ...]:
    """Read all `*.toml` files of a folder; none is no tools. Raises DialogFileError."""
    tools: dict[str, Tool] = {}
    for path in sorted(folder.glob("*.toml")):
        for number, tool in enumerate(read(path, ToolsFile).tool, 1):
            if tool.name in tools:
                raise DialogFileError(f"{path}: tool {number} ({tool.name}), name: is used twice; give each its own")
            tools[tool.name] = tool
    return tuple(tools.values())


def entry_point(tool: Tool) -> Entry:
    """Import the function of a Python tool. Raises DialogFileError."""
    module_name, _, name = (tool.python or "").partition(":")
    try:
        found: object = vars(importlib.import_module(module_name)).get(name)
    except Exception as error:
        raise DialogFileError(
            f"tool {tool.name}, python: {module_name} cannot be imported ({type(error).__name__});"
            " install it, or mend it"
        ) from error
    if not callable(found):
        raise DialogFileError(f"tool {tool.name}, python: {module_name} has no function {name}")
    return found


def token_of(tool: Tool) -> str | None:
    """Read the bearer token of a webhook. Raises DialogFileError."""
    if tool.token_file is None:
        return None
    try:
        token = tool.token_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DialogFileError(f"tool {tool.name}, token_file: cannot be read; check the path and its rights") from error
    if not token or not token.isascii() or not token.isprintable():
        raise DialogFileError(f"tool {tool.name}, token_file: holds no token")
    return token


_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def _is_a(wanted: str, value: JsonValue) -> bool:
    if isinstance(value, bool):
        return wanted == "boolean"
    return isinstance(value, _TYPES.get(wanted, (object,)))
