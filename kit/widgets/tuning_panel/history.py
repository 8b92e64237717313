"""What was changed, step by step, to be taken back and done again. Knows no widget and no session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...tuning import Tuning

LONGEST = 200
"""Steps that are kept."""


@dataclass(frozen=True, slots=True)
class Step:
    """The changed paths with their values before and after. Changes with one gesture, as of a drag, are one step."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    gesture: str = ""


class History:
    """`undo` and `redo` tell what to set; the step counts as taken back, or done again, once `moved` says so."""

    def __init__(self) -> None:
        self._done: list[Step] = []
        self._undone: list[Step] = []

    @property
    def undo(self) -> Step | None:
        """The step that is taken back next."""
        return self._done[-1] if self._done else None

    @property
    def redo(self) -> Step | None:
        """The step that is done again next."""
        return self._undone[-1] if self._undone else None

    def add(self, old: Tuning, new: Tuning, gesture: str = "") -> None:
        """A step from these settings to those. What was taken back cannot be done again then."""
        paths = [change.path for change in old.diff(new)]
        if not paths:
            return
        step = Step({path: old.get(path) for path in paths}, {path: new.get(path) for path in paths}, gesture)
        last = self.undo
        if gesture and last is not None and last.gesture == gesture and not self._undone:
            self._done.pop()
            step = Step({**step.before, **last.before}, {**last.after, **step.after}, gesture)
        self._undone.clear()
        if any(step.before[path] != step.after[path] for path in step.before):
            self._done.append(step)
            del self._done[:-LONGEST]

    def moved(self, step: Step) -> None:
        """The step has been taken back, or done again."""
        if step is self.undo:
            self._undone.append(self._done.pop())
        elif step is self.redo:
            self._done.append(self._undone.pop())
