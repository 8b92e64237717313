from __future__ import annotations

import math
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kit.audio.levels import envelope, is_silent, peak_dbfs, rms_dbfs, speech_bounds

RATE = 16_000


def tone(seconds: float, peak: float = 0.5, rate: int = RATE) -> Any:
    t = np.arange(round(seconds * rate)) / rate
    return np.rint(peak * 32767 * np.sin(2 * np.pi * 220 * t)).astype(np.int16)


def noise(seconds: float, rms: float, rate: int = RATE) -> Any:
    return np.rint(np.random.default_rng(3).normal(0, rms, round(seconds * rate))).astype(np.int16)


def test_full_scale() -> None:
    assert rms_dbfs(tone(1.0, 1.0)) == pytest.approx(-3.01, abs=0.01)
    assert peak_dbfs(np.array([0, -32768], np.int16)) == 0
    assert peak_dbfs(np.array([[3277], [0]], np.int16)) == pytest.approx(-20, abs=0.01)


def test_silence_has_no_level() -> None:
    for nothing in (np.zeros(0, np.int16), np.zeros((5, 2), np.int16)):
        assert rms_dbfs(nothing) == peak_dbfs(nothing) == -math.inf
        assert is_silent(nothing)


def test_what_is_below_60_decibels_is_silent() -> None:
    assert is_silent(np.full(10, 32, np.int16))
    assert not is_silent(np.full(10, -33, np.int16))


def test_an_envelope_has_the_extremes_of_each_stretch() -> None:
    samples = np.array([1, -5, 3, 9, 2, 2], np.int16)
    assert envelope(samples, 3).tolist() == [[-5, 1], [3, 9], [2, 2]]
    assert envelope(samples, 100).tolist() == [[value, value] for value in samples.tolist()]
    assert envelope(samples[:0], 3).shape == (0, 2)
    assert envelope(np.array([[1, -7], [2, 0]], np.int16), 1).tolist() == [[-7, 2]]


@given(hnp.arrays(np.int16, st.integers(1, 500)), st.integers(1, 60))
def test_an_envelope_misses_nothing(samples: Any, points: int) -> None:
    drawn = envelope(samples, points)
    assert len(drawn) == min(points, len(samples))
    assert drawn[:, 0].min() == samples.min()
    assert drawn[:, 1].max() == samples.max()
    assert np.all(drawn[:, 0] <= drawn[:, 1])


@given(
    st.lists(st.tuples(st.floats(0.25, 1.0), st.floats(0.05, 1.0)), min_size=1, max_size=5),
    st.sampled_from([0.0, 3.0, 20.0]),
    st.sampled_from([8_000, 16_000, 24_000]),
)
def test_sound_is_found_to_10_ms(stretches: list[tuple[float, float]], hiss: float, rate: int) -> None:
    pieces, expected, at = [], [], 0
    for gap_s, sound_s in stretches:
        quiet, sound = np.zeros(round(gap_s * rate), np.int16), tone(sound_s, rate=rate)
        expected.append(((at + len(quiet)) / rate, (at + len(quiet) + len(sound)) / rate))
        pieces += [quiet, sound]
        at += len(quiet) + len(sound)
    samples = np.concatenate([*pieces, np.zeros(rate // 4, np.int16)])
    samples += noise(1.0, hiss, rate=len(samples))
    found = speech_bounds(samples, rate)
    assert len(found) == len(expected)
    for bounds, true in zip(found, expected, strict=True):
        assert bounds == pytest.approx(true, abs=0.010)


def test_a_gap_is_exact_to_a_sample_between_abrupt_sounds() -> None:
    samples = np.zeros(RATE * 2, np.int16)
    samples[1_603:4_011] = 9_000
    samples[9_997:12_345] = -9_000
    assert speech_bounds(samples, RATE) == [(1_603 / RATE, 4_011 / RATE), (9_997 / RATE, 12_345 / RATE)]


def test_short_silences_belong_to_the_sound_and_clicks_to_none() -> None:
    sound, gap = tone(0.3), np.zeros(round(0.15 * RATE), np.int16)
    samples = np.concatenate([gap, sound, gap, sound, gap, gap, tone(0.005), gap, gap])
    assert len(speech_bounds(samples, RATE)) == 1
    assert len(speech_bounds(samples, RATE, min_gap_s=0.1, min_sound_s=0.0)) == 3


def test_nothing_is_found_where_nothing_is() -> None:
    assert speech_bounds(np.zeros(0, np.int16), RATE) == []
    assert speech_bounds(np.zeros((RATE, 3), np.int16), RATE) == []
    assert speech_bounds(noise(1.0, 2.0), RATE) == []


def test_sound_on_any_channel_counts() -> None:
    samples = np.zeros((RATE, 2), np.int16)
    samples[4_000:8_000, 1] = 5_000
    assert speech_bounds(samples, RATE) == [(0.25, 0.5)]


def test_a_person_speaks_between_the_silences_of_a_recording(speech_dir: Path) -> None:
    with wave.open(str(speech_dir / "goforward.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    pause = np.zeros(RATE // 2, np.int16)
    alone = speech_bounds(samples, RATE, min_gap_s=0.5)
    assert len(alone) == 1
    within = speech_bounds(np.concatenate([pause, samples, pause]), RATE, min_gap_s=0.5)
    assert len(within) == 1
    assert within[0] == pytest.approx((alone[0][0] + 0.5, alone[0][1] + 0.5), abs=0.05)
    assert 0.5 < alone[0][1] - alone[0][0] < len(samples) / RATE
