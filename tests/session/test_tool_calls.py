"""How an LLM's calls reach a tool: its arguments and its context."""

from __future__ import annotations

import asyncio
import contextvars
import datetime
import json
import typing
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Optional

import pytest

import kit
from kit import Agent, RunContext, function_tool
from kit.chat import FunctionCall
from kit.session.tools import check_tools, tools_of
from kit.timing import run_virtual

from .scenes import Scene, hold
from .tool_calls import called, context_of, wrong
from .tool_parts import Address, Clerk, Order, Size

if TYPE_CHECKING:
    from kit.session import run_context as for_type_checkers


def test_values_arrive_as_the_hints_say() -> None:
    @function_tool
    async def order(order: Order, to: Address, due: datetime.date, price: Decimal, *, urgent: bool = False) -> Any:
        return order, to, due, price, urgent

    sent = '{"order": {"items": [{"name": "x"}], "size": "large"}, "to": {"city": "Rome"}, "due": "2026-01-02",'
    sent += ' "price": "0.10"}'
    assert called(order, sent) == (
        Order([{"name": "x"}], Size.LARGE),
        Address(city="Rome"),
        datetime.date(2026, 1, 2),
        Decimal("0.10"),
        False,
    )


def test_positional_only_parameters_keep_their_defaults() -> None:
    @function_tool
    def place(a: int = 1, b: int = 2, /, c: int = 3) -> Any:
        return a, b, c

    assert called(place, '{"b": 9}') == (1, 9, 3)


def test_a_default_is_the_functions_own_object() -> None:
    unset: list[int] = []

    @function_tool
    def find(value: Any = unset) -> bool:
        return value is unset

    check_tools([find])
    assert called(find) is True and called(find, '{"value": 1}') is False


def test_null_asks_for_the_default_where_null_does_not_fit() -> None:
    @function_tool
    def find(
        count: int = 5, limit: int | None = 3, counts: dict[str, int] | None = None, address: Address | None = None
    ):  # type: ignore[no-untyped-def]
        return count, limit, counts, address

    assert called(find, '{"count": null, "limit": null}') == (5, None, None, None)
    assert called(find, '{"address": {"city": "Rome", "number": null}}')[3] == Address(city="Rome")
    assert "counts.a: Input should be a valid integer (given: null)" in wrong(find, '{"counts": {"a": null}}')
    assert wrong(find, '{"count": null, "limit": "x"}').startswith("find: limit: Input should be a valid integer")


@pytest.mark.parametrize("arguments", ["", " ", "null", "{}", '"{}"', '""'])
def test_no_arguments_may_be_written_in_several_ways(arguments: str) -> None:
    @function_tool
    def now(count: int = 1) -> int:
        return count

    assert called(now, arguments) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ('{"size": "huge", "count": 1}', "set: size: Input should be 'small' or 'large' (given: \"huge\")"),
        ('{"size": "small"}', "set: count: is required, and missing"),
        ('{"size": "small", "count": null}', "set: count: Input should be a valid integer (given: null)"),
        ('{"size": "small", "count": 1, "x": 2}', "set: x: there is no such argument; there are: size, count, to"),
        ('{"size": "small", "count": 1, "to": [{"city": "x"}, {}]}', "set: to[1].city: is required, and missing"),
        ("[1]", "set: arguments: expected one JSON object, not an array"),
        ("12", "set: arguments: expected one JSON object, not a number"),
        ("true", "set: arguments: expected one JSON object, not true or false"),
        ('{"size": ', "set: arguments: Invalid JSON: EOF while parsing"),
        ('"Paris"', "set: arguments: Invalid JSON: "),
        ("\ud800", "set: arguments: Invalid JSON: "),
        ("[" * 100_000, "set: arguments: Invalid JSON: recursion limit exceeded"),
        (f'{{"count": {"1" * 5000}}}', "set: arguments: Invalid JSON: number out of range"),
    ],
)
def test_an_llm_is_told_what_was_wrong_with_its_arguments(arguments: str, message: str) -> None:
    @function_tool(name="set")
    def change(size: Size, count: int, to: list[Address] = []) -> None: ...  # noqa: B006

    assert wrong(change, arguments).startswith(message)


