"""What is taken away from the lab: a report to read, a table for a terminal. Each name is loaded on its first use."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .report import write_report
    from .table import conversation_table, ledger_table

_HOME = {
    "conversation_table": "table",
    "ledger_table": "table",
    "write_report": "report",
}

__all__ = ["conversation_table", "ledger_table", "write_report"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'kit.export' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"kit.export.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
