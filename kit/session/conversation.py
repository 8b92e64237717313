"""Who the agent is and what has been said: the one place where the history grows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from ..chat import ChatContext, ChatItem
from .agent import Agent
from .events import ConversationItemAddedEvent, EventEmitter


@dataclass(frozen=True, slots=True)
class Place:
    """Where something belongs that is known only later: so many items of each come before it."""

    agent: Agent
    in_context: int
    in_history: int


class Conversation:
    """`history` is the whole session's; `agent.chat_ctx` is what the present agent's LLM is given.

    `changing`: how many hand-overs to another agent are under way.
    """

    def __init__(self, agent: Agent, events: EventEmitter) -> None:
        self.agent = agent
        self.history = ChatContext()
        self.changing = 0
        self._settled: asyncio.Future[None] | None = None
        self._events = events

    def add(self, item: ChatItem) -> None:
        self.agent._chat_ctx.append(item)
        self._added(item)

    def adopt(self, chat_ctx: ChatContext) -> None:
        """Go on from a context that is the agent's own with one item more."""
        self.agent._chat_ctx = chat_ctx.copy()
        self._added(chat_ctx[-1])

    def place(self) -> Place:
        """The end, as it is now."""
        return Place(self.agent, len(self.agent._chat_ctx), len(self.history))

    def insert(self, place: Place, item: ChatItem) -> None:
        """Add an item where it belongs."""
        place.agent._chat_ctx.insert(min(place.in_context, len(place.agent._chat_ctx)), item)
        self.history.insert(place.in_history, item)
        self._events.emit("conversation_item_added", ConversationItemAddedEvent(item))

    def changed(self) -> None:
        """A hand-over is over."""
        self.changing -= 1
        if not self.changing and self._settled is not None:
            self._settled.set_result(None)
            self._settled = None

    async def settled(self) -> None:
        """Wait until no hand-over is under way."""
        while self.changing:
            if self._settled is None:
                self._settled = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._settled)

    def _added(self, item: ChatItem) -> None:
        self.history.append(item)
        self._events.emit("conversation_item_added", ConversationItemAddedEvent(item))