def test_many_mistakes_are_not_all_told() -> None:
    @function_tool
    def add(numbers: list[int]) -> None: ...

    message = wrong(add, json.dumps({"numbers": ["x" * 500] * 1000}))
    assert message.endswith("; and 992 more") and len(message) < 2000


def test_raw_schemas() -> None:
    parameters = {"type": "object", "properties": {"gate": {"type": "string"}}, "required": ["gate"]}
    flat = {"type": "function", "name": "open_gate", "description": "Open it.", "parameters": parameters}

    class Guard:
        @function_tool(raw_schema={"type": "function", "function": flat})
        async def open(self, raw_arguments: dict[str, object], ctx: RunContext, count: int = 2) -> Any:
            return raw_arguments, ctx.function_call.name, count

    @function_tool(raw_schema={**flat, "strict": True})
    def alone(raw_arguments: dict[str, object]) -> Any:
        return raw_arguments

    (tool,) = tools_of(Guard())
    assert (tool.name, tool.description, tool.parameters) == ("open_gate", "Open it.", parameters)
    assert called(tool, '{"gate": 1, "other": null}') == ({"gate": 1, "other": None}, "open_gate", 2)
    assert wrong(tool, "[]") == "open_gate: arguments: expected one JSON object, not an array"
    assert alone.strict and not tool.strict
    tool.parameters.clear()
    parameters.clear()
    assert tool.parameters["required"] == ["gate"]


def test_the_context_has_any_name_place_and_form() -> None:
    @function_tool
    def generic(a: int, context: RunContext[dict[str, int]], b: int = 2) -> Any:
        return context.userdata, a, b

    @function_tool
    def keyword(a: int, *, c: Optional[RunContext] = None) -> Any:  # noqa: UP045
        return c.userdata, a  # type: ignore[union-attr]

    @function_tool
    def first(ctx: kit.RunContext | None, /, a: int) -> Any:
        return ctx.userdata, a  # type: ignore[union-attr]

    @function_tool
    def annotated(ctx: Annotated[RunContext, "what is there"], a: int) -> Any:
        return ctx.userdata, a

    @function_tool
    def typing_only(a: int, ctx: for_type_checkers.RunContext[int]) -> Any:
        return ctx.userdata, a

    for tool in (generic, keyword, first, annotated, typing_only):
        shown = set(tool.parameters["properties"])
        assert "a" in shown and shown <= {"a", "b"}
        assert called(tool, '{"a": 1}')[:2] == ("the user's data", 1)
    assert typing.get_type_hints(generic)["context"] == RunContext[dict[str, int]]


def test_what_a_tool_may_ask_of_its_context() -> None:
    seen: list[Any] = []

    class Asks(Agent):
        @function_tool
        async def look(self, ctx: RunContext[list[str]], place: str) -> str:
            assert ctx.session is self.session and ctx.speech_handle is self.session.current_speech
            seen.append((ctx.userdata, ctx.function_call.name, json.loads(ctx.function_call.arguments)))
            before = asyncio.get_running_loop().time()
            elsewhere = contextvars.Context()
            await asyncio.get_running_loop().create_task(ctx.wait_for_playout(), context=elsewhere)
            assert ctx.speech_handle.allow_interruptions
            ctx.disallow_interruptions()
            assert not ctx.speech_handle.allow_interruptions
            seen.append(asyncio.get_running_loop().time() - before)
            return "sunny"

    scene = hold(
        ask_and_wait, agent=Asks(), replies=[saying("Let me see.", "look", place="Paris"), "Sunny."], userdata=["x"]
    )
    assert seen[0] == (["x"], "look", {"place": "Paris"})
    assert seen[1] == pytest.approx(0.2 + len("Let me see.") / 15, abs=0.01)
    assert scene.said()[-2:] == [("assistant", "Let me see."), ("assistant", "Sunny.")]


def test_interruptions_cannot_be_disallowed_after_one() -> None:
    async def main() -> None:
        context = context_of(Clerk().look)
        context.speech_handle.interrupt()
        with pytest.raises(RuntimeError, match="speech_1 was interrupted before its tool look"):
            context.disallow_interruptions()

    run_virtual(main)


async def ask_and_wait(scene: Scene) -> None:
    await scene.ask()
    await asyncio.sleep(10)


def saying(text: str, name: str, **arguments: Any) -> Any:
    from kit.models.simulated import Reply

    return Reply(text, (FunctionCall("", name, json.dumps(arguments)),))
