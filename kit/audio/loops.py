"""A sound over and over without a seam.

Three kinds of sound, three joints. One that goes on at its start where it ends was made to be looped: it is joined as
it is, and not a sample of it changes. One whose end is like its start, a hum or a chord, is blended where the two are
in phase, so that they neither cancel nor add up. Any other is blended at equal power. The sound itself tells which it
is: by how well the samples before a joint predict those behind it, and by how alike the two are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from .frames import Samples
from .products import dot, gram
from .ramps import crossfade, equal_power

Values = NDArray[np.float64]

_NONE = np.empty(0, np.int16)
_ORDER = 24
"""Of the linear prediction across a joint."""
_LOOK = 1_000
"""Samples on each side of a joint that tell whether it would be heard."""
_SURPRISE = 2.0
"""A joint is clean where the prediction errs across it no more than so many times as around it..."""
_LEVEL_DB = 4.0
"""...and the levels on its two sides differ by no more than this."""
_ALIKE = 0.5
"""The correlation from which on two sounds are blended in phase."""


def seam(tail: Samples, head: Samples) -> Samples:
    """What is heard from a sound's end, `tail`, into its start, `head`; both equally long, shape `(n,)`.

    Between once and twice as long: all of both where they are joined as they are, and less where they overlap.
    """
    size = len(tail)
    if not size:
        return _NONE
    overlap = 0 if is_clean(tail, head) else _overlap_in_phase(tail, head)
    ending, beginning = tail[size - overlap :], head[:overlap]
    alike = _correlation(ending.astype(np.float64), beginning.astype(np.float64))
    blend = _blend_alike(ending, beginning, alike) if alike > _ALIKE else crossfade(ending, beginning)
    return np.concatenate([tail[: size - overlap], blend, head[overlap:]])


def is_clean(before: Samples, after: Samples) -> bool:
    """Whether one goes on where the other ends, so that their joint cannot be told from what is around it."""
    left, right = before[-_LOOK:].astype(np.float64), after[:_LOOK].astype(np.float64)
    if min(len(left), len(right)) < 2 * _ORDER or abs(_level_db(left) - _level_db(right)) > _LEVEL_DB:
        return False
    both = np.concatenate([left, right])
    known = np.lib.stride_tricks.sliding_window_view(both[:-1], _ORDER)
    expected = both[_ORDER:]
    across = np.zeros(len(expected), bool)
    across[len(left) - _ORDER : len(left)] = True
    around = known[~across]
    products = gram(around)
    products += np.eye(_ORDER) * (1 + 1e-9 * np.trace(products))
    weights = np.linalg.solve(products, around.T @ expected[~across])
    errors = expected - known @ weights
    return _rms(errors[across]) <= _SURPRISE * _rms(errors[~across]) + 1


def fade_within(length: int, fade: int) -> int:
    """The longest fade up to `fade` for which a sound of `length` samples has room at both ends."""
    return max(0, min(fade, length // 2))


def endless(passes: Callable[[], Iterator[Samples]], fade: int) -> Iterator[Samples]:
    """A sound over and over as it is read, each pass joined to the next within `fade` samples: see `seam`.

    Args:
        passes: Gives the sound's pieces anew. Where it gives none, that is the end.
    """
    tail = _NONE
    while True:
        pieces = passes()
        held = _first(pieces, 2 * fade)
        if not len(held):
            return
        room = fade_within(len(held), fade)
        joint = min(len(tail), room)
        joined = np.concatenate([tail[: len(tail) - joint], seam(tail[len(tail) - joint :], held[:joint])])
        if len(joined):
            yield joined
        held = held[joint:]
        for piece in pieces:
            if len(held) > room:
                yield held[: len(held) - room]
                held = held[len(held) - room :]
            held = np.concatenate([held, piece])
        if len(held) > room:
            yield held[: len(held) - room]
        tail = held[max(0, len(held) - room) :]


def _first(pieces: Iterator[Samples], count: int) -> Samples:
    """At least the first `count` samples, or all where there are fewer; and at least one piece."""
    taken: list[Samples] = []
    for piece in pieces:
        taken.append(piece)
        count -= len(piece)
        if count <= 0:
            break
    return np.concatenate([_NONE, *taken])


def _overlap_in_phase(tail: Samples, head: Samples) -> int:
    """How many samples overlap: all, or a little less where the two are in phase then."""
    size = len(tail)
    least = size - size // 4
    ending, beginning = tail.astype(np.float64), head.astype(np.float64)
    bins = 1 << max(1, 2 * size - 1).bit_length()
    spectrum = np.fft.rfft(ending, bins) * np.conj(np.fft.rfft(beginning, bins))
    later = np.fft.irfft(spectrum, bins)[: size - least + 1]
    if not len(later) or (best := int(np.argmax(later))) == 0:
        return size
    overlap = size - best
    return overlap if _correlation(ending[best:], beginning[:overlap]) > _ALIKE else size


def _blend_alike(ending: Samples, beginning: Samples, alike: float) -> Samples:
    """A crossfade of two sounds that are partly the same, with the power that both have."""
    phase = (np.arange(len(ending)) + 0.5) / len(ending)
    out, into = equal_power(1 - phase), equal_power(phase)
    power = np.sqrt(1 + 2 * alike * out * into)
    both = (ending * out + beginning * into) / power
    return np.clip(np.rint(both), -32768, 32767).astype(np.int16)


def _correlation(one: Values, other: Values) -> float:
    power = float(np.sqrt(dot(one, one) * dot(other, other)))
    return dot(one, other) / power if power else 0.0


def _rms(values: Values) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _level_db(values: Values) -> float:
    return float(20 * np.log10(_rms(values) + 1))
