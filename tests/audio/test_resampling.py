from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.audio.frames import frame_from_samples
from kit.audio.resampling import Resampler, resample

RATES = [8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000]


def tone(rate: int, seconds: float = 0.4, hertz: float = 440.0, channels: int = 1) -> Any:
    t = np.arange(round(seconds * rate)) / rate
    one = np.rint(10_000 * np.sin(2 * np.pi * hertz * t)).astype(np.int16)
    return np.stack([one * (-1) ** channel for channel in range(channels)], axis=1)


@pytest.mark.parametrize("from_rate", RATES)
@pytest.mark.parametrize("to_rate", RATES)
def test_a_tone_stays_where_it_was_and_as_loud(from_rate: int, to_rate: int) -> None:
    changed, expected = resample(tone(from_rate), from_rate, to_rate), tone(to_rate)
    assert abs(len(changed) - len(expected)) <= 1
    middle = slice(to_rate // 10, to_rate * 3 // 10)
    assert np.abs(changed[middle].astype(int) - expected[middle]).max() <= 12


def test_equal_rates_change_nothing() -> None:
    samples = tone(16_000)
    assert resample(samples, 16_000, 16_000) is samples
    resampler = Resampler(16_000, 16_000)
    assert np.array_equal(resampler.push(samples), samples)
    assert len(resampler.flush()) == 0


def test_silence_stays_silent_and_full_scale_does_not_wrap() -> None:
    assert not resample(np.zeros((4_800, 2), np.int16), 48_000, 16_000).any()
    square = np.repeat(np.array([32767, -32768] * 50, np.int16), 40)
    changed = resample(square, 16_000, 48_000)
    assert changed[300:3300].astype(int).min() >= -32768
    assert np.abs(np.diff(np.sign(changed[200:-200].astype(int)))).sum() <= 2 * 100


def test_shapes() -> None:
    assert resample(tone(8_000)[:, 0], 8_000, 16_000).ndim == 1
    assert resample(tone(8_000, channels=2), 8_000, 16_000).shape == (6_400, 2)
    assert resample(np.zeros((0, 1), np.int16), 8_000, 16_000).shape == (0, 1)
    assert Resampler(8_000, 16_000, 2).flush().shape == (0, 2)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="48000 Hz"):
        Resampler(16_000, 8_000).push(frame_from_samples(tone(48_000), 48_000))
    with pytest.raises(ValueError, match="2 channels"):
        Resampler(16_000, 8_000).push(tone(16_000, channels=2))


@given(
    st.sampled_from(RATES),
    st.sampled_from(RATES),
    st.integers(1, 2),
    st.lists(st.integers(0, 3_000), min_size=1, max_size=8),
)
def test_a_stream_is_the_whole_however_it_is_cut(from_rate: int, to_rate: int, channels: int, sizes: list[int]) -> None:
    samples = np.random.default_rng(1).integers(-20_000, 20_000, (sum(sizes), channels)).astype(np.int16)
    resampler = Resampler(from_rate, to_rate, channels)
    for _ in range(2):
        cuts = np.split(samples, np.cumsum(sizes)[:-1])
        pieces = [resampler.push(frame_from_samples(cut, from_rate)) for cut in cuts] + [resampler.flush()]
        whole = np.concatenate(pieces)
        assert whole.shape[1] == channels
        assert abs(len(whole) - len(samples) * to_rate / from_rate) <= 1
        once = resample(samples, from_rate, to_rate)
        shared = min(len(whole), len(once))
        assert np.abs(whole[:shared].astype(int) - once[:shared]).max(initial=0) <= 1
