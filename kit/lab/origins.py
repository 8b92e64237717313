"""Who answered in a conversation, and what detected the end of its turns: as far as the conversation still knows.

An agent's own code speaks too: as it enters, in its tools, in its hook. Whoever holds the conversation again with that
agent hears those words from it, so they are not to be said beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..chat import ChatMessage
from ..models.naming import again, name_of
from ..session.agent import Agent
from ..session.journal import Journal
from ..session.records import (
    AgentHandoff,
    Record,
    SessionStarted,
    SpeechCreated,
    ToolCalled,
    ToolReturned,
    TurnCommitted,
    UserInput,
)

if TYPE_CHECKING:
    from ..session.session import AgentSession

UNKNOWN = "unknown"
ENTERING_S = 0.4
"""An unasked speech so soon after the start or a hand-over is the agent's greeting; `converse` says nothing so soon."""


@dataclass(frozen=True, slots=True)
class Origins:
    """
    Attributes:
        agent_class: The name of the agent's class; "" where it is not known.
        turn_detection: The session's: "vad", "stt", "manual", a detector as `kit.models.create` takes it, or the name
            of its class; "" where none was given, and "unknown".
        knew_before: Whether the agent had been told of earlier messages, in its `chat_ctx`.
        agent, detector: The agent itself, and the turn detector if it is none of the kit's, where they are at hand. A
            file does not have them.
    """

    agent_class: str = ""
    turn_detection: str = ""
    knew_before: bool = False
    agent: Agent | None = field(default=None, repr=False, compare=False)
    detector: Any = field(default=None, repr=False, compare=False)

    @property
    def answers(self) -> bool:
        """Whether the agent has its own way of thinking."""
        agent = self.agent
        return agent is not None and (agent.llm is not None or type(agent).llm_node is not Agent.llm_node)

    def without_own_words(self, journal: Journal) -> Journal:
        """The journal without the speeches that the agent's own code has made."""
        if self.agent is None:
            return journal
        greets = type(self.agent).on_enter is not Agent.on_enter
        hooked = type(self.agent).on_user_turn_completed is not Agent.on_user_turn_completed
        kept: list[Record] = []
        entered_t, calls, in_hook = float("-inf"), 0, False
        for record in journal:
            if isinstance(record, AgentHandoff) or (greets and isinstance(record, SessionStarted)):
                entered_t = record.t
            elif isinstance(record, ToolCalled | ToolReturned):
                calls += 1 if isinstance(record, ToolCalled) else -1
            elif isinstance(record, TurnCommitted | UserInput):
                in_hook, entered_t = hooked and isinstance(record, TurnCommitted), float("-inf")
            elif isinstance(record, SpeechCreated):
                asked = record.source == "turn" or (kept and isinstance(kept[-1], UserInput))
                if not asked and (calls > 0 or in_hook or record.t - entered_t <= ENTERING_S):
                    continue
                in_hook = in_hook and not asked
            kept.append(record)
        return Journal(kept)


def origins_of(conversation: Any, agent: Agent | None = None) -> Origins:
    """Of a conversation or a session. `agent`: who answered, where the caller knows."""
    known: Origins | None = getattr(conversation, "origins", None)
    if known is not None and agent in (None, known.agent):
        return known
    agent = agent or getattr(conversation, "agent", None) or _agent_of_session(conversation)
    name = "" if agent is None else type(agent).__name__
    session = conversation if hasattr(conversation, "turn_detection") else _session_of(agent, conversation.journal)
    if session is None:
        was_there = getattr(agent, "_session", None) is not None  # one that was read from a file never was
        return Origins(name if was_there else "", UNKNOWN, agent=agent if was_there else None)
    given = session.turn_detection
    if given is None or isinstance(given, str):
        return Origins(name, given or "", agent=agent)
    text = name_of(given)
    return Origins(name, text, agent=agent, detector=None if again("turn_detection", text) is not None else given)


def origins_before(session: AgentSession, agent: Agent) -> Origins:
    """Of a conversation that is about to begin."""
    knew = any(not (isinstance(item, ChatMessage) and item.role == "system") for item in agent.chat_ctx)
    return replace(origins_of(session, agent), knew_before=knew)


def _agent_of_session(session: Any) -> Agent | None:
    """The agent of a session, where it has had but one: of several, who began is not known."""
    parts = getattr(session, "_parts", None)
    if parts is None or session.journal.of(AgentHandoff):
        return None
    agent: Agent = parts.conversation.agent
    return agent


def _session_of(agent: Agent | None, journal: Journal) -> Any:
    """The session that the agent is in, if it is this conversation's."""
    session: Any = None if agent is None else agent._session
    return session if getattr(session, "journal", None) is journal else None
