"""A timer that is set, moved and turned off, for one thing that is to happen once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..scope import Scope


class Alarm:
    """`scope`: whose time and context it rings in.

    A timer that is no longer wanted is left to run out, and is used again if it is early enough: a loop keeps cancelled
    timers too, and among many of them each new one costs more.
    """

    __slots__ = ("_context", "_due", "_handle", "_loop", "_ring")

    def __init__(self, scope: Scope, ring: Callable[[], None]) -> None:
        self._loop = scope.loop
        self._context = scope.tasks.context
        self._ring = ring
        self._due: float | None = None
        self._handle: asyncio.TimerHandle | None = None

    @property
    def is_set(self) -> bool:
        return self._due is not None

    def set_at(self, loop_time: float) -> None:
        """Ring at this time of the loop, and at no time set before."""
        self._due = loop_time
        if self._handle is not None:
            if self._handle.when() <= loop_time:
                return
            self._handle.cancel()
        self._handle = self._loop.call_at(loop_time, self._fire, context=self._context)

    def set_in(self, delay_s: float) -> None:
        self.set_at(self._loop.time() + delay_s)

    def cancel(self) -> None:
        self._due = None

    def close(self) -> None:
        """It will not be set again."""
        self._due = None
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _fire(self) -> None:
        handle, self._handle = self._handle, None
        if self._due is None or handle is None:
            return
        if self._due > handle.when():
            self._handle = self._loop.call_at(self._due, self._fire, context=self._context)
            return
        self._due = None
        self._ring()
