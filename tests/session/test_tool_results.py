"""What an LLM reads of a tool: its result, or how it failed."""

from __future__ import annotations

import asyncio
import datetime
import enum
import math
import typing
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel, field_validator

import kit
from kit import StopResponse, ToolError, function_tool
from kit.chat import FunctionCall, FunctionCallOutput
from kit.session import tools as kit_tools
from kit.session.speech.speech_handle import SpeechHandle
from kit.session.tools import FunctionTool, run_tool
from kit.session.tools.output import MAX_OUTPUT_CHARACTERS, output_text
from kit.timing import run_virtual

from .tool_calls import context_of, outcome
from .tool_parts import Address, Clerk, Order, Size


class Point(typing.NamedTuple):
    x: int
    y: int


def containing_itself() -> list[Any]:
    result: list[Any] = []
    result.append(result)
    return result


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (None, ""),
        ("plain \N{SNOWMAN}", "plain \N{SNOWMAN}"),
        (True, "true"),
        (1.5, "1.5"),
        ({"a": [1, None], "é": "ß"}, '{"a":[1,null],"é":"ß"}'),
        ({Size.LARGE: {1}}, '{"large":[1]}'),
        (Size.LARGE, "large"),
        (enum.StrEnum("Colour", {"RED": "red"}).RED, "red"),
        (Order([{"name": "x"}]), '{"items":[{"name":"x"}],"size":"small"}'),
        (Address(city="Rome"), '{"city":"Rome","number":1}'),
        (datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC), "2026-01-02T03:04:00Z"),
        ([datetime.date(2026, 1, 2)], '["2026-01-02"]'),
        (b"\xff\x00", "_wA="),
        (Point(1, 2), "[1,2]"),
        ([math.nan, math.inf], '["NaN","Infinity"]'),
        (Decimal("0.10"), "0.10"),
        ([slice(1, 2)], '["slice(1, 2, None)"]'),
        (containing_itself(), "[[...]]"),
        ("half \ud800", "half ?"),
        (["half \ud800"], "['half \\ud800']"),
    ],
)
def test_results_as_the_llm_reads_them(result: Any, text: str) -> None:
    assert output_text(result) == text


def test_numpys_values_are_results_too() -> None:
    import numpy as np

    assert output_text({"mean": np.float32(0.5), "all": np.arange(3)}) == '{"mean":0.5,"all":[0,1,2]}'


def test_a_huge_result_is_cut_and_says_so() -> None:
    text = output_text("x" * (MAX_OUTPUT_CHARACTERS + 1))
    assert text.startswith("xxx") and text.endswith("x… (cut: the first 100000 of 100001 characters)")
    assert output_text("x" * MAX_OUTPUT_CHARACTERS) == "x" * MAX_OUTPUT_CHARACTERS
    assert len(output_text(list(range(100_000)))) < MAX_OUTPUT_CHARACTERS + 100


class Unspeakable:
    def __str__(self) -> str:
        raise KeyError("no text")


def failing(error: BaseException | None = None, result: Any = None) -> FunctionTool:
    @function_tool
    async def act() -> Any:
        if error is not None:
            raise error
        return result

    return act


def test_the_outcome_has_the_result_itself() -> None:
    result = {"a": 1}
    ended = outcome(failing(result=result))
    assert ended.result is result and ended.error is None
    assert ended.output == FunctionCallOutput("call_1", "act", '{"a":1}')


@pytest.mark.parametrize(
    ("tool", "text", "unexpected"),
    [
        (failing(ToolError("no such place")), "no such place", None),
        (failing(ToolError()), "the tool failed", None),
        (failing(KeyError("secret")), "an internal error occurred", KeyError),
        (failing(asyncio.CancelledError()), "an internal error occurred", asyncio.CancelledError),
        (failing(result=Unspeakable()), "an internal error occurred", KeyError),
    ],
)
def test_failures(tool: FunctionTool, text: str, unexpected: type[BaseException] | None) -> None:
    ended = outcome(tool)
    assert ended.output == FunctionCallOutput("call_1", "act", text, is_error=True)
    assert type(ended.error) is (unexpected or type(None))


def test_a_validation_error_of_the_tools_own_is_not_the_llms() -> None:
    @function_tool
    def act() -> None:
        Address(city=1)  # type: ignore[arg-type]

    assert outcome(act).output.output == "an internal error occurred"


def test_a_validator_that_fails_unexpectedly_is_not_the_llms() -> None:
    class Fragile(BaseModel):
        value: int

        @field_validator("value")
        @classmethod
        def check(cls, value: int) -> int:
            raise KeyError(value)

    @function_tool
    def act(fragile: Fragile) -> None: ...

    assert isinstance(outcome(act, '{"fragile": {"value": 1}}').error, KeyError)


def test_a_tool_may_want_no_reply() -> None:
    with pytest.raises(StopResponse):
        outcome(failing(StopResponse()))


def test_an_unknown_tool_is_answered_with_those_that_there_are() -> None:
    async def main() -> list[str]:
        call = FunctionCall("call_1", "nothing", "{}")
        tools = [Clerk().look, Clerk().add]
        return [(await run_tool(call, known, context_of(tools[0]))).output.output for known in (tools, [])]

    assert run_virtual(main) == [
        "there is no tool nothing; there are: look, add",
        "there is no tool nothing; there are none",
    ]


def test_a_cancelled_call_stays_cancelled() -> None:
    ended: list[str] = []

    @function_tool
    async def act() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            ended.append("ended")

    async def main() -> None:
        task = asyncio.ensure_future(run_tool(FunctionCall("call_1", "act", ""), [act], context_of(act)))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run_virtual(main)
    assert ended == ["ended"]


def test_only_coroutines_and_futures_are_awaited() -> None:
    async def main() -> list[Any]:
        loop = asyncio.get_running_loop()
        handle, future = SpeechHandle("speech_1"), loop.create_future()
        future.set_result("done")

        @function_tool
        def speech() -> Any:
            return handle

        @function_tool
        def later() -> Any:
            return future

        results = [await tool.run("", context_of(tool)) for tool in (speech, later)]
        assert results[0] is handle
        return results[1:]

    assert run_virtual(main) == ["done"]


def test_the_public_names_are_these() -> None:
    for name in ("FunctionTool", "RunContext", "StopResponse", "ToolError", "function_tool"):
        assert getattr(kit, name) is getattr(kit_tools, name)
