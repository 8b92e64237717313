"""Conversations for tests: a simulated user, simulated models with exact latencies, and virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from livekit.rtc import AudioFrame

from kit import Agent, AgentSession, Tuning
from kit.models.simulated import SimulatedLLM, SimulatedSTT, SimulatedTTS, SimulatedVAD
from kit.timing import run_virtual
from kit.transports.playout import PacedOutput
from kit.transports.simulated import SimulatedUser
from tests.session.journal_rules import check_journal

ON = Tuning().replace({"preemption.enabled": True})


@dataclass
class Scene:
    """A running session, its user, and what was heard of the agent: (loop time, frame)."""

    session: AgentSession
    user: SimulatedUser
    output: PacedOutput
    heard: list[tuple[float, AudioFrame]] = field(default_factory=list)

    async def ask(self, text: str = "what is the weather", duration_s: float = 1.0) -> None:
        """The user speaks; returns at the end of the speech."""
        self.user.speak(text, duration_s)
        await asyncio.sleep(duration_s)

    def of(self, kind: type[Any]) -> list[Any]:
        return self.session.journal.of(kind)

    def types(self) -> list[str]:
        return [record.type for record in self.session.journal]

    def said(self) -> list[tuple[str, str]]:
        return [(item.role, item.content) for item in self.session.history if hasattr(item, "role")]


def hold(
    act: Callable[[Scene], Awaitable[object]],
    *,
    agent: Agent | None = None,
    tuning: Tuning | None = None,
    d_stt: float = 0.1,
    d_vad: float = 0.3,
    ttft: float = 0.35,
    ttfb: float = 0.2,
    replies: Any = "It is sunny in Paris.",
    **session: Any,
) -> Scene:
    """Hold a conversation in virtual time and return it when it is closed. No task is left when this returns."""

    async def main() -> Scene:
        models = {
            "stt": SimulatedSTT(d_stt),
            "vad": SimulatedVAD(d_vad),
            "llm": SimulatedLLM(replies, ttft=ttft),
            "tts": SimulatedTTS(ttfb),
        }
        heard: list[tuple[float, AudioFrame]] = []
        output = PacedOutput(on_played=lambda t, frame: heard.append((t, frame)))
        scene = Scene(AgentSession(tuning=tuning, **{**models, **session}), SimulatedUser(), output, heard)
        await scene.session.start(agent or Agent(instructions="Be brief."), audio_in=scene.user, audio_out=output)
        try:
            await act(scene)
        finally:
            await scene.session.aclose()
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        assert not left, f"tasks were left: {left}"
        check_journal(list(scene.session.journal))
        return scene

    return run_virtual(main)
