"""What part of an MP4 or M4A file's sound is to be heard, as its edit list and time tables tell.

Encoders put their look-ahead before the sound and fill up the last frame; the edit list leaves both out. Its lengths
are often in whole milliseconds while the time tables count samples, so that both are needed to lose none.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

_MOST_BOXES = 100_000
_MOST_BYTES = 20_000
"""Of a box that is read: a thousand edits."""
_UNKNOWN = (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
_NOTHING = -1
"""The media time of an edit in which there is nothing."""


@dataclass(frozen=True, slots=True)
class Span:
    """The part to be heard, in seconds of the sound as it is decoded. `length_s` is None where it is not told."""

    start_s: Fraction
    length_s: Fraction | None


@dataclass(slots=True)
class _Track:
    is_sound: bool = False
    timescale: int = 0
    duration: int = 0
    edits: tuple[tuple[int, int], ...] = ()


def heard_span(path: str | Path) -> Span | None:
    """Of the first track of sound; None where there is more than one part, or nothing that can be understood.

    Raises:
        OSError: the file cannot be read.
    """
    with Path(path).open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        movie = next((box for box in _boxes(file, 0, size) if box[0] == b"moov"), None)
        if movie is None:
            return None
        movie_timescale = 0
        for name, start, end in _boxes(file, *movie[1:]):
            if name == b"mvhd":
                movie_timescale, _ = _times(_content(file, start, end))
            elif name == b"trak" and (track := _read_track(file, start, end)).is_sound:
                return _span(track, movie_timescale)
    return None


def _span(track: _Track, movie_timescale: int) -> Span | None:
    if not track.timescale or len(track.edits) > 1:
        return None
    whole_s = Fraction(track.duration, track.timescale)
    if not track.edits:
        return Span(Fraction(0), whole_s or None)
    duration, media_time = track.edits[0]
    start_s = Fraction(media_time, track.timescale)
    rest_s = whole_s - start_s
    if not duration or not movie_timescale:
        return Span(start_s, rest_s if rest_s > 0 else None)
    tick_s = Fraction(1, movie_timescale)
    told_s = duration * tick_s
    if abs(told_s - rest_s) <= tick_s * 3 / 2:
        return Span(start_s, rest_s)
    if movie_timescale < track.timescale:
        told_s += tick_s
    return Span(start_s, min(told_s, rest_s) if rest_s > 0 else told_s)


def _read_track(file: BinaryIO, start: int, end: int) -> _Track:
    track = _Track()
    for name, inner_start, inner_end in _boxes(file, start, end):
        if name == b"mdia":
            for inner, *place in _boxes(file, inner_start, inner_end):
                if inner == b"mdhd":
                    track.timescale, track.duration = _times(_content(file, *place))
                elif inner == b"hdlr":
                    track.is_sound = _content(file, *place)[8:12] == b"soun"
        elif name == b"edts":
            for inner, *place in _boxes(file, inner_start, inner_end):
                if inner == b"elst":
                    track.edits = tuple(_edits(_content(file, *place)))
    return track


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The boxes between two places: name, and start and end of what is in each."""
    for _ in range(_MOST_BOXES):
        if start + 8 > end:
            return
        file.seek(start)
        head = file.read(16)
        if len(head) < 8:
            return
        size, name = struct.unpack(">I4s", head[:8])
        inner = start + 8
        if size == 1 and len(head) == 16:
            (size,) = struct.unpack(">Q", head[8:])
            inner += 8
        stop = end if size == 0 else start + size
        if stop < inner:
            return
        yield name, inner, min(stop, end)
        start = stop


def _content(file: BinaryIO, start: int, end: int) -> bytes:
    file.seek(start)
    return file.read(min(end - start, _MOST_BYTES))


def _times(box: bytes) -> tuple[int, int]:
    """Timescale and duration of a header box, of the movie or of a track's media; 0 where they are not known."""
    form, at = (">IQ", 20) if box[:1] == b"\1" else (">II", 12)
    if len(box) < at + struct.calcsize(form):
        return 0, 0
    timescale, duration = struct.unpack_from(form, box, at)
    return timescale, 0 if duration in _UNKNOWN else duration


def _edits(box: bytes) -> Iterator[tuple[int, int]]:
    """Duration, in the movie's timescale, and start, in the media's, of each part in which there is something."""
    form = ">Qqhh" if box[:1] == b"\1" else ">Iihh"
    (count,) = struct.unpack(">I", box[4:8].rjust(4, b"\0"))
    at, size = 8, struct.calcsize(form)
    for _ in range(count):
        if at + size > len(box):
            return
        duration, media_time, _, _ = struct.unpack_from(form, box, at)
        at += size
        if media_time != _NOTHING:
            yield duration, media_time
