"""Models that hear and think as a recording tells: each gives what it gave then, after the time that it took then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ...chat import ChatContext, ChatMessage, FunctionCall, FunctionCallOutput
from ...models.outbox import Outbox
from ...models.simulated.waiting import until
from ...ports import ChatChunk, TokenUsage, ToolChoice
from .answers import Answers, Thought

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame

ASKED = "replay: "
"""Begins the instructions by which a request of the application's is known again."""


Event = TypeVar("Event")


class ReplayedEar(Generic[Event]):
    """The STT or the VAD: what it is told to have heard leaves at its time."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.outbox: Outbox[Event] = Outbox(asyncio.get_running_loop())

    async def __call__(self, frames: AsyncIterable[AudioFrame], /) -> AsyncGenerator[Event, None]:
        async for event in self.outbox:
            yield event


class ReplayedLLM:
    """Gives the recorded answer to the same words of the user; to other words, that of the turn they are part of.

    `turn` is told by who speaks for the user: the recorded turn of the last final words.
    """

    def __init__(self, answers: Answers, label: str, *, calls_tools: bool) -> None:
        self.label = label
        self.turn = 0
        self._answers = answers
        self._calls_tools = calls_tools
        self._calls = 0

    async def __call__(
        self, chat_ctx: ChatContext, tools: Sequence[Any], /, *, tool_choice: ToolChoice = "auto"
    ) -> AsyncGenerator[ChatChunk, None]:
        thought = self._choose(chat_ctx.items)
        if thought is None:
            return
        now = asyncio.get_running_loop().time()
        first = now + (self._answers.ttft_s if thought.ttft_s is None else thought.ttft_s)
        pieces = _pieces(thought)
        for number, piece in enumerate(pieces):
            await until(first + (thought.pace_s * number / (len(pieces) - 1) if len(pieces) > 1 else 0.0))
            yield ChatChunk(piece)
        await until(first + thought.pace_s)
        if thought.calls and self._calls_tools and tool_choice != "none":
            yield ChatChunk(tool_calls=tuple(self._call(call.name) for call in thought.calls))
        if not thought.tokens_estimated:
            yield ChatChunk(usage=TokenUsage(thought.prompt_tokens, thought.completion_tokens))

    def _choose(self, items: Sequence[Any]) -> Thought | None:
        chain = self._asked(items) or self._chain(_last_words(items))
        if not chain:
            return None
        if not self._calls_tools:
            return next((thought for thought in reversed(chain) if thought.text.strip()), None)
        return chain[min(_steps(items), len(chain) - 1)]

    def _asked(self, items: Sequence[Any]) -> list[Thought] | None:
        last = items[-1] if items else None
        if isinstance(last, ChatMessage) and last.role == "system" and last.content.startswith(ASKED):
            return self._answers.asked[int(last.content.removeprefix(ASKED))]
        return None

    def _chain(self, words: str) -> list[Thought] | None:
        """The nearest by turn that answers these words, or that answers the turn; a whole one before one cut short."""
        chains = [chain for chain in self._answers.chains if any(one.text.strip() or one.calls for one in chain)]
        key = bare(words)

        def how_far(chain: list[Thought]) -> tuple[bool, bool, int, bool]:
            first, distance = chain[0], abs(chain[0].turn - self.turn)
            return bare(first.words) != key, not all(one.whole for one in chain), distance, first.attempt > 0

        same = [chain for chain in chains if bare(chain[0].words) == key]
        if same:
            return min(same, key=how_far)
        return min(chains, key=lambda chain: (abs(chain[0].turn - self.turn), *how_far(chain)), default=None)

    def _call(self, name: str) -> FunctionCall:
        self._calls += 1
        return FunctionCall(f"call_{self._calls}", name, "{}")


def bare(text: str) -> str:
    """The letters and digits of a text, to compare it by."""
    return "".join(filter(str.isalnum, text.casefold()))


def _pieces(thought: Thought) -> list[str]:
    """The text in as many pieces as it had tokens, words at least; at once where it came at once."""
    if not thought.text:
        return []
    words = thought.text.split(" ")
    count = min(len(words), max(1, thought.completion_tokens)) if thought.pace_s > 0 else 1
    cuts = [round(len(words) * number / count) for number in range(count + 1)]
    pieces = [" ".join(words[start:stop]) for start, stop in pairwise(cuts)]
    return [piece if number == 0 else f" {piece}" for number, piece in enumerate(pieces)]


def _last_words(items: Sequence[Any]) -> str:
    return next((one.content for one in reversed(items) if isinstance(one, ChatMessage) and one.role == "user"), "")


def _steps(items: Sequence[Any]) -> int:
    """How often tools have been called since the user's last words."""
    steps, calling = 0, False
    for item in items:
        if isinstance(item, ChatMessage) and item.role == "user":
            steps = 0
        calling_now = isinstance(item, FunctionCall | FunctionCallOutput)
        steps += isinstance(item, FunctionCall) and not calling
        calling = calling_now and not isinstance(item, FunctionCallOutput)
    return steps
