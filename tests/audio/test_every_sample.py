"""Every sample of the sound once, and nothing else: start and end, in each format that says where they are."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from kit.audio.files import AudioFile, read_audio
from kit.audio.frames import Samples
from kit.audio.mp4_edits import Span, heard_span
from kit.audio.resampling import resampled_length
from tests.audio.sounds import encoded, every_format, rf64_bytes, sweep
from tests.audio.test_files import lag

RATE = 48_000
LENGTHS = [49_164, 25_023, 2_000]
"""None is a whole number of frames or of milliseconds; 49,164 ends just inside a frame of AAC."""
EXACT = [
    ("a.mp3", "libmp3lame", "mp3", ""),
    ("end.m4a", "aac", "ipod", ""),
    ("start.m4a", "aac", "ipod", "faststart"),
    ("mp3.mp4", "libmp3lame", "mp4", ""),
    ("opus.mp4", "libopus", "mp4", ""),
    ("a.opus", "libopus", "ogg", ""),
    ("a.webm", "libopus", "webm", ""),
    ("a.mkv", "libopus", "matroska", ""),
]
LOSSLESS = [
    ("a.flac", "flac", "flac"),
    ("a.ogg", "flac", "ogg"),
    ("a.mka", "flac", "matroska"),
    ("a.mp4", "flac", "mp4"),
    ("a.m4a", "alac", "ipod"),
    ("a.aiff", "pcm_s16be", "aiff"),
    ("a.caf", "pcm_s16le", "caf"),
    ("a.au", "pcm_s16be", "au"),
    ("a.wv", "wavpack", "wv"),
    ("a.tta", "tta", "tta"),
    ("a.mov", "pcm_s16be", "mov"),
]
UNTOLD = [
    ("a.aac", "aac", "adts", 1024, 1024),
    ("a.mov", "aac", "mov", 0, 1),
    ("parts.mp4", "aac", "mp4", 1024, 1024),
    ("vorbis.ogg", "vorbis", "ogg", 0, 64),
    ("vorbis.webm", "vorbis", "webm", 0, 64),
]
"""What no header tells, or this encoder does not: samples before the sound, and at most so many behind it."""


@pytest.mark.parametrize(("name", "codec", "container", "movflags"), EXACT)
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("channels", [1, 2])
def test_padding_is_left_out_to_the_sample(
    tmp_path: Path, name: str, codec: str, container: str, movflags: str, length: int, channels: int
) -> None:
    samples = sweep(RATE, length, channels)
    (tmp_path / name).write_bytes(encoded(samples, RATE, codec, container, movflags=movflags))
    read, rate = read_audio(tmp_path / name)
    assert (rate, read.shape) == (RATE, samples.shape)
    assert lag(read, samples) == 0
    assert np.abs(read[-240:].astype(int) - samples[-240:]).mean() < 2500, "the end is there"


@pytest.mark.parametrize(("name", "codec", "container"), LOSSLESS)
@pytest.mark.parametrize("length", [500, 4_096, 24_017])
def test_lossless_sound_is_there_to_the_bit(tmp_path: Path, name: str, codec: str, container: str, length: int) -> None:
    samples = sweep(RATE, length, 2)
    (tmp_path / name).write_bytes(encoded(samples, RATE, codec, container))
    assert np.array_equal(read_audio(tmp_path / name)[0], samples)


@pytest.mark.parametrize(("name", "codec", "container", "before", "behind"), UNTOLD)
@pytest.mark.parametrize("length", LENGTHS)
def test_padding_that_nothing_tells_of_stays_and_no_sound_is_lost(
    tmp_path: Path, name: str, codec: str, container: str, before: int, behind: int, length: int
) -> None:
    samples = sweep(RATE, length, 2)
    options = "frag_keyframe+empty_moov" if name == "parts.mp4" else ""
    (tmp_path / name).write_bytes(encoded(samples, RATE, codec, container, movflags=options))
    read, _ = read_audio(tmp_path / name)
    assert 0 <= len(read) - before - length < behind
    assert lag(read[before : before + length], samples) == 0
    ends = read[before + length - 240 : before + length].astype(int), samples[-240:]
    assert np.abs(ends[0] - ends[1]).mean() < 2500


def test_the_end_of_what_libvorbis_wrote_is_there(tmp_path: Path) -> None:
    """A file by libsndfile 1.2.2. FFmpeg by itself gives 872 of its 1,000 samples."""
    read, rate = read_audio(Path(__file__).with_name("libvorbis_1000_samples.ogg"))
    t = np.arange(1000) / RATE
    expected = np.rint(8192 * np.sin(2 * np.pi * (200 + 400 * t) * t + 1)).astype(np.int16).reshape(-1, 1)
    assert (rate, read.shape) == (RATE, expected.shape)
    assert lag(read, expected) == 0
    assert np.abs(read.astype(int) - expected)[600:].mean() < 800


@pytest.mark.parametrize("name", sorted(every_format()))
@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (16_000, 2), (44_100, 1), (48_000, 1), (96_000, 4)])
def test_any_rate_and_layout_has_the_length_of_the_whole(tmp_path: Path, name: str, rate: int, channels: int) -> None:
    (tmp_path / name).write_bytes(every_format()[name])
    own, own_rate = read_audio(tmp_path / name)
    read, read_rate = read_audio(tmp_path / name, sample_rate=rate, num_channels=channels)
    assert (read_rate, read.shape) == (rate, (resampled_length(len(own), own_rate, rate), channels))


def test_a_tone_keeps_its_place_at_another_rate(tmp_path: Path) -> None:
    for name in ("a.flac", "a.opus", "16.wav", "end.m4a"):
        (tmp_path / name).write_bytes(every_format()[name])
        read, _ = read_audio(tmp_path / name, sample_rate=24_000, num_channels=1)
        expected = sweep(24_000, len(read), 1) * 0.75  # the mean of 1 and a half
        assert lag(read, expected.astype(np.int16)) == 0
        assert np.abs(read[:2400] - expected[:2400]).mean() < 400, "the start is there"


def test_rf64_is_read_and_what_follows_the_sound_is_not(tmp_path: Path) -> None:
    samples = sweep(RATE, 999, 2)
    for magic in (b"RF64", b"BW64"):
        data = magic + rf64_bytes(samples, RATE)[4:] + struct.pack("<4sI", b"LIST", 4) + b"abcd"
        (tmp_path / "a.wav").write_bytes(data)
        assert np.array_equal(read_audio(tmp_path / "a.wav")[0], samples)


def test_the_told_length(tmp_path: Path) -> None:
    for name in ("16.wav", "a.flac", "a.mp3", "end.m4a", "a.opus", "a.webm"):
        (tmp_path / name).write_bytes(every_format()[name])
        with AudioFile(tmp_path / name) as file:
            assert file.told_s == pytest.approx(16_017 / 48_000, abs=0.05)


# edit lists


def with_edit(data: bytes, duration: int, media_time: int) -> bytes:
    """The first entry of an edit list changed; the movie's timescale is 1,000 here."""
    at = data.index(b"elst") + 12
    return data[:at] + struct.pack(">Ii", duration, media_time) + data[at + 8 :]


