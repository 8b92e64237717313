"""A queue between two tasks, that can be closed: what is put in comes out by `async for`."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class ChannelClosed(Exception):
    """Nothing can be put into a closed channel."""


class Channel(Generic[T]):
    """One consumer. Unbounded, unless `limit` is given, when `put` waits while so many items are inside."""

    __slots__ = ("_closed", "_getter", "_items", "_limit", "_putter", "error")

    def __init__(self, limit: int = 0) -> None:
        self._items: deque[T] = deque()
        self._limit = limit
        self._getter: asyncio.Future[None] | None = None
        self._putter: asyncio.Future[None] | None = None
        self._closed = False
        self.error: BaseException | None = None

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def ready(self) -> bool:
        """Whether the next item, or the end, is there already."""
        return bool(self._items) or self._closed

    def __len__(self) -> int:
        return len(self._items)

    def put_nowait(self, item: T) -> None:
        if self._closed:
            raise ChannelClosed
        self._items.append(item)
        if self._getter is not None:
            _wake(self._getter)

    @property
    def full(self) -> bool:
        return bool(self._limit) and len(self._items) >= self._limit and not self._closed

    async def put(self, item: T) -> None:
        while self.full:
            self._putter = asyncio.get_running_loop().create_future()
            try:
                await self._putter
            finally:
                self._putter = None
        self.put_nowait(item)

    def close(self, error: BaseException | None = None) -> None:
        """No more items. The consumer gets those inside first, then `error` if there is one."""
        if not self._closed:
            self._closed = True
            self.error = error
            for waiter in (self._getter, self._putter):
                if waiter is not None:
                    _wake(waiter)

    def __aiter__(self) -> Channel[T]:
        return self

    async def __anext__(self) -> T:
        while not self._items:
            if self._closed:
                if self.error is not None:
                    raise self.error
                raise StopAsyncIteration
            self._getter = asyncio.get_running_loop().create_future()
            try:
                await self._getter
            finally:
                self._getter = None
        item = self._items.popleft()
        if self._putter is not None:
            _wake(self._putter)
        return item


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
