"""Letters: which fonts, how wide a text is, and how much of it there is room for."""

from __future__ import annotations

import functools
from typing import Any

from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.textpath import text_to_path

from .palette import INK

TITLE_PT, TEXT_PT, KEY_PT, SMALL_PT = 13.0, 9.0, 8.0, 7.5
ELLIPSIS = "…"

FALLBACK_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Droid Sans Fallback",
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Devanagari",
    "Arial Unicode MS",
)
"""For letters that DejaVu Sans, which comes with matplotlib, does not have; those of them that are installed."""


FONT = "DejaVu Sans"


def font(text: str = "", **style: Any) -> dict[str, Any]:
    """Keyword arguments for a text of matplotlib's. A dollar sign is a dollar sign, not mathematics."""
    return {"size": TEXT_PT, "color": INK, "family": _families(text), "parse_math": False, **style}


def clean(text: str) -> str:
    """In one line, without characters that cannot be printed."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def width_in(text: str, size: float, weight: str = "normal") -> float:
    """How wide a text is."""
    if not text:
        return 0.0
    properties = FontProperties(family=_families(text), size=size, weight=weight)
    return float(text_to_path.get_text_width_height_descent(text, properties, ismath=False)[0]) / 72


def fitted(text: str, room_in: float, size: float, weight: str = "normal") -> str:
    """As much of a text as there is room for, with an ellipsis if that is not all."""
    text = clean(text)
    if width_in(text, size, weight) <= room_in:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width_in(text[:middle].rstrip() + ELLIPSIS, size, weight) <= room_in:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + ELLIPSIS


def _families(text: str) -> list[str]:
    return [FONT] if _letters().issuperset(map(ord, text)) else [FONT, *_fallbacks()]


@functools.cache
def _letters() -> frozenset[int]:
    return frozenset(get_font(findfont(FONT)).get_charmap())


@functools.cache
def _fallbacks() -> tuple[str, ...]:
    installed = set(fontManager.get_font_names())
    return tuple(name for name in FALLBACK_FONTS if name in installed)
