"""The agent: its instructions, its tools, and the nodes through which a session's audio and text flow.

A node is a method that a subclass may replace. `Agent.default` holds what each does by itself: it calls the session's
model. A node may be an async generator, or a coroutine that returns an async iterable.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ..chat import ChatContext, ChatMessage
from ..ports import ChatChunk, SpeechEvent, ToolChoice
from .channel import Channel
from .running import RunningSession
from .tools import FunctionTool, tools_of

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame


T = TypeVar("T")
M = TypeVar("M")

READ_AHEAD_FRAMES = 300
"""Frames of speech that a TTS may be ahead of what has been played: 30 s of frames of 0.1 s."""


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What a node may know of the request. `tool_choice`: whether the LLM may, must or must not call tools."""

    tool_choice: ToolChoice = "auto"


class NoModel(RuntimeError):
    """A node needs a model that the session was not given."""


class Agent:
    """What the session is for. Its instructions are the first message of its chat context."""

    def __init__(
        self,
        *,
        instructions: str = "",
        chat_ctx: ChatContext | None = None,
        tools: Sequence[FunctionTool] | None = None,
    ) -> None:
        self._instructions = instructions
        self._chat_ctx = _instructed(ChatContext() if chat_ctx is None else chat_ctx, "", instructions)
        self._tools = [*(tools or ()), *tools_of(self)]
        self._session: RunningSession | None = None

    @property
    def instructions(self) -> str:
        return self._instructions

    @property
    def chat_ctx(self) -> ChatContext:
        """A copy of the conversation as this agent knows it, its instructions first; `update_chat_ctx` changes it."""
        return self._chat_ctx.copy()

    @property
    def tools(self) -> list[FunctionTool]:
        return list(self._tools)

    @property
    def session(self) -> RunningSession:
        """The running session.

        Raises:
            RuntimeError: the agent is in none.
        """
        if self._session is None:
            raise RuntimeError("the agent is not in a session yet: give it to session.start() first")
        return self._session

    async def update_instructions(self, instructions: str) -> None:
        self._chat_ctx = _instructed(self._chat_ctx, self._instructions, instructions)
        self._instructions = instructions

    async def update_tools(self, tools: Sequence[FunctionTool]) -> None:
        self._tools = list(tools)

    async def update_chat_ctx(self, chat_ctx: ChatContext) -> None:
        self._chat_ctx = chat_ctx.copy()

    async def on_enter(self) -> None:
        """The agent takes over the conversation."""

    async def on_exit(self) -> None:
        """The agent gives it up."""

    async def on_user_turn_completed(self, turn_ctx: ChatContext, new_message: ChatMessage) -> None:
        """The user's turn is over, and the reply has not been asked for yet.

        What is added to `turn_ctx` lasts for this turn. Raise `StopResponse` to stay silent.
        """

    def stt_node(self, audio: AsyncIterable[AudioFrame], model_settings: ModelSettings) -> AsyncIterable[SpeechEvent]:
        return Agent.default.stt_node(self, audio, model_settings)

    def llm_node(
        self, chat_ctx: ChatContext, tools: list[FunctionTool], model_settings: ModelSettings
    ) -> AsyncIterable[ChatChunk | str]:
        return Agent.default.llm_node(self, chat_ctx, tools, model_settings)

    def tts_node(self, text: AsyncIterable[str], model_settings: ModelSettings) -> AsyncIterable[AudioFrame]:
        return Agent.default.tts_node(self, text, model_settings)

    def realtime_audio_output_node(
        self, audio: AsyncIterable[AudioFrame], model_settings: ModelSettings
    ) -> AsyncIterable[AudioFrame]:
        return Agent.default.realtime_audio_output_node(self, audio, model_settings)

    class default:
        """What each node does by itself."""

        @staticmethod
        def stt_node(
            agent: Agent, audio: AsyncIterable[AudioFrame], model_settings: ModelSettings
        ) -> AsyncIterable[SpeechEvent]:
            return _need(agent.session.stt, "stt")(audio)

        @staticmethod
        def llm_node(
            agent: Agent, chat_ctx: ChatContext, tools: Sequence[Any], model_settings: ModelSettings
        ) -> AsyncIterable[ChatChunk]:
            return _need(agent.session.llm, "llm")(chat_ctx, tools, tool_choice=model_settings.tool_choice)

        @staticmethod
        def tts_node(
            agent: Agent, text: AsyncIterable[str], model_settings: ModelSettings
        ) -> AsyncGenerator[AudioFrame, None]:
            """The text, its terms respelled as the session's tuning says, spoken by the session's TTS."""
            session = agent.session
            return read_ahead(_need(session.tts, "tts")(session.pronounced(text)), READ_AHEAD_FRAMES)

        @staticmethod
        def realtime_audio_output_node(
            agent: Agent, audio: AsyncIterable[AudioFrame], model_settings: ModelSettings
        ) -> AsyncIterable[AudioFrame]:
            return audio


def _instructed(chat_ctx: ChatContext, old: str, new: str) -> ChatContext:
    """A copy whose first item is the system message `new`, in the place of `old`."""
    items = chat_ctx.items
    if items and old and items[0] == ChatMessage("system", old):
        del items[0]
    return ChatContext([ChatMessage("system", new), *items] if new else items)


def _need(model: M | None, name: str) -> M:
    if model is None:
        raise NoModel(f"the session has no {name}: give it one, as AgentSession({name}=...)")
    return model


async def resolve(node: Any) -> Any:
    """What a node returned, awaited if it is a coroutine."""
    return await node if inspect.isawaitable(node) else node


async def read_ahead(source: AsyncIterable[T], limit: int) -> AsyncGenerator[T, None]:
    """Pull `source` up to `limit` items ahead of its consumer, from the first item on in a task of its own."""
    iterator = aiter(source)
    task: asyncio.Task[None] | None = None
    try:
        try:
            item = await anext(iterator)
        except StopAsyncIteration:
            return
        channel: Channel[T] = Channel(limit)
        task = asyncio.get_running_loop().create_task(_pull(iterator, channel), name="read-ahead")
        yield item
        async for item in channel:
            yield item
    finally:
        if task is None:
            await close(iterator)
        elif not task.done():
            task.cancel()
            await asyncio.wait([task])


async def _pull(iterator: AsyncIterator[T], channel: Channel[T]) -> None:
    try:
        async for item in iterator:
            await channel.put(item)
    except Exception as error:
        channel.close(error)
    else:
        channel.close()
    finally:
        await close(iterator)


async def close(source: Any) -> None:
    """Close an async generator; other iterables have nothing to close."""
    aclose = getattr(source, "aclose", None)
    if aclose is not None:
        await aclose()
