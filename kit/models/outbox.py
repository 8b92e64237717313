"""Events that leave at their time, beside the work that makes them.

A model that answers some time after it heard something, and goes on hearing meanwhile, puts its answers into an outbox.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_EARLY_S = 0.6e-9
"""Virtual time is whole nanoseconds: a timer may fire half of one, and the floats' error, before it is due."""


class Outbox(Generic[T]):
    """Events by the loop's time at which they leave; those of one instant leave in the order in which they were put."""

    __slots__ = ("_closed", "_error", "_loop", "_order", "_pending", "_timer", "_waiter")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._pending: list[tuple[float, int, T]] = []
        self._order = 0
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._error: BaseException | None = None

    def put(self, event: T, due: float = 0.0) -> int:
        """Let `event` leave at loop time `due`. Returns a ticket to withdraw it."""
        self._order += 1
        entry = (due, self._order, event)
        heapq.heappush(self._pending, entry)
        if self._waiter is not None and self._pending[0] is entry:
            self._wait_for_first()
        return self._order

    def withdraw(self, ticket: int) -> bool:
        """Take an event back. False if it has left already."""
        for place, entry in enumerate(self._pending):
            if entry[1] == ticket:
                del self._pending[place]
                heapq.heapify(self._pending)
                if self._waiter is not None:
                    self._wait_for_first()
                return True
        return False

    def close(self, error: BaseException | None = None) -> None:
        """Nothing more will be put. What waits still leaves at its time.

        If there is an error, what is due leaves, and then it is raised. Closing again changes nothing.
        """
        if not self._closed:
            self._closed = True
            self._error = error
            self._wake()

    async def take(self) -> T:
        """The next event, at its time.

        Raises:
            StopAsyncIteration: the outbox is closed and empty.
        """
        while True:
            if self._pending and self._pending[0][0] <= self._loop.time() + _EARLY_S:
                return heapq.heappop(self._pending)[2]
            if self._error is not None:
                raise self._error
            if self._closed and not self._pending:
                raise StopAsyncIteration
            self._waiter = self._loop.create_future()
            self._wait_for_first()
            try:
                await self._waiter
            finally:
                self._waiter = None
                self._stop_timer()

    def _wait_for_first(self) -> None:
        """Let who waits go on when the first event is due, or when there will be none."""
        self._stop_timer()
        due = self._pending[0][0] if self._pending else None
        if due is not None and due > self._loop.time() + _EARLY_S:
            self._timer = self._loop.call_at(due, self._wake)
        elif due is not None or self._closed:
            self._wake()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def __aiter__(self) -> Outbox[T]:
        return self

    __anext__ = take


async def deliver(work: Callable[[Outbox[T]], Coroutine[Any, Any, None]]) -> AsyncGenerator[T, None]:
    """Run `work(outbox)` in a task beside and yield what it puts, until it has ended and everything has left.

    Closing the generator cancels the work and waits for its end. An error of the work is raised here; of a task group's
    errors, the first one.
    """
    loop = asyncio.get_running_loop()
    outbox: Outbox[T] = Outbox(loop)
    task = loop.create_task(work(outbox))
    task.add_done_callback(lambda done: outbox.close(_failure(done)))
    try:
        async for event in outbox:
            yield event
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])


def _failure(task: asyncio.Task[None]) -> BaseException | None:
    error = None if task.cancelled() else task.exception()
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
