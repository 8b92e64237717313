"""A turn as a bar: its stages one after another from the end of the user's speech, and what was made ready before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.patches import Rectangle

from ..lab.latency import STAGES, TurnLatency
from .lettering import SMALL_PT, font, width_in
from .palette import GROUND, ON_COLOR
from .palette import STAGES as COLORS
from .style import FELT_DELAY_S, HATCH

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..lab.latency import Stage

EDGE_PT = 0.8


@dataclass(frozen=True, slots=True)
class Piece:
    """A stage, in seconds from the end of the user's speech."""

    name: str
    start_s: float
    length_s: float


@dataclass(frozen=True, slots=True)
class Bar:
    """`ahead` is the work that was made ready before its turn."""

    pieces: tuple[Piece, ...]
    ahead: tuple[Piece, ...] = ()

    @classmethod
    def of(cls, turn: TurnLatency) -> Bar:
        zero_t = turn.end_of_speech_t
        return cls(_pieces(turn.stages, zero_t), _pieces(turn.ahead, zero_t))

    @classmethod
    def mean(cls, turns: Sequence[TurnLatency]) -> Bar:
        """The mean of each stage; they add up to the mean gap."""
        pieces, at = [], 0.0
        for name in STAGES:
            length_s = sum(turn.stage_s(name) or 0.0 for turn in turns) / len(turns)
            pieces.append(Piece(name, at, length_s))
            at += length_s
        return cls(tuple(pieces))

    @property
    def start_s(self) -> float:
        return min((piece.start_s for piece in (*self.pieces, *self.ahead)), default=0.0)

    @property
    def end_s(self) -> float:
        return max((piece.start_s + piece.length_s for piece in self.pieces), default=0.0)


def limits_s(bars: Sequence[Bar]) -> tuple[float, float]:
    """From where to where an axis must reach to show these bars and the reference lines."""
    start_s = min((bar.start_s for bar in bars), default=0.0)
    end_s = max((bar.end_s for bar in bars), default=0.0)
    return min(0.0, start_s), max(1.04 * end_s, 1.2 * FELT_DELAY_S)


def draw_bar(axes: Axes, bar: Bar, *, top: float, height: float, ahead_height: float) -> None:
    """Draw from `top` downwards the pieces, and below them, hatched, what was made ahead.

    Args:
        top, height, ahead_height: In the axes' vertical unit, which grows downwards.
    """
    for piece in bar.pieces:
        if piece.length_s > 0:
            _rectangle(axes, piece, top, height, hatched=False)
            _write_length(axes, piece, top + height / 2)
    for piece in bar.ahead:
        if piece.length_s > 0:
            _rectangle(axes, piece, top + height + 0.15 * ahead_height, ahead_height, hatched=True)


def _pieces(stages: Sequence[Stage], zero_t: float) -> tuple[Piece, ...]:
    return tuple(Piece(stage.name, stage.start_t - zero_t, stage.duration_s) for stage in stages)


def _rectangle(axes: Axes, piece: Piece, top: float, height: float, *, hatched: bool) -> None:
    color = COLORS[piece.name]
    rectangle = Rectangle(
        (piece.start_s, top),
        piece.length_s,
        height,
        facecolor="none" if hatched else color,
        edgecolor=color if hatched else GROUND,
        hatch=HATCH if hatched else None,
        linewidth=0.6 if hatched else EDGE_PT,
        zorder=3,
    )
    axes.add_patch(rectangle)


def _write_length(axes: Axes, piece: Piece, y: float) -> None:
    """The seconds inside the piece, where there is room."""
    low, high = axes.get_xlim()
    text = f"{piece.length_s:.2f}"
    if piece.length_s / (high - low) * axes.bbox.width / axes.figure.dpi > width_in(text, SMALL_PT) + 0.08:
        style = font(size=SMALL_PT, color=ON_COLOR, ha="center", va="center_baseline")
        axes.text(piece.start_s + piece.length_s / 2, y, text, zorder=4, **style)
