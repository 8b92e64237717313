"""The cells of the notebook: whether one runs now, and which, as its page names it.

Who runs a cell again means what it makes to replace what it made before. And where a page's messages wait for the cell
that runs, as in VS Code, a page that is silent meanwhile is not gone.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class CellRun:
    """One run of one cell. Each run has another `request`."""

    cell: str
    request: str

    def again(self, earlier: CellRun | None) -> bool:
        """Whether this is another, later run of the same cell."""
        return earlier is not None and self.cell == earlier.cell and self.request != earlier.request


def running_cell() -> CellRun | None:
    """None outside a notebook, and where its page does not name its cells."""
    shell = _shell()
    if not hasattr(shell, "get_parent"):
        return None
    request = shell.get_parent()
    cell = request.get("metadata", {}).get("cellId")
    return CellRun(str(cell), str(request["header"]["msg_id"])) if cell else None


class CellWatch:
    """
    Attributes:
        busy: Whether a cell runs now. Known where the page names its cells, or one has begun since; elsewhere False.
    """

    def __init__(self) -> None:
        self._shell = _shell()
        self.busy = running_cell() is not None
        if self._shell is not None:
            self._shell.events.register("pre_run_cell", self._begins)
            self._shell.events.register("post_run_cell", self._ends)

    def close(self) -> None:
        """May be called once."""
        if self._shell is not None:
            self._shell.events.unregister("pre_run_cell", self._begins)
            self._shell.events.unregister("post_run_cell", self._ends)

    def _begins(self, info: Any) -> None:
        self.busy = True

    def _ends(self, result: Any) -> None:
        self.busy = False


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()
