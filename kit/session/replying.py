"""One answer of the agent in the making: the LLM's text becomes speech, its tool calls are run, and it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..chat import ChatContext, ChatItem, FunctionCall, FunctionCallOutput
from ..ports import ToolChoice
from .agent import Agent
from .channel import Channel
from .events import FunctionToolsExecutedEvent
from .journal import ToolCalled, ToolReturned
from .running import RunningSession
from .scope import Scope
from .speech import Segment
from .speech_handle import CALLING_TOOL, SpeechHandle
from .synthesis import Synthesis
from .thinking import Thought, think
from .tools import RunContext, StopResponse, run_tool

if TYPE_CHECKING:
    from .tools import FunctionTool


class Reply:
    """Makes the segments of one answer, one for each LLM request. No tool is run before `allow`."""

    def __init__(
        self,
        scope: Scope,
        session: RunningSession,
        agent: Agent,
        handle: SpeechHandle,
        chat_ctx: ChatContext,
        *,
        turn: int = 0,
        attempt: int = 0,
        prepare_tts: bool = False,
        tool_choice: ToolChoice = "auto",
        add_item: Callable[[ChatItem], None],
    ) -> None:
        self.handle = handle
        self.segments: Channel[Segment] = Channel()
        self.chat_ctx = chat_ctx
        self.tools: list[FunctionTool] = agent.tools
        self._scope = scope
        self._session = session
        self._agent = agent
        self._turn = turn
        self._attempt = attempt
        self._prepare_tts = prepare_tts
        self._tool_choice = tool_choice
        self._add_item = add_item
        self._allowed: asyncio.Future[None] = scope.loop.create_future()
        self._thoughts: list[Thought] = []
        self._made: list[Segment] = []
        self._task = scope.tasks.spawn(self._run(), f"reply-{handle.id}")

    @property
    def failed(self) -> bool:
        """Whether the LLM has failed, so that this answer is not whole."""
        return any(thought.error is not None for thought in self._thoughts)

    @property
    def prompt_tokens(self) -> int:
        return sum(thought.prompt_tokens for thought in self._thoughts)

    @property
    def completion_tokens(self) -> int:
        return sum(thought.completion_tokens for thought in self._thoughts)

    @property
    def characters(self) -> int:
        """Characters that were given to the TTS."""
        return sum(len(segment.voice.given) for segment in self._made)

    def allow(self) -> None:
        """This answer will be heard."""
        if not self._allowed.done():
            self._allowed.set_result(None)

    async def cancel(self) -> None:
        """End what is still being made."""
        if not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])
        for segment in self._made:
            await segment.cancel()

    async def _run(self) -> None:
        chat_ctx, limits = self.chat_ctx.copy(), self._scope.limits
        try:
            for step in range(limits.max_tool_steps + 1):
                choice: ToolChoice = "none" if step == limits.max_tool_steps else self._tool_choice
                thought, segment = await self._step(chat_ctx, choice)
                if not thought.tool_calls or thought.error is not None or choice == "none":
                    return
                await self._allowed
                if thought.text:
                    chat_ctx.add_message(role="assistant", content=thought.text)
                if not await self._call_tools(thought.tool_calls, segment, chat_ctx):
                    return
        finally:
            self.segments.close()

    async def _step(self, chat_ctx: ChatContext, tool_choice: ToolChoice) -> tuple[Thought, Segment]:
        thought = Thought()
        self._thoughts.append(thought)
        voice = Synthesis(self._scope, self._agent, thought.out, speech=self.handle.id, attempt=self._attempt)
        segment = Segment(voice)
        self._made.append(segment)
        if self._prepare_tts and not self._allowed.done():
            voice.prepare()
        self.segments.put_nowait(segment)
        await think(
            self._scope,
            self._agent,
            thought,
            chat_ctx,
            self.tools,
            turn=self._turn,
            attempt=self._attempt,
            tool_choice=tool_choice,
        )
        return thought, segment

    async def _call_tools(self, calls: list[FunctionCall], segment: Segment, chat_ctx: ChatContext) -> bool:
        """Run the calls side by side. False if one of them wants no reply."""
        results = await asyncio.gather(*(self._call_tool(call, segment) for call in calls))
        outputs = [output for output, _ in results]
        items: list[ChatItem] = [*calls, *outputs]
        for item in items:
            chat_ctx.append(item)
            if segment.played.done():
                self._add_item(item)
            else:
                segment.following.append(item)
        self._scope.events.emit("function_tools_executed", FunctionToolsExecutedEvent(list(calls), outputs))
        return not any(stop for _, stop in results)

    async def _call_tool(self, call: FunctionCall, segment: Segment) -> tuple[FunctionCallOutput, bool]:
        CALLING_TOOL.set((self.handle, segment.played))
        journal = self._scope.journal
        journal.append(ToolCalled(name=call.name, call=call.call_id, speech=self.handle.id))
        stop, error = False, None
        try:
            output, error = await run_tool(call, self.tools, RunContext(self._session, self.handle, call))
        except StopResponse:
            output, stop = FunctionCallOutput(call.call_id, call.name, ""), True
        if error is not None:
            self._scope.error("tool", error)
        journal.append(ToolReturned(name=call.name, call=call.call_id, error=output.output if output.is_error else ""))
        return output, stop
