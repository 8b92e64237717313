from __future__ import annotations

import struct
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kit.audio.errors import AudioFileError
from kit.audio.files import read_audio
from kit.audio.wav import WavFormatError, WavReader, wav_header, write_wav

arrays = st.tuples(st.integers(1, 200), st.integers(1, 4)).flatmap(lambda shape: hnp.arrays(np.int16, shape))


def wav(form: bytes, data: bytes, *, size: int | None = None, before: bytes = b"", after: bytes = b"") -> bytes:
    """A WAV file from its parts; `size` is what the header tells of the data."""
    told = len(data) if size is None else size
    body = b"WAVE" + before + struct.pack("<4sI", b"fmt ", len(form)) + form
    body += struct.pack("<4sI", b"data", told) + data + after
    return b"RIFF" + struct.pack("<I", len(body)) + body


def form(kind: int, bits: int, channels: int = 1, rate: int = 8_000, extra: bytes = b"") -> bytes:
    block = channels * bits // 8
    return struct.pack("<HHIIHH", kind, channels, rate, rate * block, block, bits) + extra


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sound.wav"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrays, st.sampled_from([8_000, 22_050, 48_000]))
def test_what_is_written_is_read_to_the_bit(path: Path, samples: Any, rate: int) -> None:
    write_wav(path, samples, rate)
    read, read_rate = read_audio(path)
    assert read_rate == rate
    assert np.array_equal(read, samples)
    with wave.open(str(path)) as file:
        assert (file.getnframes(), file.getnchannels(), file.getframerate()) == (*samples.shape, rate)
        assert file.readframes(10**6) == samples.tobytes()


def test_flat_samples_are_mono(path: Path) -> None:
    write_wav(path, np.arange(9, dtype=np.int16), 8_000)
    assert read_audio(path)[0].tolist() == [[value] for value in range(9)]


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(path: Path) -> None:
    write_wav(path, np.zeros(9, np.int16), 8_000)
    write_wav(path, np.ones(3, np.int16), 8_000)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert len(read_audio(path)[0]) == 3


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "no" / "sound.wav"
    with pytest.raises(AudioFileError, match=f"{path}: cannot be written: No such file"):
        write_wav(path, np.zeros(9, np.int16), 8_000)


@pytest.mark.parametrize(
    ("kind", "bits", "data", "expected"),
    [
        (1, 8, bytes([0, 128, 255]), [-32768, 0, 32512]),
        (1, 16, struct.pack("<3h", -32768, 0, 32767), [-32768, 0, 32767]),
        (1, 24, b"\x00\x00\x80" + b"\x80\x01\x00" + b"\x7f\x01\x00" + b"\xff\xff\x7f", [-32768, 2, 1, 32767]),
        (1, 32, struct.pack("<4i", -(2**31), 0x18000, 0x17FFF, 2**31 - 1), [-32768, 2, 1, 32767]),
        (3, 32, struct.pack("<5f", -1.0, 0.5, 1.0, 7.0, float("nan")), [-32768, 16384, 32767, 32767, 0]),
        (3, 64, struct.pack("<4d", -0.25, 0.0, 1.5 / 32768, float("-inf")), [-8192, 0, 2, -32768]),
    ],
)
def test_every_kind_of_sample(path: Path, kind: int, bits: int, data: bytes, expected: list[int]) -> None:
    extensible = struct.pack("<HHI", 22, bits, 1) + struct.pack("<H", kind) + bytes(14)
    for header in (form(kind, bits), form(0xFFFE, bits, extra=extensible)):
        path.write_bytes(wav(header, data))
        assert read_audio(path)[0][:, 0].tolist() == expected


def test_chunks_around_the_sound_are_passed_over(path: Path) -> None:
    odd = struct.pack("<4sI", b"LIST", 3) + b"abc\0"
    path.write_bytes(wav(form(1, 16), struct.pack("<2h", 5, 6), before=odd, after=odd))
    assert read_audio(path)[0].tolist() == [[5], [6]]


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0xFFFFFFFF - 36, 1000])
def test_a_wrong_length_means_to_the_end(path: Path, size: int) -> None:
    data = wav(form(1, 16, channels=2), struct.pack("<5h", 1, 2, 3, 4, 5), size=size)
    path.write_bytes(data[:4] + bytes(4) + data[8:])
    assert read_audio(path)[0].tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("size", [0x7FFF_F000, 0x8000_0000, 0xFFFF_FFFF, 0, 6, 20])
def test_only_a_length_that_somebody_counted_is_missed(path: Path, size: int, caplog: pytest.LogCaptureFixture) -> None:
    data = wav(form(1, 16), struct.pack("<3h", 1, 2, 3), size=size)
    path.write_bytes(data[:4] + bytes(4) + data[8:])
    assert read_audio(path)[0].tolist() == [[1], [2], [3]]
    told = [record.getMessage() for record in caplog.records]
    assert told == ([f"{path}: cut off: 14 bytes of sound are missing at its end"] if size == 20 else [])


