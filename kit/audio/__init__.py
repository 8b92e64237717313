"""Sound as numbers: frames, files, levels, gain, resampling. Each name is loaded on its first use."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .frames import frame_from_samples, samples_of, silence

_HOME = {
    "frame_from_samples": "frames",
    "samples_of": "frames",
    "silence": "frames",
}

__all__ = [
    "frame_from_samples",
    "samples_of",
    "silence",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
