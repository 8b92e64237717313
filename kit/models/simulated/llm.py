"""A language model that answers from a script, in a given time."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from ...chat import ChatContext, FunctionCall
from ...ports import ChatChunk, TokenUsage, ToolChoice
from ..latency import LatencyLike, as_latency
from .tally import ContextTally
from .waiting import until

_TOKEN = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. A tool call whose `call_id` is empty is given one."""

    text: str = ""
    tool_calls: tuple[FunctionCall, ...] = ()


ReplyLike: TypeAlias = str | FunctionCall | Reply
Replies: TypeAlias = ReplyLike | Sequence[ReplyLike] | Callable[[ChatContext], ReplyLike]


class SimulatedLLM:
    """Answers from `replies`, word by word, the first one `ttft` after the request.

    Usage comes last; a token is a word there. The prompt's words are counted as the conversation grows, so a request
    costs the same after ten thousand turns; for that, items are taken not to change in place.

    Args:
        replies: One answer for everything; a list, one for each place in the conversation where an answer was asked
            for, over and over (asked again at the same place, as after a discarded attempt, it answers the same); or
            a function of the chat context. A `FunctionCall` is an answer that calls a tool; it is left out where
            tool_choice is "none".
        ttft: From the request to the first word. Asked again at the same place, it takes the same time.
        tokens_per_s: Words a second after the first one; None is all at once.
        seed: Of the latencies, if they are random.
    """

    def __init__(
        self,
        replies: Replies = "All right.",
        *,
        ttft: LatencyLike = 0.35,
        tokens_per_s: float | None = None,
        seed: int = 0,
    ) -> None:
        if isinstance(replies, Sequence) and not replies and not isinstance(replies, str):
            raise ValueError("replies: the list is empty; give at least one answer")
        if tokens_per_s is not None and not tokens_per_s > 0:
            raise ValueError(f"tokens_per_s must be more than 0, or None for all at once, not {tokens_per_s!r}")
        self.replies = replies
        self.ttft = as_latency(ttft)
        self.tokens_per_s = tokens_per_s
        self._sample = self.ttft.sampler(seed)
        self._tally = ContextTally()
        self._place: tuple[int, int] | None = None
        self._answers = -1
        self._calls = 0
        self._ttft_s = 0.0

    async def __call__(
        self, chat_ctx: ChatContext, tools: Sequence[Any], /, *, tool_choice: ToolChoice = "auto"
    ) -> AsyncGenerator[ChatChunk, None]:
        requested_at = asyncio.get_running_loop().time()
        count = self._tally.count(chat_ctx)
        if self._place != count.place:
            self._place = count.place
            self._answers += 1
            self._ttft_s = self._sample()
        ttft_s, reply = self._ttft_s, self._reply(chat_ctx)
        if ttft_s > 0:
            await asyncio.sleep(ttft_s)
        tokens = 0
        for token in _TOKEN.findall(reply.text):
            if self.tokens_per_s is not None and tokens:
                await until(requested_at + ttft_s + tokens / self.tokens_per_s)
            tokens += 1
            yield ChatChunk(token)
        if reply.tool_calls and tool_choice != "none":
            yield ChatChunk(tool_calls=tuple(map(self._named, reply.tool_calls)))
        yield ChatChunk(usage=TokenUsage(count.words, tokens))

    def _reply(self, chat_ctx: ChatContext) -> Reply:
        replies = self.replies
        if callable(replies):
            reply = replies(chat_ctx)
        elif isinstance(replies, str | FunctionCall | Reply):
            reply = replies
        else:
            reply = replies[self._answers % len(replies)]
        if isinstance(reply, str):
            return Reply(reply)
        return Reply(tool_calls=(reply,)) if isinstance(reply, FunctionCall) else reply

    def _named(self, call: FunctionCall) -> FunctionCall:
        self._calls += 1
        return call if call.call_id else replace(call, call_id=f"call_{self._calls}")
