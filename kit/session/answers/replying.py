"""One answer of the agent in the making: the LLM's text becomes speech, its tool calls are run, and it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable
from typing import TYPE_CHECKING

from ...chat import ChatContext, ChatItem
from ...ports import ToolChoice
from ..agent import Agent
from ..scope import Scope
from ..speech.speech import Segment
from ..speech.speech_handle import SpeechHandle
from ..speech.synthesis import Synthesis
from ..speech.transcription import Transcription, has_transcription
from ..tools.calling import ToolRun, ToolRunner
from ..waiting.channel import Channel
from .thinking import Thought, think

if TYPE_CHECKING:
    from ..tools import FunctionTool


class Reply:
    """Makes the segments of one answer, one for each LLM request. No tool is run before `allow`."""

    def __init__(
        self,
        scope: Scope,
        tool_runner: ToolRunner,
        agent: Agent,
        handle: SpeechHandle,
        chat_ctx: ChatContext,
        *,
        turn: int = 0,
        attempt: int = 0,
        prepare_tts: bool = False,
        other_speaks: Callable[[], bool],
        tool_choice: ToolChoice = "auto",
        add_item: Callable[[ChatItem], None],
    ) -> None:
        self.handle = handle
        self.segments: Channel[Segment] = Channel()
        self.chat_ctx = chat_ctx
        self.tools: list[FunctionTool] = agent.tools
        self._scope = scope
        self._tool_runner = tool_runner
        self._agent = agent
        self._turn = turn
        self._attempt = attempt
        self._prepare_tts = prepare_tts
        self._other_speaks = other_speaks
        self._tool_choice = tool_choice
        self._add_item = add_item
        self._allowed: asyncio.Future[None] = scope.loop.create_future()
        self._thoughts: list[Thought] = []
        self._made: list[Segment] = []
        self._task = scope.tasks.spawn(self._run(), f"reply-{handle.id}")

    @property
    def error(self) -> BaseException | None:
        """What kept the LLM from answering."""
        return next((thought.error for thought in self._thoughts if thought.error is not None), None)

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
            await asyncio.wait([self._task], timeout=self._scope.limits.close_s)
        for segment in self._made:
            await segment.cancel()

    async def _run(self) -> None:
        chat_ctx, limits = self.chat_ctx.copy(), self._scope.limits
        choice = self._tool_choice
        try:
            for step in range(limits.max_tool_steps + 2):
                if step > limits.max_tool_steps:
                    choice = "none"
                thought, segment = await self._step(chat_ctx, choice)
                if not thought.tool_calls or thought.error is not None or choice == "none":
                    return
                await self._allowed
                if thought.text:
                    chat_ctx.add_message(role="assistant", content=thought.text)
                known = len(self._agent.chat_ctx)
                run = await self._tool_runner.run(thought.tool_calls, self.tools, self.handle, segment.played)
                self._take_in(self._agent.chat_ctx.items[known:], chat_ctx)
                self._record(run, segment, chat_ctx)
                if not run.reply_wanted:
                    return
                if run.next_agent is not None or self._scope.draining:
                    choice = "none"
                elif choice == "required":
                    choice = "auto"
        finally:
            self.segments.close()

    async def _step(self, chat_ctx: ChatContext, tool_choice: ToolChoice) -> tuple[Thought, Segment]:
        thought = Thought()
        self._thoughts.append(thought)
        segment = self._segment(thought.out)
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

    def _segment(self, text: AsyncIterable[str]) -> Segment:
        transcription = Transcription(self._scope, self._agent) if has_transcription(self._agent) else None
        if transcription is not None:
            text = transcription.passing(text)
        voice = Synthesis(self._scope, self._agent, text, speech=self.handle.id, attempt=self._attempt)
        segment = Segment(voice, self._scope.rate, transcription)
        self._made.append(segment)
        if (self._prepare_tts and not self._allowed.done()) or (self._allowed.done() and self._other_speaks()):
            voice.prepare()
        return segment

    def _take_in(self, said: list[ChatItem], chat_ctx: ChatContext) -> None:
        """What others have said while the tools ran is known to the next request."""
        own = self.handle.chat_items
        for item in said:
            if not any(item is mine for mine in own):
                chat_ctx.append(item)

    def _record(self, run: ToolRun, segment: Segment, chat_ctx: ChatContext) -> None:
        """The calls and their outputs come behind what was said before them."""
        for item in run.items:
            chat_ctx.append(item)
            if segment.played.done():
                self._add_item(item)
            else:
                segment.following.append(item)
