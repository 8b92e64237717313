"""Who sees a conversation. The views of pages say again and again that they are there; a page that sleeps, or is gone
without a word, says nothing. A conversation that nobody sees, and into which nobody types or plays anything, is not to
go on for ever.

All times are in seconds of one clock.
"""

from __future__ import annotations

import math
from typing import Literal

NO_PAGE_S = 10.0
"""After so long without a page a running conversation says that nobody hears it."""
AWAY_S = 60.0
"""After so long without a page, and with nothing typed or played, a conversation is stopped."""
SILENT_PAGE_S = 5.0
"""A view that has told nothing for so long is asleep, or gone."""

Sight = Literal["seen", "unseen", "unheard", "abandoned"]


class Presence:
    def __init__(self) -> None:
        self._views: dict[str, float] = {}
        self._seen_at = self._used_at = self._began_at = -math.inf

    def begin(self, now: float) -> None:
        """A conversation begins."""
        self._began_at = self._used_at = now

    def use(self, now: float) -> None:
        """Somebody types or plays something, or somebody speaks."""
        self._used_at = now

    def here(self, view: str, now: float) -> None:
        """A view of a page shows it."""
        self._views[view] = self._seen_at = now

    def gone(self, view: str) -> None:
        self._views.pop(view, None)

    def wait(self, now: float) -> None:
        """The views' messages cannot come now: those that were there are, until they can."""
        for view in self._views:
            self.here(view, now)

    def shows(self, view: str, now: float) -> bool:
        """Whether this view is there, and awake."""
        return now - self._views.get(view, -math.inf) < SILENT_PAGE_S

    def sight(self, now: float) -> Sight:
        """ "unseen": not for long yet; "unheard": for so long that it should be said; "abandoned": it should end."""
        for view in [view for view in self._views if not self.shows(view, now)]:
            del self._views[view]
        if self._views:
            return "seen"
        if now - max(self._seen_at, self._used_at) >= AWAY_S:
            return "abandoned"
        return "unheard" if now - max(self._seen_at, self._began_at) >= NO_PAGE_S else "unseen"
