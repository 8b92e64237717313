from __future__ import annotations

import math

import numpy as np
import pytest

from kit.audio.frames import frame_from_samples, silence
from kit.audio.meters import Meter

RATE = 48_000


def feed(meter: Meter, level_dbfs: float, seconds: float, rate: int = RATE, channels: int = 2) -> None:
    place = np.arange(round(seconds * rate))
    wave = 32_768 * 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * 1000 * place / rate)
    samples = np.repeat(np.rint(wave).astype(np.int16)[:, None], channels, axis=1)
    for at in range(0, len(samples), rate // 50):
        meter.push(frame_from_samples(samples[at : at + rate // 50], rate))


def test_a_tone() -> None:
    meter = Meter()
    feed(meter, -20.0, 3.1)
    told = meter.read()
    assert told.rms_dbfs == pytest.approx(-23.01, abs=0.02)
    assert told.peak_dbfs == pytest.approx(-20, abs=0.02)
    assert told.true_peak_dbtp == pytest.approx(-20, abs=0.1)
    assert told.momentary_lufs == told.short_term_lufs == pytest.approx(-20, abs=0.1)


def test_the_peaks_are_those_since_the_reading_before() -> None:
    meter = Meter()
    feed(meter, -6.0, 0.1)
    assert meter.read().peak_dbfs == pytest.approx(-6, abs=0.02)
    feed(meter, -30.0, 0.1)
    told = meter.read()
    assert told.peak_dbfs == pytest.approx(-30, abs=0.05)
    assert told.rms_dbfs == pytest.approx(-12, abs=0.1)
    assert meter.read().peak_dbfs == -math.inf


def test_it_falls_back_in_silence() -> None:
    meter = Meter()
    feed(meter, -6.0, 1.0)
    for _ in range(25):
        meter.push(silence(0.02, RATE, 2))
    meter.read()
    told = meter.read()
    assert told.rms_dbfs == told.peak_dbfs == told.true_peak_dbtp == -math.inf
    assert told.momentary_lufs < -70


def test_before_anything_was_heard_and_of_another_form() -> None:
    meter = Meter()
    assert set(vars_of(meter)) == {-math.inf}
    feed(meter, -20.0, 0.5)
    feed(meter, -20.0, 0.5, rate=24_000, channels=1)
    assert meter.read().momentary_lufs == pytest.approx(-23, abs=0.1)


def vars_of(meter: Meter) -> list[float]:
    told = meter.read()
    return [told.rms_dbfs, told.peak_dbfs, told.true_peak_dbtp, told.momentary_lufs, told.short_term_lufs]
