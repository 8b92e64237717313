"""A session on disk, as a folder: what was heard, what happened, and the settings.

`audio.wav` has three channels (the user, the agent, the background), aligned by sample with the session's time;
`journal.jsonl` has an entry a line; `tuning.toml` the settings. All are complete but for the last second at any moment,
so that a session that was stopped hard leaves a recording too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

from livekit.rtc import AudioFrame

from ..audio.frames import Samples, mixed_to_mono, samples_of
from ..audio.resampling import Resampler
from ..audio.wav import WavFormatError, WavReader
from .track_file import TrackFile

AUDIO, JOURNAL, TUNING = "audio.wav", "journal.jsonl", "tuning.toml"
Channel = Literal["user", "agent", "background"]
CHANNELS: tuple[Channel, ...] = ("user", "agent", "background")

_CONTINUOUS_S = 0.001
"""A frame that is no further than this from the end of the one before goes on with it."""


class RecordingError(ValueError):
    """A recording that cannot be made or read: names the folder, and says why."""

    def __init__(self, folder: str | Path, reason: str) -> None:
        super().__init__(f"{folder}: {reason}")
        self.folder = Path(folder)


class Recording:
    """Writes a recording folder. `with` closes it.

    Sound may come in any order; what overlaps on a channel is added up.

    Args:
        folder: Is made if it is not there.
        sample_rate: Of `audio.wav`, in Hz.
        overwrite: Replace a recording that is in the folder. Other files there stay.

    Raises:
        RecordingError: the folder has a recording already, or cannot be written to.
    """

    def __init__(self, folder: str | Path, *, sample_rate: int = 24_000, overwrite: bool = False) -> None:
        self.folder = Path(folder)
        self.sample_rate = sample_rate
        try:
            self._prepare(overwrite)
            self._journal = (self.folder / JOURNAL).open("w", encoding="utf-8", buffering=1)
            self._tracks = TrackFile(self.folder / AUDIO, sample_rate, len(CHANNELS))
        except OSError as error:
            raise RecordingError(folder, f"cannot be written to: {error.strerror or error}") from error
        self._streams: dict[str, _Stream] = {}
        self._closed = False

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def write(self, channel: Channel, t_s: float, frame: AudioFrame) -> None:
        """Sound whose first sample is heard at session time `t_s`, in any format.

        Frames that follow each other on a channel to within a millisecond are one sound, without a seam.

        Raises:
            RecordingError: it is closed, or the disk refuses.
        """
        self._check_open()
        stream = self._streams.get(channel)
        try:
            if stream is None or not stream.goes_on(t_s, frame):
                self._end(channel)
                stream = self._streams[channel] = _Stream(t_s, frame.sample_rate, self.sample_rate)
            position = stream.position
            self._tracks.add(CHANNELS.index(channel), position, stream.push(frame))
        except OSError as error:
            raise self._refused(error) from error

    def write_entry(self, json_line: str) -> None:
        """A journal entry, as one line of JSON."""
        self._check_open()
        self._journal.write(json_line.rstrip("\n") + "\n")

    def write_tuning(self, toml: str) -> None:
        """The settings; what was written before is replaced."""
        part = self.folder / f".{TUNING}.{os.getpid()}.part"
        try:
            part.write_text(toml, encoding="utf-8")
            part.replace(self.folder / TUNING)
        except OSError as error:
            raise self._refused(error) from error

    def flush(self, until_s: float | None = None) -> None:
        """Bring everything to the disk; with `until_s` the sound lasts at least to that session time."""
        try:
            self._tracks.flush(0 if until_s is None else round(until_s * self.sample_rate))
        except OSError as error:
            raise self._refused(error) from error

    def close(self, until_s: float | None = None) -> None:
        """Write what is left, as `flush` does. Nothing can be written after it; closing again has no effect."""
        if self._closed:
            return
        self._closed = True
        try:
            for channel in CHANNELS:
                self._end(channel)
            self.flush(until_s)
        finally:
            self._tracks.close()
            self._journal.close()

    def _prepare(self, overwrite: bool) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        present = [name for name in (AUDIO, JOURNAL, TUNING) if (self.folder / name).exists()]
        if present and not overwrite:
            raise RecordingError(
                self.folder, f"has a recording already ({', '.join(present)}): overwrite it, or name another"
            )
        for name in present:
            (self.folder / name).unlink()

    def _end(self, channel: Channel) -> None:
        """The channel's sound stops where it is: write what the resampler held back."""
        if stream := self._streams.pop(channel, None):
            position = stream.position
            self._tracks.add(CHANNELS.index(channel), position, stream.flush())

    def _check_open(self) -> None:
        if self._closed:
            raise RecordingError(self.folder, "is closed: nothing more can be written to this recording")

    def _refused(self, error: OSError) -> RecordingError:
        return RecordingError(self.folder, f"cannot be written to: {error.strerror or error}")


class _Stream:
    """Unbroken sound of one channel. `position` is where its next sample belongs in the file."""

    __slots__ = ("_from_rate", "_pushed", "_resampler", "_start_s", "position")

    def __init__(self, t_s: float, from_rate: int, to_rate: int) -> None:
        self._start_s = t_s
        self._from_rate = from_rate
        self._pushed = 0
        self._resampler = Resampler(from_rate, to_rate)
        self.position = round(t_s * to_rate)

    def goes_on(self, t_s: float, frame: AudioFrame) -> bool:
        end_s = self._start_s + self._pushed / self._from_rate
        return bool(frame.sample_rate == self._from_rate and abs(t_s - end_s) <= _CONTINUOUS_S)

    def push(self, frame: AudioFrame) -> Samples:
        self._pushed += frame.samples_per_channel
        return self._advance(self._resampler.push(mixed_to_mono(samples_of(frame))))

    def flush(self) -> Samples:
        return self._advance(self._resampler.flush())

    def _advance(self, samples: Samples) -> Samples:
        self.position += len(samples)
        return samples[:, 0]


def load_recording(folder: str | Path) -> tuple[Samples, int]:
    """The sound of a recording: samples of shape `(n, 3)` (user, agent, background), and the sample rate.

    A recording that was cut off is read as far as it goes; there may be no samples.

    Raises:
        RecordingError: it is missing, or is no recording.
    """
    with closing(_reader(folder)) as reader:
        return reader.read(reader.samples), reader.sample_rate


def recorded_pieces(folder: str | Path, piece_s: float = 10.0) -> Iterator[tuple[float, Samples, int]]:
    """The same in pieces, each with the session's time in seconds at which it begins; also while it is being written.

    Raises:
        RecordingError: it is missing, or is no recording.
    """
    with closing(_reader(folder)) as reader:
        begun = 0
        while len(samples := reader.read(round(piece_s * reader.sample_rate))):
            yield begun / reader.sample_rate, samples, reader.sample_rate
            begun += len(samples)


def _reader(folder: str | Path) -> WavReader:
    try:
        reader = WavReader(Path(folder) / AUDIO)
    except (OSError, WavFormatError) as error:
        raise RecordingError(folder, f"no recording: {AUDIO}: {getattr(error, 'strerror', None) or error}") from error
    if reader.num_channels != len(CHANNELS):
        reader.close()
        raise RecordingError(folder, f"no recording: {AUDIO} has {reader.num_channels} channels, not {len(CHANNELS)}")
    return reader
