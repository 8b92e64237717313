"""Sound on its way out of a file, as it is there: the samples in their own format, and what they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from .layouts import Layout


@dataclass(frozen=True, slots=True)
class Form:
    """Sample rate in Hz, and the channels."""

    sample_rate: int
    layout: Layout


@dataclass(frozen=True, slots=True)
class Piece:
    """Samples of shape `(n, channels)`, in any of the formats that `pcm` knows."""

    values: NDArray[Any]
    form: Form


def window(pieces: Iterable[Piece], start: int, length: int | None, slack: int | None) -> Iterator[Piece]:
    """The pieces from sample `start` on, `length` of them.

    Args:
        slack: The length is believed only where it leaves out no more than this; None: always.
    """
    beyond: list[Piece] = []
    count = -start
    for piece in pieces:
        values = piece.values[max(0, -count) :]
        count += len(piece.values)
        if length is None or count <= length:
            yield replace(piece, values=values)
        elif slack is None:
            inside = len(values) - (count - length)
            if inside >= 0:
                yield replace(piece, values=values[:inside])
            return
        elif count - length <= slack:
            inside = max(0, len(values) - (count - length))
            yield replace(piece, values=values[:inside])
            beyond.append(replace(piece, values=values[inside:]))
        else:
            yield from beyond
            yield replace(piece, values=values)
            length, beyond = None, []
