"""JSON schemas of tools: made smaller, and turned into the form that OpenAI calls strict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Schema = dict[str, Any]

_BY_NAME = ("properties", "$defs")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SINGLE = ("items", "additionalProperties")


def untitled(schema: Schema) -> Schema:
    """Without the titles that pydantic derives from names: they cost tokens and say nothing."""
    return _inside({key: value for key, value in schema.items() if key != "title"}, untitled)


def strict_schema(schema: Schema) -> Schema:
    """In the form in which OpenAI guarantees that the arguments fit.

    Every object is closed and all its properties are required. One that has a default may be null instead, which
    `Arguments.read` takes for the default.

    Raises:
        TypeError: a part has no such form: any value, an object with free keys, an array of fixed length.
    """
    return _strict(schema, "arguments")


def _strict(schema: Schema, at: str) -> Schema:
    schema = {key: value for key, value in schema.items() if key not in ("title", "default", "discriminator")}
    if "$ref" in schema and len(schema) > 1:  # a reference stands alone
        schema["anyOf"] = [{"$ref": schema.pop("$ref")}]
    if "oneOf" in schema:
        schema["anyOf"] = schema.pop("oneOf")
    if "prefixItems" in schema:
        raise TypeError(f"{at}: an array of fixed length has no strict form: use a list or a class")
    if not {"type", "anyOf", "allOf", "$ref", "enum", "const"} & schema.keys():
        raise TypeError(f"{at}: a value of any type has no strict form: give it a type")
    if schema.get("type") == "object":
        return _strict_object(schema, at)
    return _inside(schema, lambda part: _strict(part, at))


def _strict_object(schema: Schema, at: str) -> Schema:
    if "properties" not in schema or schema.get("additionalProperties"):
        raise TypeError(f"{at}: an object with free keys has no strict form: use a class, or a list of pairs")
    properties, required = schema["properties"], schema.get("required", [])
    parts = {
        name: _strict(part, name) if name in required else _nullable(_strict(part, name))
        for name, part in properties.items()
    }
    rest = _inside({key: value for key, value in schema.items() if key != "properties"}, lambda s: _strict(s, at))
    return {**rest, "properties": parts, "required": list(properties), "additionalProperties": False}


def _nullable(schema: Schema) -> Schema:
    if "const" in schema or schema.get("type") == "null" or {"type": "null"} in schema.get("anyOf", []):
        return schema
    described = {key: value for key, value in schema.items() if key == "description"}
    kept = {key: value for key, value in schema.items() if key != "description"}
    choices = kept["anyOf"] if kept.keys() == {"anyOf"} else [kept]
    return {**described, "anyOf": [*choices, {"type": "null"}]}


def referred(schema: Schema, root: Schema) -> Schema:
    """What a `$ref` of pydantic's stands for; the schema itself if it is none."""
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Schema = root["$defs"][reference.removeprefix("#/$defs/")]
    return found


def _inside(schema: Schema, change: Callable[[Schema], Schema]) -> Schema:
    """A copy in which `change` was applied to each schema directly inside."""
    copy = dict(schema)
    for key, value in schema.items():
        if key in _BY_NAME:
            copy[key] = {name: change(part) for name, part in value.items()}
        elif key in _LISTS:
            copy[key] = [change(part) for part in value]
        elif key in _SINGLE and isinstance(value, dict):
            copy[key] = change(value)
    return copy
