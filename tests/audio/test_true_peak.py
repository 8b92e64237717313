"""True peak by ITU-R BS.1770 annex 2; signals and tolerances as in EBU Tech 3341, tests 15 to 23."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import soxr
from hypothesis import given
from hypothesis import strategies as st

from kit.audio.true_peak import HIGHEST_FACTOR, TAPS, TruePeak, between, true_peak_dbtp


def faded_tone(cycles_per_sample: float, phase_deg: float, peak: float, count: int = 48_000, fade: int = 2_400) -> Any:
    wave = peak * np.sin(2 * np.pi * cycles_per_sample * np.arange(count) + math.radians(phase_deg))
    envelope = np.minimum(1, np.minimum(np.arange(count), np.arange(count)[::-1]) / fade)
    return np.clip(np.rint(wave * envelope * 32_768), -32_768, 32_767).astype(np.int16)


@pytest.mark.parametrize(
    ("part_of_the_rate", "phase_deg", "amplitude", "expected_dbtp"),
    [(4, 0, 0.5, -6), (4, 45, 0.5, -6), (6, 60, 0.5, -6), (8, 67.5, 0.5, -6), (4, 45, 1.41, 3)],
)
def test_tones_between_whose_samples_the_peak_lies(
    part_of_the_rate: int, phase_deg: float, amplitude: float, expected_dbtp: float
) -> None:
    reading = true_peak_dbtp(faded_tone(1 / part_of_the_rate, phase_deg, amplitude))
    assert expected_dbtp - 0.4 <= reading <= expected_dbtp + 0.2


@pytest.mark.parametrize("offset", [0, 1, 2, 3])
def test_a_peak_that_the_samples_pass_by(offset: int) -> None:
    """One high cycle in a tone, made at four times the rate, of which each fourth sample is taken."""
    fine = 4 * 4_800
    wave = 0.5 * np.sin(2 * np.pi * np.arange(fine) / 24)
    wave[fine // 2 : fine // 2 + 24] *= 2
    narrow = soxr.resample(np.roll(wave, offset), 4, 1, quality="VHQ")
    envelope = np.minimum(1, np.minimum(np.arange(len(narrow)), np.arange(len(narrow))[::-1]) / 480)
    samples = np.clip(np.rint(narrow * envelope * 32_767), -32_768, 32_767).astype(np.int16)
    fine_again = soxr.resample(samples.astype(float), 1, 16, quality="VHQ")
    exact = 20 * math.log10(np.abs(fine_again).max() / 32_768)
    assert -0.4 <= true_peak_dbtp(samples) - exact <= 0.2


@given(st.integers(0, 2**32 - 1), st.floats(0.02, 0.40))
def test_as_by_another_oversampling(seed: int, highest: float) -> None:
    """Noise up to 0.4 of the rate, beside soxr at sixteen times the rate."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(0, 1, 2_000))
    spectrum[int(highest * 2_000) :] = 0
    noise = np.fft.irfft(spectrum)
    samples = np.rint(noise / np.abs(noise).max() * 20_000).astype(np.int16)
    around = np.tile(samples, 3).astype(float)
    exact = np.abs(soxr.resample(around, 1, 16, quality="VHQ")[16 * 2_000 : 32 * 2_000]).max()
    meter = TruePeak()
    meter.push(samples)
    meter.restart()
    meter.push(samples)
    # A meter is half a filter late: what it told is of the last two rounds, which are the same.
    assert -0.45 <= meter.dbtp - 20 * math.log10(exact / 32_768) <= 0.1


@given(st.lists(st.integers(1, 200), min_size=1, max_size=20), st.integers(1, 3))
def test_how_the_sound_is_cut_changes_nothing(cuts: list[int], channels: int) -> None:
    samples = np.random.default_rng(1).integers(-32_768, 32_768, (sum(cuts), channels)).astype(np.int16)
    meter, at = TruePeak(), 0
    for cut in cuts:
        meter.push(samples[at : at + cut])
        at += cut
    assert meter.finish() == pytest.approx(true_peak_dbtp(samples), abs=1e-4)


def test_never_below_the_sample_peak_and_never_above_the_bound() -> None:
    worst = np.sign(np.random.default_rng(2).normal(0, 1, 5_000)).astype(np.int16) * 10_000
    sample_peak = 20 * math.log10(10_000 / 32_768)
    assert sample_peak <= true_peak_dbtp(worst) <= sample_peak + 20 * math.log10(HIGHEST_FACTOR)


def test_points_between_samples_are_those_of_a_sine() -> None:
    place = np.arange(500)
    points = between(np.sin(2 * np.pi * 0.11 * place).astype(np.float32))
    exact = np.sin(2 * np.pi * 0.11 * (place[: len(points), None] + TAPS // 2 - 1 + np.array([0.25, 0.5, 0.75])))
    assert points.shape == (500 - TAPS + 1, 3)
    assert np.abs(points - exact).max() < 0.002


def test_silence_and_nothing() -> None:
    assert true_peak_dbtp(np.zeros((100, 2), np.int16)) == -math.inf
    assert true_peak_dbtp(np.zeros((0, 1), np.int16)) == -math.inf
