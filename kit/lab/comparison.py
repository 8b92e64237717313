"""Two conversations held against each other, turn by turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from .latency import TurnLatency, minus
from .summary import Summary, summarize


@dataclass(frozen=True, slots=True)
class Comparison:
    """Turns in which the user said the same, as `pairs` of (before, after).

    Attributes:
        differences_s: Gap after minus gap before, a value for each pair: negative is earlier.
        summary: Of the differences; None if there are no pairs.
        unpaired: How many answered turns, of either side, have no partner.
    """

    pairs: tuple[tuple[TurnLatency, TurnLatency], ...]
    differences_s: tuple[float, ...]
    summary: Summary | None
    unpaired: int


def compare(before: Sequence[TurnLatency], after: Sequence[TurnLatency], *, seed: int = 0) -> Comparison:
    """The gaps of two conversations, paired.

    Turns are paired in order, by equal words (case and punctuation aside); a run of turns that was recognised
    differently but stands in the same place is paired too. Turns whose answer was not heard are left out.

    Args:
        seed: Of the interval of the differences.
    """
    olds = [turn for turn in before if turn.speech_started_t is not None]
    news = [turn for turn in after if turn.speech_started_t is not None]
    pairs = tuple((olds[i], news[j]) for i, j in _align([turn.text for turn in olds], [turn.text for turn in news]))
    differences = tuple(minus(new.gap_s or 0.0, old.gap_s or 0.0) for old, new in pairs)
    return Comparison(pairs, differences, summarize(differences, seed=seed), len(olds) + len(news) - 2 * len(pairs))


def _align(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    """Index pairs of texts that belong together, in order."""
    olds, news = [_bare(text) for text in before], [_bare(text) for text in after]
    same = next(
        (i for i, (old, new) in enumerate(zip(olds, news, strict=False)) if old != new), min(len(olds), len(news))
    )
    pairs = [(i, i) for i in range(same)]
    for kind, i, i_end, j, j_end in SequenceMatcher(None, olds[same:], news[same:], autojunk=False).get_opcodes():
        if kind == "equal" or (kind == "replace" and i_end - i == j_end - j):
            pairs += zip(range(same + i, same + i_end), range(same + j, same + j_end), strict=True)
    return pairs


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
