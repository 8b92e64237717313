from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from livekit.rtc import AudioFrame

from kit.audio.frames import frame_from_samples, silence
from kit.transports import Recording, RecordingError, load_recording, recorded_pieces
from kit.transports.recording import CHANNELS

RATE = 24_000


def constant(value: int, seconds: float, rate: int = RATE, channels: int = 1) -> AudioFrame:
    return frame_from_samples(np.full((round(seconds * rate), channels), value, np.int16), rate)


def on_disk(folder: Path) -> Any:
    """What another program reads while the recording goes on."""
    with wave.open(str(folder / "audio.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        assert len(samples) == file.getnframes() * 3
        return samples.reshape(-1, 3)


def test_each_channel_is_at_its_time(tmp_path: Path) -> None:
    with Recording(tmp_path) as recording:
        recording.write("user", 0.5, constant(100, 0.25))
        recording.write("agent", 0.25, constant(200, 0.5))
        recording.write("background", 0.0, constant(300, 0.1))
    samples, rate = load_recording(tmp_path)
    pieces = list(recorded_pieces(tmp_path, piece_s=0.037))
    assert np.array_equal(np.concatenate([piece for _, piece, _ in pieces]), samples)
    assert [t_s for t_s, _, _ in pieces] == pytest.approx([0.037 * number for number in range(len(pieces))])
    expected = np.zeros((18_000, 3), np.int16)
    expected[12_000:18_000, 0] = 100
    expected[6_000:18_000, 1] = 200
    expected[:2_400, 2] = 300
    assert rate == RATE
    assert np.array_equal(samples, expected)
    assert np.array_equal(on_disk(tmp_path), expected)


def test_sound_that_overlaps_is_added_up_and_limited(tmp_path: Path) -> None:
    with Recording(tmp_path) as recording:
        for _ in range(3):
            recording.write("agent", 0.0, constant(15_000, 0.1))
        recording.write("agent", 5.0, constant(1, 0.1))
        recording.write("agent", 0.05, constant(-1_000, 0.1))
    agent = load_recording(tmp_path)[0][:, 1]
    assert set(agent[:1_200]) == {32767}
    assert set(agent[1_200:2_400]) == {31767}
    assert set(agent[2_400:3_600]) == {-1_000}


def test_contiguous_frames_of_another_rate_have_no_seams(tmp_path: Path) -> None:
    t = np.arange(16_000 * 2) / 16_000
    tone = np.rint(10_000 * np.sin(2 * np.pi * 440 * t)).astype(np.int16)
    with Recording(tmp_path) as recording:
        for start in range(0, len(tone), 320):
            recording.write("user", 1.0 + start / 16_000 + 1e-4, frame_from_samples(tone[start : start + 320], 16_000))
    user = load_recording(tmp_path)[0][:, 0]
    assert abs(len(user) - 3 * RATE) <= 3
    expected = 10_000 * np.sin(2 * np.pi * 440 * np.arange(RATE * 2) / RATE)
    heard = user[RATE + 2 :]
    assert len(heard) == len(expected)
    assert np.abs(heard - expected)[1_000:-1_000].max() < 5


def test_a_gap_is_silence_of_its_length(tmp_path: Path) -> None:
    with Recording(tmp_path, sample_rate=8_000) as recording:
        recording.write("agent", 0.1, constant(500, 0.1, 8_000))
        recording.write("agent", 0.202, constant(600, 0.1, 8_000))
    agent = load_recording(tmp_path)[0][:, 1]
    assert agent.tolist() == [0] * 800 + [500] * 800 + [0] * 16 + [600] * 800


def test_stereo_becomes_mono(tmp_path: Path) -> None:
    with Recording(tmp_path) as recording:
        recording.write("background", 0.0, frame_from_samples(np.array([[10, 20]] * 5, np.int16), RATE))
    assert load_recording(tmp_path)[0][:, 2].tolist() == [15] * 5


def test_what_was_before_the_start_is_left_out(tmp_path: Path) -> None:
    with Recording(tmp_path) as recording:
        recording.write("user", -0.05, constant(7, 0.1))
        recording.write("user", -9.0, constant(7, 0.1))
    assert load_recording(tmp_path)[0][:, 0].tolist() == [7] * 1_200


places = st.integers(0, 300).map(lambda n: 100 * n)
lengths = st.integers(1, 600).map(lambda n: 20 * n)
pieces = st.lists(st.tuples(st.integers(0, 2), places, lengths, st.integers(-300, 300)), max_size=12)


@settings(max_examples=60)
@given(pieces, st.lists(st.integers(0, 40_000), max_size=3))
def test_the_order_of_writing_does_not_matter(parts: list[Any], flushes: list[int]) -> None:
    rate = 8_000
    expected = np.zeros((50_000, 3), np.int64)
    end = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Recording(folder, sample_rate=rate) as recording:
            for index, (channel, position, count, value) in enumerate(parts):
                recording.write(CHANNELS[channel], position / rate, constant(value, count / rate, rate))
                expected[position : position + count, channel] += value
                end = max(end, position + count)
                if index < len(flushes):
                    recording.flush(flushes[index] / rate)
                    end = max(end, flushes[index])
                    assert np.array_equal(on_disk(folder), expected[:end])
        assert np.array_equal(load_recording(folder)[0], expected[:end])


def test_flushing_lasts_to_a_time_and_keeps_the_file_valid(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    assert len(on_disk(tmp_path)) == 0
    recording.write("user", 0.0, constant(5, 0.1))
    recording.flush(until_s=2.0)
    assert len(on_disk(tmp_path)) == 2 * RATE
    recording.flush(until_s=1.0)
    assert len(on_disk(tmp_path)) == 2 * RATE
    recording.write("user", 1.9, constant(6, 0.2))
    recording.close(until_s=3.0)
    recording.close()
    assert len(on_disk(tmp_path)) == 3 * RATE
    assert on_disk(tmp_path)[round(2.05 * RATE), 0] == 6


def test_the_file_follows_the_session_within_a_second(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    for block in range(600):
        recording.write("user", block / 10, constant(1, 0.1))
        assert recording._tracks._window.nbytes < 1_000_000
        behind_s = (block + 1) / 10 - len(on_disk(tmp_path)) / RATE if block % 20 == 0 else 0.0
        assert behind_s <= 1.0
    recording.close()


def test_an_hour_of_silence_takes_no_memory(tmp_path: Path) -> None:
    with Recording(tmp_path) as recording:
        recording.write("agent", 3_600.0, constant(9, 0.1))
    with wave.open(str(tmp_path / "audio.wav")) as file:
        assert file.getnframes() == 3_600 * RATE + 2_400


def test_the_journal_and_the_settings(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.write_tuning("a = 1\n")
    recording.write_entry('{"t":0}')
    recording.write_entry('{"t":1,"text":"grüß dich"}\n')
    assert (tmp_path / "journal.jsonl").read_text("utf-8") == '{"t":0}\n{"t":1,"text":"grüß dich"}\n'
    recording.write_tuning("a = 2\n")
    assert (tmp_path / "tuning.toml").read_text() == "a = 2\n"
    recording.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["audio.wav", "journal.jsonl", "tuning.toml"]


def test_nothing_is_written_after_closing(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.close()
    with pytest.raises(RecordingError, match="closed"):
        recording.write("user", 0.0, silence(0.1, RATE))
    with pytest.raises(RecordingError, match="closed"):
        recording.write_entry("{}")


def test_a_recording_is_not_overwritten_unasked(tmp_path: Path) -> None:
    with Recording(tmp_path / "new" / "one") as recording:
        recording.write("user", 0.0, constant(5, 0.1))
        recording.write_tuning("a = 1\n")
    (tmp_path / "new" / "one" / "notes.txt").write_text("mine")
    before = load_recording(tmp_path / "new" / "one")[0]
    with pytest.raises(RecordingError, match=r"one: has a recording already \(audio.wav, journal.jsonl, tuning.toml\)"):
        Recording(tmp_path / "new" / "one")
    assert np.array_equal(load_recording(tmp_path / "new" / "one")[0], before)
    Recording(tmp_path / "new" / "one", overwrite=True).close()
    assert len(load_recording(tmp_path / "new" / "one")[0]) == 0
    assert sorted(path.name for path in (tmp_path / "new" / "one").iterdir()) == [
        "audio.wav",
        "journal.jsonl",
        "notes.txt",
    ]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "inside"):
        with pytest.raises(RecordingError, match=f"{folder}: cannot be written to"):
            Recording(folder)


def test_what_is_no_recording_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"nowhere: no recording: audio\.wav: No such file"):
        load_recording(tmp_path / "nowhere")
    (tmp_path / "audio.wav").write_text("hello")
    with pytest.raises(RecordingError, match="not a WAV file"):
        load_recording(tmp_path)
    with wave.open(str(tmp_path / "audio.wav"), "wb") as file:
        file.setparams((1, 2, 8_000, 0, "NONE", ""))
    with pytest.raises(RecordingError, match="1 channels, not 3"):
        load_recording(tmp_path)


def test_a_recording_cut_short_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    with Recording(tmp_path) as recording:
        recording.write("user", 0.0, constant(5, 1.0))
    data = (tmp_path / "audio.wav").read_bytes()
    (tmp_path / "audio.wav").write_bytes(data[: len(data) // 2])
    samples, _ = load_recording(tmp_path)
    assert len(samples) == (len(data) // 2 - 44) // 6
    assert set(samples[:, 0]) == {5}


KILLED = """
import sys, numpy as np
from kit.audio.frames import frame_from_samples
from kit.transports import Recording
recording = Recording(sys.argv[1], sample_rate=8000)
for block in range(105):
    recording.write("user", block / 10, frame_from_samples(np.full(800, 11, np.int16), 8000))
    recording.write_entry('{"t":%d}' % block)
print("ready", flush=True)
sys.stdin.read()
"""


def test_a_session_that_is_killed_leaves_its_recording(tmp_path: Path, root: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == b"ready\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()
    samples, rate = load_recording(tmp_path)
    assert 9.5 <= len(samples) / rate <= 10.5
    assert set(samples[:, 0]) == {11}
    assert len((tmp_path / "journal.jsonl").read_text().splitlines()) == 105
