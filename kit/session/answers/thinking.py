"""One request to the LLM node: the answer's text as it comes, the tool calls, and what it cost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...chat import ChatContext, ChatMessage, FunctionCall
from ...ports import ChatChunk, TokenUsage, ToolChoice
from ..agent import Agent, ModelSettings
from ..records import LlmDone, LlmFirstToken, LlmRequested
from ..scope import Scope
from ..waiting.channel import Channel
from ..waiting.closing import close, resolve
from ..waiting.patience import FORBEARANCE, Forbearance, Patience
from .providers import ProviderEmpty, ProviderStalled, all_tries_s

if TYPE_CHECKING:
    from ..tools import FunctionTool

CHARACTERS_PER_TOKEN = 4
"""Rule of thumb for English text, as given in OpenAI's tokenizer help; used where no usage is told."""


@dataclass(slots=True)
class Thought:
    """What came of a request. `text` goes out by `out` while it grows."""

    out: Channel[str] = field(default_factory=Channel)
    text: str = ""
    tool_calls: list[FunctionCall] = field(default_factory=list)
    usage: TokenUsage | None = None
    error: BaseException | None = None
    prompt_tokens: int = 0
    chunks: int = 0

    @property
    def completion_tokens(self) -> int:
        if self.usage is not None:
            return self.usage.completion_tokens
        return max(self.chunks, -(-len(self.text) // CHARACTERS_PER_TOKEN)) if self.text else self.chunks


async def think(
    scope: Scope,
    agent: Agent,
    thought: Thought,
    chat_ctx: ChatContext,
    tools: list[FunctionTool],
    *,
    turn: int,
    attempt: int,
    tool_choice: ToolChoice = "auto",
) -> None:
    """Run the LLM node. A failure ends in `thought.error` and in the journal; text that came before it stays."""
    request = f"llm_{scope.number('llm')}"
    scope.journal.append(LlmRequested(request=request, turn=turn, attempt=attempt))
    cancelled = True
    try:
        await _read(scope, agent, thought, chat_ctx, tools, tool_choice, request, turn)
        cancelled = False
    except Exception as error:
        cancelled = False
        thought.error = error
        scope.error("llm", error, recoverable=False)
    finally:
        usage = thought.usage
        thought.prompt_tokens = usage.prompt_tokens if usage is not None else _estimate(chat_ctx)
        scope.journal.append(
            LlmDone(
                request=request,
                turn=turn,
                prompt_tokens=thought.prompt_tokens,
                completion_tokens=thought.completion_tokens,
                cancelled=cancelled,
                tokens_estimated=usage is None,
                text=thought.text,
            )
        )
        thought.out.close()


async def _read(
    scope: Scope,
    agent: Agent,
    thought: Thought,
    chat_ctx: ChatContext,
    tools: list[FunctionTool],
    tool_choice: ToolChoice,
    request: str,
    turn: int,
) -> None:
    patience: Patience | Forbearance = FORBEARANCE
    if type(agent).llm_node is not Agent.llm_node:
        patience = Patience(scope.watch, all_tries_s(scope.limits, scope.limits.llm_s))
    parts: list[str] = []
    chunks: AsyncIterable[Any] | None = None
    try:
        patience.start()
        answer = await resolve(agent.llm_node(chat_ctx, tools, ModelSettings(tool_choice)))
        if answer is None:
            return  # the node wants nothing said
        if isinstance(answer, str):
            answer = _whole(answer)
        chunks = answer
        first = True
        async for chunk in answer:
            if _take(chunk, thought, parts) and first:
                first = False
                scope.journal.append(LlmFirstToken(request=request, turn=turn))
            patience.count(True)
    except asyncio.CancelledError:
        if not patience.was_lost():
            raise
        raise ProviderStalled(f"the LLM node gave nothing for {patience.limit_s:g} s") from None
    finally:
        patience.close()
        thought.text = "".join(parts)
        await close(chunks)
    if not parts and not thought.tool_calls:
        raise ProviderEmpty("the LLM ended without an answer")


def _take(chunk: Any, thought: Thought, parts: list[str]) -> bool:
    """Add a chunk; False if it held neither text nor a call."""
    if isinstance(chunk, str):
        chunk = ChatChunk(chunk)
    if chunk.usage is not None:
        thought.usage = chunk.usage
    if chunk.tool_calls:
        thought.tool_calls.extend(chunk.tool_calls)
    if chunk.text:
        thought.chunks += 1
        parts.append(chunk.text)
        thought.out.put_nowait(chunk.text)
    return bool(chunk.text or chunk.tool_calls)


async def _whole(text: str) -> Any:
    if text:
        yield text


def _estimate(chat_ctx: ChatContext) -> int:
    characters = 0
    for item in chat_ctx:
        characters += len(item.content if isinstance(item, ChatMessage) else getattr(item, "output", ""))
    return -(-characters // CHARACTERS_PER_TOKEN)
