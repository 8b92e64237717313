"""What is kept of files; what is played of it is in test_mixing."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from kit.audio.clips import ClipCache
from kit.audio.errors import AudioFileError
from kit.audio.wav import HEADER_BYTES, wav_header, write_wav
from tests.audio.sounds import every_format, sweep

RATE = 24_000


def test_a_second_reading_is_the_same_sound_and_nothing_is_read(tmp_path: Path) -> None:
    for name, data in every_format().items():
        path = tmp_path / name
        path.write_bytes(data)
        clips = ClipCache()
        first = clips.load(path, RATE)
        status = path.stat()
        path.write_bytes(b"?" * len(data))  # whoever reads it now finds no sound
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert first is not None and clips.load(path, RATE) is first
        assert next(clips.pieces(path, RATE)) is first
        assert not first.flags.writeable


def test_each_rate_is_a_sound_of_its_own(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", sweep(RATE, 2400), RATE)
    clips = ClipCache()
    assert [len(clips.load(tmp_path / "a.wav", rate)) for rate in (8_000, 24_000, 48_000)] == [800, 2400, 4800]
    assert clips.size_bytes == 2 * 8000


def test_a_file_put_in_place_of_another_is_another_even_at_the_same_time_and_size(tmp_path: Path) -> None:
    path, clips = tmp_path / "a.wav", ClipCache()
    write_wav(path, np.full(99, 5, np.int16), RATE)
    os.utime(path, ns=(1, 1))
    assert clips.load(path, RATE)[0] == 5
    keeps_its_place = path.open("rb")
    write_wav(path, np.full(99, 6, np.int16), RATE)
    os.utime(path, ns=(1, 1))
    assert clips.load(path, RATE)[0] == 6
    keeps_its_place.close()


def test_a_long_file_is_not_even_begun(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    path.write_bytes(wav_header(RATE, 1, RATE * 36_000))
    os.truncate(path, HEADER_BYTES + 2 * RATE * 36_000)
    tracemalloc.start()
    try:
        assert ClipCache().load(path, RATE) is None
        assert tracemalloc.get_traced_memory()[1] < 300_000
    finally:
        tracemalloc.stop()


def test_what_is_broken_is_told_each_time(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_text("hello")
    clips = ClipCache()
    for _ in range(2):
        with pytest.raises(AudioFileError, match=r"a\.mp3"):
            clips.load(tmp_path / "a.mp3", RATE)
    assert clips.size_bytes == 0
