"""WAV files to the sample: PCM of 8 to 32 bits and floats, also where the header is wrong about the length.

A file that was cut off is read as far as it goes.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import AudioFileError
from .frames import Samples
from .pcm import from_packed_24_bits, to_int16
from .wav_header import HEADER_BYTES, PCM, OtherFormatError, WavFormatError, WavHeader, read_header, wav_header

__all__ = ["HEADER_BYTES", "OtherFormatError", "WavFormatError", "WavHeader", "WavReader", "wav_header", "write_wav"]

_PCM_TYPES = {1: "u1", 2: "<i2", 4: "<i4"}
_FLOAT_TYPES = {4: "<f4", 8: "<f8"}


def write_wav(path: str | Path, samples: Samples, sample_rate: int) -> None:
    """Write 16-bit sound, of shape `(n,)` or `(n, channels)`. The file appears whole or not at all.

    Raises:
        AudioFileError: the folder is missing, or cannot be written to.
    """
    path = Path(path)
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(wav_header(sample_rate, channels, len(samples)))
            file.write(np.ascontiguousarray(samples, dtype="<i2").data)
        part.replace(path)
    except OSError as error:
        raise AudioFileError(path, f"cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)


class WavReader:
    """The sound of a WAV file, read in pieces.

    Raises:
        OSError: the file cannot be opened.
        WavFormatError: it holds no sound that can be read here.
    """

    def __init__(self, path: str | Path) -> None:
        self._position = 0
        self._file = Path(path).open("rb")  # noqa: SIM115 - open as long as the reader is
        try:
            self.header = read_header(self._file)
            self._file.seek(self.header.start)
        except BaseException:
            self._file.close()
            raise
        self.samples = self.header.blocks
        self.sample_rate = self.header.sample_rate
        self.num_channels = self.header.num_channels

    def close(self) -> None:
        self._file.close()

    def read(self, count: int) -> Samples:
        """The next samples as 16 bits, shape `(n, channels)`; fewer than `count` at the end only, none after it."""
        return to_int16(self.read_native(count))

    def read_native(self, count: int) -> NDArray[Any]:
        """The same as they are in the file; 24-bit samples as 32-bit ones."""
        count = max(0, min(count, self.samples - self._position))
        block = self.header.block_bytes
        data = self._file.read(count * block)
        self._position += count
        whole = data if len(data) % block == 0 else data[: len(data) // block * block]
        return self._native(whole).reshape(-1, self.num_channels)

    def _native(self, data: bytes) -> NDArray[Any]:
        if self.header.kind != PCM:
            return np.frombuffer(data, _FLOAT_TYPES[self.header.sample_bytes])
        if self.header.sample_bytes == 3:
            return from_packed_24_bits(data)
        return np.frombuffer(data, _PCM_TYPES[self.header.sample_bytes])
