"""Calls of a tool as a session makes them, without a session."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from kit import RunContext, ToolError
from kit.chat import FunctionCall
from kit.session.speech.speech_handle import SpeechHandle
from kit.session.tools import FunctionTool, ToolOutcome, run_tool
from kit.timing import run_virtual


@dataclasses.dataclass
class StandInSession:
    """In the place of a session, for tools that ask it only for `userdata`."""

    userdata: object = "the user's data"


def context_of(tool: FunctionTool) -> RunContext[Any]:
    session: Any = StandInSession()
    return RunContext(session, SpeechHandle("speech_1"), FunctionCall("call_1", tool.name, ""))


def called(tool: FunctionTool, arguments: str = "{}") -> Any:
    """What a tool returns to an LLM's call. Raises what it raises."""

    async def main() -> Any:
        return await tool.run(arguments, context_of(tool))

    return run_virtual(main)


def outcome(tool: FunctionTool, arguments: str = "{}") -> ToolOutcome:
    """How a session would see the call end."""

    async def main() -> ToolOutcome:
        return await run_tool(FunctionCall("call_1", tool.name, arguments), [tool], context_of(tool))

    return run_virtual(main)


def wrong(tool: FunctionTool, arguments: str) -> str:
    """What the LLM is told of arguments that do not fit."""
    with pytest.raises(ToolError) as caught:
        called(tool, arguments)
    return caught.value.message
