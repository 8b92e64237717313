"""Conversations as figures: matplotlib, vector, with titles that say the finding.

Each takes conversations (anything with `journal`, `audio`, `sample_rate` and `name`) and returns a figure that a
notebook shows by itself. Every name is loaded on its first use, so that matplotlib is loaded by the first plot.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .lanes import waveform
    from .paired_rows import latency
    from .spread import distribution
    from .style import Plot
    from .turn_rows import timeline

_HOME = {
    "Plot": "style",
    "distribution": "spread",
    "latency": "paired_rows",
    "timeline": "turn_rows",
    "waveform": "lanes",
}

__all__ = ["Plot", "distribution", "latency", "timeline", "waveform"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'kit.plots' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"kit.plots.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
