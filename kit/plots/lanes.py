"""A recording as it sounds: the user above, the agent below, and between them what the journal knows of each turn.

A long recording is broken into rows, as music is, so that a gap of half a second stays wide enough to be seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Rectangle

from ..audio.levels import FULL_SCALE, envelope, peak_dbfs
from ..lab import wording
from ..lab.latency import gaps_s
from ..lab.summary import summarize
from .lettering import KEY_PT, SMALL_PT, font, width_in
from .marks import LOOKS, Marks, marks_of
from .palette import AGENT, BACKGROUND, GROUND, HAIRLINE, INK, MUTED, USER
from .style import Plot, label, ruler

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ..lab.recorded import Recorded

LEFT_IN, RIGHT_IN, TOP_IN, BOTTOM_IN = 1.15, 0.2, 0.8, 0.5
VOICE_IN, BEHIND_IN, MARK_IN, GAP_IN, SPACE_IN = 0.62, 0.3, 0.15, 0.2, 0.42
ROW_S = 20.0
MAX_ROWS = 8
SOFTNESS = 0.6
"""Samples are drawn to this power; loudness as people hear it grows about so with amplitude (Stevens's power law)."""
POINTS = 700
"""Of an envelope in a row: finer than the eye on a page of nine inches, and a bound for the size of an SVG."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A strip of a row, `top` to `top + height` in inches from the row's top."""

    name: str
    top: float
    height: float
    color: str = MUTED
    channel: int = -1

    @property
    def middle(self) -> float:
        return self.top + self.height / 2


def waveform(
    recording: Recorded, *, start_s: float = 0.0, end_s: float | None = None, row_s: float | None = None
) -> Plot:
    """Both sides of a conversation over time, with the marks of its journal and each gap in milliseconds.

    Args:
        recording: Anything with `journal`, `audio`, `sample_rate` and `name`.
        start_s, end_s: The part to show, by default all of it.
        row_s: Seconds in a row, by default at most 20, or more where the recording would need over 8 rows.

    Raises:
        ValueError: `end_s` is not after `start_s`.
    """
    samples: NDArray[Any] = recording.audio
    rate, marks = recording.sample_rate, marks_of(recording.journal)
    whole_s = max(len(samples) / rate, recording.journal.last_t, 0.1)
    end_s = whole_s if end_s is None else min(end_s, whole_s)
    if not start_s < end_s:
        raise ValueError(f"end_s ({end_s:g} s) must be after start_s ({start_s:g} s)")
    rows = _rows(start_s, end_s, row_s)
    lanes = _lanes(marks, has_background=samples.shape[1] > 2 and bool(np.any(samples[:, 2])))
    row_in = lanes[-1].top + lanes[-1].height
    plot = Plot(TOP_IN + BOTTOM_IN + len(rows) * row_in + (len(rows) - 1) * SPACE_IN)
    plot.head(_title(marks), f"{recording.name} · {whole_s:.1f} s · {wording.count(len(marks.turns), 'turn')}")
    for number, (from_s, to_s) in enumerate(rows):
        top_in = TOP_IN + number * (row_in + SPACE_IN)
        axes = plot.axes_in(left=LEFT_IN, top=top_in, right=RIGHT_IN, bottom=plot.height_in - top_in - row_in)
        axes.set_xlim(from_s, to_s)
        axes.set_ylim(row_in, 0)
        _draw_row(axes, lanes, samples, rate, marks)
        ruler(axes, "seconds" if number == len(rows) - 1 else "")
    return plot


def _rows(start_s: float, end_s: float, row_s: float | None) -> list[tuple[float, float]]:
    length_s = end_s - start_s
    if row_s is None:
        count = min(MAX_ROWS, max(1, round(length_s / ROW_S + 0.3)))
        row_s = length_s if count == 1 else math.ceil(length_s / count)
    count = max(1, math.ceil(length_s / row_s - 1e-9))
    return [(start_s + i * row_s, start_s + (i + 1) * row_s) for i in range(count)]


def _lanes(marks: Marks, *, has_background: bool) -> list[Lane]:
    lanes, top = [Lane("user", 0.0, VOICE_IN, USER, 0)], VOICE_IN + 0.06
    for name in marks.names:
        lanes.append(Lane(name, top, MARK_IN))
        top += MARK_IN
    if marks.gaps:
        lanes.append(Lane("gap", top, GAP_IN))
        top += GAP_IN
    lanes.append(Lane("agent", top + 0.06, VOICE_IN, AGENT, 1))
    if has_background:
        lanes.append(Lane("background", lanes[-1].top + VOICE_IN + 0.06, BEHIND_IN, BACKGROUND, 2))
    return lanes


def _draw_row(axes: Axes, lanes: list[Lane], samples: NDArray[Any], rate: int, marks: Marks) -> None:
    by_name = {lane.name: lane for lane in lanes}
    for speaker, spans in (("user", marks.user), ("agent", marks.agent)):
        _shade(axes, by_name[speaker], spans)
    for lane in lanes:
        _name(axes, lane, samples)
        if lane.channel >= 0:
            _wave(axes, lane, samples[:, lane.channel], rate)
        elif lane.name != "gap":
            axes.axhline(lane.middle, color=HAIRLINE, linewidth=0.6, zorder=0)
    if marks.gaps:
        _gaps(axes, marks, by_name["gap"], by_name["user"].height, by_name["agent"].top)
    low, high = axes.get_xlim()
    for mark in marks.moments:
        if low <= mark.t < high:
            look = LOOKS[mark.name]
            face = GROUND if mark.hollow else look.color
            axes.plot(
                [mark.t],
                [by_name[mark.name].middle],
                look.marker,
                markersize=5 if look.marker != "D" else 4.4,
                markerfacecolor=face,
                markeredgecolor=INK,
                markeredgewidth=0.6,
                zorder=4,
                clip_on=False,
            )


def _name(axes: Axes, lane: Lane, samples: NDArray[Any]) -> None:
    at = axes.get_yaxis_transform()
    style = {"ha": "right", "va": "center_baseline", "transform": at}
    if lane.channel < 0:
        label(axes, -0.012, lane.middle, lane.name, size=SMALL_PT, color=MUTED, **style)
        return
    if lane.name == "background":
        label(axes, -0.012, lane.middle, lane.name, size=KEY_PT, color=INK, **style)
        return
    peak = peak_dbfs(samples[:, lane.channel])
    label(axes, -0.012, lane.middle - 0.07, lane.name, weight="bold", **style)
    how_loud = "silent" if math.isinf(peak) else f"peak {round(peak) or 0} dBFS".replace("-", "−")
    label(axes, -0.012, lane.middle + 0.09, how_loud, size=SMALL_PT, color=MUTED, **style)


def _wave(axes: Axes, lane: Lane, channel: NDArray[Any], rate: int) -> None:
    """The smallest and greatest samples, scaled to the channel's own peak; soft ones are raised, to be seen."""
    axes.axhline(lane.middle, color=lane.color, linewidth=0.7, zorder=2)
    low, high = axes.get_xlim()
    first, last = max(0, round(low * rate)), min(len(channel), round(high * rate))
    part = channel[first:last]
    peak = max(float(np.abs(channel.astype(np.int32)).max(initial=0)), FULL_SCALE / 1000)
    points = max(1, round(POINTS * len(part) / max(1, round((high - low) * rate))))
    shape = envelope(part, points)
    if not len(shape):
        return
    times = low + (np.arange(len(shape)) + 0.5) / len(shape) * (len(part) / rate)
    depths = lane.middle - np.sign(shape) * np.abs(shape / peak) ** SOFTNESS * (0.48 * lane.height)
    axes.fill_between(times, depths[:, 0], depths[:, 1], color=lane.color, linewidth=0, zorder=3)


def _shade(axes: Axes, lane: Lane, spans: tuple[tuple[float, float], ...]) -> None:
    low, high = axes.get_xlim()
    for start_t, end_t in spans:
        start_t, end_t = max(start_t, low), min(end_t, high)
        if start_t < end_t:
            box = Rectangle((start_t, lane.top), end_t - start_t, lane.height)
            box.set(facecolor=lane.color, alpha=0.13, linewidth=0, zorder=1)
            axes.add_patch(box)


def _gaps(axes: Axes, marks: Marks, lane: Lane, top: float, bottom: float) -> None:
    """A band from the end of the user's speech to the answer, and its length where there is room for it."""
    low, high = axes.get_xlim()
    free_from = low
    untils = [*(start_t for start_t, _ in marks.gaps[1:]), math.inf]
    for (start_t, end_t), until in zip(marks.gaps, untils, strict=False):
        if not (start_t < high and end_t > low):
            continue
        band = Rectangle((start_t, top), end_t - start_t, bottom - top)
        band.set(facecolor=MUTED, alpha=0.1, linewidth=0, zorder=0)
        axes.add_patch(band)
        axes.plot([start_t, end_t], [lane.middle] * 2, color=INK, linewidth=1.8, solid_capstyle="butt", zorder=4)
        if end_t < high:
            free_from = _write_gap(axes, (start_t, end_t), lane.middle, free_from, min(until, high))


def _write_gap(axes: Axes, gap: tuple[float, float], y: float, free_from: float, free_to: float) -> float:
    """Write its length behind it or before it, without its unit or not at all. Returns from where on there is room."""
    start_t, end_t = gap
    low, high = axes.get_xlim()
    per_in = (high - low) / (axes.bbox.width / axes.figure.dpi)
    whole = wording.milliseconds(end_t - start_t)
    for text in (whole, whole.removesuffix(" ms")):
        need_s = (width_in(text, KEY_PT, "bold") + 0.12) * per_in
        style = font(text, size=KEY_PT, weight="bold", va="center_baseline", zorder=5)
        if end_t + need_s <= free_to:
            axes.annotate(text, (end_t, y), (4, 0), textcoords="offset points", ha="left", **style)
            return end_t + need_s
        if start_t - need_s >= free_from:
            axes.annotate(text, (start_t, y), (-4, 0), textcoords="offset points", ha="right", **style)
            return end_t
    return end_t


def _title(marks: Marks) -> str:
    summary = summarize(gaps_s(marks.turns))
    if summary is None:
        return "No answer was heard"
    gap, how = wording.duration(summary.median_s), wording.sample("median", summary.n)
    return f"The agent is heard {gap} after the user ({how})"
