"""What is taken away from the lab: a report to read, a table for a terminal, a script to run. Each name is loaded on
its first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy_names import lazy_names

if TYPE_CHECKING:
    from .agent_script import script
    from .report import write_report
    from .table import conversation_table, ledger_table

_HOME = {
    "conversation_table": "table",
    "ledger_table": "table",
    "script": "agent_script",
    "write_report": "report",
}

__all__ = ["conversation_table", "ledger_table", "script", "write_report"]

__getattr__, __dir__ = lazy_names(__name__, _HOME)
