"""The kit in a notebook: talk to the agent, turn its settings while you talk, see and compare. Each name is loaded on
its first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy_names import lazy_names

if TYPE_CHECKING:
    from .conversation_views.compare import Compare
    from .conversation_views.latency import LatencyDistribution, LatencyTimeline
    from .conversation_views.ledger import LedgerTable
    from .conversation_views.waveform import Waveform
    from .progress import Progress
    from .studio import Studio
    from .talking.talk import Talk
    from .tuning_panel.panel import BackgroundMixer, PronunciationEditor, TuningPanel

_HOME = {
    "BackgroundMixer": "tuning_panel.panel",
    "Compare": "conversation_views.compare",
    "LatencyDistribution": "conversation_views.latency",
    "LatencyTimeline": "conversation_views.latency",
    "LedgerTable": "conversation_views.ledger",
    "Progress": "progress",
    "PronunciationEditor": "tuning_panel.panel",
    "Studio": "studio",
    "Talk": "talking.talk",
    "TuningPanel": "tuning_panel.panel",
    "Waveform": "conversation_views.waveform",
}

__all__ = [
    "BackgroundMixer",
    "Compare",
    "LatencyDistribution",
    "LatencyTimeline",
    "LedgerTable",
    "Progress",
    "PronunciationEditor",
    "Studio",
    "Talk",
    "TuningPanel",
    "Waveform",
]

__getattr__, __dir__ = lazy_names(__name__, _HOME)
