"""What the parts of one session share: its record, its clock, its tasks, its settings, its time limits."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from ..timing import SessionClock
from ..tuning import Tuning
from .events import ErrorEvent, EventEmitter
from .journal import Error, Journal
from .limits import Limits
from .tasks import Tasks


@dataclass(slots=True)
class Scope:
    loop: asyncio.AbstractEventLoop
    clock: SessionClock
    journal: Journal
    events: EventEmitter
    tasks: Tasks
    limits: Limits
    tuning: Tuning
    _numbers: dict[str, int] = field(default_factory=dict)

    def number(self, kind: str) -> int:
        """The next number of its kind, from 1."""
        value = self._numbers.get(kind, 0) + 1
        self._numbers[kind] = value
        return value

    def error(self, source: str, error: BaseException, *, recoverable: bool = True) -> None:
        """Record a failure and tell the application."""
        message = str(error) or type(error).__name__
        self.journal.append(Error(source=source, message=message, recoverable=recoverable))
        self.events.emit("error", ErrorEvent(error, source, recoverable))
