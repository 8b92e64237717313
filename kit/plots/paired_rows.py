"""Two conversations turn by turn: the stages of every turn, one below the other, and the difference between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.lines import Line2D

from ..lab import wording
from ..lab.findings import Findings, change_text
from ..lab.latency import TurnLatency
from .lettering import KEY_PT, SMALL_PT, TEXT_PT, fitted, width_in
from .palette import HAIRLINE, MUTED
from .stage_bars import Bar, draw_bar, limits_s
from .style import AHEAD_KEY, MARGIN_IN, REFERENCES_NOTE, STAGE_KEYS, Plot, label, legend, reference_lines, ruler

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..lab.comparison import Comparison
    from ..lab.recorded import Journaled

MAX_PAIRS = 40
LEFT_IN, RIGHT_IN, TOP_IN, BOTTOM_IN = 2.95, 1.62, 1.42, 0.82
NAME_IN, DIFFERENCE_COLUMN_IN = 0.75, 0.82
TOPS, HEIGHT, AHEAD_HEIGHT = (0.06, 0.51), 0.27, 0.11
"""Of the two bars, in shares of a row."""


@dataclass(frozen=True, slots=True)
class Row:
    number: str
    words: str
    bars: tuple[Bar, Bar]
    gaps_s: tuple[float, float]

    @classmethod
    def of(cls, before: TurnLatency, after: TurnLatency) -> Row:
        gaps_s = (before.gap_s or 0.0, after.gap_s or 0.0)
        return cls(str(after.turn), after.text or "(no words)", (Bar.of(before), Bar.of(after)), gaps_s)

    @classmethod
    def mean(cls, comparison: Comparison) -> Row:
        befores, afters = zip(*comparison.pairs, strict=True)
        bars = (Bar.mean(befores), Bar.mean(afters))
        return cls("", f"mean of {len(befores)} turns", bars, (bars[0].end_s, bars[1].end_s))


def latency(off: Journaled, on: Journaled, *, max_pairs: int = MAX_PAIRS) -> Plot:
    """The stages of every turn of two conversations, the first above the second, with the difference of their gaps.

    Args:
        off, on: Any two conversations in which the user says the same; turns without a partner are left out.
        max_pairs: Of more pairs than this, those with the greatest differences are shown.
    """
    findings = Findings.of(on, versus=off)
    comparison = findings.comparison
    assert comparison is not None
    rows = _rows(comparison, max_pairs)
    row_in = 0.62 if len(rows) <= 10 else 0.5
    plot = Plot(TOP_IN + BOTTOM_IN + row_in * max(1, len(rows)))
    y_in = plot.head(findings.headline(), _what(off.name, on.name, findings), _how_sure(comparison, max_pairs))
    bars = [bar for row in rows for bar in row.bars]
    legend(plot, MARGIN_IN, y_in, [*STAGE_KEYS, *([AHEAD_KEY] if any(bar.ahead for bar in bars) else [])])
    axes = plot.axes_in(left=LEFT_IN, top=TOP_IN, right=RIGHT_IN, bottom=BOTTOM_IN)
    axes.set_xlim(*limits_s(bars))
    axes.set_ylim(max(1, len(rows)), 0)
    reference_lines(axes)
    for at, row in enumerate(rows):
        _draw_row(plot, axes, row, at, row_in, (off.name, on.name))
    if not rows:
        label(axes, 0.4, 0.5, "No turn of one was answered in the other.", color=MUTED, va="center")
    _column_names(plot)
    ruler(axes, "seconds from the end of the user's speech")
    plot.note(REFERENCES_NOTE)
    return plot


def _rows(comparison: Comparison, max_pairs: int) -> list[Row]:
    pairs: Sequence[tuple[TurnLatency, TurnLatency]] = comparison.pairs
    if len(pairs) > max_pairs:
        order = sorted(range(len(pairs)), key=lambda i: -abs(comparison.differences_s[i]))
        pairs = [pairs[i] for i in sorted(order[:max_pairs])]
    rows = [Row.of(before, after) for before, after in pairs]
    return [Row.mean(comparison), *rows] if len(rows) > 1 else rows


def _draw_row(plot: Plot, axes: Axes, row: Row, at: int, row_in: float, names: tuple[str, str]) -> None:
    strong = "normal" if row.number else "bold"
    middle_in = TOP_IN + (at + 0.47) * row_in + 0.04
    plot.write(MARGIN_IN + 0.2, middle_in, row.number, size=KEY_PT, color=MUTED, ha="right")
    tags = [fitted(name, NAME_IN, KEY_PT) for name in names]
    words_in = LEFT_IN - max(width_in(tag, KEY_PT) for tag in tags) - MARGIN_IN - 0.5
    words = fitted(row.words, words_in, TEXT_PT, strong)
    plot.write(MARGIN_IN + 0.3, middle_in, words, weight=strong)
    right_in = plot.width_in - MARGIN_IN
    for top, bar, gap_s, tag in zip(TOPS, row.bars, row.gaps_s, tags, strict=True):
        draw_bar(axes, bar, top=at + top, height=HEIGHT, ahead_height=AHEAD_HEIGHT)
        y_in = TOP_IN + (at + top + HEIGHT / 2) * row_in + 0.04
        plot.write(LEFT_IN - 0.1, y_in, tag, size=KEY_PT, color=MUTED, ha="right")
        plot.write(right_in - DIFFERENCE_COLUMN_IN, y_in, wording.seconds(gap_s), ha="right")
    difference = wording.signed_seconds(row.gaps_s[1] - row.gaps_s[0])
    plot.write(right_in, middle_in, difference, weight="bold", ha="right")
    if at:
        y = 1 - (TOP_IN + (at - 0.02) * row_in) / plot.height_in
        ends = [MARGIN_IN / plot.width_in, right_in / plot.width_in]
        plot.add_artist(Line2D(ends, [y, y], color=HAIRLINE, linewidth=0.8))


def _column_names(plot: Plot) -> None:
    right_in, y_in = plot.width_in - MARGIN_IN, TOP_IN - 0.06
    style = {"size": SMALL_PT, "color": MUTED}
    plot.write(MARGIN_IN + 0.3, y_in, "turn", **style)
    plot.write(right_in - DIFFERENCE_COLUMN_IN, y_in, "gap", ha="right", **style)
    plot.write(right_in, y_in, "difference", ha="right", **style)


def _what(before: str, after: str, findings: Findings) -> str:
    changes = "; ".join(change_text(change) for change in findings.changes) or "the same settings"
    return f"“{before}” and “{after}”: {changes}"


def _how_sure(comparison: Comparison, max_pairs: int) -> str:
    summary = comparison.summary
    if summary is None:
        return "nothing to compare"
    how = wording.interval(summary.mean_interval)
    parts = [f"mean difference {wording.signed(summary.mean_s)} ({how}, paired by turn)"]
    if summary.n == 1:
        parts = ["a single turn, which tells nothing of the spread"]
    if len(comparison.pairs) > max_pairs:
        parts.append(f"the {max_pairs} greatest differences of {wording.grouped(len(comparison.pairs))}")
    if comparison.unpaired:
        parts.append(f"{wording.count(comparison.unpaired, 'turn')} without a partner left out")
    return " · ".join(parts)
