"""One agent gives the conversation to the next: it says goodbye, its speech is heard out, and the other takes over.

Turns that the user ends meanwhile are answered by the new agent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from .agent import Agent
from .conversation import Conversation
from .records import AgentHandoff
from .running import RunningSession
from .scope import Scope
from .speech.speaking import Speaking


class HandOver:
    """`taken_over(old, new)` is called when the new agent is the present one."""

    def __init__(
        self,
        scope: Scope,
        session: RunningSession,
        conversation: Conversation,
        speaking: Speaking,
        *,
        taken_over: Callable[[Agent, Agent], None],
    ) -> None:
        self._scope = scope
        self._session = session
        self._conversation = conversation
        self._speaking = speaking
        self._taken_over = taken_over
        self._left: Agent | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None

    def to(self, agent: Agent) -> None:
        """Begin to hand over. Behind a hand-over that is under way, if there is one."""
        self._conversation.changing += 1
        self._task = self._scope.tasks.spawn(self._run(agent, self._task), f"hand-over-to-{agent.id}")

    async def leave(self) -> None:
        """Let the present agent say goodbye, once."""
        agent = self._conversation.agent
        if agent is not self._left:
            self._left = agent
            self._leaving = None
            if type(agent).on_exit is not Agent.on_exit:
                self._leaving = self._scope.tasks.spawn(self._run_hook(agent.on_exit, "on_exit"), "on-exit")
        if self._leaving is not None:
            await asyncio.wait([self._leaving])

    def enter(self) -> None:
        """Let the present agent begin."""
        agent = self._conversation.agent
        if type(agent).on_enter is not Agent.on_enter:
            self._scope.tasks.spawn(self._run_hook(agent.on_enter, "on_enter"), "on-enter")

    async def _run_hook(self, hook: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        try:
            await self._scope.bounded(hook(), self._scope.limits.hook_s, name)
        except Exception as error:
            self._scope.error("node", error)

    async def _run(self, agent: Agent, previous: asyncio.Task[None] | None) -> None:
        try:
            if previous is not None and not previous.done():
                await asyncio.wait([previous])
            await self.leave()
            await self._speaking.drain()
            old = self._conversation.agent
            if old is not agent:
                old._session = None
            self._left = None
            agent._session = self._session
            self._conversation.agent = agent
            self._scope.journal.append(AgentHandoff(old=old.id, new=agent.id))
            self._taken_over(old, agent)
        finally:
            self._conversation.changed()
        self.enter()
