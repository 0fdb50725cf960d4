"""Every message that a client may send: once as it should be, and wrong in every field, made from the models."""

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from bridge.gateway.socket.messages import ClientMessage

GOOD: dict[str, dict[str, Any]] = {
    "auth": {"token": "t", "resume": {"epoch": "e", "offset": 0}},
    "say": {"text": "Hello.", "interrupt": False, "ref": "r"},
    "say.start": {"ref": "r", "interrupt": True},
    "say.delta": {"ref": "r", "text": "Hel"},
    "say.end": {"ref": "r"},
    "chat": {"text": "Hello?", "ref": "r"},
    "audio.start": {
        "ref": "r",
        "purpose": "drive",
        "sample_rate": 16000,
        "channels": 1,
        "encoding": "s16le",
        "take": True,
    },
    "audio.end": {"ref": "r"},
    "interrupt": {"scope": "current"},
    "media": {"utterance_id": "u", "state": "sounding", "delay_ms": 5},
    "token.refresh": {},
    "ping": {},
}
OF_ANOTHER_TYPE: dict[str, list[Any]] = {
    "string": [5, True, [], {}, 1.5],
    "integer": ["5", True, 1.5, [], {}],
    "boolean": ["true", 1, [], {}],
    "object": ["x", 5, [], True],
}


def models() -> dict[str, type[BaseModel]]:
    """Return the models by the name of their message."""
    found: dict[str, type[BaseModel]] = {}
    for model in get_args(ClientMessage):
        (name,) = get_args(model.model_fields["type"].annotation)
        found[name] = model
    return found


def wrong_messages() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the field that is wrong, as an error names it, with the message."""
    for name, model in models().items():
        good = {"type": name, **GOOD[name]}
        yield "unknown", {**good, "unknown": 1}
        schema = model.model_json_schema()
        for field, rule in schema["properties"].items():
            if field == "type":
                continue
            if field in schema.get("required", []):
                yield field, {key: value for key, value in good.items() if key != field}
            for value in _wrong_values(_plain(rule, schema)):
                yield field, {**good, field: value}


def _plain(rule: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the rule of a field that may be null without that, and with its definition in place."""
    for choice in rule.get("anyOf", [rule]):
        if choice.get("type") != "null":
            return schema["$defs"][choice["$ref"].rpartition("/")[2]] if "$ref" in choice else choice
    raise AssertionError(rule)


def _wrong_values(rule: dict[str, Any]) -> Iterator[Any]:
    for values in (rule.get("enum"), [rule["const"]] if "const" in rule else None):
        if values is not None:
            yield from ("none of these", 77, [], {})
    if "enum" in rule or "const" in rule:
        return
    yield from OF_ANOTHER_TYPE[rule["type"]]
    if "maxLength" in rule:
        yield "x" * (rule["maxLength"] + 1)
    if "minLength" in rule:
        yield ""
    if "maximum" in rule:
        yield rule["maximum"] + 1
    if "minimum" in rule:
        yield rule["minimum"] - 1
    if rule["type"] == "object":
        yield {"unknown": 1}
