"""A recording as a sound that a page can carry: the user to the left, the agent to the right."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np

from ..audio.encoding import encode_for_browser

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEAR, FAR, MIDDLE = 1.0, 0.4, 0.7
"""Gains to a speaker's own side, to the other side, and of the background to both. Nobody sits in one ear alone."""


def stereo(samples: NDArray[Any]) -> NDArray[np.int16]:
    """Samples of shape (n, 3), the channels user, agent and background, as (n, 2). Scaled down where it would clip."""
    gains = np.array([[NEAR, FAR], [FAR, NEAR], [MIDDLE, MIDDLE]], np.float32)[: samples.shape[1]]
    mixed = samples.astype(np.float32) @ gains
    peak = float(np.abs(mixed).max(initial=0.0))
    if peak > 32767:
        mixed *= 32767 / peak
    rounded: NDArray[np.int16] = np.rint(mixed).astype(np.int16)
    return rounded


def data_uri(samples: NDArray[Any], sample_rate: int) -> str:
    """The recording as a `data:` address for an audio element; empty if there is no sound in it."""
    if not samples.size or not samples.any():
        return ""
    encoded = encode_for_browser(stereo(samples), sample_rate)
    return f"data:{encoded.mime_type};base64,{base64.b64encode(encoded.data).decode('ascii')}"
