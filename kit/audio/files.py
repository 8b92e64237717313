"""Audio files of every kind as 16-bit samples, whole or block by block, to the sample; errors name the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from livekit.rtc import AudioFrame

from .decoding import Decoder
from .errors import AudioFileError
from .frames import Samples, frame_from_samples
from .levels import SILENT_DBFS, peak_dbfs
from .wav import WavFormatError, WavReader, write_wav

__all__ = ["AudioFile", "AudioFileError", "iter_audio", "read_audio", "read_speech", "write_wav"]

_PIECE_S = 1.0


class AudioFile:
    """An open audio file, to be read once from its start; `with` closes it.

    Raises:
        AudioFileError: missing, a folder, empty, not audio, corrupt, or without an audio stream.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        _check_is_file(self.path)
        self._source = _open(self.path)
        self.sample_rate = self._source.sample_rate
        self.num_channels = self._source.num_channels

    def __enter__(self) -> AudioFile:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._source.close()

    def __iter__(self) -> Iterator[Samples]:
        """Pieces of shape `(n, channels)`, as it suits the format.

        Raises:
            AudioFileError: the sound is corrupt, or there is none.
        """
        found = False
        for piece in self._pieces():
            if len(piece):
                found = True
                yield piece
        if not found:
            raise AudioFileError(self.path, "has no samples")

    def blocks(self, block_s: float) -> Iterator[Samples]:
        """The same in blocks of `block_s` seconds, the last one shorter."""
        size = max(1, round(block_s * self.sample_rate))
        held: list[Samples] = []
        held_count = 0
        for piece in self:
            held.append(piece)
            held_count += len(piece)
            if held_count < size:
                continue
            samples = np.concatenate(held) if len(held) > 1 else held[0]
            whole = held_count // size * size
            yield from (samples[start : start + size] for start in range(0, whole, size))
            held, held_count = [samples[whole:]], held_count - whole
        if held_count:
            yield np.concatenate(held)

    def _pieces(self) -> Iterator[Samples]:
        if isinstance(self._source, Decoder):
            yield from self._source
            return
        while len(piece := self._source.read(round(_PIECE_S * self.sample_rate))):
            yield piece


def read_audio(path: str | Path) -> tuple[Samples, int]:
    """All of a file: its samples, shape `(n, channels)`, and its sample rate.

    Raises:
        AudioFileError: it cannot be read, or has no samples.
    """
    with AudioFile(path) as file:
        return np.concatenate(list(file)), file.sample_rate


def read_speech(path: str | Path) -> tuple[Samples, int]:
    """`read_audio` of a recording in which there must be something to hear.

    Raises:
        AudioFileError: as `read_audio`, or its loudest sample is below -60 dBFS.
    """
    samples, sample_rate = read_audio(path)
    peak = peak_dbfs(samples)
    if peak < SILENT_DBFS:
        loudest = "0" if np.isneginf(peak) else f"at {peak:.1f} dBFS"
        raise AudioFileError(path, f"silent: its loudest sample is {loudest}")
    return samples, sample_rate


def iter_audio(path: str | Path, block_s: float = 0.1) -> Iterator[AudioFrame]:
    """The file in frames of `block_s` seconds, the last one shorter, decoded as they are taken.

    Raises:
        AudioFileError: at once where the file cannot be opened, and on the way where it is corrupt.
    """
    file = AudioFile(path)

    def frames() -> Iterator[AudioFrame]:
        with file:
            for block in file.blocks(block_s):
                yield frame_from_samples(block, file.sample_rate)

    return frames()


def _check_is_file(path: Path) -> None:
    try:
        if path.is_dir():
            raise AudioFileError(path, "is a folder, not a file")
        if not path.stat().st_size:
            raise AudioFileError(path, "is empty")
    except FileNotFoundError as error:
        raise AudioFileError(path, "no such file") from error
    except OSError as error:
        raise AudioFileError(path, f"cannot be read: {error.strerror or error}") from error


def _open(path: Path) -> WavReader | Decoder:
    try:
        return WavReader(path)
    except WavFormatError:
        return Decoder(path)
    except OSError as error:
        raise AudioFileError(path, f"cannot be read: {error.strerror or error}") from error
