"""Pieces of sound in any form to 16-bit samples of one rate and number of channels, without seams.

Sound that has this form already passes to the bit; all else is computed in floating point and rounded once.
"""

from __future__ import annotations

import numpy as np

from .frames import Samples
from .layouts import mixing_matrix, standard
from .pcm import mixed_floats, rounded, to_int16
from .pieces import Form, Piece
from .resampling import FloatResampler


class Conversion:
    """One sound on its way.

    Args:
        source: What comes first. It may change later.
        sample_rate, num_channels: What is wanted; None: as the source has it.
    """

    def __init__(self, source: Form, sample_rate: int | None = None, num_channels: int | None = None) -> None:
        channels = len(source.layout) if num_channels is None else num_channels
        self._target = Form(
            sample_rate or source.sample_rate,
            source.layout if channels == len(source.layout) else standard(channels),
        )
        self._source = source
        self._resampler: FloatResampler | None = None

    @property
    def sample_rate(self) -> int:
        return self._target.sample_rate

    @property
    def num_channels(self) -> int:
        return len(self._target.layout)

    def push(self, piece: Piece) -> Samples:
        """What is ready, shape `(n, channels)`; often none."""
        if piece.form == self._source:
            return self._push(piece)
        before = self.flush()
        self._source = piece.form
        after = self._push(piece)
        return np.concatenate([before, after]) if len(before) else after

    def flush(self) -> Samples:
        """The end of the sound."""
        if self._resampler is None:
            return np.empty((0, self.num_channels), np.int16)
        rest = rounded(self._resampler.flush())
        self._resampler = None
        return rest

    def _push(self, piece: Piece) -> Samples:
        same_rate = piece.form.sample_rate == self.sample_rate
        if same_rate and len(piece.form.layout) == self.num_channels:
            return np.ascontiguousarray(to_int16(piece.values))
        floats = mixed_floats(piece.values, mixing_matrix(piece.form.layout, self._target.layout))
        if same_rate:
            return rounded(floats)
        if self._resampler is None:
            self._resampler = FloatResampler(piece.form.sample_rate, self.sample_rate, self.num_channels)
        return rounded(self._resampler.push(floats))
