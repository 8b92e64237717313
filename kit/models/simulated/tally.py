"""Counts over a conversation that grows, at the cost of what is new in it."""

from __future__ import annotations

from dataclasses import dataclass

from ...chat import ChatContext, ChatItem, ChatMessage, FunctionCall, FunctionCallOutput


@dataclass(frozen=True, slots=True)
class Count:
    """Totals from the beginning up to an item.

    Args:
        words: Words of all items.
        asked: Times the user, or a round of tool results, asked for an answer.
        answered: Assistant messages since then.
    """

    words: int = 0
    asked: int = 0
    answered: int = 0

    @property
    def place(self) -> tuple[int, int]:
        """The place in the conversation: the same for a context that was only asked again."""
        return self.asked, self.answered


class ContextTally:
    """Counts a chat context by the last one it has seen.

    Contexts that share a beginning share its items, so the count goes on behind the last item that both have in one
    place, if they have the same first item. An item that was replaced before that one is counted as it was.
    """

    def __init__(self) -> None:
        self._items: list[ChatItem] = []
        self._counts: list[Count] = [Count()]

    def count(self, chat_ctx: ChatContext) -> Count:
        length = len(chat_ctx)
        known = min(length, len(self._items))
        if known and chat_ctx[0] is not self._items[0]:
            known = 0
        while known and chat_ctx[known - 1] is not self._items[known - 1]:
            known -= 1
        del self._items[known:], self._counts[known + 1 :]
        for index in range(known, length):
            item = chat_ctx[index]
            self._counts.append(_next(self._counts[-1], item, self._items[-1] if self._items else None))
            self._items.append(item)
        return self._counts[-1]


def _next(count: Count, item: ChatItem, previous: ChatItem | None) -> Count:
    if isinstance(item, ChatMessage):
        words = count.words + len(item.content.split())
        if item.role == "user":
            return Count(words, count.asked + 1, 0)
        return Count(words, count.asked, count.answered + (item.role == "assistant"))
    if isinstance(item, FunctionCall):
        return Count(count.words + 1 + len(item.arguments.split()), count.asked, count.answered)
    words = count.words + len(item.output.split())
    if isinstance(previous, FunctionCallOutput):
        return Count(words, count.asked, count.answered)
    return Count(words, count.asked + 1, 0)
