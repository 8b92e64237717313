"""Sounds to be played behind a conversation: mono at one sample rate, piece by piece, once or without end.

Short files are decoded once and kept, as long as there is room; long ones are decoded as they are played.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .files import AudioFile
from .frames import Samples

PIECE_S = 0.25
"""The length of a piece of a file, in seconds: what is decoded at a time."""

_Key = tuple[str, int, int, int, int]


def mono_pieces(path: str | Path, sample_rate: int) -> Iterator[Samples]:
    """A file as mono at a sample rate, in pieces of about a quarter of a second, decoded as they are taken.

    Raises:
        AudioFileError: it cannot be read, or has no samples.
    """
    with AudioFile(path, sample_rate=sample_rate, num_channels=1) as file:
        yield from (block[:, 0] for block in file.blocks(PIECE_S))


class ClipCache:
    """Decoded short files; those that were not asked for the longest go first. It may be shared by threads.

    A file that has changed on disk is another file.

    Args:
        max_bytes: What all of them may take, two bytes a sample.
        max_clip_s: Longer files are not kept, in seconds.
    """

    def __init__(self, *, max_bytes: int = 32_000_000, max_clip_s: float = 45.0) -> None:
        self.max_bytes = max_bytes
        self.max_clip_s = max_clip_s
        self._clips: OrderedDict[_Key, Samples] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def size_bytes(self) -> int:
        with self._lock:
            return sum(clip.nbytes for clip in self._clips.values())

    def get(self, path: str | Path, sample_rate: int) -> Samples | None:
        """The whole sound, where it is kept; read-only, shape `(n,)`."""
        key = _key(path, sample_rate)
        with self._lock:
            if key is None or key not in self._clips:
                return None
            self._clips.move_to_end(key)
            return self._clips[key]

    def load(self, path: str | Path, sample_rate: int) -> Samples | None:
        """The whole sound, decoded if need be; None where it is too long to be kept.

        Raises:
            AudioFileError: it cannot be read, or has no samples.
        """
        clip = self.get(path, sample_rate)
        if clip is None:
            if _told_s(path) > 2 * self.max_clip_s:
                return None
            count = 0
            for piece in self.pieces(path, sample_rate):
                count += len(piece)
                if count > self.max_clip_s * sample_rate:
                    return None
            clip = self.get(path, sample_rate)
        return clip

    def pieces(self, path: str | Path, sample_rate: int) -> Iterator[Samples]:
        """The sound piece by piece, from what is kept, or decoded as it is taken; at its end it is kept.

        Raises:
            AudioFileError: it cannot be read, or has no samples.
        """
        if (clip := self.get(path, sample_rate)) is not None:
            yield clip
            return
        key = _key(path, sample_rate)
        taken: list[Samples] = []
        count = 0
        for piece in mono_pieces(path, sample_rate):
            count += len(piece)
            if count <= self.max_clip_s * sample_rate:
                taken.append(piece)
            else:
                taken.clear()
            yield piece
        if key is not None and count <= self.max_clip_s * sample_rate:
            self._keep(key, np.concatenate(taken))

    def _keep(self, key: _Key, clip: Samples) -> None:
        clip.flags.writeable = False
        if clip.nbytes > self.max_bytes:
            return
        with self._lock:
            self._clips[key] = clip
            self._clips.move_to_end(key)
            while sum(kept.nbytes for kept in self._clips.values()) > self.max_bytes:
                self._clips.popitem(last=False)


SHARED_CLIPS = ClipCache()
"""What players keep their short sounds in, unless they are given a cache of their own."""


def _told_s(path: str | Path) -> float:
    with AudioFile(path) as file:
        return file.told_s or 0.0


def _key(path: str | Path, sample_rate: int) -> _Key | None:
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return str(Path(path).absolute()), status.st_ino, status.st_mtime_ns, status.st_size, sample_rate
