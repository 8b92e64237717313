"""Recordings of people, padded and cut into frames, and where an energy measure sees speech in them."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
from livekit.rtc import AudioFrame
from numpy.typing import NDArray

RATE = 16_000
WORDS = {
    "austen-0870": "and mister john dashwood had then leisure to consider how much there might be prudently in his "
    "power to do for them",
    "austen-0880": "he was not an ill disposed young man",
    "austen-0890": "unless to be rather cold hearted and rather selfish is to be ill disposed",
    "cards-001": "ten of clubs",
    "cards-002": "four queen of clubs",
    "goforward": "go forward ten meters",
}
Samples = NDArray[np.int16]


def recording(folder: Path, name: str) -> Samples:
    with wave.open(str(folder / f"{name}.wav")) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def zeros(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.int16)


async def frames_of(samples: Samples, size: int, rate: int = RATE) -> AsyncIterator[AudioFrame]:
    """A frame arrives when its last sample has been spoken."""
    channels = samples.shape[1] if samples.ndim == 2 else 1
    for start in range(0, len(samples), size):
        piece = samples[start : start + size]
        await asyncio.sleep(len(piece) / rate)
        yield AudioFrame(piece.tobytes(), rate, channels, len(piece))


def energy_span(samples: Samples) -> tuple[float, float]:
    """First and last second at which the power of 10 ms is within 20 dB of the speech's, its 95th percentile.

    Over the whole recording, every millisecond. Sounds shorter than 60 ms that stand alone do not count.
    """
    total = np.concatenate([[0], np.cumsum(samples.astype(float) ** 2)])
    centres = np.arange(80, len(samples) - 80, 16)
    levels = 10 * np.log10((total[centres + 80] - total[centres - 80]) / 160 + 1)
    speech = np.percentile(levels[levels > levels.max() - 40], 95)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], levels > speech - 20, [0]]))).reshape(-1, 2)
    spans: list[list[int]] = []
    for first, last in edges:
        if spans and first - spans[-1][1] < 150:
            spans[-1][1] = last
        else:
            spans.append([first, last])
    spans = [span for span in spans if span[1] - span[0] > 60]
    return centres[spans[0][0]] / RATE, centres[min(spans[-1][1], len(centres) - 1)] / RATE
