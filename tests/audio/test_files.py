from __future__ import annotations

import os
import pickle
import tracemalloc
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from kit.audio.decoding import Decoder
from kit.audio.errors import AudioFileError
from kit.audio.files import AudioFile, iter_audio, read_audio, read_speech
from kit.audio.frames import Samples, samples_of
from kit.audio.wav import HEADER_BYTES, wav_header, write_wav
from tests.audio.sounds import encoded, every_format

RATE = 48_000


def sweep(rate: int = RATE, seconds: float = 2.0, channels: int = 1) -> Samples:
    """A tone of which every moment sounds different, loud from the first sample on."""
    t = np.arange(round(rate * seconds)) / rate
    one = 8000 * np.sin(2 * np.pi * (200 + 400 * t) * t + 1)
    return np.stack([np.rint(one / (channel + 1)).astype(np.int16) for channel in range(channels)], axis=1)


def encode(path: Path, samples: Samples, rate: int, codec: str, container: str | None = None) -> None:
    layout = "mono" if samples.shape[1] == 1 else "stereo"
    with av.open(str(path), "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.reshape(1, -1)), format="s16", layout=layout)
        frame.sample_rate, frame.pts = rate, 0
        converter = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate)
        for converted in [*converter.resample(frame), *converter.resample(None)]:
            file.mux(stream.encode(converted))
        file.mux(stream.encode(None))


def lag(samples: Samples, expected: Samples) -> int:
    """How many samples later the sound is than expected."""
    size = 2 * max(len(samples), len(expected))
    spectrum = np.fft.rfft(samples[:, 0].astype(float), size) * np.conj(np.fft.rfft(expected[:, 0].astype(float), size))
    at = int(np.argmax(np.fft.irfft(spectrum, size)))
    return at if at < size // 2 else at - size


LOSSLESS = [
    ("a.flac", "flac", None),
    ("a.mka", "flac", None),
    ("a.aiff", "pcm_s16be", None),
    ("a.caf", "pcm_s16le", None),
]
PADDED = [
    ("a.mp3", "libmp3lame", None),
    ("a.m4a", "aac", None),
    ("a.mp4", "libmp3lame", "mp4"),
    ("a.opus", "libopus", None),
    ("a.ogg", "libopus", None),
    ("a.webm", "libopus", None),
    ("opus.mp4", "libopus", "mp4"),
]


@pytest.mark.parametrize(("name", "codec", "container"), LOSSLESS)
@pytest.mark.parametrize("channels", [1, 2])
def test_lossless_files_are_read_to_the_bit(
    tmp_path: Path, name: str, codec: str, container: str | None, channels: int
) -> None:
    samples = sweep(channels=channels)
    encode(tmp_path / name, samples, RATE, codec, container)
    read, rate = read_audio(tmp_path / name)
    assert rate == RATE
    assert np.array_equal(read, samples)


@pytest.mark.parametrize(("name", "codec", "container"), PADDED)
@pytest.mark.parametrize("channels", [1, 2])
def test_an_encoders_padding_is_no_sound(
    tmp_path: Path, name: str, codec: str, container: str | None, channels: int
) -> None:
    samples = sweep(channels=channels)
    encode(tmp_path / name, samples, RATE, codec, container)
    read, rate = read_audio(tmp_path / name)
    assert rate == RATE
    assert read.shape == samples.shape
    assert lag(read, samples) == 0
    assert np.abs(read[:4800].astype(int) - samples[:4800]).max() < 4_000
    assert np.abs(read[4800:-4800].astype(int) - samples[4800:-4800]).mean() < 300


@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_s24le", "pcm_f32le", "pcm_s32le"])
def test_wav_has_its_first_sample(tmp_path: Path, codec: str) -> None:
    samples = sweep(channels=2)
    encode(tmp_path / "a.wav", samples, RATE, codec)
    assert np.array_equal(read_audio(tmp_path / "a.wav")[0], samples)