def test_what_follows_a_told_length_is_no_sound(path: Path) -> None:
    data = wav(form(1, 16), struct.pack("<2h", 5, 6), after=b"junk of a kind that is no chunk")
    path.write_bytes(data)
    assert read_audio(path)[0].tolist() == [[5], [6]]


@pytest.mark.parametrize("pad", [b"\0", b""])
def test_a_chunk_of_odd_size_with_and_without_its_pad(path: Path, pad: bytes) -> None:
    odd = struct.pack("<4sI", b"LIST", 3) + b"abc" + pad
    path.write_bytes(wav(form(1, 8), bytes([128, 129, 130]), before=odd, after=pad + odd))
    assert read_audio(path)[0].tolist() == [[0], [256], [512]]


def test_the_format_may_come_after_the_sound(path: Path) -> None:
    sound = struct.pack("<4sI2h", b"data", 4, 7, 8)
    path.write_bytes(b"RIFF" + bytes(4) + b"WAVE" + sound + struct.pack("<4sI", b"fmt ", 16) + form(1, 16))
    assert read_audio(path)[0].tolist() == [[7], [8]]


@pytest.mark.parametrize("channels", [1, 2, 3, 5, 6, 8, 24, 256])
def test_many_channels(path: Path, channels: int) -> None:
    samples = np.arange(channels * 9, dtype=np.int16).reshape(9, channels)
    path.write_bytes(wav(form(1, 16, channels=channels), samples.tobytes() + b"\1"))
    assert np.array_equal(read_audio(path)[0], samples), "half a sample at the end is none"


def test_twelve_bits_are_the_upper_ones_of_sixteen(path: Path) -> None:
    header = struct.pack("<HHIIHH", 1, 1, 8_000, 16_000, 2, 12)
    path.write_bytes(wav(header, struct.pack("<2h", 0x1230, -0x10)))
    assert read_audio(path)[0].tolist() == [[0x1230], [-0x10]]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (form(1, 16, channels=0), "0 channels"),
        (form(1, 8, channels=65_535), "65535 channels"),
        (form(1, 16, rate=0), "0 Hz"),
        (form(1, 16, rate=1), "1 Hz"),
        (struct.pack("<HHIIHH", 1, 1, 2**32 - 1, 0, 2, 16), "4294967295 Hz"),
        (struct.pack("<HHIIHH", 1, 2, 8_000, 0, 3, 16), "contradicts itself"),
        (struct.pack("<HHIIHH", 3, 1, 8_000, 0, 2, 16), "contradicts itself"),
        (form(1, 16)[:10], "half a format chunk"),
    ],
)
def test_a_header_that_cannot_be_true_is_told(path: Path, header: bytes, reason: str) -> None:
    path.write_bytes(wav(header, bytes(4000)))
    with pytest.raises(AudioFileError, match=f"{path}: .*{reason}"):
        read_audio(path)


def test_chunks_without_end_come_to_an_end(path: Path) -> None:
    path.write_bytes(b"RIFF" + bytes(4) + b"WAVE" + (b"junk" + bytes(4)) * 200_000)
    with pytest.raises(AudioFileError, match="has no data chunk"):
        read_audio(path)


def test_a_file_that_truly_holds_nothing_has_no_samples(path: Path) -> None:
    path.write_bytes(wav(form(1, 16), b"", after=struct.pack("<4sI", b"LIST", 4) + b"abcd"))
    with pytest.raises(AudioFileError, match="has no samples"):
        read_audio(path)


def test_a_length_beyond_4_gb_is_the_largest() -> None:
    assert wav_header(48_000, 3, 10**10)[-4:] == struct.pack("<I", 0xFFFFFFFF - 36)


@pytest.mark.parametrize(
    "data",
    [
        b"RIFF",
        b"OggS" + bytes(40),
        wav(form(1, 16), b"")[:30],
        wav(form(7, 8), b"abc"),
        wav(form(1, 12), b"abc"),
        wav(form(1, 16, rate=0), b"abcd"),
        wav(form(1, 16)[:12], b"abcd"),
        b"RIFF\0\0\0\0WAVEdata\4\0\0\0abcd",
        wav(struct.pack("<HHIIHH", 1, 2, 8_000, 16_000, 2, 16), b"abcd"),
    ],
)
def test_what_is_not_read_here(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises(WavFormatError):
        WavReader(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60), st.integers(0, 100))
def test_no_file_breaks_the_reader(path: Path, noise: bytes, at: int) -> None:
    good = wav(form(1, 16, channels=2), struct.pack("<8h", *range(8)))
    path.write_bytes(good[:at] + noise + good[at + len(noise) :])
    try:
        reader = WavReader(path)
    except WavFormatError:
        return
    assert reader.read(10**9).shape[1] == reader.num_channels
    reader.close()
