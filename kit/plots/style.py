"""How every plot looks: the figure, its ruler, its legend, and the two lines that gaps are judged by.

Everything is set on the figure itself, in inches, so that a plot looks the same whatever the caller's matplotlib
settings are, and no state of pyplot is read or made. A `Plot` shows itself as the last value of a notebook's cell.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from .lettering import KEY_PT, SMALL_PT, TEXT_PT, TITLE_PT, clean, fitted, font, width_in
from .palette import AGENT, BACKGROUND, GROUND, HAIRLINE, INK, MUTED, STAGE_LABELS, STAGES, USER
from .svg import svg_for_page

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.text import Text

DPI = 100
WIDTH_IN = 9.0
MARGIN_IN = 0.12
HATCH = "//////"

MEAN_HUMAN_GAP_S = 0.208
"""Mean gap between a question and its answer, over ten languages (Stivers et al. 2009, doi:10.1073/pnas.0903616106)."""
FELT_DELAY_S = 0.8
"""What builders of voice agents commonly aim to stay below, since callers feel a longer gap as a delay. A rule of thumb
of the trade; no study sets this figure."""
REFERENCES_NOTE = (
    "208 ms: people's mean gap (Stivers et al. 2009, PNAS 106:10587).    "
    "800 ms: beyond it callers feel a delay (rule of thumb of the trade)."
)


class Plot(Figure):
    """A figure that a notebook shows by itself, and that a page can take in as SVG."""

    def __init__(self, height_in: float, *, width_in: float = WIDTH_IN) -> None:
        super().__init__(figsize=(width_in, height_in), dpi=DPI, facecolor=GROUND)
        self.set_layout_engine("none")
        self.width_in, self.height_in = width_in, height_in
        self.title = ""
        """What the plot shows, in a sentence; the alternative text of its picture."""

    def axes_in(self, *, left: float, top: float, right: float, bottom: float) -> Axes:
        """Axes so many inches from each edge of the figure, without frame and ticks."""
        width, height = self.width_in, self.height_in
        box = (left / width, bottom / height, (width - left - right) / width, (height - top - bottom) / height)
        axes = self.add_axes(box, facecolor="none")
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.set_xticks([])
        axes.set_yticks([])
        return axes

    def write(self, x_in: float, y_in: float, text: str, **style: Any) -> Text:
        """Text with its baseline at so many inches from the left and the top edge."""
        text = clean(text)
        return self.text(x_in / self.width_in, 1 - y_in / self.height_in, text, **font(text, **style))

    def head(self, title: str, *lines: str) -> float:
        """The finding, and below it what it is of. Returns the baseline of a next line, in inches from the top."""
        self.title = title
        room, y_in = self.width_in - 2 * MARGIN_IN, 0.32
        self.write(MARGIN_IN, y_in, fitted(title, room, TITLE_PT, "bold"), size=TITLE_PT, weight="bold")
        y_in += 0.25
        for line in lines:
            self.write(MARGIN_IN, y_in, fitted(line, room, TEXT_PT), color=MUTED)
            y_in += 0.19
        return y_in + 0.1

    def note(self, text: str) -> None:
        """A line at the foot."""
        self.write(MARGIN_IN, self.height_in - 0.12, text, size=SMALL_PT, color=MUTED)

    def to_png(self, scale: float = 2.0) -> bytes:
        file = io.BytesIO()
        self.savefig(file, format="png", dpi=scale * DPI, metadata={"Software": None})
        return file.getvalue()

    def to_svg(self, prefix: str = "") -> str:
        """As an `<svg>` element for an HTML page, see `kit.plots.svg`. Its sides end where its text does."""
        return svg_for_page(self, self.title, prefix, trim_in=MARGIN_IN)

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        return self.to_png(), {"width": round(self.width_in * DPI), "height": round(self.height_in * DPI)}


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of a legend. `kind` is "fill", "hatch", or one of matplotlib's markers."""

    label: str
    color: str
    kind: str = "fill"


STAGE_KEYS = tuple(Key(STAGE_LABELS[name], color) for name, color in STAGES.items())
AHEAD_KEY = Key("made ready before its turn", INK, "hatch")
VOICE_KEYS = (Key("user", USER), Key("agent", AGENT), Key("background", BACKGROUND))


def legend(plot: Plot, x_in: float, y_in: float, entries: Iterable[Key]) -> None:
    """One line of keys, with its baseline so many inches from the top."""
    for entry in entries:
        plot.add_artist(_swatch(plot, x_in, y_in, entry))
        plot.write(x_in + 0.21, y_in, entry.label, size=KEY_PT, color=MUTED)
        x_in += 0.21 + width_in(entry.label, KEY_PT) + 0.2


def ruler(axes: Axes, name: str = "") -> None:
    """A quiet axis of seconds: light vertical lines, and numbers below them."""
    low, high = axes.get_xlim()
    found = MaxNLocator(nbins=10, steps=[1, 2, 5, 10]).tick_values(low, high)
    ticks = [float(tick) for tick in found if low - 1e-9 <= tick <= high + 1e-9]
    digits = max((len(f"{tick:.3f}".rstrip("0").partition(".")[2]) for tick in ticks), default=0)
    axes.set_xticks(ticks)
    style = font(size=KEY_PT, color=MUTED)
    axes.set_xticklabels([f"{tick:.{digits}f}".replace("-", "−") for tick in ticks], **style)
    axes.tick_params(axis="x", length=0, pad=4, labelbottom=True, labeltop=False)
    axes.set_xlim(low, high)
    axes.grid(visible=True, axis="x", color=HAIRLINE, linewidth=0.6)
    axes.set_axisbelow(True)
    if name:
        axes.set_xlabel(name, labelpad=5, **style)


def reference_lines(axes: Axes) -> None:
    """Where people's mean gap, and the delay that callers feel, lie on an axis of seconds."""
    low, high = axes.get_xlim()
    for at, side, shift in ((MEAN_HUMAN_GAP_S, "right", -3), (FELT_DELAY_S, "left", 3)):
        if low <= at <= high:
            axes.axvline(at, color=MUTED, linewidth=1.0, dashes=(1.5, 2), zorder=1)
            style = font(size=SMALL_PT, color=MUTED, ha=side, va="bottom")
            text = f"{at * 1000:.0f} ms"
            axes.annotate(text, (at, 1), (shift, 1), ("data", "axes fraction"), textcoords="offset points", **style)


def label(axes: Axes, x: float, y: float, text: str, **style: Any) -> Text:
    """Text in the axes' own coordinates."""
    text = clean(text)
    return axes.text(x, y, text, **font(text, **style))


def _swatch(plot: Plot, x_in: float, y_in: float, entry: Key) -> Artist:
    width, height = plot.width_in, plot.height_in
    if entry.kind not in ("fill", "hatch"):
        return Line2D(
            [(x_in + 0.08) / width],
            [1 - (y_in - 0.04) / height],
            marker=entry.kind,
            markersize=6,
            markerfacecolor=entry.color,
            markeredgecolor=INK,
            markeredgewidth=1.4 if entry.kind == "|" else 0.6,
        )
    hatched = entry.kind == "hatch"
    return Rectangle(
        (x_in / width, 1 - (y_in + 0.015) / height),
        0.15 / width,
        0.11 / height,
        facecolor="none" if hatched else entry.color,
        edgecolor=entry.color,
        hatch=HATCH if hatched else None,
        linewidth=0.5,
    )
