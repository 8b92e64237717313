"""Functions that an LLM may call: declared by `@function_tool`, validated from their type hints, run with a context."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...chat import FunctionCall, FunctionCallOutput
from .function_tool import FunctionTool, StopResponse, ToolError, function_tool
from .output import output_text
from .run_context import RunContext

__all__ = [
    "FunctionTool",
    "RunContext",
    "StopResponse",
    "ToolError",
    "ToolOutcome",
    "check_names",
    "check_tools",
    "function_tool",
    "output_text",
    "run_tool",
    "tools_of",
]


def tools_of(owner: object) -> list[FunctionTool]:
    """The tools declared on an object's class, bound to it, in the order of their declaration.

    A subclass replaces a tool by declaring one under the same name, and drops it by setting that name to anything else.

    Raises:
        TypeError: a tool is hidden under another decorator.
    """
    attributes: dict[str, Any] = {}
    for kind in reversed(type(owner).__mro__):
        attributes |= vars(kind)
    return [
        tool
        for name, value in attributes.items()
        if _declares_a_tool(type(owner), name, value) and isinstance(tool := getattr(owner, name), FunctionTool)
    ]


def _declares_a_tool(kind: type, name: str, value: Any) -> bool:
    if isinstance(value, FunctionTool):
        return True
    inner = value.__func__ if isinstance(value, staticmethod | classmethod) else value
    if isinstance(inner, FunctionTool) and isinstance(value, staticmethod):
        return True
    if isinstance(inner, FunctionTool) or _hides_a_tool(inner):
        raise TypeError(f"{kind.__qualname__}.{name}: @function_tool goes above the other decorators")
    return False


def _hides_a_tool(value: Any) -> bool:
    return inspect.isroutine(value) and isinstance(getattr(value, "__wrapped__", None), FunctionTool)


def check_names(tools: Sequence[Any]) -> None:
    """
    Raises:
        TypeError: one is not declared by `@function_tool`, or is a method of no object.
        ValueError: two have the same name.
    """
    seen: dict[str, FunctionTool] = {}
    for tool in tools:
        if not isinstance(tool, FunctionTool):
            raise TypeError(f"{tool!r} is no tool: declare it with @function_tool")
        if tool._bound_to is None and tool._declared.is_method:
            raise TypeError(
                f"the tool {tool.name} is a method without its object: take it from the object, not the class"
            )
        if (other := seen.setdefault(tool.name, tool)) is not tool:
            places = " and ".join(f"{t.__module__}.{t.__qualname__}" for t in (other, tool))  # type: ignore[attr-defined]
            raise ValueError(f"two tools are named {tool.name} ({places}): give one another name=, or leave it out")


def check_tools(tools: Sequence[Any]) -> None:
    """Make everything ready that a first request would otherwise wait for (0.5 s, most of it to import pydantic).

    Raises:
        TypeError: as `check_names`; or a parameter's type cannot be described in JSON, or names what does not exist.
        ValueError: two have the same name.
    """
    check_names(tools)
    for tool in tools:
        _ = tool.description, tool.parameters


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """How a call ended: what the LLM reads, the unexpected failure if there was one, and what the tool returned."""

    output: FunctionCallOutput
    error: BaseException | None = None
    result: Any = None


async def run_tool(call: FunctionCall, tools: Sequence[Any], context: RunContext[Any]) -> ToolOutcome:
    """Run one call. A failure becomes an output that says so; an unexpected one is in `error` too.

    A cancellation that is not meant for this call (the tool awaited something that others cancelled) is a failure.

    Raises:
        StopResponse: the tool wants no reply.
        asyncio.CancelledError: the call was cancelled.
    """

    def ended(text: str, *, is_error: bool = False) -> FunctionCallOutput:
        return FunctionCallOutput(call.call_id, call.name, text, is_error=is_error)

    known = {tool.name: tool for tool in tools if isinstance(tool, FunctionTool)}
    if call.name not in known:
        there_are = f"there are: {', '.join(known)}" if known else "there are none"
        return ToolOutcome(ended(f"there is no tool {call.name}; {there_are}", is_error=True))
    try:
        result = await known[call.name].run(call.arguments, context)
        return ToolOutcome(ended(output_text(result)), result=result)
    except StopResponse:
        raise
    except ToolError as error:
        return ToolOutcome(ended(error.message, is_error=True))
    except (Exception, asyncio.CancelledError) as error:
        task = asyncio.current_task()
        if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
            raise
        return ToolOutcome(ended("an internal error occurred", is_error=True), error)
