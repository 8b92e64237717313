from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.audio.files import read_audio
from kit.audio.limiter import Limiter
from kit.audio.true_peak import true_peak_dbtp

RATE = 24_000


def limited(sound: Any, cuts: list[int], ceiling_dbtp: float, rate: int = RATE) -> Any:
    limiter, heard, at, index = Limiter(rate, sound.shape[1]), [], 0, 0
    while at < len(sound):
        piece = sound[at : at + cuts[index % len(cuts)]].astype(np.float32)
        out = limiter.process(piece, ceiling_dbtp)
        heard.append(np.rint(piece).astype(np.int16) if out is None else out)
        at, index = at + len(piece), index + 1
    return np.concatenate(heard)


def sounds() -> dict[str, Any]:
    random, time = np.random.default_rng(3), np.arange(RATE // 2) / RATE
    return {
        "sine": 60_000 * np.sin(2 * np.pi * 300 * time),
        "a quarter of the rate": 40_000 * np.sin(2 * np.pi * RATE / 4 * time + 0.7),
        "noise": random.normal(0, 15_000, len(time)),
        "square": 30_000 * np.sign(np.sin(2 * np.pi * 331 * time)),
        "clicks": 60_000.0 * (random.random(len(time)) < 0.002) * random.choice([-1, 1], len(time)),
        "high sweep": 40_000 * np.sin(2 * np.pi * 10_500 * time * np.linspace(0.5, 1, len(time))),
        "any sign": 30_000.0 * random.choice([-1, 1], len(time)),
    }


@pytest.mark.parametrize("cut", [7, 240, 480, 2_400, 12_000])
@pytest.mark.parametrize("name", sounds())
@pytest.mark.parametrize("ceiling_dbtp", [-1.0, -6.0])
def test_nothing_is_above_the_ceiling(name: str, cut: int, ceiling_dbtp: float) -> None:
    sound = sounds()[name][: 3_000 if cut < 100 else None, None]
    sound[-100:, 0] *= np.linspace(1, 0, 100)  # an end that is cut off is a peak of its own, and nobody's to limit
    heard = limited(sound, [cut], ceiling_dbtp)
    assert heard.shape == sound.shape
    assert true_peak_dbtp(heard) <= ceiling_dbtp
    assert true_peak_dbtp(heard) > ceiling_dbtp - 3


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(5, 700), min_size=1, max_size=6), st.integers(1, 2))
def test_nor_is_any_noise_however_it_is_cut(seed: int, cuts: list[int], channels: int) -> None:
    random = np.random.default_rng(seed)
    swell = np.interp(np.arange(1_000), np.linspace(0, 999, 11), [*random.uniform(0, 60_000, 10), 0])
    sound = random.normal(0, 0.5, (1_000, channels)) * swell[:, None]
    heard = limited(sound, cuts, -1.0)
    for channel in heard.T:
        assert true_peak_dbtp(channel) <= -1.0


def test_what_is_below_the_ceiling_is_left_alone() -> None:
    sound = (20_000 * np.sin(np.arange(5_000) / 7))[:, None].astype(np.float32)
    limiter = Limiter(RATE, 1)
    assert all(limiter.process(sound[at : at + 480], -1.0) is None for at in range(0, 5_000, 480))
    assert limiter.gain == 1
    assert limiter.process(sound[:0], -1.0) is None


def test_it_goes_down_ahead_of_a_peak_and_comes_up_slowly() -> None:
    sound = np.full((12_000, 1), 1_000.0, np.float32)
    sound[3_000] = 50_000
    out = Limiter(RATE, 1).process(sound, -1.0)
    assert out is not None
    gains = out[:, 0] / 1_000
    assert gains[2_900] == 1 and gains[2_990] < 0.95 and gains[3_001] < 0.62
    assert gains[3_000 + RATE // 20] == pytest.approx(gains[3_001] + 0.2, abs=0.01)
    assert np.abs(np.diff(np.delete(gains, 3_000))).max() < 0.035
    assert gains[-1] == 1


def test_channels_have_one_gain() -> None:
    sound = np.stack([np.full(2_400, 30_000.0), np.full(2_400, 1_000.0)], axis=1).astype(np.float32)
    out = Limiter(RATE, 2).process(sound, -6.0)
    assert out is not None
    assert np.abs(out[:, 0] / 30 - out[:, 1]).max() <= 0.6


@pytest.mark.parametrize("cut", [100, 480, 2_400])
def test_a_ceiling_that_is_lowered_comes_down_in_10_ms_without_a_click(cut: int) -> None:
    sound = (28_000 * np.sin(np.arange(9_600) / 20))[:, None].astype(np.float32)
    limiter, heard = Limiter(RATE, 1), []
    for at in range(0, 9_600, cut):
        out = limiter.process(sound[at : at + cut], -1.0 if at < 4_800 else -10.0)
        heard.append(np.rint(sound[at : at + cut]).astype(np.int16) if out is None else out)
    samples = np.concatenate(heard)[:, 0].astype(int)
    fade_in = np.minimum(1, np.arange(4_560) / 240)
    assert np.abs(samples[:4_700] - sound[:4_700, 0]).max() <= 0.5
    assert true_peak_dbtp((samples[4_800 + 240 :] * fade_in).astype(np.int16)) <= -10
    assert np.abs(samples[-2_400:]).max() > 9_500
    assert np.abs(np.diff(samples)).max() < 1.2 * 28_000 / 20


def test_speech_that_is_far_too_loud_is_turned_down_and_not_cut_off(speech_dir: Path) -> None:
    samples, rate = read_audio(speech_dir / "austen-0880.wav")
    loud = samples.astype(np.float32) * 8
    heard = limited(loud, [rate // 50], -1.0, rate)
    assert true_peak_dbtp(heard) <= -1.0
    assert np.corrcoef(heard[:, 0], loud[:, 0])[0, 1] > 0.95
    assert np.mean(np.abs(heard) > 28_000) < 0.01
    power = [
        np.square(sound[: len(sound) // 160 * 160].reshape(-1, 160).astype(float)).mean(axis=1)
        for sound in (heard, loud)
    ]
    spoken = power[1] > 1_000**2
    assert np.sqrt(power[0][spoken] / power[1][spoken]).min() > 0.25  # of 10 ms none is swallowed
