"""Tools of random signatures: what fits the schema arrives as it was meant, and what does not is told to the LLM."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import inspect
import json
from typing import Any, Literal, NotRequired, TypedDict

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, create_model

from kit import RunContext, ToolError, function_tool
from kit.session.tools import FunctionTool

from .tool_calls import called

Kind = tuple[Any, st.SearchStrategy[Any]]
"""A type hint, and values that fit it."""

slowly = settings(derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


class Size(enum.Enum):
    SMALL = "small"
    LARGE = 2


LEAVES: list[Kind] = [
    (int, st.integers()),
    (float, st.floats(allow_nan=False, allow_infinity=False)),
    (bool, st.booleans()),
    (str, st.text(max_size=5)),
    (Size, st.sampled_from(Size)),
    (Literal["a", 1], st.sampled_from(["a", 1])),
    (datetime.date, st.dates()),
]


def optional(inner: Kind) -> Kind:
    return inner[0] | None, st.none() | inner[1]


def several(inner: Kind) -> Kind:
    return list[inner[0]], st.lists(inner[1], max_size=3)  # type: ignore[name-defined]


def by_name(inner: Kind) -> Kind:
    return dict[str, inner[0]], st.dictionaries(st.text(max_size=3), inner[1], max_size=3)  # type: ignore[name-defined]


def pair(inner: Kind) -> Kind:
    return tuple[inner[0], int], st.tuples(inner[1], st.integers())  # type: ignore[name-defined]


def in_dataclass(inner: Kind) -> Kind:
    kind = dataclasses.make_dataclass("Made", [("value", inner[0]), ("more", int, dataclasses.field(default=3))])
    return kind, st.builds(kind, inner[1], st.integers())


def in_model(inner: Kind) -> Kind:
    kind: type[BaseModel] = create_model("Modelled", value=(inner[0], ...), more=(int, 3))
    return kind, st.builds(lambda value, more: kind(value=value, more=more), inner[1], st.integers())


def in_typed_dict(inner: Kind) -> Kind:
    kind = TypedDict("Typed", {"value": inner[0], "more": NotRequired[int]})  # type: ignore[misc]  # noqa: UP013
    return kind, st.fixed_dictionaries({"value": inner[1]}, optional={"more": st.integers()})


CONTAINERS = [optional, several, by_name, pair]
CLASSES = [in_dataclass, in_model]


@st.composite
def kinds(draw: st.DrawFn) -> Kind:
    kind = draw(st.sampled_from(LEAVES))
    for wrap in draw(st.lists(st.sampled_from(CONTAINERS + CLASSES), max_size=3)):
        kind = wrap(kind)
    return in_typed_dict(kind) if draw(st.booleans()) else kind  # outermost: within a class, pydantic refuses it


@dataclasses.dataclass
class Made:
    """A tool, and the values that it is to be called with."""

    tool: FunctionTool
    values: dict[str, Any]

    @property
    def sent(self) -> Any:
        return as_json(self.values)


@st.composite
def tools(draw: st.DrawFn, strict: bool = False) -> Made:
    """A function whose result is the arguments that it was called with, by name."""
    names = draw(st.lists(st.sampled_from(["a", "copy", "_x", "json", "context", "values"]), unique=True, max_size=4))
    order = sorted(draw(st.lists(st.integers(0, 2), min_size=len(names), max_size=len(names))))
    places = [list(inspect._ParameterKind)[(0, 1, 3)[index]] for index in order]
    defaults_from = draw(st.integers(0, len(names)))
    parameters, values = [], {}
    for index, (name, place) in enumerate(zip(names, places, strict=True)):
        hint, fitting = draw(kinds())
        default = draw(fitting) if index >= defaults_from else inspect.Parameter.empty
        parameters.append(inspect.Parameter(name, place, annotation=hint, default=default))
        if default is inspect.Parameter.empty or draw(st.booleans()):
            values[name] = draw(fitting)
    if draw(st.booleans()):
        ctx = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=RunContext[int])
        parameters.append(ctx)
    signature = inspect.Signature(parameters)

    def received(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return bound.arguments

    received.__signature__ = signature  # type: ignore[attr-defined]
    return Made(function_tool(strict=strict)(received) if strict else function_tool(received), values)


def as_json(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, BaseModel):
        return {name: as_json(getattr(value, name)) for name in type(value).model_fields}
    if dataclasses.is_dataclass(value):
        return {field.name: as_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {name: as_json(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(part) for part in value]
    return value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@slowly
@given(made=tools())
def test_values_arrive_equal_and_the_rest_keeps_its_defaults(made: Made) -> None:
    received = called(made.tool, json.dumps(made.sent))
    context = received.pop("ctx", None)
    assert context is None or isinstance(context, RunContext)
    assert {name: received[name] for name in made.values} == made.values
    assert {name: type(received[name]) for name in made.values} == {n: type(v) for n, v in made.values.items()}
    assert set(received) == set(made.tool.parameters["properties"])


def fitting(schema: dict[str, Any], root: dict[str, Any]) -> st.SearchStrategy[Any]:
    """JSON values that a schema of these tests allows."""
    if "$ref" in schema:
        return fitting(root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root)
    if "anyOf" in schema:
        return st.one_of([fitting(choice, root) for choice in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema["type"] == "object":
        return objects(schema, root)
    if schema["type"] == "array":
        if "prefixItems" in schema:
            return st.tuples(*(fitting(part, root) for part in schema["prefixItems"])).map(list)
        return st.lists(fitting(schema["items"], root), max_size=3)
    return {
        "null": st.none(),
        "boolean": st.booleans(),
        "integer": st.integers(),
        "number": st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False),
        "string": st.dates().map(str) if schema.get("format") == "date" else st.text(max_size=5),
    }[schema["type"]]


def objects(schema: dict[str, Any], root: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "properties" not in schema:
        return st.dictionaries(st.text(max_size=3), fitting(schema["additionalProperties"], root), max_size=3)
    parts = {name: fitting(part, root) for name, part in schema["properties"].items()}
    required = {name: part for name, part in parts.items() if name in schema.get("required", [])}
    rest = {name: part for name, part in parts.items() if name not in required}
    return st.fixed_dictionaries(required, optional=rest)


@slowly
@given(made=tools(), data=st.data())
def test_whatever_the_schema_allows_is_taken(made: Made, data: st.DataObject) -> None:
    schema = made.tool.parameters
    called(made.tool, json.dumps(data.draw(fitting(schema, schema))))


@slowly
@given(made=tools(strict=True), data=st.data())
def test_whatever_the_strict_schema_allows_is_taken(made: Made, data: st.DataObject) -> None:
    try:
        schema = made.tool.parameters
    except TypeError as error:
        assert "has no strict form" in str(error)
        return
    called(made.tool, json.dumps(data.draw(fitting(schema, schema))))


def changed(value: Any, data: st.DataObject) -> Any:
    """The value with one part of it replaced, left out or added."""
    if isinstance(value, dict) and value and data.draw(st.booleans()):
        name = data.draw(st.sampled_from(sorted(value)))
        rest = {key: part for key, part in value.items() if key != name}
        return rest if data.draw(st.booleans()) else {**rest, name: changed(value[name], data)}
    if isinstance(value, list) and value and data.draw(st.booleans()):
        return [changed(value[0], data), *value[1:]]
    if isinstance(value, dict) and data.draw(st.booleans()):
        return {**value, data.draw(st.text(max_size=3)): data.draw(JSON)}
    return data.draw(JSON)


@slowly
@given(made=tools(), data=st.data())
def test_arguments_that_do_not_fit_are_only_ever_a_tool_error(made: Made, data: st.DataObject) -> None:
    for _ in range(5):
        text = data.draw(st.text(max_size=20)) if data.draw(st.booleans()) else json.dumps(changed(made.sent, data))
        try:
            called(made.tool, text)
        except ToolError as error:
            assert error.message.startswith("received: ") and len(error.message) < 3000
