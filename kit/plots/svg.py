"""A figure as an `<svg>` element that fits into a page: small, themed, with ids and a name of its own."""

from __future__ import annotations

import html
import io
import re
from typing import TYPE_CHECKING

import matplotlib as mpl

from .palette import THEMED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NOT_DRAWN = re.compile(r"<!--.*?-->\s*|<metadata>.*?</metadata>\s*", re.DOTALL)
_PATH = re.compile(r'(?<= d=")[^"]*')
_DECIMALS = re.compile(r"-?\d+\.\d{3,}")
_ID = re.compile(r'(\bid="|xlink:href="#|url\(#)')
_VIEW = re.compile(r'viewBox="[^"]*"')
_SIZE = re.compile(r'\s(?:width|height)="[\d.]+pt"')


def svg_for_page(figure: Figure, title: str, prefix: str = "", *, trim_in: float = 0.0) -> str:
    """The figure as SVG text.

    Letters are outlines, so that it looks the same without the font. Colours that belong to the page are CSS variables,
    `var(--ink, #1f2328)` and so on, so that they can follow its theme.

    Args:
        title: The alternative text.
        prefix: Put before each id, to keep the ids of several figures in one page apart.
        trim_in: Inches to leave out on the left and on the right.
    """
    file = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "kit"}):
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = file.getvalue()
    svg = _NOT_DRAWN.sub("", svg[svg.index("<svg") :])
    svg = _PATH.sub(lambda path: _DECIMALS.sub(_rounded, path.group()), svg)
    for color, name in THEMED.items():
        svg = svg.replace(color, f"var(--{name}, {color})")
    svg = _ID.sub(lambda found: found.group() + prefix, svg)
    width, height = (72 * inches for inches in figure.get_size_inches())
    box = f'viewBox="{72 * trim_in:g} 0 {width - 144 * trim_in:g} {height:g}"'
    svg = _VIEW.sub(box, _SIZE.sub("", svg, count=2), count=1)
    return svg.replace("<svg", f'<svg role="img" aria-label="{html.escape(title)}"', 1).rstrip()


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number.group()):.2f}".rstrip("0").rstrip(".")
