"""JSON Schemas (2020-12) of our models: requests are pydantic's and closed, answers and events msgspec's and open."""

import tomllib
from functools import cache
from pathlib import Path

import msgspec
from pydantic import BaseModel, TypeAdapter

from bridge.session.events import Event

Schema = dict[str, object]
Model = type[BaseModel] | type[msgspec.Struct]

REFERENCE = "#/components/schemas/"
TEXTS = Path(__file__).with_name("fields.toml")

STAMPS: dict[str, Schema] = {
    "offset": {"type": "integer", "minimum": 1},
    "time": {"type": "number"},
    "session_id": {"type": "string"},
}
"""What the log adds to every stream event."""

_NAMES = TypeAdapter(list[str])
_VARIANTS = TypeAdapter(list[dict[str, object]])
_SCHEMAS = TypeAdapter(dict[str, dict[str, object]])


class Schemas:
    """Collects the schemas of models, and of the models within, as `components` by name."""

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}
        self._sources: dict[str, Schema] = {}

    def reference(self, model: Model) -> Schema:
        """Return a reference to the schema of `model`. Raises ValueError if two models have the same name."""
        for name, schema in _schemas(model).items():
            if self._sources.setdefault(name, schema) != schema:
                raise ValueError(f"two models are called {name}")
            self.components.setdefault(name, _described(name, schema))
        return {"$ref": REFERENCE + model.__name__}

    def parameters(self, model: Model) -> dict[str, Schema]:
        """Return the properties of a model that stands in a query, where null cannot be written.

        What is said of a model's properties holds for those that inherit them.
        """
        texts: dict[str, str] = {}
        for kind in reversed(model.__mro__):
            texts.update(field_texts().get(kind.__name__, {}))
        properties = _SCHEMAS.validate_python(_schemas(model)[model.__name__]["properties"])
        return {name: _without_null(_property(schema, texts.get(name))) for name, schema in properties.items()}

    def event(self, model: Model) -> Schema:
        """Return a reference as `reference`; a stream event has its place in the log, too."""
        found = self.reference(model)
        if issubclass(model, Event):
            self._stamp(model.__name__)
        return found

    def _stamp(self, name: str) -> None:
        event = self.components[name]
        properties = _SCHEMAS.validate_python(event["properties"])
        stamps = {key: {"description": text, **STAMPS[key]} for key, text in field_texts()["Stamp"].items()}
        required = [*_NAMES.validate_python(event.get("required", [])), *STAMPS]
        self.components[name] = {**event, "properties": {**properties, **stamps}, "required": required}


@cache
def field_texts() -> dict[str, dict[str, str]]:
    """Return what fields.toml says of the properties, by schema and name."""
    return msgspec.convert(tomllib.loads(TEXTS.read_text("utf-8")), dict[str, dict[str, str]])


def _schemas(model: Model) -> dict[str, Schema]:
    if issubclass(model, BaseModel):
        own = model.model_json_schema(ref_template=REFERENCE + "{model}")
        inner = _SCHEMAS.validate_python(own.pop("$defs", {}))
        return {**inner, model.__name__: own}
    return _SCHEMAS.validate_python(msgspec.json.schema_components([model], ref_template=REFERENCE + "{name}")[1])


def _described(name: str, schema: Schema) -> Schema:
    """Return `schema` with a text for every property and without the titles that repeat their names."""
    schema = {key: value for key, value in schema.items() if key != "title"}
    if "properties" not in schema:
        return schema
    texts = field_texts().get(name, {})
    properties = _SCHEMAS.validate_python(schema["properties"])
    schema["properties"] = {key: _property(value, texts.get(key)) for key, value in properties.items()}
    return schema


def _without_null(schema: Schema) -> Schema:
    variants = [each for each in _VARIANTS.validate_python(schema.get("anyOf", [])) if each != {"type": "null"}]
    if not variants:
        return schema
    return {**variants[0], **{key: value for key, value in schema.items() if key not in {"anyOf", "default"}}}


def _property(schema: Schema, text: str | None) -> Schema:
    schema = {key: value for key, value in schema.items() if key != "title"}
    return schema if text is None else {"description": text, **{k: v for k, v in schema.items() if k != "description"}}
