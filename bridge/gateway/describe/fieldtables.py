"""Tables of the properties of a model."""

from collections.abc import Mapping

from bridge.gateway.describe.html import inline, table
from bridge.gateway.describe.route import Parameter
from bridge.gateway.describe.schemas import Schema
from bridge.gateway.describe.shapes import Shape, default_of, name_of, shape_of, type_of


def model_table(caption: str, schema: Schema, components: Mapping[str, Schema]) -> str:
    """Return the properties of the model that `schema` refers to, or says; nothing if it has none."""
    shape = shape_of(schema)
    name = name_of(shape)
    if name is not None:
        shape = shape_of(components[name])
    if not shape.properties:
        return ""
    rows = [
        (f"<code>{key}</code>", type_of(each), _need(key, each, shape), inline(each.description))
        for key, each in shape.properties.items()
    ]
    return table(caption, ("Member", "Type", "Default", "Meaning"), rows)


def parameter_table(parameters: list[Parameter]) -> str:
    """Return the parameters of a call; nothing if it has none."""
    if not parameters:
        return ""
    rows = [
        (
            f"<code>{parameter.name}</code>",
            parameter.where,
            "required" if parameter.required else "",
            inline(parameter.text),
        )
        for parameter in parameters
    ]
    return table("Parameters", ("Name", "In", "", "Meaning"), rows)


def _need(key: str, shape: Shape, owner: Shape) -> str:
    if key in owner.required:
        return "required" if owner.values is False else ""
    return default_of(shape) or "may be missing"
