"""Carries out what a scenario's application, tools and hooks do, on whichever session it is given.

Both parties' sessions have methods of the same names; where one lacks something, its error is part of the outcome.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from livekit.rtc import AudioFrame

from tests.peers.engines import SAMPLE_RATE, Engines
from tests.peers.record import Record
from tests.peers.scenario import (
    Act,
    AgentScript,
    ClearTurn,
    Close,
    CommitTurn,
    DisallowInterruptions,
    Drain,
    Equip,
    GenerateReply,
    HandOver,
    Instruct,
    Interrupt,
    Join,
    JoinOwn,
    JoinOwnHandle,
    Pause,
    Retune,
    Say,
    Shutdown,
)


class ScriptedFault(Exception):
    """Raised because the scenario says so."""


@dataclass
class Stage:
    """A running session, and how to make an agent for it."""

    session: Any
    record: Record
    make_agent: Callable[[AgentScript, Stage], Any]
    set_min_delay: Callable[[float], None]
    engines: Engines
    handles: list[Any] = field(default_factory=list)


async def perform(stage: Stage, acts: Sequence[Act], context: Any = None) -> None:
    """One act after another. What one raises is recorded, and the next one follows. `context`: a tool's."""
    calls = Calls(stage, context)
    for act in acts:
        try:
            await getattr(calls, type(act).__name__.lower())(act)
        except Exception as error:
            stage.record.add("raised", f"{type(act).__name__}: {type(error).__name__}")
        else:
            if not isinstance(act, Pause):
                stage.record.add("acts", f"{type(act).__name__} done")


class Calls:
    """One method for each kind of act, by its name."""

    def __init__(self, stage: Stage, context: Any) -> None:
        self._stage = stage
        self._session = stage.session
        self._context = context
        self._handles: list[Any] = []

    async def say(self, act: Say) -> None:
        self._handles.append(say(self._session, act))

    async def generatereply(self, act: GenerateReply) -> None:
        self._handles.append(generate_reply(self._session, act))

    async def interrupt(self, act: Interrupt) -> None:
        options = {} if act.force is None else {"force": act.force}
        if act.speech is not None:
            self._handles[act.speech].interrupt(**options)
            return
        done = self._session.interrupt(**options)
        if act.wait:
            await done

    async def pause(self, act: Pause) -> None:
        await asyncio.sleep(act.seconds)

    async def join(self, act: Join) -> None:
        if self._handles:
            await self._handles[-1].wait_for_playout()

    async def joinown(self, act: JoinOwn) -> None:
        await self._context.wait_for_playout()

    async def joinownhandle(self, act: JoinOwnHandle) -> None:
        await self._context.speech_handle.wait_for_playout()

    async def disallowinterruptions(self, act: DisallowInterruptions) -> None:
        self._context.disallow_interruptions()

    async def committurn(self, act: CommitTurn) -> None:
        self._session.commit_user_turn()

    async def clearturn(self, act: ClearTurn) -> None:
        self._session.clear_user_turn()

    async def handover(self, act: HandOver) -> None:
        self._session.update_agent(self._stage.make_agent(act.to, self._stage))

    async def instruct(self, act: Instruct) -> None:
        await self._session.current_agent.update_instructions(act.instructions)

    async def equip(self, act: Equip) -> None:
        tools = self._stage.make_agent(AgentScript(tools=act.tools), self._stage).tools
        await self._session.current_agent.update_tools(tools)

    async def retune(self, act: Retune) -> None:
        self._stage.set_min_delay(act.min_delay_s)

    async def drain(self, act: Drain) -> None:
        await self._session.drain()

    async def shutdown(self, act: Shutdown) -> None:
        self._session.shutdown(drain=act.drain)

    async def close(self, act: Close) -> None:
        await self._session.aclose()


def say(session: Any, act: Say) -> Any:
    options: dict[str, Any] = {}
    if not act.allow_interruptions:
        options["allow_interruptions"] = False
    if not act.add_to_chat_ctx:
        options["add_to_chat_ctx"] = False
    if act.audio_s or act.audio_fails:
        options["audio"] = _sound(act)
    return session.say(_chunks(act) if act.chunks or act.fails else act.text, **options)


def generate_reply(session: Any, act: GenerateReply) -> Any:
    options: dict[str, Any] = {}
    for name in ("user_input", "instructions", "tool_choice"):
        if getattr(act, name) is not None:
            options[name] = getattr(act, name)
    if not act.allow_interruptions:
        options["allow_interruptions"] = False
    return session.generate_reply(**options)


async def _chunks(act: Say) -> AsyncIterator[str]:
    for number, chunk in enumerate(act.chunks):
        if number:
            await asyncio.sleep(act.chunk_s)
        yield chunk
    if act.fails:
        await asyncio.sleep(act.chunk_s)
        raise ScriptedFault("the text failed")


async def _sound(act: Say) -> AsyncIterator[AudioFrame]:
    samples = SAMPLE_RATE // 10
    for _ in range(round(act.audio_s * 10)):
        yield AudioFrame(bytes(2 * samples), SAMPLE_RATE, 1, samples)
    if act.audio_fails:
        raise ScriptedFault("the sound failed")
