"""What was wrong with an LLM's arguments, in words that it can act on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .schema import Schema, referred

if TYPE_CHECKING:
    from pydantic import ValidationError

Path = tuple[str | int, ...]

MAX_PROBLEMS = 8
"""So many are told at once: a long list with one wrong type is one mistake."""
MAX_SHOWN = 60
"""Characters of a wrong value that are repeated."""


def problems(error: ValidationError, data: Any, arguments: Iterable[str]) -> str:
    """One line: each wrong place, what is expected there, and what was given."""
    found = error.errors(include_url=False)
    lines = dict.fromkeys(_problem(entry, data, arguments) for entry in found[:MAX_PROBLEMS])
    more = [f"and {len(found) - MAX_PROBLEMS} more"] if len(found) > MAX_PROBLEMS else []
    return "; ".join([*lines, *more])


def _problem(entry: Any, data: Any, arguments: Iterable[str]) -> str:
    kind, path = entry["type"], _path(entry["loc"], data)
    if kind == "missing":
        return f"{_text((*path, entry['loc'][-1]))}: is required, and missing"
    if kind == "extra_forbidden":
        names = ", ".join(arguments) if len(path) == 1 else ""
        return f"{_text(path)}: there is no such argument" + (f"; there are: {names}" if names else "")
    return f"{_text(path)}: {entry['msg']} (given: {_shown(entry['input'])})"


def _path(location: Sequence[str | int], data: Any) -> Path:
    """Where in the data an error is: its location without the names of the types that were tried."""
    path: list[str | int] = []
    for step in location:
        here = isinstance(data, dict) and step in data
        if here or (isinstance(data, list) and isinstance(step, int) and step < len(data)):
            data = data[step]  # type: ignore[index]
            path.append(step)
    return tuple(path)


def _text(path: Path) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".") or "arguments"


def _shown(value: Any) -> str:
    from pydantic_core import to_json

    text = to_json(value, fallback=str, inf_nan_mode="strings").decode()
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def default_nulls(errors: Sequence[Any], data: Any, schema: Schema) -> set[Path]:
    """Where null was given for what may be left out: an LLM's way to say that it wants the default."""
    nulls: set[Path] = set()
    for entry in errors:
        path = _path(entry["loc"], data)
        if path and entry["input"] is None and _value(data, path) is None and _optional(path, schema):
            nulls.add(path)
    return nulls


def without(data: Any, paths: set[Path], at: Path = ()) -> Any:
    """A copy of the data without the members at these paths."""
    if isinstance(data, dict):
        return {k: without(v, paths, (*at, k)) for k, v in data.items() if (*at, k) not in paths}
    if isinstance(data, list):
        return [without(value, paths, (*at, index)) for index, value in enumerate(data)]
    return data


def _value(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


def _optional(path: Path, root: Schema) -> bool:
    """Whether the schema has a property there that is not required."""
    schemas = [root]
    for depth, step in enumerate(path, 1):
        inside: list[Schema] = []
        for schema in [choice for one in schemas for choice in _choices(one, root)]:
            properties: Mapping[str, Schema] = schema.get("properties", {})
            if isinstance(step, int):
                inside += _items(schema, step)
            elif step in properties:
                if depth == len(path) and step not in schema.get("required", []):
                    return True
                inside.append(properties[step])
            elif isinstance(schema.get("additionalProperties"), dict):
                inside.append(schema["additionalProperties"])
        schemas = inside
    return False


def _choices(schema: Schema, root: Schema) -> list[Schema]:
    schema = referred(schema, root)
    parts = [part for key in ("anyOf", "oneOf", "allOf") for part in schema.get(key, [])]
    return [schema, *(choice for part in parts for choice in _choices(part, root))]


def _items(schema: Schema, index: int) -> list[Schema]:
    first = schema.get("prefixItems", [])
    if index < len(first):
        return [first[index]]
    return [schema["items"]] if isinstance(schema.get("items"), dict) else []
