"""The engines that the contracts hold for, and how each is run.

Most run in virtual time, with their audio at the pace of speech. On a real loop (`live`) an engine's work runs in its
own thread, and audio comes as fast as it is taken.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from livekit.agents import inference

from kit.chat import ChatContext, ChatMessage, FunctionCall, FunctionCallOutput
from kit.models.espeak import EspeakTTS
from kit.models.livekit_plugin import adapt
from kit.models.livekit_turn import LiveKitLocalTurnDetector
from kit.models.openai import OpenAILLM, OpenAIRealtime, OpenAISTT, OpenAITTS
from kit.models.pocketsphinx import PocketSphinxSTT
from kit.models.scripted import ScriptedLLM
from kit.models.silero import SileroVAD
from kit.models.simulated import (
    Reply,
    SimulatedLLM,
    SimulatedRealtime,
    SimulatedSTT,
    SimulatedTTS,
    SimulatedTurnDetector,
    SimulatedVAD,
    delayed_llm,
    delayed_stt,
    delayed_tts,
)
from kit.models.smart_turn import SmartTurnDetector
from kit.models.turn_words import WordsTurnDetector
from kit.timing import run_virtual
from tests.contracts.livekit_plugins import (
    EspeakPlugin,
    RealtimePlugin,
    SphinxPlugin,
    openai_llm,
    openai_stt,
    openai_tts,
    silero_vad,
)
from tests.models.smart_turn_model import model_path

R = TypeVar("R")
_LAST_TURNS = 5
"""Of the loop, in which it may close generators that were left: the `openai` package leaves some behind."""


@dataclass(frozen=True)
class Case:
    """An engine under a contract. `make` is given the address of a stand-in server."""

    name: str
    make: Callable[[str], Any]
    live: bool = False

    def run(self, test: Callable[[Any], Awaitable[R]], url: str) -> R:
        """Run `test(engine)`. Whatever it does, no task of its own may be left in the end."""

        async def main() -> R:
            engine = self.make(url)
            try:
                async with asyncio.timeout(60 if self.live else 3600):
                    result = await test(engine)
            finally:
                if hasattr(engine, "aclose"):
                    await engine.aclose()
            for _ in range(_LAST_TURNS):
                await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}
            return result

        return asyncio.run(main()) if self.live else run_virtual(main)


def answer(chat_ctx: ChatContext) -> Reply:
    """What the simulated model says: what it was asked, and that it calls a tool where it is asked for one."""
    said = getattr(chat_ctx[-1], "content", "")
    calls = (FunctionCall("", "weather", '{"city": "Paris"}'),) if "weather" in said else ()
    return Reply(f"You said: {said} So I say this.", calls)


def spoken_answer(chat_ctx: ChatContext) -> Reply:
    """What the simulated realtime model says: as the stand-in for a realtime server does."""
    items = [item for item in chat_ctx if getattr(item, "role", "") != "system"]
    asked = items[-1] if items else ChatMessage("user", "")
    said = asked.output if isinstance(asked, FunctionCallOutput) else getattr(asked, "content", "")
    if "story" in said:
        return Reply("Once upon a time " * 1000)
    if "How long" in said:
        spoke = [item.content for item in items if isinstance(item, ChatMessage) and item.role == "assistant"]
        return Reply(f"I spoke for {len(spoke[-1]) / 15 if spoke else 0.0:.2f} seconds.")
    instructions = " ".join(getattr(item, "content", "") for item in chat_ctx if item not in items)
    calls = (FunctionCall("", "weather", '{"city": "Paris"}'),)
    wanted = isinstance(asked, ChatMessage) and "weather" in said
    return Reply(f"You said: {said} So I say this. {instructions}", calls if wanted else ())


STT = [
    Case("simulated", lambda url: SimulatedSTT(0.1)),
    Case("simulated-interim", lambda url: SimulatedSTT(0.4, interim=True)),
    Case("delayed", lambda url: delayed_stt(SimulatedSTT(0.1), 0.5)),
    Case("pocketsphinx", lambda url: PocketSphinxSTT()),
    Case("pocketsphinx-live", lambda url: PocketSphinxSTT(), live=True),
    Case("openai-live", lambda url: OpenAISTT(vad=SileroVAD(), base_url=url), live=True),
    Case("livekit-openai-live", lambda url: adapt(openai_stt(url), vad=silero_vad()), live=True),
    Case("livekit-streaming-live", lambda url: adapt(SphinxPlugin()), live=True),
]
VAD = [
    Case("simulated", lambda url: SimulatedVAD(0.3)),
    Case("silero", lambda url: SileroVAD()),
    Case("silero-live", lambda url: SileroVAD(), live=True),
    Case("livekit-silero-live", lambda url: adapt(silero_vad()), live=True),
    Case("livekit-bundled-live", lambda url: adapt(inference.VAD()), live=True),
]
TTS = [
    Case("simulated", lambda url: SimulatedTTS(0.2)),
    Case("delayed", lambda url: delayed_tts(EspeakTTS(), 0.5)),
    Case("espeak", lambda url: EspeakTTS()),
    Case("espeak-live", lambda url: EspeakTTS(), live=True),
    Case("openai-live", lambda url: OpenAITTS(base_url=url), live=True),
    Case("livekit-openai-live", lambda url: adapt(openai_tts(url)), live=True),
    Case("livekit-streaming-live", lambda url: adapt(EspeakPlugin()), live=True),
]
LLM = [
    Case("simulated", lambda url: SimulatedLLM(answer)),
    Case("simulated-slow", lambda url: SimulatedLLM(answer, tokens_per_s=20)),
    Case("delayed", lambda url: delayed_llm(ScriptedLLM(), 0.4)),
    Case("scripted", lambda url: ScriptedLLM(words_per_s=5)),
    Case("openai-live", lambda url: OpenAILLM(base_url=url), live=True),
    Case("livekit-openai-live", lambda url: adapt(openai_llm(url)), live=True),
]

TURNS_BY_WORDS = [
    Case("words", lambda url: WordsTurnDetector()),
    Case("words-live", lambda url: WordsTurnDetector(), live=True),
    Case("simulated", lambda url: SimulatedTurnDetector(lambda chat_ctx: min(1.0, len(chat_ctx) / 10), delay=0.2)),
]
TURNS_BY_SOUND = [
    Case("smart-turn", lambda url: SmartTurnDetector(model_path())),
    Case("smart-turn-live", lambda url: SmartTurnDetector(model_path()), live=True),
    Case("livekit", lambda url: LiveKitLocalTurnDetector()),
    Case("livekit-live", lambda url: LiveKitLocalTurnDetector(), live=True),
    Case("livekit-plugin-live", lambda url: adapt(inference.TurnDetector(version="v1-mini"), answer_s=30), live=True),
]
REALTIME = [
    Case("simulated", lambda url: SimulatedRealtime(spoken_answer)),
    Case("openai-live", lambda url: OpenAIRealtime(base_url=url), live=True),
    Case("livekit-openai-live", lambda url: adapt(RealtimePlugin(url)), live=True),
]
REALTIME_WITHOUT_TURNS = [
    Case("simulated", lambda url: SimulatedRealtime(spoken_answer, detects_turns=False)),
    Case("openai-live", lambda url: OpenAIRealtime(base_url=url, turn_detection=None), live=True),
    Case("livekit-openai-live", lambda url: adapt(RealtimePlugin(url), detects_turns=False), live=True),
]


def cases(port: list[Case]) -> pytest.MarkDecorator:
    """Run a test for every engine of a port, as `case`."""
    return pytest.mark.parametrize("case", port, ids=[case.name for case in port])


def threads() -> int:
    """Threads that run, without the workers that a loop's executor keeps for later."""
    return sum(not thread.name.startswith("asyncio_") for thread in threading.enumerate())
