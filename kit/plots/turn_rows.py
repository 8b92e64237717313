"""Where the time of every turn goes: a row a turn, a piece a stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..lab import wording
from ..lab.latency import STAGES, TurnLatency, gaps_s, turns
from ..lab.summary import summarize
from .lettering import KEY_PT, SMALL_PT, TEXT_PT, fitted, font
from .palette import GROUND, MUTED, STAGE_LABELS
from .stage_bars import Bar, draw_bar, limits_s
from .style import AHEAD_KEY, MARGIN_IN, REFERENCES_NOTE, STAGE_KEYS, Plot, label, legend, reference_lines, ruler

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..lab.recorded import Journaled

MAX_ROWS = 60
LEFT_IN, RIGHT_IN, TOP_IN, BOTTOM_IN = 2.55, 1.35, 1.22, 0.82
GAP_COLUMN_IN = 0.72


def timeline(recording: Journaled, *, max_rows: int = MAX_ROWS) -> Plot:
    """The stages of every turn of a conversation, and the work that was made ready before its turn, hatched.

    Args:
        recording: Anything with a `journal` and a `name`.
        max_rows: Of more turns than this, the slowest are shown.
    """
    measured = turns(recording.journal)
    shown = slowest(measured, max_rows)
    bars = [Bar.of(turn) for turn in shown]
    row_in = 0.42 if len(shown) <= 14 else 0.34 if len(shown) <= 30 else 0.28
    plot = Plot(TOP_IN + BOTTOM_IN + row_in * max(1, len(shown)))
    y_in = plot.head(headline(measured), _subtitle(recording.name, measured, len(shown)))
    legend(plot, MARGIN_IN, y_in, [*STAGE_KEYS, *([AHEAD_KEY] if any(bar.ahead for bar in bars) else [])])
    axes = plot.axes_in(left=LEFT_IN, top=TOP_IN, right=RIGHT_IN, bottom=BOTTOM_IN)
    axes.set_xlim(*limits_s(bars))
    axes.set_ylim(max(1, len(shown)), 0)
    reference_lines(axes)
    for row, (turn, bar) in enumerate(zip(shown, bars, strict=True)):
        draw_bar(axes, bar, top=row + 0.16, height=0.46, ahead_height=0.2)
        _row_text(plot, axes, turn, bar, row, TOP_IN + (row + 0.39) * row_in + 0.04)
    if not shown:
        label(axes, 0.4, 0.5, "No turn was committed.", color=MUTED, va="center")
    _column_names(plot)
    ruler(axes, "seconds from the end of the user's speech")
    plot.note(REFERENCES_NOTE)
    return plot


def slowest(measured: Sequence[TurnLatency], rows: int) -> list[TurnLatency]:
    """So many turns at most, in their order."""
    if len(measured) <= rows:
        return list(measured)
    chosen = sorted(measured, key=lambda turn: turn.gap_s or 0.0, reverse=True)[:rows]
    return sorted(chosen, key=lambda turn: turn.turn)


def _row_text(plot: Plot, axes: Axes, turn: TurnLatency, bar: Bar, row: int, y_in: float) -> None:
    plot.write(MARGIN_IN + 0.2, y_in, str(turn.turn), size=KEY_PT, color=MUTED, ha="right")
    words = fitted(turn.text or "(no words)", LEFT_IN - MARGIN_IN - 0.42, TEXT_PT)
    plot.write(MARGIN_IN + 0.3, y_in, words)
    right_in = plot.width_in - MARGIN_IN
    if turn.gap_s is None:
        style = font(size=SMALL_PT, color=MUTED, va="center_baseline", zorder=2)
        box = {"facecolor": GROUND, "edgecolor": "none", "pad": 1.5}
        axes.annotate(why_silent(turn), (bar.end_s, row + 0.39), (7, 0), textcoords="offset points", bbox=box, **style)
        plot.write(right_in - GAP_COLUMN_IN, y_in, "–", color=MUTED, ha="right")
        return
    plot.write(right_in - GAP_COLUMN_IN, y_in, wording.seconds(turn.gap_s), weight="bold", ha="right")
    if turn.saved_s:
        plot.write(right_in, y_in, wording.seconds(turn.saved_s), color=MUTED, ha="right")


def why_silent(turn: TurnLatency) -> str:
    """In words, for a turn whose answer was not heard."""
    what = {"dropped": "no reply", "unheard": "not heard", "open": "not answered yet"}[turn.outcome]
    return f"{what}: {turn.reason.replace('_', ' ')}" if turn.reason else what


def _column_names(plot: Plot) -> None:
    right_in, y_in = plot.width_in - MARGIN_IN, TOP_IN - 0.06
    plot.write(MARGIN_IN + 0.3, y_in, "turn", size=SMALL_PT, color=MUTED)
    plot.write(right_in - GAP_COLUMN_IN, y_in, "gap", size=SMALL_PT, color=MUTED, ha="right")
    plot.write(right_in, y_in, "saved", size=SMALL_PT, color=MUTED, ha="right")


def headline(measured: Sequence[TurnLatency]) -> str:
    """The finding in a sentence: how late the answers are, and what takes most of it."""
    summary = summarize(gaps_s(measured))
    if summary is None:
        return "No answer was heard"
    heard = [turn for turn in measured if turn.gap_s is not None]
    total_s = {name: sum(turn.stage_s(name) or 0.0 for turn in heard) for name in STAGES}
    longest = max(STAGES, key=lambda name: total_s[name])
    share = total_s[longest] / (sum(total_s.values()) or 1.0)
    where = f", {100 * share:.0f} % of it {STAGE_LABELS[longest]}" if share else ""
    return f"Answers after {wording.duration(summary.median_s)} ({wording.sample('median', summary.n)}){where}"


def _subtitle(name: str, measured: Sequence[TurnLatency], shown: int) -> str:
    count = wording.count(len(measured), "turn")
    parts = [name, count if shown == len(measured) else f"the {shown} slowest of {count}"]
    saved = [turn.saved_s for turn in measured if turn.attempt and turn.saved_s is not None]
    if saved:
        mean_s = sum(saved) / len(saved)
        parts.append(f"preemption saved {wording.duration(mean_s)} ({wording.sample('mean', len(saved))})")
    return " · ".join(parts)
