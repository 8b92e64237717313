"""Audio files of every kind as 16-bit samples, whole or block by block, to the sample; errors name the file.

At any rate and with any number of channels. What is read is read once, from start to end, and no more than a second of
it is in memory at a time, unless all of it is asked for.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from livekit.rtc import AudioFrame

from .conversion import Conversion
from .decoding import Decoder
from .errors import AudioFileError, checked_file
from .frames import Samples, frame_from_samples
from .levels import SILENT_DBFS, peak_dbfs
from .pieces import Form, Piece
from .wav import OtherFormatError, WavFormatError, WavReader, write_wav

__all__ = ["MOST_BYTES", "AudioFile", "AudioFileError", "iter_audio", "read_audio", "read_speech", "write_wav"]

MOST_BYTES = 1_000_000_000
"""What `read_audio` gives at most, in bytes: almost three hours of one channel at 48 kHz."""
_PIECE_BYTES = 1 << 18

logger = logging.getLogger("kit")


class AudioFile:
    """An open audio file, to be read once from its start; `with` closes it.

    A file that was cut off is read as far as it goes, with a warning in the log where its header tells that more
    belongs to it.

    Args:
        sample_rate: In Hz; None: the file's own.
        num_channels: None: as many as the file has. One is the mean of left and right; see `layouts`.

    Raises:
        AudioFileError: missing, a folder, a pipe, empty, not audio, corrupt, or without an audio stream.
        ValueError: a sample rate or number of channels below 1.
    """

    def __init__(self, path: str | Path, *, sample_rate: int | None = None, num_channels: int | None = None) -> None:
        if (sample_rate is not None and sample_rate < 1) or (num_channels is not None and num_channels < 1):
            raise ValueError(f"sound of {sample_rate} Hz and {num_channels} channels cannot be made")
        self.path = Path(path)
        self._source = _open(self.path)
        self._conversion = Conversion(self._source.form, sample_rate, num_channels)
        self.sample_rate = self._conversion.sample_rate
        self.num_channels = self._conversion.num_channels
        self.source_rate = self._source.form.sample_rate
        self.source_channels = len(self._source.form.layout)
        self.told_s = self._source.told_s
        """How long it is, in seconds, as its header tells, which may be wrong; None where it does not."""
        self.known_s = self.told_s if self._source.knows_length else None
        """The same where it is not guessed from the bit rate."""

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
        for piece in self._source:
            if len(piece.values):
                found = True
                if len(samples := self._conversion.push(piece)):
                    yield samples
        if not found:
            raise AudioFileError(self.path, "has no samples")
        if len(samples := self._conversion.flush()):
            yield samples

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


def read_audio(
    path: str | Path, *, sample_rate: int | None = None, num_channels: int | None = None, max_bytes: int = MOST_BYTES
) -> tuple[Samples, int]:
    """All of a file: its samples, shape `(n, channels)`, and its sample rate.

    Args:
        sample_rate, num_channels: As of `AudioFile`.
        max_bytes: More than this is refused. Two bytes are a sample.

    Raises:
        AudioFileError: it cannot be read, has no samples, or is too long to be read at once.
        ValueError: as `AudioFile`.
    """
    pieces: list[Samples] = []
    count = 0
    with AudioFile(path, sample_rate=sample_rate, num_channels=num_channels) as file:
        _check_size(file, 2 * file.num_channels * file.sample_rate * (file.known_s or 0.0), max_bytes)
        for piece in file:
            pieces.append(piece)
            count += piece.nbytes
            _check_size(file, count, max_bytes)
        return np.concatenate(pieces) if len(pieces) > 1 else pieces[0], file.sample_rate


def _check_size(file: AudioFile, size: float, max_bytes: int) -> None:
    if size > max_bytes:
        what = f"more than {max_bytes} bytes of samples: read it in blocks, with iter_audio"
        raise AudioFileError(file.path, f"too long to be read at once ({what})")


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


def iter_audio(
    path: str | Path, block_s: float = 0.1, *, sample_rate: int | None = None, num_channels: int | None = None
) -> Iterator[AudioFrame]:
    """The file in frames of `block_s` seconds, the last one shorter, decoded as they are taken.

    Args:
        sample_rate, num_channels: As of `AudioFile`.

    Raises:
        AudioFileError: at once where the file cannot be opened, and on the way where it is corrupt.
        ValueError: as `AudioFile`.
    """
    file = AudioFile(path, sample_rate=sample_rate, num_channels=num_channels)

    def frames() -> Iterator[AudioFrame]:
        with file:
            for block in file.blocks(block_s):
                yield frame_from_samples(block, file.sample_rate)

    return frames()


class _WavSource:
    """A WAV file in pieces."""

    def __init__(self, reader: WavReader) -> None:
        self._reader = reader
        self.form = Form(reader.sample_rate, reader.header.layout)
        self.told_s: float | None = reader.samples / reader.sample_rate
        self.knows_length = True
        self.close = reader.close

    def __iter__(self) -> Iterator[Piece]:
        count = max(1, _PIECE_BYTES // self._reader.header.block_bytes)
        while len(values := self._reader.read_native(count)):
            yield Piece(values, self.form)


def _open(path: Path) -> _WavSource | Decoder:
    status = checked_file(path)
    try:
        reader = WavReader(path)
    except OtherFormatError:
        return Decoder(path, status.st_size)
    except WavFormatError as error:
        raise AudioFileError(path, str(error)) from error
    except OSError as error:
        raise AudioFileError(path, f"cannot be read: {error.strerror or error}") from error
    if missing := reader.header.missing_bytes:
        logger.warning("%s: cut off: %d bytes of sound are missing at its end", path, missing)
    return _WavSource(reader)
