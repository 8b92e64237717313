"""How long a provider may stay silent, at the price of one timer for all that is waited for."""

from __future__ import annotations

import asyncio
import math


class Patience:
    """Ends a wait that lasts too long, by cancelling the task that waits. For one wait at a time:

    try:
        patience.start()
        piece = await anext(stream)
        patience.stop()
    except asyncio.CancelledError:
        if patience.was_lost():
            raise TimeoutError from None
        raise
    finally:
        patience.close()

    """

    __slots__ = ("_beyond_s", "_cancelling", "_expired", "_task", "_watch", "deadline", "limit_s")

    def __init__(self, watch: Watch, limit_s: float) -> None:
        self._watch = watch
        self.limit_s = limit_s
        self._beyond_s = 0.0
        self.deadline: float | None = None
        self._expired = False
        self._cancelling = 0
        self._task: asyncio.Task[object] | None = None
        watch.over(self)

    def start(self, *, counting: bool = True, beyond_s: float = 0.0) -> None:
        """The present task waits from now on. The time runs at once, or from `count(True)` on.

        `beyond_s`: how much longer than the limit this wait may last.
        """
        watch = self._watch
        self._task = task = asyncio.current_task(watch.loop)
        assert task is not None
        self._cancelling = task.cancelling()
        self._beyond_s = beyond_s
        if counting:
            self.deadline = deadline = watch.time() + self.limit_s + beyond_s
            if deadline < watch.rings_at:
                watch.ring_at(deadline)

    def stop(self) -> None:
        """The wait has ended."""
        self._task = self.deadline = None

    def was_lost(self) -> bool:
        """Whether a cancellation that was caught came from here, and from nowhere else."""
        task, self._task, self.deadline = self._task, None, None
        return self._expired and task is not None and task.uncancel() <= self._cancelling

    def count(self, on: bool) -> None:
        """Let the time of the present wait start anew, or stop it. Has no effect where nothing is waited for."""
        if self._task is None:
            return
        self.deadline = None
        if on:
            self.deadline = deadline = self._watch.time() + self.limit_s + self._beyond_s
            if deadline < self._watch.rings_at:
                self._watch.ring_at(deadline)

    def expire(self) -> None:
        """Told by the watch: the time is over."""
        if self._task is not None:
            self._expired = True
            self._task.cancel()
        self.deadline = None

    def close(self) -> None:
        """Nothing more will be waited for."""
        self._task = self.deadline = None
        self._watch.no_more(self)


class Forbearance:
    """A patience without end, for what has a patience of its own inside."""

    __slots__ = ()
    limit_s = float("inf")

    def start(self, *, counting: bool = True, beyond_s: float = 0.0) -> None: ...

    def stop(self) -> None: ...

    def was_lost(self) -> bool:
        return False

    def count(self, on: bool) -> None: ...

    def close(self) -> None: ...


FORBEARANCE = Forbearance()


class Watch:
    """One timer for many waits. It is moved only when a wait is due before it; one that fires too early is set anew.

    `rings_at`: when it looks next, by the loop's `time`; infinite while it is not set.
    """

    __slots__ = ("_timer", "_watched", "loop", "rings_at", "time")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.time = loop.time
        self._watched: dict[Patience, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self.rings_at = math.inf

    def over(self, patience: Patience) -> None:
        self._watched[patience] = None

    def no_more(self, patience: Patience) -> None:
        self._watched.pop(patience, None)

    def ring_at(self, at: float) -> None:
        """Look at this time of the loop."""
        if self._timer is not None:
            self._timer.cancel()
        self.rings_at = at
        self._timer = self.loop.call_at(at, self._look)

    def close(self) -> None:
        self.rings_at = math.inf
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        self.rings_at = math.inf
        now = self.time() + 1e-9
        waiting = [patience for patience in self._watched if patience.deadline is not None]
        for patience in waiting:
            if patience.deadline is not None and patience.deadline <= now:
                patience.expire()
        left = [patience.deadline for patience in waiting if patience.deadline is not None]
        if left:
            self.ring_at(min(left))
