"""The conversation so far, as an LLM is given it.

A `ChatContext` is a list that is copied at every turn, often with an item added and thrown away again. Copies share
their common beginning, so that a copy costs the same after ten thousand turns as after one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Role = Literal["system", "developer", "user", "assistant"]


@dataclass(slots=True)
class ChatMessage:
    """A message. `interrupted`: it was cut short, and `content` is what was heard of it."""

    role: Role
    content: str
    interrupted: bool = False

    @property
    def text_content(self) -> str:
        return self.content


@dataclass(slots=True)
class FunctionCall:
    """An LLM's call of a tool. `arguments` is the JSON text as the model wrote it."""

    call_id: str
    name: str
    arguments: str


@dataclass(slots=True)
class FunctionCallOutput:
    call_id: str
    name: str
    output: str
    is_error: bool = False


ChatItem = ChatMessage | FunctionCall | FunctionCallOutput


class ChatContext:
    """An ordered list of chat items, cheap to copy.

    Items are shared between copies: to change one, `replace` it.
    """

    __slots__ = ("_length", "_store")

    def __init__(self, items: Iterable[ChatItem] = ()) -> None:
        self._store: list[ChatItem] = list(items)
        self._length = len(self._store)

    @classmethod
    def empty(cls) -> ChatContext:
        return cls()

    @property
    def items(self) -> list[ChatItem]:
        """A new list of the items, oldest first."""
        return self._store[: self._length]

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[ChatItem]:
        return iter(self.items)

    def __getitem__(self, index: int) -> ChatItem:
        if not -self._length <= index < self._length:
            raise IndexError(f"chat context has {self._length} items, no item {index}")
        return self._store[index % self._length]

    def __repr__(self) -> str:
        return f"ChatContext({self.items!r})"

    def copy(self) -> ChatContext:
        other = ChatContext.__new__(ChatContext)
        other._store, other._length = self._store, self._length
        return other

    def append(self, item: ChatItem) -> None:
        if len(self._store) != self._length:  # a copy has already written behind our end
            self._store = self._store[: self._length]
        self._store.append(item)
        self._length += 1

    def add_message(self, *, role: Role, content: str, interrupted: bool = False) -> ChatMessage:
        message = ChatMessage(role, content, interrupted)
        self.append(message)
        return message

    def insert(self, index: int, item: ChatItem) -> None:
        items = self.items
        items.insert(index, item)
        self._store, self._length = items, len(items)

    def replace(self, index: int, item: ChatItem) -> None:
        items = self.items
        items[index] = item
        self._store = items

    def truncate(self, *, max_items: int) -> ChatContext:
        """Keep the newest `max_items` items, and a leading system message besides."""
        items = self.items
        kept = items[-max_items:] if max_items else []
        first = items[0] if items else None
        if isinstance(first, ChatMessage) and first.role == "system" and not any(item is first for item in kept):
            kept.insert(0, first)
        self._store, self._length = kept, len(kept)
        return self

    def is_equivalent(self, other: ChatContext) -> bool:
        """Whether both hold equal items in the same order."""
        if self._length != other._length:
            return False
        return self._store is other._store or self.items == other.items