def m4a(length: int) -> tuple[Samples, bytes]:
    samples = sweep(RATE, length, 1)
    return samples, encoded(samples, RATE, "aac", "ipod")


def test_what_was_trimmed_away_stays_away(tmp_path: Path) -> None:
    """A memo of two seconds of which half a second was kept, from 0.75 s on."""
    samples, data = m4a(96_000)
    (tmp_path / "a.m4a").write_bytes(with_edit(data, 500, 1024 + 36_000))
    read, _ = read_audio(tmp_path / "a.m4a")
    assert 24_000 <= len(read) <= 24_000 + 48, "to the millisecond, and none lost"
    assert lag(read[:24_000], samples[36_000:60_000]) == 0


def test_an_empty_edit_before_the_sound_is_no_sound(tmp_path: Path) -> None:
    samples, data = m4a(48_000)
    at = data.index(b"elst") - 4
    edts, moov, trak = data.index(b"edts") - 4, data.index(b"moov") - 4, data.index(b"trak") - 4
    grown = bytearray(data)
    for place in (at, edts, moov, trak):
        (size,) = struct.unpack_from(">I", grown, place)
        struct.pack_into(">I", grown, place, size + 12)
    struct.pack_into(">I", grown, at + 12, 2)
    grown[at + 16 : at + 16] = struct.pack(">Iihh", 250, -1, 1, 0)
    (tmp_path / "a.m4a").write_bytes(grown)
    assert heard_span(tmp_path / "a.m4a") == Span(Fraction(1024, RATE), Fraction(1))
    assert lag(read_audio(tmp_path / "a.m4a")[0][:48_000], samples) == 0


def test_the_note_of_itunes_tells_in_place_of_an_edit_list(tmp_path: Path) -> None:
    samples, data = m4a(47_000)
    note = b" 00000000 00000400 00000068 %016X" % len(samples)

    def box(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I4s", 8 + len(content), name) + content

    words = box(b"mean", bytes(4) + b"com.apple.iTunes") + box(b"name", bytes(4) + b"iTunSMPB")
    tags = box(b"ilst", box(b"----", words + box(b"data", struct.pack(">II", 1, 0) + note)))
    handler = box(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    udta = box(b"udta", box(b"meta", bytes(4) + handler + tags))
    moov = data.index(b"moov") - 4
    (size,) = struct.unpack_from(">I", data, moov)
    inside = data[moov + 4 : moov + size].replace(b"edts", b"free").replace(b"udta", b"free")
    (tmp_path / "a.m4a").write_bytes(data[:moov] + struct.pack(">I", size + len(udta)) + inside + udta)
    read, _ = read_audio(tmp_path / "a.m4a")
    assert len(read) == len(samples)
    assert lag(read, samples) == 0


@pytest.mark.parametrize("data", [b"", b"\0\0\0\x08moov", b"\0\0\0\1moov", b"\0\0\0\0moov" + bytes(40), b"moov" * 9])
def test_half_a_header_tells_nothing(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.m4a").write_bytes(data)
    assert heard_span(tmp_path / "a.m4a") is None
