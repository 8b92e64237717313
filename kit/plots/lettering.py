"""Letters: which fonts, how wide a text is, and how much of it there is room for."""

from __future__ import annotations

import functools
import warnings
from typing import Any

from matplotlib import rcParams
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.textpath import text_to_path

from .palette import INK

TITLE_PT, TEXT_PT, KEY_PT, SMALL_PT = 13.0, 9.0, 8.0, 7.5
ELLIPSIS, BOX = "…", "□"

FONT = "DejaVu Sans"
FALLBACK_FONTS = (
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "Noto Sans JP",
    "Hiragino Sans",
    "Yu Gothic",
    "Meiryo",
    "MS Gothic",
    "IPAexGothic",
    "IPAGothic",
    "TakaoPGothic",
    "VL PGothic",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Zen Hei",
    "Apple SD Gothic Neo",
    "Malgun Gothic",
    "NanumGothic",
    "Droid Sans Fallback",
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
    "Arial Unicode MS",
)
"""For letters that DejaVu Sans, which comes with matplotlib, does not have; those of them that are installed, behind
the fonts that matplotlib is set to ("font.sans-serif")."""

_NO_FONT = f"no font here has some of the letters, drawn as {BOX}: install one that has them, such as Noto Sans CJK"


def font(text: str = "", **style: Any) -> dict[str, Any]:
    """Keyword arguments for a text of matplotlib's. A dollar sign is a dollar sign, not mathematics."""
    return {"size": TEXT_PT, "color": INK, "family": _families(text), "parse_math": False, **style}


def clean(text: str) -> str:
    """In one line, without characters that cannot be printed, and with a box for each that no font here has."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    unknown = {ord(c) for c in text} - _letters(FONT)
    if unknown:
        unknown -= _letters(*_fallbacks())
    if unknown:
        warnings.warn(_NO_FONT, stacklevel=1)  # one place for all, so that it is told once
        text = text.translate(dict.fromkeys(unknown, BOX))
    return text


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
    return [FONT] if _letters(FONT).issuperset(map(ord, text)) else [FONT, *_fallbacks()]


def _fallbacks() -> tuple[str, ...]:
    installed = _installed()
    return tuple(name for name in (*rcParams["font.sans-serif"], *FALLBACK_FONTS) if name in installed)


@functools.cache
def _installed() -> frozenset[str]:
    return frozenset(fontManager.get_font_names())


@functools.cache
def _letters(*fonts: str) -> frozenset[int]:
    found = [findfont(FontProperties(family=[name])) for name in fonts]
    return frozenset().union(*(get_font(path).get_charmap() for path in found))
