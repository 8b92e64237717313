from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livekit.agents.utils.audio import AudioByteStream as LiveKitByteStream

from kit.audio import AudioByteStream
from kit.audio.frames import silence


def described(frames: list[Any]) -> list[Any]:
    return [
        (frame.sample_rate, frame.num_channels, frame.samples_per_channel, bytes(frame.data.cast("B")))
        for frame in frames
    ]


def test_frames_are_of_one_size_and_the_rest_comes_with_flush() -> None:
    stream = AudioByteStream(16_000, 1)
    frames = stream.push(bytes(2 * 4_000)) + stream.flush()
    assert [frame.samples_per_channel for frame in frames] == [1_600, 1_600, 800]
    assert stream.flush() == []


def test_progressive_frames_double() -> None:
    stream = AudioByteStream(16_000, 2, samples_per_channel=3_200, progressive=True)
    frames = stream.push(bytes(4 * 20_000))
    assert [frame.samples_per_channel for frame in frames] == [320, 640, 1280, 2560, 3200, 3200, 3200, 3200]


def test_a_frames_data_can_be_pushed() -> None:
    stream = AudioByteStream(16_000, 1, 160)
    assert len(stream.write(silence(0.1, 16_000).data)) == 10


def test_an_empty_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        AudioByteStream(16_000, 1, 0)


actions = st.one_of(st.binary(max_size=4_000), st.sampled_from(["flush", "clear", "reset_progressive"]))


@given(
    st.sampled_from([8_000, 16_000, 44_100]),
    st.integers(1, 3),
    st.one_of(st.none(), st.integers(1, 2_000)),
    st.booleans(),
    st.lists(actions, max_size=12),
)
def test_it_behaves_as_livekits(
    rate: int, channels: int, samples: int | None, progressive: bool, steps: list[Any]
) -> None:
    ours, theirs = (kind(rate, channels, samples, progressive) for kind in (AudioByteStream, LiveKitByteStream))
    for step in steps:
        if isinstance(step, bytes):
            assert described(ours.push(step)) == described(theirs.push(step))
        else:
            assert described(getattr(ours, step)() or []) == described(getattr(theirs, step)() or [])
        assert ours.buffered_duration == theirs.buffered_duration
