"""A language model by a plugin."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, Any

from ...chat import ChatContext
from ...ports import ChatChunk, TokenUsage, ToolChoice
from ..outbox import Outbox, deliver
from .messages import CallExtras, as_chat_context, as_tools
from .plugin import Plugin, agents, close, connect_options

if TYPE_CHECKING:
    from livekit.agents import APIConnectOptions, llm


class LiveKitLLM:
    """A plugin as the kit's LLM: text as it is generated, tool calls whole, and usage at the end where it is told.

    Args:
        plugin: Such as `livekit.plugins.openai.LLM()`.
        conn_options: How often and how long the plugin tries; by default once, for 30 s, so that nothing is said twice
            and the session's own limits rule.

    Raises:
        EngineMissing: `livekit-agents` is not installed.
        ModelRequestError: (from the stream) the plugin failed, or runs in virtual time.
    """

    needs_network = True
    """Virtual time has none."""

    def __init__(self, plugin: llm.LLM[Any], *, conn_options: APIConnectOptions | None = None) -> None:
        agents()
        self._plugin = Plugin(plugin)
        self._conn_options = connect_options(conn_options)
        self._extras = CallExtras()

    def __repr__(self) -> str:
        return f"LiveKitLLM({self._plugin})"

    @property
    def label(self) -> str:
        return str(self._plugin)

    async def aclose(self) -> None:
        """Close the plugin."""
        await self._plugin.aclose()

    def __call__(
        self, chat_ctx: ChatContext, tools: Sequence[Any], /, *, tool_choice: ToolChoice = "auto"
    ) -> AsyncGenerator[ChatChunk, None]:
        items = chat_ctx.items
        return deliver(lambda outbox: self._ask(items, tools, tool_choice, outbox))

    async def _ask(
        self, items: Sequence[Any], tools: Sequence[Any], tool_choice: ToolChoice, outbox: Outbox[ChatChunk]
    ) -> None:
        await self._plugin.enter()
        options: dict[str, Any] = {"tools": as_tools(tools), "tool_choice": tool_choice} if tools else {}
        with self._plugin.errors():
            stream = self._plugin.plugin.chat(
                chat_ctx=as_chat_context(items, self._extras), conn_options=self._conn_options, **options
            )
        usage: TokenUsage | None = None
        try:
            async for chunk in self._plugin.events(stream):
                if chunk.usage is not None:
                    usage = TokenUsage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
                if chunk.delta is not None and (chunk.delta.content or chunk.delta.tool_calls):
                    calls = tuple(self._extras.taken_from(call) for call in chunk.delta.tool_calls)
                    outbox.put(ChatChunk(chunk.delta.content or "", calls))
        finally:
            await close(stream)
        if usage is not None:
            outbox.put(ChatChunk(usage=usage))
