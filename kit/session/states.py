"""What the agent and the user are doing, and the news of its change."""

from __future__ import annotations

from .events import AgentStateChangedEvent, AgentStateName, EventEmitter, UserStateChangedEvent, UserStateName
from .journal import AgentState, Journal, UserState


class States:
    def __init__(self, journal: Journal, events: EventEmitter) -> None:
        self.agent: AgentStateName = "initializing"
        self.user: UserStateName = "listening"
        self._journal = journal
        self._events = events

    def set_agent(self, state: AgentStateName) -> None:
        if state != self.agent:
            old, self.agent = self.agent, state
            self._journal.append(AgentState(old=old, new=state))
            self._events.emit("agent_state_changed", AgentStateChangedEvent(old, state))

    def set_user(self, state: UserStateName) -> None:
        if state != self.user:
            old, self.user = self.user, state
            self._journal.append(UserState(old=old, new=state))
            self._events.emit("user_state_changed", UserStateChangedEvent(old, state))
