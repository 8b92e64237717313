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

from kit.chat import ChatContext, FunctionCall
from kit.models.espeak import EspeakTTS
from kit.models.openai import OpenAILLM, OpenAISTT, OpenAITTS
from kit.models.pocketsphinx import PocketSphinxSTT
from kit.models.scripted import ScriptedLLM
from kit.models.silero import SileroVAD
from kit.models.simulated import (
    Reply,
    SimulatedLLM,
    SimulatedSTT,
    SimulatedTTS,
    SimulatedVAD,
    delayed_llm,
    delayed_stt,
    delayed_tts,
)
from kit.timing import run_virtual

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
            async with asyncio.timeout(60 if self.live else 3600):
                result = await test(engine)
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


STT = [
    Case("simulated", lambda url: SimulatedSTT(0.1)),
    Case("simulated-interim", lambda url: SimulatedSTT(0.4, interim=True)),
    Case("delayed", lambda url: delayed_stt(SimulatedSTT(0.1), 0.5)),
    Case("pocketsphinx", lambda url: PocketSphinxSTT()),
    Case("pocketsphinx-live", lambda url: PocketSphinxSTT(), live=True),
    Case("openai-live", lambda url: OpenAISTT(vad=SileroVAD(), base_url=url), live=True),
]
VAD = [
    Case("simulated", lambda url: SimulatedVAD(0.3)),
    Case("silero", lambda url: SileroVAD()),
    Case("silero-live", lambda url: SileroVAD(), live=True),
]
TTS = [
    Case("simulated", lambda url: SimulatedTTS(0.2)),
    Case("delayed", lambda url: delayed_tts(EspeakTTS(), 0.5)),
    Case("espeak", lambda url: EspeakTTS()),
    Case("espeak-live", lambda url: EspeakTTS(), live=True),
    Case("openai-live", lambda url: OpenAITTS(base_url=url), live=True),
]
LLM = [
    Case("simulated", lambda url: SimulatedLLM(answer)),
    Case("simulated-slow", lambda url: SimulatedLLM(answer, tokens_per_s=20)),
    Case("delayed", lambda url: delayed_llm(ScriptedLLM(), 0.4)),
    Case("scripted", lambda url: ScriptedLLM(words_per_s=5)),
    Case("openai-live", lambda url: OpenAILLM(base_url=url), live=True),
]


def cases(port: list[Case]) -> pytest.MarkDecorator:
    """Run a test for every engine of a port, as `case`."""
    return pytest.mark.parametrize("case", port, ids=[case.name for case in port])


def threads() -> int:
    return threading.active_count()
