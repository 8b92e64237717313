"""What the agent and the user are doing, and the news of its change.

A user is away after a while in which both were only listening.
"""

from __future__ import annotations

import asyncio
from contextvars import copy_context

from .events import AgentStateChangedEvent, AgentStateName, EventEmitter, UserStateChangedEvent, UserStateName
from .journal import Journal
from .records import AgentState, UserState


class States:
    """`away_after_s`: None if the user is never away."""

    def __init__(self, journal: Journal, events: EventEmitter, away_after_s: float | None = None) -> None:
        self.agent: AgentStateName = "initializing"
        self.user: UserStateName = "listening"
        self._journal = journal
        self._events = events
        self._away_after_s = away_after_s
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context = copy_context()
        self._away_at: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on the user may be away."""
        self._loop = loop
        self._context = copy_context()

    def set_agent(self, state: AgentStateName) -> None:
        if state != self.agent:
            old, self.agent = self.agent, state
            self._away_at = None
            self._journal.append(AgentState(old=old, new=state))
            self._events.emit("agent_state_changed", AgentStateChangedEvent(old, state))
            if state == "listening":
                self._watch()

    def set_user(self, state: UserStateName) -> None:
        if state != self.user:
            old, self.user = self.user, state
            self._away_at = None
            self._journal.append(UserState(old=old, new=state))
            self._events.emit("user_state_changed", UserStateChangedEvent(old, state))
            if state == "listening":
                self._watch()

    def user_is_active(self) -> None:
        """The user has given a sign of life."""
        if self.user == "away":
            self.set_user("listening")
        else:
            self._watch()

    def close(self) -> None:
        self._away_at = None
        if self._timer is not None:
            self._timer.cancel()

    def _watch(self) -> None:
        """Count anew. A timer that runs is left to fire too early: moving it at each state would cost more."""
        if self._loop is None or self._away_after_s is None:
            return
        if self.agent != "listening" or self.user != "listening":
            return
        self._away_at = self._loop.time() + self._away_after_s
        if self._timer is None:
            self._timer = self._loop.call_at(self._away_at, self._check, context=self._context)

    def _check(self) -> None:
        self._timer = None
        if self._loop is None or self._away_at is None:
            return
        if self._away_at > self._loop.time() + 1e-9:
            self._timer = self._loop.call_at(self._away_at, self._check, context=self._context)
        else:
            self.set_user("away")
