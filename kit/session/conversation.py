"""Who the agent is and what has been said: the one place where the history grows."""

from __future__ import annotations

from ..chat import ChatContext, ChatItem
from .agent import Agent
from .events import ConversationItemAddedEvent, EventEmitter


class Conversation:
    """`history` is the whole session's; `agent.chat_ctx` is what the present agent's LLM is given."""

    def __init__(self, agent: Agent, events: EventEmitter) -> None:
        self.agent = agent
        self.history = ChatContext()
        self._events = events

    def add(self, item: ChatItem) -> None:
        self.agent._chat_ctx.append(item)
        self._added(item)

    def adopt(self, chat_ctx: ChatContext) -> None:
        """Go on from a context that is the agent's own with one item more."""
        self.agent._chat_ctx = chat_ctx.copy()
        self._added(chat_ctx[-1])

    def _added(self, item: ChatItem) -> None:
        self.history.append(item)
        self._events.emit("conversation_item_added", ConversationItemAddedEvent(item))
