"""A wait that costs one turn of the event loop.

`asyncio.sleep` costs two: its timer completes a future in one turn, and the task that waits for it goes on in the next.
Here the timer wakes the task itself, which matters fifty times a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextvars import Context
from typing import Any


class Wake:
    """`await wake.at(when)`: go on at the loop's time `when`. For one task, as often as it likes.

    What a task awaits need not be an `asyncio.Future`: it must look like one (`asyncio.isfuture`), as this does.
    """

    __slots__ = ("_asyncio_future_blocking", "_callback", "_cancelled", "_context", "_handle", "_loop", "_when")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._asyncio_future_blocking = False
        self._loop = loop
        self._when = 0.0
        self._handle: asyncio.Handle | None = None
        self._callback: Callable[[Wake], object] | None = None
        self._context: Context | None = None
        self._cancelled = False

    def at(self, when: float) -> Wake:
        self._when = when
        return self

    def __await__(self) -> Generator[Wake, None, None]:
        self._asyncio_future_blocking = True
        yield self
        self.result()

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    def add_done_callback(self, callback: Callable[[Wake], object], *, context: Context | None = None) -> None:
        self._callback, self._context, self._cancelled = callback, context, False
        self._handle = self._loop.call_at(self._when, callback, self, context=context)

    def cancel(self, msg: Any | None = None) -> bool:
        """Called by the task when it is cancelled while it waits."""
        if self._handle is None or self._callback is None or self._cancelled:
            return False
        self._cancelled = True
        self._handle.cancel()
        self._handle = self._loop.call_soon(self._callback, self, context=self._context)
        return True

    def result(self) -> None:
        if self._cancelled:
            raise asyncio.CancelledError
