"""How the gaps are spread: a dot a turn, with the median, its interval, and the 95th percentile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..lab import wording
from ..lab.latency import gaps_s, turns
from ..lab.summary import Summary, summarize
from .lettering import SMALL_PT, TEXT_PT, fitted, width_in
from .palette import BLUE, GROUND, HAIRLINE, INK, MUTED
from .style import FELT_DELAY_S, MARGIN_IN, REFERENCES_NOTE, Key, Plot, label, legend, reference_lines, ruler

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ..lab.recorded import Journaled

RIGHT_IN, TOP_IN, BOTTOM_IN = 1.95, 1.22, 0.82
NAME_IN = 2.2
ROW_IN, BASE_IN, DOTS_IN = 1.0, 0.78, 0.66
DOT_SIZES_PT = (7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.4)
COLUMNS_IN = (1.25, 0.6, 0.0)
"""Of median, 95th percentile and n, from the right margin."""


def distribution(*recordings: Journaled) -> Plot:
    """The gaps of one conversation or several, a row each.

    Args:
        recordings: Anything with a `journal` and a `name`.

    Raises:
        ValueError: there is none.
    """
    if not recordings:
        raise ValueError("distribution() needs at least one conversation")
    gaps = [np.array(gaps_s(turns(recording.journal))) for recording in recordings]
    summaries = [summarize(values.tolist()) for values in gaps]
    names = [fitted(recording.name, NAME_IN, TEXT_PT, "bold") for recording in recordings]
    rows = list(zip(names, gaps, summaries, strict=True))
    plot = Plot(TOP_IN + BOTTOM_IN + ROW_IN * len(rows))
    y_in = plot.head(_title(rows), "gap from the end of the user's speech to the agent's first sound")
    legend(plot, MARGIN_IN, y_in, _KEYS)
    left_in = MARGIN_IN + 0.25 + max(width_in(name, TEXT_PT, "bold") for name in names)
    axes = plot.axes_in(left=left_in, top=TOP_IN, right=RIGHT_IN, bottom=BOTTOM_IN)
    greatest = max((float(values.max()) for values in gaps if values.size), default=0.0)
    axes.set_xlim(0, max(1.06 * greatest, 1.25 * FELT_DELAY_S))
    axes.set_ylim(ROW_IN * len(rows), 0)
    reference_lines(axes)
    for row, (name, values, summary) in enumerate(rows):
        _draw_row(axes, row * ROW_IN + BASE_IN, values, summary)
        _row_text(plot, row, name, summary)
    _column_names(plot)
    ruler(axes, "seconds")
    plot.note(REFERENCES_NOTE)
    return plot


_KEYS = (Key("a turn", BLUE, "o"), Key("median, with its 95 % interval", INK, "d"), Key("p95", MUTED, "|"))


def _draw_row(axes: Axes, base: float, values: NDArray[np.float64], summary: Summary | None) -> None:
    axes.axhline(base, color=HAIRLINE, linewidth=0.8, zorder=1)
    if summary is None:
        box = {"facecolor": GROUND, "edgecolor": "none", "pad": 1.5}
        label(axes, 0.02, base - 0.1, "no answer was heard", size=SMALL_PT, color=MUTED, bbox=box)
        return
    _draw_dots(axes, base, values)
    below, interval = base + 0.1, summary.median_interval
    if interval is not None:
        axes.plot([interval.low_s, interval.high_s], [below, below], color=INK, linewidth=1.6, zorder=3)
    look = {"markerfacecolor": INK, "markeredgecolor": INK, "zorder": 4}
    axes.plot([summary.median_s], [below], "d", markersize=6, **look)  # type: ignore[arg-type]
    if summary.n > 1:
        axes.plot([summary.p95_s], [below], "|", markersize=8, markeredgewidth=1.4, markeredgecolor=MUTED, zorder=4)


def _stacks(values: NDArray[np.float64], width_s: float) -> tuple[NDArray[np.float64], NDArray[np.int_]]:
    """Where dots of this width stand that touch no other: their places, and their levels in the stack.

    A stack takes the values within a width of its first, and stands at their mean (Wilkinson 1999, Dot Plots).
    """
    places, levels = np.sort(values), np.zeros(len(values), dtype=int)
    first = 0
    while first < len(places):
        last = int(np.searchsorted(places, places[first] + width_s))
        levels[first:last] = np.arange(last - first)
        places[first:last] = places[first:last].mean()
        first = last
    return places, levels


def _draw_dots(axes: Axes, base: float, values: NDArray[np.float64]) -> None:
    """As large as the row allows."""
    low, high = axes.get_xlim()
    per_in = float((high - low) / (axes.bbox.width / axes.figure.dpi))
    for size_pt in DOT_SIZES_PT:
        places, levels = _stacks(values, size_pt / 72 * per_in)
        if (levels.max() + 1) * size_pt / 72 <= DOTS_IN:
            break
    step = min(size_pt / 72, DOTS_IN / (levels.max() + 1))
    ys = base - 0.03 - (levels + 0.5) * step
    axes.plot(places, ys, "o", markersize=0.86 * size_pt, markerfacecolor=BLUE, markeredgewidth=0, zorder=3)


def _row_text(plot: Plot, row: int, name: str, summary: Summary | None) -> None:
    y_in = TOP_IN + row * ROW_IN + BASE_IN
    plot.write(MARGIN_IN, y_in, name, weight="bold")
    if summary is None:
        return
    p95 = "–" if summary.n == 1 else wording.seconds(summary.p95_s)
    cells = (wording.seconds(summary.median_s), p95, wording.grouped(summary.n))
    for cell, at, weight in zip(cells, COLUMNS_IN, ("bold", "normal", "normal"), strict=True):
        plot.write(plot.width_in - MARGIN_IN - at, y_in, cell, ha="right", weight=weight)


def _column_names(plot: Plot) -> None:
    for name, at in zip(("median", "p95", "n"), COLUMNS_IN, strict=True):
        right_in = plot.width_in - MARGIN_IN - at
        plot.write(right_in, TOP_IN - 0.06, name, size=SMALL_PT, color=MUTED, ha="right")


def _title(rows: list[tuple[str, NDArray[np.float64], Summary | None]]) -> str:
    """How many answers come before the delay is felt; of many conversations, which answers soonest."""
    heard = [(name, values, summary) for name, values, summary in rows if summary is not None]
    if not heard:
        return "No answer was heard"
    if len(heard) > 2:
        name, _, best = min(heard, key=lambda entry: entry[2].median_s)
        return f"“{name}” answers soonest: {wording.duration(best.median_s)} ({wording.sample('median', best.n)})"
    limit = wording.milliseconds(FELT_DELAY_S)
    soon = [int((values <= FELT_DELAY_S).sum()) for _, values, _ in heard]
    shares = [
        f"{wording.grouped(count)} of {wording.grouped(len(row[1]))}" for count, row in zip(soon, heard, strict=True)
    ]
    if len(heard) == 1:
        return f"{shares[0]} answers come within {limit}"
    (before, _, old), (after, _, new) = heard
    if soon[0] == soon[1]:
        medians = f"{wording.duration(new.median_s)}, “{before}” after {wording.duration(old.median_s)}"
        return f"“{after}” answers after {medians} (medians)"
    return f"Within {limit}: {shares[1]} answers with “{after}”, {shares[0]} with “{before}”"
