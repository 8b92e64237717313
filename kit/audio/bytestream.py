"""Bytes of sound in pieces of any size, as frames of one size."""

from __future__ import annotations

from livekit.rtc import AudioFrame

_BYTES_PER_SAMPLE = 2
_FIRST_S = 0.02


class AudioByteStream:
    """Cuts 16-bit interleaved samples into frames.

    Args:
        sample_rate: In Hz.
        num_channels: Interleaved in the bytes.
        samples_per_channel: The length of a frame; a tenth of a second by default.
        progressive: The first frame is of 20 ms, and each one twice as long as the one before, up to that length: the
            first sound goes out early, the rest costs little.

    Raises:
        ValueError: a frame would be empty.
    """

    def __init__(
        self,
        sample_rate: int,
        num_channels: int,
        samples_per_channel: int | None = None,
        progressive: bool = False,
    ) -> None:
        samples = sample_rate // 10 if samples_per_channel is None else samples_per_channel
        if samples < 1 or num_channels < 1:
            raise ValueError(f"a frame of {samples} samples on {num_channels} channels is empty")
        self._sample_rate = sample_rate
        self._num_channels = num_channels
        self._block = num_channels * _BYTES_PER_SAMPLE
        self._full_size = samples * self._block
        first = max(1, int(sample_rate * _FIRST_S)) * self._block
        self._first_size = min(first, self._full_size) if progressive else self._full_size
        self._size = self._first_size
        self._buffer = bytearray()

    def push(self, data: bytes | bytearray | memoryview) -> list[AudioFrame]:
        """Take bytes, which may end anywhere. Returns the frames that are full."""
        self._buffer += data
        frames, start = [], 0
        while len(self._buffer) - start >= self._size:
            frames.append(self._frame(start, start + self._size))
            start += self._size
            self._size = min(2 * self._size, self._full_size)
        del self._buffer[:start]
        return frames

    write = push

    def flush(self) -> list[AudioFrame]:
        """What is left, as one shorter frame, or none. Half a sample waits for its other half."""
        whole = len(self._buffer) // self._block * self._block
        if not whole:
            return []
        frame = self._frame(0, whole)
        del self._buffer[:whole]
        return [frame]

    def clear(self) -> None:
        """Forget what is left, and begin with a first frame again."""
        self._buffer.clear()
        self.reset_progressive()

    def reset_progressive(self) -> None:
        """Begin with a first frame again, and keep what is left."""
        self._size = self._first_size

    @property
    def buffered_duration(self) -> float:
        """Seconds of sound that wait for the next frame."""
        return len(self._buffer) / self._block / self._sample_rate

    def _frame(self, start: int, stop: int) -> AudioFrame:
        samples = (stop - start) // self._block
        return AudioFrame(self._buffer[start:stop], self._sample_rate, self._num_channels, samples)
