"""What a simulated model for speech to speech remembers of the conversation."""

from __future__ import annotations

import re

from ...chat import ChatContext, ChatItem, ChatMessage

_WORD = re.compile(r"\S+")


class Memory:
    """A conversation behind its instructions, which are its first item, if there are any."""

    def __init__(self) -> None:
        self.instructions = ""
        self._chat = ChatContext()

    @property
    def chat_ctx(self) -> ChatContext:
        """A copy without the instructions."""
        return ChatContext(self._chat.items[bool(self.instructions) :])

    def configure(self, instructions: str, chat_ctx: ChatContext | None) -> None:
        """New instructions, and another conversation if one is given."""
        if chat_ctx is None and instructions == self.instructions:
            return
        items = (self.chat_ctx if chat_ctx is None else chat_ctx).items
        self.instructions = instructions
        self._chat = ChatContext(_instructed(instructions) + items)

    def context(self, instructions: str = "") -> ChatContext:
        """What a response is made from. `instructions` are for it alone, beside those that there are."""
        if not instructions:
            return self._chat.copy()
        both = "\n\n".join(filter(None, (self.instructions, instructions)))
        return ChatContext(_instructed(both) + self.chat_ctx.items)

    def append(self, item: ChatItem) -> None:
        self._chat.append(item)

    def swap(self, old: ChatItem, new: ChatItem | None) -> None:
        """Put an item in another one's place, or forget it. No effect where `old` itself is not remembered."""
        items = self._chat.items
        for index in range(len(items) - 1, -1, -1):
            if items[index] is old:
                items[index : index + 1] = [] if new is None else [new]
                self._chat = ChatContext(items)
                return


def heard_of(text: str, part: float) -> str:
    """The whole words of a text of which `part`, 0 to 1, was heard."""
    length = int(len(text) * part + 1e-6)
    return text[: max((found.end() for found in _WORD.finditer(text) if found.end() <= length), default=0)]


def _instructed(instructions: str) -> list[ChatItem]:
    return [ChatMessage("system", instructions)] if instructions else []