def test_a_wav_file_of_another_coding_is_read_too(tmp_path: Path) -> None:
    samples = sweep(rate=8_000)
    encode(tmp_path / "a.wav", samples, 8_000, "pcm_mulaw")
    read, rate = read_audio(tmp_path / "a.wav")
    assert (rate, read.shape) == (8_000, samples.shape)
    assert np.abs(read.astype(int) - samples).max() < 300


def test_people_are_read_as_the_standard_library_reads_them(speech_dir: Path) -> None:
    for path in sorted(speech_dir.glob("*.wav")):
        with wave.open(str(path)) as file:
            expected = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        samples, rate = read_speech(path)
        assert rate == 16_000
        assert np.array_equal(samples[:, 0], expected)


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
@pytest.mark.parametrize("block_s", [0.02, 0.1, 0.7, 5.0])
def test_blocks_are_the_whole(tmp_path: Path, name: str, block_s: float) -> None:
    samples = sweep(seconds=2.345, channels=2)
    encode(tmp_path / name, samples, RATE, "flac" if name.endswith("flac") else "pcm_s16le")
    frames = list(iter_audio(tmp_path / name, block_s))
    assert np.array_equal(np.concatenate([samples_of(frame) for frame in frames]), samples)
    assert {frame.samples_per_channel for frame in frames[:-1]} <= {round(block_s * RATE)}
    assert 0 < frames[-1].samples_per_channel <= round(block_s * RATE)
    assert {(frame.sample_rate, frame.num_channels) for frame in frames} == {(RATE, 2)}


def test_an_open_file_tells_its_form(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", sweep(channels=2), RATE)
    with AudioFile(tmp_path / "a.wav") as file:
        assert (file.sample_rate, file.num_channels) == (RATE, 2)


def video_without_sound(path: Path) -> None:
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 32
        file.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
        file.mux(stream.encode(None))


def corrupt_in_the_middle(path: Path) -> None:
    encode(path, sweep(), RATE, "libmp3lame", "mp3")
    data = bytearray(path.read_bytes())
    half = len(data) // 2
    data[half : half + 3000] = bytes(3000)
    path.write_bytes(data)


BROKEN: list[tuple[str, Callable[[Path], Any], str]] = [
    ("missing.wav", lambda path: None, "no such file"),
    ("folder.wav", lambda path: path.mkdir(), "is a folder"),
    ("empty.wav", lambda path: path.write_bytes(b""), "is empty"),
    ("text.mp3", lambda path: path.write_text("hello"), "not audio, or corrupt"),
    ("noise.wav", lambda path: path.write_bytes(np.random.default_rng(1).bytes(5000)), "not audio, or corrupt"),
    ("header.wav", lambda path: path.write_bytes(b"RIFF\x24\0\0\0WAVEfmt "), "a WAV file without sound"),
    ("none.wav", lambda path: write_wav(path, np.zeros((0, 1), np.int16), RATE), "has no samples"),
    ("pipe.wav", os.mkfifo, "is a pipe, which may never end, not a file"),
    ("zero.wav", lambda path: path.symlink_to("/dev/zero"), "is a device, which may never end, not a file"),
    ("astray.wav", lambda path: path.symlink_to("nowhere"), "no such file"),
    ("image.mp3", lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99)), "is a PNG image, not audio"),
    ("list.mp3", lambda path: path.write_text("#EXTM3U\n/dev/zero\n"), "is a playlist, not audio"),
    ("list.ogg", lambda path: path.write_text("ffconcat version 1.0\nfile 'a.wav'\n"), "not audio"),
    ("zeros.mp3", lambda path: path.write_bytes(bytes(100_000)), "has no audio stream"),
    ("film.mp4", video_without_sound, "has no audio stream"),
    ("cut.mp3", corrupt_in_the_middle, r"corrupt at \d\.\d\d s"),
]


