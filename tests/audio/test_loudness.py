"""Loudness by ITU-R BS.1770; signals and tolerances of EBU Tech 3341 (tests 1 to 6, 9, 12) and 3342 (1 to 4)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soxr

from kit.audio.errors import AudioFileError
from kit.audio.files import read_audio
from kit.audio.loudness import Loudness, integrated_lufs, measure, measure_file, measure_samples, range_lu
from kit.audio.loudness_filter import LoudnessFilter
from kit.audio.wav import write_wav

RATES = (8_000, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000)


def tones(*parts: tuple[float, float], rate: int = 48_000, channels: int = 2, hertz: float = 1000) -> Any:
    """Levels in dBFS of peak and seconds, one after the other."""
    waves = []
    for level_dbfs, seconds in parts:
        place = np.arange(round(seconds * rate))
        waves.append(32_767 * 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * hertz * place / rate))
    return np.repeat(np.rint(np.concatenate(waves)).astype(np.int16)[:, None], channels, axis=1)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_a_stereo_tone_is_as_loud_as_its_level(level: float, rate: int) -> None:
    told = measure_samples(tones((level, 20), rate=rate), rate)
    readings = (told.integrated_lufs, told.max_momentary_lufs, told.max_short_term_lufs)
    assert readings == pytest.approx((level,) * 3, abs=0.1)


@pytest.mark.parametrize("rate", [24_000, 48_000])
@pytest.mark.parametrize(
    "parts",
    [
        [(-36, 10), (-23, 60), (-36, 10)],
        [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)],
        [(-26, 20), (-20, 20.1), (-26, 20)],
    ],
)
def test_the_gates(parts: list[tuple[float, float]], rate: int) -> None:
    assert measure_samples(tones(*parts, rate=rate), rate).integrated_lufs == pytest.approx(-23, abs=0.1)


def test_five_channels_and_a_low_frequency_one() -> None:
    sound = np.zeros((20 * 48_000, 6), np.int16)
    for channel, level in {0: -28.0, 1: -28.0, 2: -24.0, 3: -3.0, 4: -30.0, 5: -30.0}.items():
        sound[:, channel] = tones((level, 20))[:, 0]
    assert measure_samples(sound, 48_000).integrated_lufs == pytest.approx(-23, abs=0.1)


def test_short_term_of_a_tone_that_comes_and_goes() -> None:
    sound = tones(*[(-20, 1.34), (-30, 1.66)] * 5)
    weighting = LoudnessFilter(48_000, 2)
    short_term = [reading.short_term_lufs for reading in weighting.push(sound)][30:]
    assert short_term == pytest.approx([-23.0] * len(short_term), abs=0.1)


def test_momentary_of_a_tone_that_comes_and_goes() -> None:
    sound = tones(*[(-20, 0.18), (-30, 0.22)] * 25)
    momentary = [reading.momentary_lufs for reading in LoudnessFilter(48_000, 2).push(sound)][4:]
    assert momentary == pytest.approx([-23.0] * len(momentary), abs=0.1)


@pytest.mark.parametrize(
    ("levels", "expected_lu"),
    [((-20, -30), 10), ((-20, -15), 5), ((-40, -20), 20), ((-50, -35, -20, -35, -50), 15)],
)
def test_the_range(levels: tuple[float, ...], expected_lu: float) -> None:
    told = measure_samples(tones(*[(level, 20) for level in levels]), 48_000)
    assert told.range_lu == pytest.approx(expected_lu, abs=1.0)
    assert told.range_lu == pytest.approx(expected_lu, abs=0.1)


def test_mono_is_one_channel() -> None:
    assert measure_samples(tones((-23, 5), channels=1), 48_000).integrated_lufs == pytest.approx(-26.01, abs=0.1)


def by_the_standard(samples: Any) -> float:
    """BS.1770-5 as it is written, at 48 kHz, which is the rate it gives coefficients for. Slow."""
    stages = [
        ((1.53512485958697, -2.69169618940638, 1.19839281085285), (-1.69065929318241, 0.73248077421585)),
        ((1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621)),
    ]
    powers = []
    for channel in samples.T:
        wave = (channel / 32_768).tolist()
        for (b0, b1, b2), (a1, a2) in stages:
            x1 = x2 = y1 = y2 = 0.0
            filtered = []
            for x in wave:
                y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2
                x1, x2, y1, y2 = x, x1, y, y1
                filtered.append(y)
            wave = filtered
        powers.append(np.square(wave))
    power = np.sum(powers, axis=0)
    block, step = 19_200, 4_800
    blocks = np.array([power[at : at + block].mean() for at in range(0, len(power) - block + 1, step)])
    loudness = -0.691 + 10 * np.log10(blocks)
    above = blocks[loudness > -70]
    gate = -0.691 + 10 * np.log10(above.mean()) - 10
    return float(-0.691 + 10 * np.log10(blocks[(loudness > -70) & (loudness > gate)].mean()))


def test_as_the_standard_is_written() -> None:
    random = np.random.default_rng(5)
    swell = np.interp(np.arange(4 * 48_000), np.arange(0, 4 * 48_000, 9_600), random.uniform(0, 1, 20) ** 3)
    noise = np.cumsum(random.normal(0, 1, (4 * 48_000, 2)), axis=0)
    noise = (noise - np.linspace(0, 1, len(noise))[:, None] * noise[-1]) + random.normal(0, 40, noise.shape)
    samples = np.rint(noise / np.abs(noise).max() * 20_000 * swell[:, None]).astype(np.int16)
    assert measure_samples(samples, 48_000).integrated_lufs == pytest.approx(by_the_standard(samples), abs=0.01)


@pytest.mark.parametrize("name", ["austen-0870", "austen-0880", "cards-001"])
def test_speech_as_the_standard_is_written(name: str, speech_dir: Path) -> None:
    samples, rate = read_audio(speech_dir / f"{name}.wav")
    at_48 = np.clip(np.rint(soxr.resample(samples.astype(float), rate, 48_000)), -32_768, 32_767).astype(np.int16)
    assert measure_samples(samples, rate).integrated_lufs == pytest.approx(by_the_standard(at_48), abs=0.02)


@pytest.mark.parametrize("cut", [1_000, 4_800, 7_777, 480_000])
def test_how_the_sound_is_cut_changes_nothing(cut: int) -> None:
    sound = tones((-20, 2), (-40, 2), (-26, 2))
    pieces = (sound[at : at + cut] for at in range(0, len(sound), cut))
    told, whole = measure(pieces, 48_000, 2), measure_samples(sound, 48_000)
    assert told.true_peak_dbtp == pytest.approx(whole.true_peak_dbtp, abs=1e-4)
    assert told.integrated_lufs == whole.integrated_lufs and told.range_lu == whole.range_lu


def test_there_is_nothing_to_tell_of_silence_and_of_a_moment() -> None:
    for sound in (np.zeros((48_000, 2), np.int16), tones((-20, 0.39)), tones((-75, 5)), np.zeros((0, 1), np.int16)):
        told = measure_samples(sound, 48_000)
        assert told.integrated_lufs == -math.inf and told.range_lu == 0
    assert measure_samples(tones((-20, 0.41)), 48_000).integrated_lufs == pytest.approx(-20, abs=0.1)
    assert integrated_lufs([]) == -math.inf and range_lu([]) == 0


def test_a_file(tmp_path: Path) -> None:
    sound = tones((-18, 4), rate=44_100)
    write_wav(tmp_path / "tone.wav", sound, 44_100)
    assert measure_file(tmp_path / "tone.wav") == measure_samples(sound, 44_100)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError, match="no such file"):
        measure_file(tmp_path / "missing.wav")


def test_speech_that_people_recorded(speech_dir: Path) -> None:
    told: Loudness = measure_file(speech_dir / "austen-0870.wav")
    samples, rate = read_audio(speech_dir / "austen-0870.wav")
    assert told.duration_s == len(samples) / rate
    assert -40 < told.integrated_lufs < told.max_short_term_lufs < told.max_momentary_lufs < told.true_peak_dbtp
    louder = measure_samples(np.rint(samples * 0.5).astype(np.int16), rate)
    assert told.integrated_lufs - louder.integrated_lufs == pytest.approx(6.02, abs=0.02)


def test_what_cannot_be_measured_is_told() -> None:
    for rate, channels in ((0, 1), (100, 1), (48_000, 0)):
        with pytest.raises(ValueError, match="cannot be measured"):
            LoudnessFilter(rate, channels)
    with pytest.raises(ValueError, match="2 channels are measured"):
        LoudnessFilter(48_000, 2).push(np.zeros((10, 1), np.int16))
