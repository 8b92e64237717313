"""The handle of one sound: wait for it, stop it, change its volume, ask how it ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Generator
from contextvars import Context, copy_context

from .sounds import check_factor

logger = logging.getLogger("kit")


class PlayHandle:
    """Like an `asyncio.Future` of a sound; awaiting it never raises, `exception()` tells what failed.

    `id` and `source` are those of the journal; both are empty where chance chose silence.
    """

    __slots__ = (
        "__weakref__",
        "_callbacks",
        "_done",
        "_error",
        "_loop",
        "_on_stop",
        "_on_volume",
        "_volume",
        "id",
        "source",
    )

    def __init__(
        self,
        play_id: str = "",
        source: str = "",
        *,
        volume: float = 1.0,
        on_stop: Callable[[], None] | None = None,
        on_volume: Callable[[], None] | None = None,
    ) -> None:
        self.id = play_id
        self.source = source
        self._volume = volume
        self._on_stop = on_stop
        self._on_volume = on_volume
        self._loop = asyncio.get_running_loop()
        self._done: asyncio.Future[None] = self._loop.create_future()
        self._error: BaseException | None = None
        self._callbacks: list[tuple[Callable[[PlayHandle], object], Context]] = []

    def __repr__(self) -> str:
        return f"<PlayHandle {self.id or 'silence'} {'done' if self.done() else 'playing'}>"

    @property
    def volume(self) -> float:
        """A factor on the amplitude, 0 or more. A change is heard at once, as a ramp of 10 ms.

        Raises:
            TypeError, ValueError: on setting what is not such a number.
        """
        return self._volume

    @volume.setter
    def volume(self, volume: float) -> None:
        check_factor("volume", volume)
        self._volume = float(volume)
        if self._on_volume is not None and not self.done():
            self._on_volume()

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

    def stop(self) -> None:
        """Stop it. It is done at once, or, where it has a `fade_out`, when that is over."""
        if self._on_stop is not None and not self.done():
            self._on_stop()

    async def wait_for_playout(self) -> None:
        """Wait until all of it was heard, or it was stopped, or it failed."""
        if not self.done():
            await asyncio.shield(self._done)

    def __await__(self) -> Generator[object, None, PlayHandle]:
        yield from self.wait_for_playout().__await__()
        return self

    def add_done_callback(self, callback: Callable[[PlayHandle], object], *, context: Context | None = None) -> None:
        """Call `callback(handle)` soon after the end, also if that was before; in this context, or the present one."""
        context = copy_context() if context is None else context
        if self.done():
            self._loop.call_soon(self._call, callback, context=context)
        else:
            self._callbacks.append((callback, context))

    def remove_done_callback(self, callback: Callable[[PlayHandle], object]) -> int:
        """Returns how often it had been added."""
        kept = [entry for entry in self._callbacks if entry[0] != callback]
        removed = len(self._callbacks) - len(kept)
        self._callbacks = kept
        return removed

    def _finish(self, error: BaseException | None = None) -> None:
        if self.done():
            return
        self._error = error
        self._done.set_result(None)
        self._on_stop = self._on_volume = None
        callbacks, self._callbacks = self._callbacks, []
        for callback, context in callbacks:
            self._loop.call_soon(self._call, callback, context=context)

    def _call(self, callback: Callable[[PlayHandle], object]) -> None:
        try:
            callback(self)
        except Exception:
            logger.exception("a done callback of %s raised", self.id)
