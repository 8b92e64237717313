"""What may be declared as a tool, and which tools an object has."""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kit import RunContext, function_tool
from kit.session.tools import check_names, check_tools, tools_of

from .tool_calls import called
from .tool_parts import Clerk


def test_a_tool_is_still_its_function() -> None:
    @function_tool
    def double(value: int) -> int:
        """Twice the value."""
        return 2 * value

    assert double(21) == 42 and double(value=2) == 4
    assert (double.__name__, double.__doc__) == ("double", "Twice the value.")


def test_name_and_description_may_be_given() -> None:
    @function_tool(name="find-it", description="Look it up.")
    def find() -> None:
        """Not this."""

    assert (find.name, find.description) == ("find-it", "Look it up.")


def raw_generator() -> Iterator[int]:
    yield 1


@pytest.mark.parametrize(
    ("declare", "kind", "message"),
    [
        (lambda: function_tool(lambda x: x), TypeError, "a lambda has no name"),
        (lambda: function_tool(name="x")(lambda x: x), TypeError, "a lambda has no name"),
        (lambda: function_tool(functools.partial(print)), TypeError, "wrap it in a def"),
        (lambda: function_tool(print), TypeError, "wrap it in a def"),
        (lambda: function_tool("text"), TypeError, "wrap it in a def"),
        (lambda: function_tool(raw_generator), TypeError, "tool raw_generator: a generator"),
        (lambda: function_tool(classmethod(lambda cls: 1)), TypeError, "class method"),
        (lambda: function_tool(function_tool(called)), TypeError, "called is a tool already"),
        (lambda: function_tool(name="get weather")(called), ValueError, "cannot be named 'get weather'"),
        (lambda: function_tool(name="x" * 65)(called), ValueError, "up to 64"),
        (lambda: function_tool(raw_schema={"name": "x", "parameters": {}})(called), TypeError, "`raw_arguments: dict`"),
        (lambda: function_tool(raw_schema={"parameters": {}})(called), ValueError, "called needs a name"),
        (lambda: function_tool(raw_schema={"name": "x"})(called), ValueError, "needs parameters"),
        (lambda: function_tool(raw_schema={"name": "x"}, name="y"), ValueError, "leave name="),
    ],
)
def test_what_cannot_be_a_tool_is_refused(declare: Callable[[], Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        declare()


def test_parameters_without_a_name_are_refused() -> None:
    with pytest.raises(TypeError, match=r"tool many: \*args has no schema"):

        @function_tool
        def many(*args: int) -> None: ...

    with pytest.raises(TypeError, match=r"\*\*options has no schema"):

        @function_tool
        def named(**options) -> None: ...  # type: ignore[no-untyped-def]


DECLARES = """
import sys
from kit import RunContext, function_tool

class Clerk:
    @function_tool
    async def look(self, ctx: RunContext, place: str) -> str:
        'Look.'
        return place

heavy = {"pydantic", "docstring_parser"} & set(sys.modules)
assert not heavy, heavy
assert list(Clerk().look.parameters["properties"]) == ["place"]
assert "pydantic" in sys.modules
"""


def test_declaring_imports_neither_pydantic_nor_the_docstring_parser() -> None:
    result = subprocess.run([sys.executable, "-c", DECLARES], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_methods_are_bound_and_static_functions_are_not() -> None:
    look, add, subtract = tools_of(Clerk())
    assert [tool.name for tool in (look, add, subtract)] == ["look", "add", "subtract"]
    assert called(look, '{"place": "Paris"}') == "Clerk looked at Paris"
    assert called(add, '{"a": 3, "b": 2}') == 5
    assert called(subtract, '{"a": 3, "b": 2}') == 1
    assert [list(tool.parameters["properties"]) for tool in (look, add)] == [["place"], ["a", "b"]]


def test_a_bound_method_may_be_declared_where_it_is_used() -> None:
    class Plain:
        def look(self, place: str) -> str:
            return place

    thing = Plain()
    tool = function_tool(thing.look)
    assert called(tool, '{"place": "here"}') == "here"
    assert tool == function_tool(thing.look) != function_tool(Plain().look)


def test_a_subclass_replaces_and_drops_tools_and_a_mixin_adds_some() -> None:
    class Mixin:
        @function_tool
        def mixed_in(self) -> None: ...

    class Silent(Clerk):
        look = None  # type: ignore[assignment]

    class Plain(Mixin, Clerk):
        def look(self, place: str) -> str:  # type: ignore[override]
            return "plain"

        @function_tool(name="sum")
        def add(self, numbers: list[int]) -> int:  # type: ignore[override]
            return sum(numbers)

    assert [tool.name for tool in tools_of(Silent())] == ["add", "subtract"]
    assert [tool.name for tool in tools_of(Plain())] == ["sum", "subtract", "mixed_in"]
    assert called(tools_of(Plain())[0], '{"numbers": [1, 2]}') == 3


def test_a_tool_under_another_decorator_is_not_lost_silently() -> None:
    def logged(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(*args: Any) -> Any:
            return function(*args)

        return wrapper

    class Hidden:
        @logged
        @function_tool
        def look(self) -> None: ...

    class OfTheClass:
        @classmethod
        @function_tool
        def look(cls) -> None: ...

    class OnTop:
        @function_tool
        @logged
        def look(self, place: str) -> str:
            """Look."""
            return place

    for kind in (Hidden, OfTheClass):
        with pytest.raises(TypeError, match=r"look: @function_tool goes above the other decorators"):
            tools_of(kind())
    (look,) = tools_of(OnTop())
    assert look.description == "Look." and look.parameters["required"] == ["place"]


def test_tools_are_equal_if_an_llm_is_given_the_same() -> None:
    def look(place: str) -> None: ...

    one, other = Clerk(), Clerk()
    assert one.look == one.look and hash(one.look) == hash(one.look)
    assert one.look != other.look
    assert function_tool(look) == function_tool(look)
    assert function_tool(look) != function_tool(name="see")(look)
    assert function_tool(look) != function_tool(description="Look.")(look)
    assert function_tool(look) != function_tool(strict=True)(look)
    assert function_tool(look) != look


def test_names_are_checked() -> None:
    @function_tool(name="look")
    def see() -> None: ...

    clerk = Clerk()
    check_names([*tools_of(clerk), function_tool(called)])
    with pytest.raises(ValueError, match=r"two tools are named look \(.*Clerk\.look and .*see\)"):
        check_names([clerk.look, see])
    with pytest.raises(TypeError, match="look is a method without its object"):
        check_names([Clerk.look])
    with pytest.raises(TypeError, match="is no tool: declare it with @function_tool"):
        check_names([called])


def test_a_method_without_self_is_told_so() -> None:
    class Mistaken:
        @function_tool
        def look(ctx: RunContext) -> None: ...

        @function_tool(raw_schema={"name": "raw", "parameters": {"type": "object", "properties": {}}})
        def raw(*, raw_arguments: dict) -> None: ...  # type: ignore[misc, type-arg]

    for tool in tools_of(Mistaken()):
        with pytest.raises(TypeError, match=r"a method needs self first"):
            check_tools([tool])
