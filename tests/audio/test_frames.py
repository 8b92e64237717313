from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from livekit.rtc import AudioFrame

from kit.audio.frames import duration_s, frame_from_samples, head, joined, samples_of, silence, split, tail, to_mono

arrays = st.tuples(st.integers(0, 300), st.integers(1, 3)).flatmap(lambda shape: hnp.arrays(np.int16, shape))


def test_the_samples_of_a_frame_are_its_own_memory() -> None:
    frame = AudioFrame(bytearray(8 * 2), 16_000, 2, 4)
    samples_of(frame)[2, 1] = 7
    assert list(frame.data) == [0, 0, 0, 0, 0, 7, 0, 0]


def test_samples_beyond_the_frame_are_not_its_own() -> None:
    frame = AudioFrame(np.arange(10, dtype=np.int16).tobytes(), 16_000, 1, 4)
    assert samples_of(frame)[:, 0].tolist() == [0, 1, 2, 3]
    assert samples_of(tail(frame, 1))[:, 0].tolist() == [1, 2, 3]


def test_mono_samples_may_be_flat() -> None:
    frame = frame_from_samples(np.arange(5, dtype=np.int16), 8_000)
    assert (frame.num_channels, frame.samples_per_channel, duration_s(frame)) == (1, 5, 5 / 8_000)


@pytest.mark.parametrize("samples", [np.zeros(4), np.zeros((2, 2, 2), np.int16), np.zeros((), np.int16)])
def test_other_arrays_are_refused(samples: Any) -> None:
    with pytest.raises(ValueError, match="int16"):
        frame_from_samples(samples, 8_000)


def test_silence() -> None:
    frame = silence(0.0201, 48_000, 2)
    assert (frame.samples_per_channel, frame.num_channels) == (965, 2)
    assert not samples_of(frame).any()


def test_mono_is_the_mean_of_the_channels() -> None:
    stereo = frame_from_samples(np.array([[32767, 32767], [-32768, -32766], [3, 4], [100, -100]], np.int16), 8_000)
    assert samples_of(to_mono(stereo))[:, 0].tolist() == [32767, -32767, 4, 0]
    mono = frame_from_samples(np.ones(3, np.int16), 8_000)
    assert to_mono(mono) is mono


@given(arrays, st.integers(-5, 320))
def test_the_parts_of_a_frame_are_the_frame(samples: Any, at: int) -> None:
    frame = frame_from_samples(samples, 8_000, userdata={"mark": 1})
    first, rest = split(frame, at)
    assert first.samples_per_channel == min(max(0, at), len(samples))
    assert first.userdata == {"mark": 1}
    assert rest is frame or rest.userdata == {}
    whole = joined([first, rest])
    assert np.array_equal(samples_of(whole), samples)
    assert whole.userdata == {"mark": 1}


def test_a_frame_that_is_not_cut_is_itself() -> None:
    frame = frame_from_samples(np.arange(5, dtype=np.int16), 8_000)
    assert head(frame, 5) is frame
    assert tail(frame, 0) is frame
    assert joined([frame]) is frame


def test_frames_that_do_not_fit_are_not_joined() -> None:
    with pytest.raises(ValueError, match="48000 Hz × 2"):
        joined([silence(0.1, 16_000), silence(0.1, 48_000, 2)])
    with pytest.raises(ValueError, match="no frames"):
        joined([])
