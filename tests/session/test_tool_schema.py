"""What an LLM is shown of a tool."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
import math
import typing
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional

import pytest
from pydantic import Field

from kit import RunContext, function_tool
from kit.session.tools import FunctionTool, check_tools

from .tool_calls import called, wrong
from .tool_parts import Address, Clerk, Item, Order, Size

if TYPE_CHECKING:
    from nowhere import Missing


def properties(tool: FunctionTool) -> dict[str, Any]:
    found: dict[str, Any] = tool.parameters["properties"]
    return found


def test_the_schema_comes_from_hints_and_defaults() -> None:
    @function_tool
    def order(
        a: int,
        b: float | None,
        c: Literal["x", "y"],
        d: Size,
        e: dict[str, list[int]],
        f: Optional[str] = None,  # noqa: UP045
        g: int = None,  # type: ignore[assignment]  # noqa: RUF013
        h=3,  # type: ignore[no-untyped-def]
        *,
        i: Size = Size.LARGE,
        j: datetime.date = datetime.date(2026, 1, 2),
        k: Any = math,
    ) -> None: ...

    schema = order.parameters
    assert schema["required"] == ["a", "b", "c", "d", "e"] and schema["additionalProperties"] is False
    assert schema["$defs"] == {"Size": {"enum": ["small", "large"], "type": "string"}}
    assert schema["properties"] == {
        "a": {"type": "integer"},
        "b": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "c": {"enum": ["x", "y"], "type": "string"},
        "d": {"$ref": "#/$defs/Size"},
        "e": {"additionalProperties": {"items": {"type": "integer"}, "type": "array"}, "type": "object"},
        "f": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "g": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
        "h": {"default": 3},
        "i": {"$ref": "#/$defs/Size", "default": "large"},
        "j": {"default": "2026-01-02", "format": "date", "type": "string"},
        "k": {},
    }


GOOGLE = """Order it.

    Soon.

    Args:
        place (str): Where
            it is.
        count: How many.

    Returns:
        Nothing.
    """
NUMPY = """Order it.

    Soon.

    Parameters
    ----------
    place : str
        Where
        it is.
    count : int, optional
        How many.
    """
REST = """Order it.

    Soon.

    :param str place: Where
        it is.
    :param count: How many.
    :returns: Nothing.
    """


@pytest.mark.parametrize("doc", [GOOGLE, NUMPY, REST])
def test_descriptions_come_from_the_docstring(doc: str) -> None:
    def order(place: str, count: int = 1) -> None: ...

    order.__doc__ = doc
    tool = function_tool(order)
    assert tool.description == "Order it.\nSoon."
    assert properties(tool)["place"]["description"].split() == ["Where", "it", "is."]
    assert properties(tool)["count"]["description"] == "How many."


def test_descriptions_may_stand_in_the_hints() -> None:
    @function_tool
    def order(
        a: Annotated[int, "text"],
        b: Annotated[int, Field(ge=2, description="field")],
        c: Annotated[int, "optional"] | None = None,
        d: int = Field(5, le=9, description="default"),
        e: Annotated[int, Field(default=7)] = 8,
        f: Annotated[list[int], Field(default_factory=lambda: [1])] = Field(),  # noqa: B008
    ) -> Any:
        """Order.

        Args:
            a: not this
            b: nor this
            e: but this
        """
        return a, b, c, d, e, f

    found = properties(order)
    texts = {name: schema.get("description") for name, schema in found.items()}
    assert texts == {"a": "text", "b": "field", "c": "optional", "d": "default", "e": "but this", "f": None}
    assert order.parameters["required"] == ["a", "b"]
    assert (found["b"]["minimum"], found["d"]["maximum"], found["d"]["default"]) == (2, 9, 5)
    assert called(order, '{"a": 1, "b": 2}') == (1, 2, None, 5, 8, [1])
    assert "b: Input should be greater than or equal to 2 (given: 1)" in wrong(order, '{"a": 1, "b": 1}')


def test_a_docstring_of_no_known_form_is_the_description() -> None:
    @function_tool
    def order() -> None:
        """Args:
        no colon here
        """

    assert "no colon here" in order.description


def test_hints_may_name_classes_of_the_enclosing_scopes() -> None:
    class Colour(enum.Enum):
        RED = "red"

    @dataclasses.dataclass
    class Paint:
        colour: Colour

    class Painter:
        class Tool(enum.Enum):
            BRUSH = "brush"

        @function_tool
        def paint(self, paint: Paint, tool: Tool, later: Later, deep: list[Paint] | None = None) -> Any:
            return paint, tool, later, deep

    class Later(typing.TypedDict):
        colour: Colour

    tool = Painter().paint
    assert called(tool, '{"paint": {"colour": "red"}, "tool": "brush", "later": {"colour": "red"}}') == (
        Paint(Colour.RED),
        Painter.Tool.BRUSH,
        {"colour": Colour.RED},
        None,
    )


class Typed(typing.TypedDict, total=False):
    size: typing.Required[Size]
    count: int
    others: list[Typed2]


class Typed2(typing.TypedDict):
    item: Item
    count: typing.NotRequired[Annotated[int, Field(ge=1)]]


def test_typed_dicts_of_typing() -> None:
    @function_tool
    def take(
        value: Typed,
        many: Annotated[list[Typed2] | None, "many"] = None,
        by_name: typing.Dict[str, Typed2] = {},  # noqa: B006, UP006
    ) -> Any:
        return value, many, by_name

    defined = take.parameters["$defs"]
    assert defined["Typed"]["required"] == ["size"] and defined["Typed2"]["required"] == ["item"]
    assert properties(take)["many"]["description"] == "many"
    item = {"item": {"name": "x"}}
    sent = {"value": {"size": "small", "others": [item]}, "many": [item], "by_name": {"a": item}}
    assert called(take, json.dumps(sent)) == ({"size": Size.SMALL, "others": [item]}, [item], {"a": item})
    assert "value.size: is required" in wrong(take, '{"value": {}}')


def test_a_hint_may_name_what_only_the_closure_knows() -> None:
    def maker(kind: Any) -> Any:
        def take(value: kind) -> Any:
            return kind(value)

        return take

    assert called(function_tool(maker(int)), '{"value": "3"}') == 3


def test_hints_may_name_what_the_module_defines_later() -> None:
    @function_tool
    def take(value: Defined) -> Any:  # noqa: F821
        return value

    globals()["Defined"] = int
    try:
        assert called(take, '{"value": 3}') == 3
    finally:
        del globals()["Defined"]


def test_what_a_hint_cannot_mean_is_said_with_the_tools_name() -> None:
    @function_tool
    def missing(value: Missing) -> None: ...

    @function_tool
    def wild(first: int, value: Callable[[], int]) -> None: ...

    @function_tool
    def unknown(first: int, *, value: list[Unknown]) -> None: ...

    @function_tool
    def untyped(first: int, value: UnknownDict) -> None: ...

    @function_tool
    def mine(ctx: OfMyOwn) -> None: ...

    with pytest.raises(TypeError, match=r"tool missing: the type hint of value names Missing, which does not exist"):
        check_tools([missing])
    with pytest.raises(TypeError, match=r"tool wild: the type of value cannot be described in JSON"):
        check_tools([wild])
    for tool in (unknown, untyped):
        with pytest.raises(
            TypeError, match=r"the type of value cannot be described in JSON: .*'Missing' is not defined"
        ):
            check_tools([tool])
    with pytest.raises(TypeError, match=r"tool mine: OfMyOwn is a RunContext of your own"):
        check_tools([mine])


@dataclasses.dataclass
class Unknown:
    value: Missing


class UnknownDict(typing.TypedDict):
    value: Missing


class OfMyOwn(RunContext[Any]):
    pass


def test_parameters_may_have_the_names_of_pydantics_own_methods() -> None:
    @function_tool
    def odd(copy: int, _x: int, model_config: int, json: int, schema: int, self_: int, a0: int, validate: int) -> Any:
        return copy, _x, model_config, json, schema, self_, a0, validate

    names = ["copy", "_x", "model_config", "json", "schema", "self_", "a0", "validate"]
    assert list(properties(odd)) == names
    assert called(odd, json.dumps({name: index for index, name in enumerate(names)})) == tuple(range(8))


def test_a_schema_belongs_to_whoever_asked_for_it() -> None:
    tool = Clerk().look
    tool.parameters["properties"].clear()
    assert list(Clerk().look.parameters["properties"]) == ["place"]
    assert list(tool.parameters["properties"]) == ["place"]


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for value in schema.values():
            yield from objects(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from objects(value)


def test_the_strict_form() -> None:
    @function_tool(strict=True)
    def order(
        what: Order,
        where: Address,
        note: str = "none",
        size: Size = Size.LARGE,
        tags: list[str] | None = None,
        kind: Literal["order"] = "order",
    ) -> Any:
        """Order.

        Args:
            what: What.
            size: How large.
        """
        return what, where, note, size, tags

    schema = order.parameters
    assert order.strict and not Clerk().look.strict
    found = list(objects(schema))
    assert len(found) == 4
    assert all(o["additionalProperties"] is False and o["required"] == list(o["properties"]) for o in found)
    assert "default" not in json.dumps(schema) and "title" not in json.dumps(schema)
    large = {"anyOf": [{"$ref": "#/$defs/Size"}, {"type": "null"}], "description": "How large."}
    assert schema["properties"]["size"] == large
    assert schema["properties"]["what"] == {"anyOf": [{"$ref": "#/$defs/Order"}], "description": "What."}
    assert schema["properties"]["kind"] == {"const": "order", "type": "string"}
    sent = {"what": {"items": [{"name": "x", "count": None}], "size": None}, "where": {"city": "Rome", "number": None}}
    assert called(order, json.dumps({**sent, "note": None, "size": None, "tags": None, "kind": "order"})) == (
        Order([{"name": "x"}], Size.SMALL),
        Address(city="Rome", number=1),
        "none",
        Size.LARGE,
        None,
    )


def test_what_has_no_strict_form_is_refused() -> None:
    def free(counts: dict[str, int]) -> None: ...
    def anything(value) -> None: ...  # type: ignore[no-untyped-def]
    def pair(value: tuple[int, str]) -> None: ...

    for function, message in [
        (free, "counts: an object with free keys"),
        (anything, "value: a value of any type"),
        (pair, "value: an array of fixed length"),
    ]:
        with pytest.raises(TypeError, match=f"tool {function.__name__}: {message} has no strict form"):
            check_tools([function_tool(strict=True)(function)])
        check_tools([function_tool(function)])
