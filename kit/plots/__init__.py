"""Conversations as figures: matplotlib, vector, with titles that say the finding.

Each takes conversations (anything with `journal`, `audio`, `sample_rate` and `name`) and returns a figure that a
notebook shows by itself. Every name is loaded on its first use, so that matplotlib is loaded by the first plot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy_names import lazy_names

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

__getattr__, __dir__ = lazy_names(__name__, _HOME)
