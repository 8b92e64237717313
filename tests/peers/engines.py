"""The engines that both parties are given: the kit's simulated ones, with their exact latencies.

The LLM notes what it is asked, so that prompts can be compared too.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from kit.chat import ChatContext, ChatMessage, FunctionCall, FunctionCallOutput
from kit.models.simulated import (
    Reply,
    SimulatedLLM,
    SimulatedSTT,
    SimulatedTTS,
    SimulatedTurnDetector,
    SimulatedVAD,
    faulty,
)
from kit.ports import ChatChunk
from tests.peers.scenario import Models, Scenario

CHARACTERS_PER_S = 15.0
SAMPLE_RATE = 24_000


@dataclass
class Engines:
    """`requests`: each LLM request's loop time, prompt, and tool choice."""

    stt: Any
    vad: Any
    llm: Any
    tts: Any
    turn_detector: Any
    requests: list[tuple[float, list[Any], str]] = field(default_factory=list)


def engines(scenario: Scenario) -> Engines:
    models = scenario.models
    made = Engines(
        stt=_with_fault(SimulatedSTT(models.d_stt_s, interim=models.interim), models.stt_fault),
        vad=SimulatedVAD(models.d_vad_s),
        llm=None,
        tts=_with_fault(Tts(SimulatedTTS(models.ttfb_s, sample_rate=SAMPLE_RATE), models), models.tts_fault),
        turn_detector=SimulatedTurnDetector(_one_by_one(models.end_of_turn), delay=models.d_detector_s)
        if models.end_of_turn
        else None,
    )
    made.llm = Asked(_with_fault(Llm(scenario), models.llm_fault), made.requests)
    if not models.has_llm:
        made.llm = None
    if not models.has_tts:
        made.tts = None
    return made


def own_llm(answer: str, engines: Engines) -> Asked:
    """An agent's own LLM, faster than the session's. Its requests are noted among theirs."""
    return Asked(SimulatedLLM(answer, ttft=0.1), engines.requests)


def own_tts(ttfb_s: float) -> Tts:
    """An agent's own voice."""
    return Tts(SimulatedTTS(ttfb_s, sample_rate=SAMPLE_RATE), Models())


class Llm:
    """Answers by the script; with words alone where it must not call tools."""

    def __init__(self, scenario: Scenario) -> None:
        models = scenario.models
        pace: dict[str, Any] = {"ttft": models.ttft_s, "tokens_per_s": models.words_per_s}
        self._free = SimulatedLLM(_answers(scenario, calls=True), **pace)
        self._bound = SimulatedLLM(_answers(scenario, calls=False), **pace)

    def __call__(
        self, chat_ctx: ChatContext, tools: Sequence[Any], /, *, tool_choice: str = "auto"
    ) -> AsyncIterator[ChatChunk]:
        model = self._bound if tool_choice == "none" else self._free
        stream: AsyncIterator[ChatChunk] = model(chat_ctx, tools)
        return stream


class Asked:
    """An LLM whose requests are noted."""

    def __init__(self, model: Any, requests: list[tuple[float, list[Any], str]]) -> None:
        self._model = model
        self._requests = requests

    def __call__(
        self, chat_ctx: ChatContext, tools: Sequence[Any], /, *, tool_choice: str = "auto"
    ) -> AsyncIterator[ChatChunk]:
        # As it is now: a message of an attempt may be changed later.
        items = [dataclasses.replace(item) for item in chat_ctx]
        self._requests.append((asyncio.get_running_loop().time(), items, tool_choice))
        stream: AsyncIterator[ChatChunk] = self._model(chat_ctx, tools, tool_choice=tool_choice)
        return stream


class Tts:
    """The simulated voice, which keeps its words' times to itself where a scenario says so."""

    def __init__(self, model: SimulatedTTS, models: Models) -> None:
        self._model = model
        self._aligned = models.aligned_words
        self.sample_rate = model.sample_rate

    async def __call__(self, text: Any, /) -> AsyncIterator[Any]:
        frames = self._model(text)
        try:
            async for frame in frames:
                if not self._aligned:
                    frame.userdata.clear()
                yield frame
        finally:
            await frames.aclose()


def _with_fault(model: Any, fault: tuple[Any, tuple[int, ...], int] | None) -> Any:
    return model if fault is None else faulty(model, fault[0], at=fault[1], after=fault[2])


def _one_by_one(probabilities: tuple[float, ...]) -> Callable[[ChatContext], float]:
    asked = 0

    def next_one(_: ChatContext) -> float:
        nonlocal asked
        asked += 1
        return probabilities[min(asked, len(probabilities)) - 1]

    return next_one


def _answers(scenario: Scenario, *, calls: bool) -> Callable[[ChatContext], Reply]:
    def answer(chat_ctx: ChatContext) -> Reply:
        found = scenario.answer(_cue(chat_ctx))
        if calls:
            return Reply(found.text, tuple(FunctionCall("", call.name, call.arguments) for call in found.calls))
        return Reply(found.text or "I cannot do more.")

    return answer


def _cue(chat_ctx: ChatContext) -> str:
    for item in reversed(chat_ctx.items):
        if isinstance(item, FunctionCallOutput):
            return item.name
        if isinstance(item, ChatMessage) and item.role == "user":
            return item.content
    return ""
