"""Runs scenarios through the kit, in virtual time."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from kit import Agent, AgentSession, RunContext, StopResponse, Tuning, function_tool
from kit.session.limits import Limits
from kit.session.records import AgentHandoff, PreemptionAdopted, TurnCommitted, TurnDropped
from kit.session.tools import ToolError
from kit.timing import run_virtual
from kit.transports.playout import PacedOutput
from kit.transports.simulated import SimulatedUser
from tests.peers.acts import Stage, perform
from tests.peers.cast import Party, has_hook, make_agent
from tests.peers.engines import Engines, engines
from tests.peers.record import Outcome, Record, now
from tests.peers.scenario import Scenario, Settings

FRAME_S = 0.05
PARTY = Party(Agent, RunContext, StopResponse, ToolError, function_tool)


def tuning(settings: Settings) -> Tuning:
    """The settings by the kit's names."""
    if settings.as_shipped:
        return Tuning()
    return Tuning().replace(
        {
            "preemption.enabled": settings.preemption != "off",
            "preemption.preemptive_tts": settings.preemption == "on+tts",
            "preemption.max_retries": settings.max_attempts,
            "preemption.max_speech_duration_s": settings.max_attempt_speech_s,
            "endpointing.mode": settings.endpointing,
            "endpointing.min_delay_s": settings.min_delay_s,
            "endpointing.max_delay_s": settings.max_delay_s,
            "interruption.enabled": settings.interruptions,
            "interruption.min_duration_s": settings.min_interruption_s,
            "interruption.min_words": settings.min_words,
            "interruption.resume_false_interruption": settings.resume,
            "interruption.false_interruption_timeout_s": settings.resume_after_s,
        }
    )


def run(scenario: Scenario) -> Outcome:
    return run_virtual(lambda: _hold(scenario))


async def _hold(scenario: Scenario) -> Outcome:
    record, made = Record(now), engines(scenario)
    user = SimulatedUser(block_s=FRAME_S)
    for speech in scenario.user:
        user.speak(speech.text, speech.duration_s, at=now() + speech.at_s)
    output = PacedOutput(on_played=record.played)
    session = _session(scenario, made)

    def set_min_delay(delay_s: float) -> None:
        session.tuning = session.tuning.replace({"endpointing.min_delay_s": delay_s})

    stage = Stage(session, record, partial(make_agent, PARTY), set_min_delay, made)
    _listen(session, record)
    begin = now()
    await session.start(stage.make_agent(scenario.agent, stage), audio_in=user, audio_out=output)
    tasks = [asyncio.create_task(_app(stage, begin + app.at_s, app.acts)) for app in scenario.app]
    await asyncio.sleep(begin + scenario.until_s - now())
    output.settle()
    _finish(session, record, made, asked=has_hook(scenario.agent))
    outcome = {name: list(lines) for name, lines in record.lines.items()}
    for task in tasks:
        task.cancel()
    await session.aclose()
    return outcome


def _session(scenario: Scenario, made: Engines) -> AgentSession:
    settings = scenario.settings
    detection: Any = made.turn_detector if settings.turn_detection == "model" else settings.turn_detection
    return AgentSession(
        stt=made.stt,
        vad=made.vad,
        llm=made.llm,
        tts=made.tts,
        turn_detection=detection,
        tuning=tuning(settings),
        **({} if settings.as_shipped else _beside_the_tuning(settings)),
    )


def _beside_the_tuning(settings: Settings) -> dict[str, Any]:
    return {
        "user_away_timeout": settings.away_after_s,
        "limits": Limits(max_tool_steps=settings.max_tool_steps),
    }


async def _app(stage: Stage, at: float, acts: Any) -> None:
    await asyncio.sleep(at - now())
    await perform(stage, acts)


def _listen(session: AgentSession, record: Record) -> None:
    session.on("agent_state_changed", lambda event: record.add("agent_state", event.new_state))
    session.on("user_state_changed", lambda event: record.add("user_state", event.new_state))
    session.on("error", lambda event: record.add("errors", event.source if event.recoverable else f"{event.source}!"))
    session.on("agent_false_interruption", lambda event: record.false_interruption(event.resumed))
    session.on("speech_created", lambda event: record.speech(event.speech_handle))
    session.on("function_tools_executed", lambda event: _tools(event, record))
    session.on("close", lambda event: record.add("closed", event.reason))


def _tools(event: Any, record: Record) -> None:
    for output in event.function_call_outputs:
        record.add("tools", f"{output.name} → {output.output}{' (error)' if output.is_error else ''}")


def _finish(session: AgentSession, record: Record, made: Engines, *, asked: bool) -> None:
    """`asked`: the agent has a hook, which has noted its turns itself; the kit asks no hook that does nothing."""
    journal = session.journal
    record.finish(lambda handle: True, made.requests)
    record.put("adopted", str(len(journal.of(PreemptionAdopted))))
    unasked = {drop.turn for drop in journal.of(TurnDropped) if drop.reason == "agent_uninterruptible"}
    for turn in journal.of(TurnCommitted):
        if not asked and turn.turn not in unasked:
            record.put("turns", f"{turn.t + 1e-6:.2f} {turn.text}")
    for change in journal.of(AgentHandoff):
        record.put("hand_overs", f"{change.t + 1e-6:.2f}")
    for item in session.history:
        record.item(item)
