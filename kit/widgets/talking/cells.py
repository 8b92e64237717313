"""Which cell of a notebook runs now, as its page names it: who runs a cell again means what it makes to replace what it
made before."""

from __future__ import annotations

import sys
from dataclasses import dataclass


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
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None or not hasattr(shell, "get_parent"):
        return None
    request = shell.get_parent()
    cell = request.get("metadata", {}).get("cellId")
    return CellRun(str(cell), str(request["header"]["msg_id"])) if cell else None