@pytest.mark.parametrize(("name", "make", "reason"), BROKEN)
@pytest.mark.parametrize("read", [read_audio, read_speech, lambda path: list(iter_audio(path))])
def test_a_file_that_cannot_be_used_is_named_with_the_reason(
    tmp_path: Path, name: str, make: Callable[[Path], Any], reason: str, read: Callable[[Path], Any]
) -> None:
    make(tmp_path / name)
    with pytest.raises(AudioFileError, match=f"{name}: .*({reason})") as caught:
        read(tmp_path / name)
    assert isinstance(caught.value, ValueError)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_name_that_no_file_can_have_is_named(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError, match="cannot be read: File name too long"):
        read_audio(tmp_path / f"{'long' * 100}.wav")


@pytest.mark.parametrize(
    "name", ["a:b.mp3", "http:x.mp3", "file:a.wav", "%d.mp3", "-i.mp3", "caf\u00e9.mp3", os.fsdecode(b"\xe9.mp3")]
)
def test_no_name_is_anything_but_a_name(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(every_format()["a.mp3"])
    assert len(read_audio(name)[0]) == 16_017


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "16.wav", "end.m4a", "a.opus", "a.webm", "a.aac"])
@pytest.mark.parametrize("called", ["x.wav", "x.mp3", "x.flac", "x.txt", "x"])
def test_a_file_is_what_is_in_it_and_not_what_it_is_called(tmp_path: Path, name: str, called: str) -> None:
    (tmp_path / name).write_bytes(every_format()[name])
    (tmp_path / called).write_bytes(every_format()[name])
    assert np.array_equal(read_audio(tmp_path / called)[0], read_audio(tmp_path / name)[0])


def test_tags_in_any_coding_are_no_matter(tmp_path: Path) -> None:
    tag = b"TIT2" + (6).to_bytes(4, "big") + b"\0\0" + b"\3\xff\xfe\xe9\xe9\xe9"
    tags = b"ID3\4\0\0" + bytes([0, 0, 0, len(tag)]) + tag
    (tmp_path / "a.mp3").write_bytes(tags + every_format()["a.mp3"])
    assert len(read_audio(tmp_path / "a.mp3")[0]) == 16_017


def test_what_tells_of_more_sound_than_its_bytes_hold_is_corrupt(tmp_path: Path) -> None:
    (tmp_path / "a.caf").write_bytes(every_format()["a.caf"])
    encode(tmp_path / "a.caf", sweep(seconds=6.0, channels=2), RATE, "pcm_s16le")
    with pytest.raises(AudioFileError, match="more sound than its bytes can hold"):
        list(Decoder(tmp_path / "a.caf", file_size=0))


