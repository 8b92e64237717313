"""WAV files to the sample: PCM of 8 to 32 bits and floats, also where the header is wrong about the length.

A recorder that was stopped hard leaves a header with a length of 0 or too much: then the sound goes on to the file's
end.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np

from .errors import AudioFileError
from .frames import Samples
from .pcm import from_packed_24_bits, to_int16

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
_TYPES = {(PCM, 8): "u1", (PCM, 16): "<i2", (PCM, 24): "", (PCM, 32): "<i4", (FLOAT, 32): "<f4", (FLOAT, 64): "<f8"}
HEADER_BYTES = 44
_UNTOLD_SIZE = 0xFFFFFFFF - 36
"""The largest size of sound that a header can tell; a recording that long or longer has it."""


class WavFormatError(ValueError):
    """Not a WAV file, or not with sound that this module reads."""


def wav_header(sample_rate: int, num_channels: int, samples: int) -> bytes:
    """The 44 bytes before 16-bit sound. Beyond 4 GB they tell the largest length, which is read as "to the end"."""
    block = 2 * num_channels
    size = min(samples * block, _UNTOLD_SIZE)
    riff = struct.pack("<4sI4s", b"RIFF", size + 36, b"WAVE")
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, PCM, num_channels, sample_rate, sample_rate * block, block, 16)
    return riff + form + struct.pack("<4sI", b"data", size)


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
            self._read_header(self._file.seek(0, os.SEEK_END))
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        self._file.close()

    def read(self, count: int) -> Samples:
        """The next samples as 16 bits, shape `(n, channels)`; fewer than `count` at the end only, none after it."""
        count = max(0, min(count, self.samples - self._position))
        data = self._file.read(count * self._block)
        self._position += count
        whole = data[: len(data) // self._block * self._block]
        return _as_int16(whole, self._kind, self._bits).reshape(-1, self.num_channels)

    def _read_header(self, file_size: int) -> None:
        self._file.seek(0)
        riff, riff_size, wave = struct.unpack("<4sI4s", self._file.read(12).ljust(12, b"\0"))
        if riff not in (b"RIFF", b"RF64") or wave != b"WAVE":
            raise WavFormatError("not a WAV file")
        form: bytes | None = None
        while len(head := self._file.read(8)) == 8:
            name, size = struct.unpack("<4sI", head)
            if name == b"data":
                self._set_format(form)
                available = file_size - self._file.tell()
                honest = size <= available and (0 < size < _UNTOLD_SIZE or riff_size + 8 == file_size)
                self.samples = (size if honest else available) // self._block
                return
            if name == b"fmt ":
                form = self._file.read(size)
                self._file.seek(size % 2, os.SEEK_CUR)
            else:
                self._file.seek(size + size % 2, os.SEEK_CUR)
        raise WavFormatError("a WAV file without sound: it has no data chunk")

    def _set_format(self, form: bytes | None) -> None:
        if form is None or len(form) < 16:
            raise WavFormatError("a WAV file without a format chunk")
        self._kind, self.num_channels, self.sample_rate, _, self._block, self._bits = struct.unpack(
            "<HHIIHH", form[:16]
        )
        if self._kind == EXTENSIBLE and len(form) >= 26:
            (self._kind,) = struct.unpack("<H", form[24:26])
        if (self._kind, self._bits) not in _TYPES or not self.sample_rate or not self.num_channels:
            raise WavFormatError(f"WAV format {self._kind} with {self._bits} bits is not read here")
        if self._block != self.num_channels * self._bits // 8:
            raise WavFormatError(f"a WAV header that contradicts itself: blocks of {self._block} bytes")


def _as_int16(data: bytes, kind: int, bits: int) -> Samples:
    if (kind, bits) == (PCM, 24):
        return to_int16(from_packed_24_bits(data))
    return to_int16(np.frombuffer(data, _TYPES[kind, bits]))
