"""JSON Schemas, read again in order to be shown to people."""

from html import escape

import msgspec

from bridge.gateway.describe.schemas import REFERENCE, Schema


class Shape(
    msgspec.Struct,
    frozen=True,
    rename={
        "ref": "$ref",
        "any_of": "anyOf",
        "values": "additionalProperties",
        "min_length": "minLength",
        "max_length": "maxLength",
        "above": "exclusiveMinimum",
    },
):
    """The part of JSON Schema that our models use."""

    ref: str | None = None
    type: str | None = None
    description: str = ""
    enum: list[str | int] = []
    const: str | None = None
    any_of: list["Shape"] = []
    items: "Shape | None" = None
    values: "bool | Shape" = True
    properties: dict[str, "Shape"] = {}
    required: list[str] = []
    default: object = msgspec.UNSET
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    min_length: int | None = None
    max_length: int | None = None


def shape_of(schema: Schema) -> Shape:
    """Return `schema` as a shape."""
    return msgspec.convert(schema, Shape)


def name_of(shape: Shape) -> str | None:
    """Return the name of the component that `shape` refers to."""
    return shape.ref.removeprefix(REFERENCE) if shape.ref else None


def type_of(shape: Shape) -> str:
    """Return in HTML what values `shape` allows, in words."""
    name = name_of(shape)
    if name is not None:
        return f'<a href="#model-{name}">{name}</a>'
    if shape.const is not None or shape.enum:
        values = [shape.const] if shape.const is not None else shape.enum
        return " | ".join(f"<code>{escape(str(value))}</code>" for value in values)
    if shape.any_of:
        return " or ".join(type_of(each) for each in shape.any_of)
    if shape.type == "array":
        return f"list of {type_of(shape.items)}" if shape.items else "list"
    if isinstance(shape.values, Shape):
        return (
            f"texts by name: {type_of(shape.values)}"
            if shape.values.type == "string"
            else (f"by name: {type_of(shape.values)}")
        )
    return f"{shape.type or 'anything'}{_bounds(shape)}"


def _bounds(shape: Shape) -> str:
    unit = " characters" if shape.type == "string" else ""
    low = shape.min_length if shape.type == "string" else shape.minimum
    high = shape.max_length if shape.type == "string" else shape.maximum
    if shape.above is not None:
        return f", more than {shape.above:g}" + (f", at most {high:g}" if high is not None else "")
    if low is not None and high is not None:
        return f", {low:g} to {high:g}{unit}"
    if high is not None:
        return f", at most {high:g}{unit}"
    return f", at least {low:g}{unit}" if low is not None else ""


def default_of(shape: Shape) -> str | None:
    """Return in HTML the default of a property that may be left out, or None if it has none."""
    if shape.default is msgspec.UNSET:
        return None
    return f"<code>{escape(msgspec.json.encode(shape.default).decode())}</code>"
