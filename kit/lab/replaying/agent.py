"""The agent of a replay, with a hook and tools that take as long as they took; and a loudspeaker as late as it was."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...chat import ChatContext, ChatMessage
from ...session.agent import Agent
from ...session.tools import FunctionTool, StopResponse, ToolError, function_tool

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame

    from ...ports import AudioOutput
    from ...transports.playout import PacedOutput
    from .answers import Answers

HOOK_S = 0.005
"""A hook that took less was none."""
LATE_S = 0.001


def replayed_agent(answers: Answers, turn: Callable[[], int]) -> Agent:
    """An agent whose hook and tools do nothing, for as long as the recorded ones did. `turn`: which is answered now."""
    tools = _tools(answers)
    if not answers.refused and max(answers.hooks_s.values(), default=0.0) < HOOK_S:
        return Agent(tools=tools, id="agent")
    return _Hooked(answers, turn, tools)


class _Hooked(Agent):
    def __init__(self, answers: Answers, turn: Callable[[], int], tools: list[FunctionTool]) -> None:
        super().__init__(tools=tools, id="agent")
        self._answers = answers
        self._turn = turn

    async def on_user_turn_completed(self, turn_ctx: ChatContext, new_message: ChatMessage) -> None:
        turn = self._turn()
        await asyncio.sleep(self._answers.hooks_s.get(turn, 0.0))
        if turn in self._answers.refused:
            raise StopResponse


def _tools(answers: Answers) -> list[FunctionTool]:
    calls: dict[str, deque[Any]] = {}
    for chain in answers.chains:
        for thought in chain:
            for call in thought.calls:
                calls.setdefault(call.name, deque()).append(call)
    return [_tool(name, waiting) for name, waiting in calls.items()]


def _tool(name: str, calls: deque[Any]) -> FunctionTool:
    async def again(raw_arguments: dict[str, Any]) -> str:
        call = calls[0] if len(calls) == 1 else calls.popleft()
        await asyncio.sleep(call.duration_s)
        if call.error:
            raise ToolError(call.error)
        return "as recorded"

    schema = {"name": name, "description": "replayed", "parameters": {"type": "object", "properties": {}}}
    return function_tool(raw_schema=schema)(again)


def late(output: PacedOutput, delay_s: float) -> AudioOutput:
    """The loudspeaker, with a delay before each speech."""
    return output if delay_s < LATE_S else _Late(output, delay_s)


class _Late:
    def __init__(self, output: PacedOutput, delay_s: float) -> None:
        self._output = output
        self._delay_s = delay_s
        self._open = False

    @property
    def on_playback_started(self) -> Callable[[float], None] | None:
        return self._output.on_playback_started

    @on_playback_started.setter
    def on_playback_started(self, told: Callable[[float], None] | None) -> None:
        self._output.on_playback_started = told

    async def capture_frame(self, frame: AudioFrame, /) -> None:
        if not self._open:
            self._open = True
            await asyncio.sleep(self._delay_s)
        await self._output.capture_frame(frame)

    def flush(self) -> None:
        self._open = False
        self._output.flush()

    async def wait_for_playout(self) -> float:
        return await self._output.wait_for_playout()

    def clear_buffer(self) -> None:
        self._open = False
        self._output.clear_buffer()

    @property
    def playback_position_s(self) -> float:
        return self._output.playback_position_s

    def pause(self) -> None:
        self._output.pause()

    def resume(self) -> None:
        self._output.resume()
