"""What keeps a conversation's sound going beside a busy cell: settings of the whole process, put back after its end.

Sound and the page's messages pass through several threads, and each of them waits for its turn behind the cell; so the
turns are of a millisecond, not of five. And the garbage collector looks only at what is new since the beginning: to
look at all modules and all results of all cells takes a tenth of a second, in which no thread runs.
"""

from __future__ import annotations

import gc
import sys

TURN_S = 0.001
MOST_OF_PYTHONS_OWN = 1000
"""Objects that are frozen beforehand. Where it is more, somebody else has frozen them, and may unfreeze them."""


class Undisturbed:
    """`begin` and `end` as often as each other, from any thread."""

    def __init__(self) -> None:
        self._running = 0
        self._usual_s = sys.getswitchinterval()
        self._froze = False

    def begin(self) -> None:
        self._running += 1
        if self._running > 1:
            return
        self._usual_s = sys.getswitchinterval()
        sys.setswitchinterval(min(self._usual_s, TURN_S))
        self._froze = gc.get_freeze_count() <= MOST_OF_PYTHONS_OWN
        if self._froze:
            gc.collect()
            gc.freeze()

    def end(self) -> None:
        self._running -= 1
        if self._running:
            return
        sys.setswitchinterval(self._usual_s)
        if self._froze:
            gc.unfreeze()


UNDISTURBED = Undisturbed()
"""Of this process."""
