"""Runs the tools that an LLM has called: side by side, each recorded, and what follows from them.

A tool that returns nothing wants no reply. One that returns an agent hands the conversation over to it; of several, the
first one counts. When the user interrupts, tools are let run to their end, for their work may be half done; they are
recorded then, and nothing follows from them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...chat import ChatItem, FunctionCall, FunctionCallOutput
from ..agent import Agent
from ..events import FunctionToolsExecutedEvent
from ..records import ToolCalled, ToolReturned
from ..running import RunningSession
from ..scope import Scope
from ..speech.speech_handle import CALLING_TOOL, SpeechHandle
from . import RunContext, StopResponse, ToolOutcome, output_text, run_tool

if TYPE_CHECKING:
    from . import FunctionTool

CANCELLED = "cancelled: the session was closed"
NOT_HANDED_OVER = "the user interrupted: the conversation was not handed over"


@dataclass(slots=True)
class ToolRun:
    """What came of the calls of one step."""

    items: list[ChatItem] = field(default_factory=list)
    reply_wanted: bool = False
    next_agent: Agent | None = None


@dataclass(slots=True)
class _Ended:
    output: FunctionCallOutput
    reply_wanted: bool
    next_agent: Agent | None = None


class ToolRunner:
    """`hand_over` is told of the agent that a tool has returned; `add_item` records what was cancelled."""

    def __init__(
        self,
        scope: Scope,
        session: RunningSession,
        *,
        hand_over: Callable[[Agent], object],
        add_item: Callable[[ChatItem], None],
    ) -> None:
        self._scope = scope
        self._session = session
        self._hand_over = hand_over
        self._add_item = add_item

    async def run(
        self,
        calls: Sequence[FunctionCall],
        tools: Sequence[FunctionTool],
        handle: SpeechHandle,
        said_before: asyncio.Future[None],
    ) -> ToolRun:
        """Run the calls of one step. `said_before` is done when what the speech said before them was heard."""
        running = [
            asyncio.get_running_loop().create_task(
                self._call(call, tools, handle, said_before), name=f"tool-{call.name}"
            )
            for call in calls
        ]
        try:
            await asyncio.wait(running)
        except asyncio.CancelledError:
            for task in running:
                self._scope.tasks.adopt(task)
            self._scope.tasks.spawn(self._record_later(calls, running), "record-tools")
            raise
        ended = [task.result() for task in running]
        outputs = [end.output for end in ended]
        self._scope.events.emit("function_tools_executed", FunctionToolsExecutedEvent(list(calls), outputs))
        next_agent = next((end.next_agent for end in ended if end.next_agent is not None), None)
        if next_agent is not None:
            self._hand_over(next_agent)
        return ToolRun([*calls, *outputs], any(end.reply_wanted for end in ended), next_agent)

    async def _record_later(self, calls: Sequence[FunctionCall], running: Sequence[asyncio.Task[_Ended]]) -> None:
        """Record the calls of an interrupted speech when they have ended, or are cancelled by the close."""
        try:
            await asyncio.wait(running)
        finally:
            outputs = [_late_output(call, task) for call, task in zip(calls, running, strict=True)]
            items: list[ChatItem] = [*calls, *outputs]
            for item in items:
                self._add_item(item)
            self._scope.events.emit("function_tools_executed", FunctionToolsExecutedEvent(list(calls), outputs))

    async def _call(
        self,
        call: FunctionCall,
        tools: Sequence[FunctionTool],
        handle: SpeechHandle,
        said_before: asyncio.Future[None],
    ) -> _Ended:
        CALLING_TOOL.set((handle, said_before))
        journal = self._scope.journal
        journal.append(ToolCalled(name=call.name, call=call.call_id, speech=handle.id))
        error = CANCELLED
        try:
            outcome = await run_tool(call, tools, RunContext(self._session, handle, call))
            ended = _ended(call, outcome)
            error = ended.output.output if ended.output.is_error else ""
            if outcome.error is not None:
                self._scope.error("tool", outcome.error)
        except StopResponse:
            ended, error = _Ended(_output(call, ""), reply_wanted=False), ""
        finally:
            journal.append(ToolReturned(name=call.name, call=call.call_id, error=error))
        return ended


def _late_output(call: FunctionCall, task: asyncio.Task[_Ended]) -> FunctionCallOutput:
    if not task.done() or task.cancelled():
        return _output(call, CANCELLED, is_error=True)
    ended = task.result()
    return ended.output if ended.next_agent is None else _output(call, NOT_HANDED_OVER, is_error=True)


def _ended(call: FunctionCall, outcome: ToolOutcome) -> _Ended:
    result = outcome.result
    parts = list(result) if isinstance(result, list | tuple | set | frozenset) else [result]
    agents = [part for part in parts if isinstance(part, Agent)]
    if not agents:
        return _Ended(outcome.output, outcome.output.is_error or result is not None)
    if len(agents) > 1:
        return _Ended(_output(call, "the tool returned more than one agent", is_error=True), reply_wanted=True)
    rest: Any = [part for part in parts if not isinstance(part, Agent) and part is not None]
    text = output_text(rest[0] if len(rest) == 1 else rest) if rest else ""
    return _Ended(_output(call, text), bool(rest), next_agent=agents[0])


def _output(call: FunctionCall, text: str, *, is_error: bool = False) -> FunctionCallOutput:
    return FunctionCallOutput(call.call_id, call.name, text, is_error=is_error)