def test_what_does_not_fit_in_memory_is_refused_as_a_whole(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", sweep(), RATE)
    assert len(read_audio(tmp_path / "a.wav", max_bytes=2 * 2 * RATE)[0]) == 2 * RATE
    with pytest.raises(AudioFileError, match=r"too long to be read at once .more than 191998 bytes"):
        read_audio(tmp_path / "a.wav", max_bytes=2 * 2 * RATE - 2)


def test_ten_hours_are_refused_as_a_whole_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    path.write_bytes(wav_header(48_000, 1, 48_000 * 36_000))
    os.truncate(path, HEADER_BYTES + 2 * 48_000 * 36_000)
    tracemalloc.start()
    try:
        with pytest.raises(AudioFileError, match="too long to be read at once"):
            read_audio(path)
        assert tracemalloc.get_traced_memory()[1] < 300_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", [{"sample_rate": 0}, {"num_channels": 0}, {"sample_rate": -1}])
def test_no_sound_can_be_made_of_nothing(tmp_path: Path, form: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="cannot be made"):
        AudioFile(tmp_path / "a.wav", **form)


def test_ten_hours_are_never_in_memory(tmp_path: Path) -> None:
    """The first minutes of a file of 1.7 GB, which is all hole but for its header."""
    path = tmp_path / "long.wav"
    path.write_bytes(wav_header(24_000, 1, 24_000 * 36_000))
    os.truncate(path, HEADER_BYTES + 2 * 24_000 * 36_000)
    tracemalloc.start()
    try:
        frames = iter_audio(path, sample_rate=16_000, num_channels=2)
        played_s = sum(next(frames).duration for _ in range(3_000))
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
        frames.close()
    finally:
        tracemalloc.stop()
    assert played_s == pytest.approx(300)


def test_a_stream_that_changes_on_the_way_goes_on_in_its_first_form(tmp_path: Path) -> None:
    """Two files in one, as radio stations make them: MP3 at two rates, mono and stereo."""
    (tmp_path / "a.mp3").write_bytes(
        encoded(sweep(seconds=1.0), RATE, "libmp3lame", "mp3")
        + encoded(sweep(24_000, 1.0, 2), 24_000, "libmp3lame", "mp3")
    )
    read, rate = read_audio(tmp_path / "a.mp3")
    assert (rate, read.shape[1]) == (RATE, 1)
    assert len(read) >= 2 * RATE


def test_a_truncated_file_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    samples = sweep(seconds=3.0)
    encode(tmp_path / "a.mp3", samples, RATE, "libmp3lame")
    data = (tmp_path / "a.mp3").read_bytes()
    (tmp_path / "a.mp3").write_bytes(data[: len(data) // 2])
    read, _ = read_audio(tmp_path / "a.mp3")
    assert len(read) / len(samples) == pytest.approx(0.5, abs=0.05)
    assert lag(read, samples[: len(read)]) == 0


@pytest.mark.parametrize(
    ("peak", "told"), [(0, "its loudest sample is 0"), (30, r"its loudest sample is at -60\.8 dBFS")]
)
def test_silence_is_no_speech(tmp_path: Path, peak: int, told: str) -> None:
    path = tmp_path / "quiet.wav"
    write_wav(path, np.array([0, peak, -peak], np.int16), RATE)
    assert len(read_audio(path)[0]) == 3
    with pytest.raises(AudioFileError, match=f"{path}: silent: {told}"):
        read_speech(path)


def test_the_error_comes_before_the_first_frame(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError):
        iter_audio(tmp_path / "missing.wav")


@pytest.mark.parametrize(("name", "codec", "container"), [("a.flac", "flac", "flac"), ("a.opus", "libopus", "ogg")])
@pytest.mark.parametrize("how", ["zeros", "taken out"])
def test_sound_that_is_missing_in_the_middle_is_told(
    tmp_path: Path, name: str, codec: str, container: str, how: str
) -> None:
    data = bytearray(encoded(sweep(seconds=4.0), RATE, codec, container))
    half, length = len(data) // 2, len(data) // 8
    data[half : half + length] = bytes(length) if how == "zeros" else b""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(AudioFileError, match=rf"{name}: corrupt at [12]\.\d\d s"):
        read_audio(tmp_path / name)


@pytest.mark.parametrize("codec", ["libopus", "flac", "vorbis"])
def test_ogg_files_one_behind_the_other_are_one_sound(tmp_path: Path, codec: str) -> None:
    one, two = sweep(seconds=1.0, channels=2), sweep(seconds=1.5, channels=2)
    (tmp_path / "a.ogg").write_bytes(encoded(one, RATE, codec, "ogg") + encoded(two, RATE, codec, "ogg"))
    read, rate = read_audio(tmp_path / "a.ogg")
    assert (rate, read.shape[1]) == (RATE, 2)
    assert len(one) + len(two) <= len(read) < len(one) + len(two) + 2048
    assert lag(read[: len(one)], one) == 0


@pytest.mark.parametrize("name", ["16.wav", "a.flac", "start.m4a"])
def test_what_was_cut_off_is_read_and_told(tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    data = every_format()[name]
    (tmp_path / name).write_bytes(data[: len(data) * 2 // 3])
    assert 4_000 < len(read_audio(tmp_path / name)[0]) < 13_000
    assert [record.getMessage().split(": ")[:2] for record in caplog.records] == [[str(tmp_path / name), "cut off"]]
