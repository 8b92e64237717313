"""What the parts of one session share: its record, its clock, its tasks, its settings, its time limits."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..timing import SessionClock
from ..tuning import Tuning
from .events import ErrorEvent, EventEmitter
from .journal import Journal
from .limits import Limits
from .records import Error
from .speech.speaking_rate import SpeakingRate
from .waiting.patience import Watch
from .waiting.tasks import Tasks

T = TypeVar("T")


@dataclass(slots=True)
class Scope:
    loop: asyncio.AbstractEventLoop
    clock: SessionClock
    journal: Journal
    events: EventEmitter
    tasks: Tasks
    limits: Limits
    tuning: Tuning
    watch: Watch
    rate: SpeakingRate = field(default_factory=SpeakingRate)
    draining: int = 0
    """How many wait for everything to be said; meanwhile nothing new is begun."""
    _numbers: dict[str, int] = field(default_factory=dict)

    def number(self, kind: str) -> int:
        """The next number of its kind, from 1."""
        value = self._numbers.get(kind, 0) + 1
        self._numbers[kind] = value
        return value

    async def bounded(self, work: Coroutine[Any, Any, T], limit_s: float, name: str) -> T:
        """What `work` gives. It is left behind if it does not end in time, even if it resists its cancellation.

        Raises:
            TimeoutError: it took longer than the limit.
        """
        task = self.loop.create_task(work, name=name, context=self.tasks.context.copy())
        try:
            await asyncio.wait([task], timeout=limit_s)
        except asyncio.CancelledError:
            task.cancel()
            self.tasks.adopt(task)
            raise
        if not task.done():
            task.cancel()
            self.tasks.adopt(task)
            raise TimeoutError(f"{name} took longer than {limit_s:g} s")
        return task.result()

    def error(self, source: str, error: BaseException, *, recoverable: bool = True) -> None:
        """Record a failure and tell the application."""
        message = str(error) or type(error).__name__
        self.journal.append(Error(source=source, message=message, recoverable=recoverable))
        self.events.emit("error", ErrorEvent(error, source, recoverable))
