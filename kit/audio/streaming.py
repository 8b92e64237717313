"""A file as frames for an event loop: read by a thread, a bounded stretch ahead of what is taken."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import AsyncGenerator
from pathlib import Path

from livekit.rtc import AudioFrame

from .files import AudioFile
from .frames import Samples, frame_from_samples


async def stream_audio(
    path: str | Path,
    block_s: float = 0.1,
    *,
    sample_rate: int | None = None,
    num_channels: int | None = None,
    ahead_s: float = 1.0,
) -> AsyncGenerator[AudioFrame, None]:
    """The file in frames of `block_s` seconds, the last one shorter.

    The first one is there as soon as it is decoded. Who stops before the end calls `aclose`, which closes the file.
    The loop's own default executor reads; in virtual time that takes none.

    Args:
        sample_rate, num_channels: As of `AudioFile`.
        ahead_s: How much is read at a time, in seconds; twice as much is in memory at most.

    Raises:
        AudioFileError: it cannot be read or has no samples, or, after the frames before that, it is corrupt.
        ValueError: as `AudioFile`.
    """
    loop = asyncio.get_running_loop()
    reader = _Reader()
    try:
        rate = await loop.run_in_executor(None, reader.open, path, block_s, sample_rate, num_channels)
        most = max(1, round(ahead_s / block_s))
        count = 1
        coming = loop.run_in_executor(None, reader.take, count)
        while blocks := await coming:
            count = min(2 * count, most)
            coming = loop.run_in_executor(None, reader.take, count)
            for block in blocks:
                yield frame_from_samples(block, rate)
    finally:
        await asyncio.shield(loop.run_in_executor(None, reader.close))  # also where the loop is being closed


class _Reader:
    """What happens in threads: one call at a time, even where the loop did not wait for the last one.

    An error waits until what was read before it has been taken.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._file: AudioFile | None = None
        self._error: Exception | None = None
        self._closed = False

    def open(self, path: str | Path, block_s: float, sample_rate: int | None, num_channels: int | None) -> int:
        with self._lock:
            self._file = AudioFile(path, sample_rate=sample_rate, num_channels=num_channels)
            self._blocks = self._file.blocks(block_s)
            if self._closed:
                self._file.close()
            return self._file.sample_rate

    def take(self, count: int) -> list[Samples]:
        """The next blocks; none at the end."""
        with self._lock:
            taken: list[Samples] = []
            if not self._closed and self._error is None:
                try:
                    for block in itertools.islice(self._blocks, count):
                        taken.append(block)
                except Exception as error:
                    self._error = error
            if self._error is not None and not taken:
                raise self._error
            return taken

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._file is not None:
                self._file.close()
