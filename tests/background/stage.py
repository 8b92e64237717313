"""A player without a session, in virtual time, and somebody who listens to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from livekit.rtc import AudioFrame

from kit import BackgroundAudioPlayer
from kit.audio import frame_from_samples, samples_of, write_wav
from kit.audio.clips import ClipCache
from kit.background import LazyOutput
from kit.timing import run_virtual

RATE = 8_000


@dataclass
class Ear:
    """What was heard at an output, each piece with the loop's time of its first sample."""

    pieces: list[tuple[float, AudioFrame]] = field(default_factory=list)

    def output(self, **options: Any) -> LazyOutput:
        return LazyOutput(sample_rate=RATE, on_played=self.take, **options)

    def take(self, at: float, frame: AudioFrame) -> None:
        self.pieces.append((at, frame))

    def track(self, until_s: float, rate: int = RATE) -> np.ndarray:
        """All of it on one line, from time 0."""
        track = np.zeros(round(until_s * rate) + 1, np.int16)
        for at, frame in self.pieces:
            start = round(at * rate)
            samples = samples_of(frame)[: max(0, len(track) - start), 0]
            assert not np.any(track[start : start + len(samples)]), "two frames at one time"
            track[start : start + len(samples)] = samples
        return track


def play(act: Callable[[BackgroundAudioPlayer], Awaitable[object]], **sounds: Any) -> Ear:
    """Run `act` with a player that has started at time 0. No task is left when this returns."""
    ear = Ear()

    async def main() -> None:
        player = BackgroundAudioPlayer(clips=ClipCache(), **sounds)
        await player.start(output=ear.output())
        try:
            await act(player)
        finally:
            await player.aclose()
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        assert not left, f"tasks were left: {left}"

    run_virtual(main)
    return ear


def wav(folder: Path, samples: np.ndarray, name: str = "sound", rate: int = RATE) -> str:
    path = folder / f"{name}.wav"
    write_wav(path, samples.astype(np.int16), rate)
    return str(path)


def constant(duration_s: float, level: int = 1_000) -> np.ndarray:
    return np.full(round(duration_s * RATE), level, np.int16)


def sine(duration_s: float, hertz: float = 200.0, level: float = 8_000.0) -> np.ndarray:
    return np.rint(level * np.sin(2 * np.pi * hertz * np.arange(round(duration_s * RATE)) / RATE)).astype(np.int16)


def noise(duration_s: float, seed: int = 0, level: float = 3_000) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=round(duration_s * RATE)) * level).astype(np.int16)


def now() -> float:
    return asyncio.get_running_loop().time()


def steps(samples: np.ndarray) -> np.ndarray:
    return np.abs(np.diff(samples.astype(int)))


async def frames(samples: np.ndarray, *, every_s: float = 0.1, rate: int = RATE) -> AsyncIterator[AudioFrame]:
    """The sound in frames, as fast as they are taken."""
    size = round(every_s * rate)
    for start in range(0, len(samples), size):
        yield frame_from_samples(samples[start : start + size], rate)
