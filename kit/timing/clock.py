"""A session's clock: seconds since the session started, read from its event loop.

Values are rounded to whole nanoseconds, so that a difference of two loop times prints as the decimal it is.
"""

from __future__ import annotations

import asyncio


class SessionClock:
    __slots__ = ("loop", "origin")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.origin = loop.time()

    def now(self) -> float:
        """Seconds since the session's start."""
        return round((self.loop.time() - self.origin) * 1e9) / 1e9

    @property
    def kind(self) -> str:
        """ "virtual" or "real"."""
        return "virtual" if getattr(self.loop, "is_virtual", False) else "real"
