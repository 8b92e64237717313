"""What a caller holds of something that sounds and ends once: asyncio's conventions for it, awaited or called back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Generator
from contextvars import Context, copy_context
from typing import Any, Self

logger = logging.getLogger("kit")


class Handle:
    """Like an `asyncio.Future`, but that awaiting it never raises: `exception()` tells what failed. Made on its loop.

    Args:
        id: As in the journal.
    """

    __slots__ = ("__weakref__", "_callbacks", "_done", "_error", "_loop", "id")

    def __init__(self, id: str) -> None:
        self.id = id
        self._loop = asyncio.get_running_loop()
        self._done: asyncio.Future[None] = self._loop.create_future()
        self._error: BaseException | None = None
        self._callbacks: list[tuple[Callable[[Any], object], Context]] = []

    def done(self) -> bool:
        """Whether it has ended: all of it was heard, it was stopped, or it failed."""
        return self._done.done()

    def exception(self) -> BaseException | None:
        """What made it fail, or None.

        Raises:
            asyncio.InvalidStateError: it is not done yet.
        """
        if not self.done():
            raise asyncio.InvalidStateError(f"{self.id} is not done yet")
        return self._error

    async def wait_for_playout(self) -> None:
        """Wait until all of it was heard, or it was stopped, or it failed."""
        if not self.done():
            await asyncio.shield(self._done)

    def __await__(self) -> Generator[Any, None, Self]:
        yield from self.wait_for_playout().__await__()
        return self

    def add_done_callback(self, callback: Callable[[Self], object], *, context: Context | None = None) -> None:
        """Call `callback(handle)` soon after the end, also if that was before; in this context, or the present one."""
        context = copy_context() if context is None else context
        if self.done():
            self._loop.call_soon(self._call, callback, context=context)
        else:
            self._callbacks.append((callback, context))

    def remove_done_callback(self, callback: Callable[[Self], object]) -> int:
        """Returns how often it had been added."""
        kept = [entry for entry in self._callbacks if entry[0] != callback]
        removed = len(self._callbacks) - len(kept)
        self._callbacks = kept
        return removed

    def _finish(self, error: BaseException | None = None) -> None:
        """It has ended. Has no effect a second time."""
        if self.done():
            return
        self._error = error
        self._done.set_result(None)
        callbacks, self._callbacks = self._callbacks, []
        for callback, context in callbacks:
            self._loop.call_soon(self._call, callback, context=context)

    def _call(self, callback: Callable[[Self], object]) -> None:
        try:
            callback(self)
        except Exception:
            logger.exception("a done callback of %s raised", self.id)
