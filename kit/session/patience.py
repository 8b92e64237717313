"""How long a provider may stay silent, at the price of one timer a request instead of one a piece."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


class Patience:
    """Ends a wait that lasts too long. For one request, which waits for one thing at a time.

    A wait that ends in time costs no timer: the one that runs is only moved when it fires too early.
    """

    __slots__ = ("_deadline", "_expired", "_limit_s", "_loop", "_task", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, limit_s: float) -> None:
        self._loop = loop
        self._limit_s = limit_s
        self._deadline: float | None = None
        self._expired = False
        self._task: asyncio.Task[object] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def wait(self, answer: Awaitable[T], *, counting: bool = True) -> T:
        """What `answer` gives. The time starts at once, or with `count(True)`, if `counting` is False.

        Raises:
            TimeoutError: it gave nothing for as long as the limit.
        """
        self._task = task = asyncio.current_task()
        assert task is not None
        cancelling = task.cancelling()
        if counting:
            self.count(True)
        try:
            return await answer
        except asyncio.CancelledError as error:
            if self._expired and task.uncancel() <= cancelling:
                raise TimeoutError from error
            raise
        finally:
            self._task = self._deadline = None

    def count(self, on: bool) -> None:
        """Let the time of the present wait start anew, or stop it. Has no effect where nothing is waited for."""
        if self._task is None:
            return
        self._deadline = self._loop.time() + self._limit_s if on else None
        if on and self._timer is None:
            self._timer = self._loop.call_later(self._limit_s, self._check)

    def close(self) -> None:
        """Nothing more will be waited for."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self) -> None:
        self._timer = None
        if self._deadline is None or self._task is None:
            return
        if self._deadline > self._loop.time():
            self._timer = self._loop.call_at(self._deadline, self._check)
        else:
            self._expired = True
            self._task.cancel()
