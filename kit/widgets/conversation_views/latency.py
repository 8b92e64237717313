"""How long each turn took and where the time went, live beside a session or still of conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...lab import wording
from ...lab.latency import TurnLatency, gaps_s, turns
from ...lab.summary import summarize
from ...plots.spread import distribution
from ...plots.stage_bars import Bar, Piece
from ...plots.style import FELT_DELAY_S, MEAN_HUMAN_GAP_S, REFERENCES_NOTE
from ...plots.turn_rows import headline, timeline, why_silent
from ...session.records import PreemptionAdopted, SpeechFinished, SpeechStarted, TurnCommitted, TurnDropped
from ..assets import script, style
from .followed import FollowedView, OneFollowed
from .sources import source

if TYPE_CHECKING:
    from ...lab.recorded import Journaled
    from ...plots import Plot

TURN_RECORDS = (TurnCommitted, TurnDropped, PreemptionAdopted, SpeechStarted, SpeechFinished)
"""What changes how long a turn took."""
REFERENCES = [
    {"at_s": MEAN_HUMAN_GAP_S, "label": "208 ms", "side": "left"},
    {"at_s": FELT_DELAY_S, "label": "800 ms", "side": "right"},
]


class LatencyTimeline(OneFollowed):
    """The stages of every turn as a bar, and below it, hatched, what was made ready before its turn.

    Args:
        conversation: A conversation, the folder of one, or a session, which is followed while it runs.
        name: What to call it.

    Attributes:
        content: What is shown: `title`, `note`, and a row a turn.
    """

    _esm = script("ruler", "latency")
    _css = style("views", "latency")
    RECORDS = TURN_RECORDS

    def figure(self) -> Plot:
        """The stages of every turn as a matplotlib figure (`kit.plots.timeline`)."""
        return timeline(self._source)

    def _content(self) -> dict[str, Any]:
        measured = turns(self._source.journal)
        shown, left_out = self.latest(measured, "turn")
        return {
            "view": "timeline",
            "name": self._source.name,
            "live": not self.still,
            "title": headline(measured) if measured else "",
            "note": REFERENCES_NOTE,
            "references": REFERENCES,
            "rows": [_row(turn) for turn in shown],
            "left_out": left_out,
        }


class LatencyDistribution(FollowedView):
    """The gaps of conversations, a dot a turn, with median, 95 % interval and 95th percentile, one below the other.

    Args:
        conversations: Conversations, folders of them, or sessions.
    """

    _esm = script("ruler", "latency")
    _css = style("views", "latency")
    RECORDS = TURN_RECORDS

    def __init__(self, *conversations: Any) -> None:
        if not conversations:
            raise ValueError("LatencyDistribution() needs at least one conversation")
        super().__init__(*map(source, conversations))

    def figure(self) -> Plot:
        """The same as a matplotlib figure (`kit.plots.distribution`)."""
        return distribution(*self._sources)

    def _content(self) -> dict[str, Any]:
        return {
            "view": "distribution",
            "live": not self.still,
            "note": REFERENCES_NOTE,
            "references": REFERENCES,
            "rows": [spread_row(one) for one in self._sources],
        }


def spread_row(one: Journaled) -> dict[str, Any]:
    """The gaps of a conversation and what they come to, as the page shows them."""
    gaps = gaps_s(turns(one.journal))
    summary = summarize(gaps)
    if summary is None:
        return {"name": one.name, "gaps_s": [], "n": "0"}
    interval = summary.median_interval
    return {
        "name": one.name,
        "gaps_s": gaps,
        "median_s": summary.median_s,
        "p95_s": summary.p95_s if summary.n > 1 else None,
        "interval_s": None if interval is None else [interval.low_s, interval.high_s],
        "n": wording.grouped(summary.n),
        "said": f"median {wording.duration(summary.median_s)}, {wording.mean(summary)}",
    }


def _row(turn: TurnLatency) -> dict[str, Any]:
    bar = Bar.of(turn)
    return {
        "turn": turn.turn,
        "words": turn.text,
        "reply": turn.reply,
        "gap_s": turn.gap_s,
        "saved_s": turn.saved_s or None,
        "silent": "" if turn.gap_s is not None else why_silent(turn),
        "pieces": [_piece(piece) for piece in bar.pieces],
        "ahead": [_piece(piece) for piece in bar.ahead],
    }


def _piece(piece: Piece) -> list[Any]:
    return [piece.name, round(piece.start_s, 4), round(piece.length_s, 4)]
