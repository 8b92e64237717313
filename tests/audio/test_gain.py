from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from livekit.rtc import AudioFrame

from kit.audio.frames import frame_from_samples, joined, samples_of
from kit.audio.gain import GainRamp, apply_gain, db, linear

RATE = 24_000
EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)
arrays = st.tuples(st.integers(0, 400), st.integers(1, 3)).flatmap(lambda shape: hnp.arrays(np.int16, shape))
levels = st.floats(0, 100)


def sine(count: int, rate: int, hertz: float, channels: int = 1, peak: float = 32_767.0) -> Any:
    wave = np.rint(peak * np.sin(2 * np.pi * hertz * np.arange(count) / rate)).astype(np.int16)
    return np.repeat(wave[:, None], channels, axis=1)


def swept(samples: Any, rate: int, cut: int, levels: list[float]) -> Any:
    """The samples, cut into frames, each with the next of the levels; the last one stays."""
    volume = GainRamp()
    frames = [frame_from_samples(samples[at : at + cut], rate) for at in range(0, len(samples), cut)]
    heard = [volume.process(frame, levels[min(index, len(levels) - 1)]) for index, frame in enumerate(frames)]
    return samples_of(joined(heard))


def beyond_the_tone_db(sound: Any, rate: int, hertz: float, skirt_hz: float) -> float:
    """The strongest component further than `skirt_hz` from a tone, in dB below full scale, over 20 ms windows."""
    size = 2 * round(0.010 * rate)
    window = np.blackman(size)
    worst = -np.inf
    for start in range(0, len(sound) - size, size // 8):
        for channel in sound[start : start + size].T:
            spectrum = np.abs(np.fft.rfft(channel * window)) / (window.sum() / 2 * 32_768)
            far = np.abs(np.fft.rfftfreq(size, 1 / rate) - hertz) > skirt_hz
            worst = max(worst, 20 * np.log10(spectrum[far].max() + 1e-9))
    return float(worst)


def constant(value: int, count: int) -> AudioFrame:
    return frame_from_samples(np.full(count, value, np.int16), RATE)


def test_level_100_is_the_very_same_frame() -> None:
    frame = frame_from_samples(EVERY_SAMPLE, RATE)
    assert GainRamp().process(frame, 100) is frame
    assert apply_gain(frame, 1.0) is frame


def test_level_0_is_silence() -> None:
    assert not samples_of(GainRamp().process(frame_from_samples(EVERY_SAMPLE, RATE), 0)).any()


@pytest.mark.parametrize("level", [1, 10, 33.3, 50, 70, 99.9])
def test_a_level_is_linear_in_amplitude_to_the_nearest_integer(level: float) -> None:
    scaled = samples_of(GainRamp().process(frame_from_samples(EVERY_SAMPLE, RATE), level))[:, 0]
    exact = EVERY_SAMPLE * (level / 100)
    assert np.abs(scaled - exact).max() <= 0.5 + 0.002
    assert np.array_equal(scaled[1:], -scaled[:0:-1])


def test_levels_out_of_range_are_the_nearest_in_range() -> None:
    frame = frame_from_samples(EVERY_SAMPLE, RATE)
    assert GainRamp().process(frame, 250) is frame
    assert not samples_of(GainRamp().process(frame, -3)).any()


def test_gain_saturates() -> None:
    loud = samples_of(apply_gain(frame_from_samples(EVERY_SAMPLE, RATE), 4.0))[:, 0]
    assert loud.tolist() == np.clip(EVERY_SAMPLE.astype(int) * 4, -32768, 32767).tolist()


def test_the_frame_keeps_its_form_and_userdata() -> None:
    frame = AudioFrame(bytes(4 * 480), 48_000, 2, 480, userdata={"a": 1})
    for changed in (apply_gain(frame, 0.5), GainRamp().process(frame, 50)):
        assert (changed.sample_rate, changed.num_channels, changed.samples_per_channel) == (48_000, 2, 480)
        assert changed.userdata == {"a": 1}


def test_a_change_is_heard_from_the_next_frame_and_done_in_10_ms() -> None:
    volume = GainRamp()
    volume.process(constant(30_000, 480), 100)
    changed = samples_of(volume.process(constant(30_000, 480), 50))[:, 0]
    assert changed[119] == 22_500
    assert np.all(changed[239:] == 15_000)
    assert np.all(np.diff(changed[:240]) <= 0)
    assert changed[24] < 30_000


def test_a_ramp_ends_in_the_very_frame_at_level_100() -> None:
    volume = GainRamp()
    volume.process(constant(10_000, 480), 20)
    volume.process(constant(10_000, 240), 100)
    frame = constant(10_000, 480)
    assert volume.process(frame, 100) is frame


def test_a_ramp_goes_on_over_short_frames_as_over_one() -> None:
    whole, parts = GainRamp(), GainRamp()
    for volume in (whole, parts):
        volume.process(constant(20_000, 10), 80)
    expected = samples_of(whole.process(constant(20_000, 420), 30))
    heard = samples_of(joined([parts.process(constant(20_000, count), 30) for count in (7, 0, 100, 1, 200, 112)]))
    assert np.abs(heard.astype(int) - expected).max() <= 1


def test_a_change_within_a_ramp_starts_where_the_ramp_was() -> None:
    volume = GainRamp()
    volume.process(constant(30_000, 10), 100)
    first = samples_of(volume.process(constant(30_000, 120), 0))[:, 0]
    second = samples_of(volume.process(constant(30_000, 300), 100))[:, 0]
    steps = np.diff(np.concatenate([first, second]).astype(int))
    assert np.abs(np.diff(steps)).max() <= 10  # half-way down the slope is 250 a sample: it turns, and does not break
    assert second[239] == 30_000


@given(arrays, levels)
def test_any_level_keeps_shape_and_sign_and_makes_nothing_louder(samples: Any, level: float) -> None:
    scaled = samples_of(GainRamp().process(frame_from_samples(samples, RATE), level))
    assert scaled.shape == samples.shape
    assert np.all(np.abs(scaled.astype(int)) <= np.abs(samples.astype(int)))
    assert np.all(scaled.astype(int) * samples >= 0)


@given(arrays, levels, levels)
def test_more_level_is_never_softer(samples: Any, one: float, other: float) -> None:
    frame = frame_from_samples(samples, RATE)
    soft, loud = (samples_of(GainRamp().process(frame, level)) for level in sorted((one, other)))
    assert np.all(np.abs(soft.astype(int)) <= np.abs(loud.astype(int)))


@given(st.lists(st.tuples(st.integers(0, 300), levels), min_size=1, max_size=12))
def test_a_steady_sound_never_jumps_and_keeps_its_length(steps: list[tuple[int, float]]) -> None:
    volume = GainRamp()
    heard = joined([volume.process(constant(30_000, count), level) for count, level in steps])
    samples = samples_of(heard)[:, 0].astype(int).tolist()
    assert len(samples) == sum(count for count, _ in steps)
    assert all(abs(b - a) <= 2 * 30_000 / 240 + 1 for a, b in pairwise(samples))


SWEEPS = {
    "down and up": [100.0, 0.0, 0.0, 0.0, 100.0],
    "a slider": [*np.linspace(100, 0, 40).tolist(), *np.linspace(0, 100, 40).tolist()],
    "back and forth": [100.0, 0.0] * 20,
    "a nudge": [70.0, 71.0],
}


@pytest.mark.parametrize("sweep", SWEEPS)
@pytest.mark.parametrize(
    ("rate", "channels", "cut"),
    [(24_000, 1, 480), (48_000, 2, 960), (16_000, 1, 1600), (44_100, 2, 441), (8_000, 1, 8), (24_000, 1, 37)],
)
def test_a_volume_sweep_over_a_full_level_sine_has_no_click(sweep: str, rate: int, channels: int, cut: int) -> None:
    """What a sweep adds is all within 600 Hz of the tone: beyond, nothing is above -80 dB (of the tone alone: -94)."""
    tone = sine(rate // 2, rate, 997.0, channels)
    heard = swept(tone, rate, cut, SWEEPS[sweep])
    assert beyond_the_tone_db(heard, rate, 997.0, 600.0) < -80


def test_a_step_would_be_found_by_that_measure() -> None:
    tone = sine(12_000, 24_000, 997.0)
    tone[5_000:] //= 2
    assert beyond_the_tone_db(tone, 24_000, 997.0, 600.0) > -40


def test_a_straight_ramp_would_be_found_by_that_measure() -> None:
    tone = sine(12_000, 24_000, 997.0).astype(float)
    tone[5_000:5_240] *= np.linspace(1, 0, 240)[:, None]
    tone[5_240:] = 0
    assert beyond_the_tone_db(tone, 24_000, 997.0, 600.0) > -65


@pytest.mark.parametrize("cut", [1, 7, 240, 480, 10_000])
def test_how_the_sound_is_cut_changes_no_sample(cut: int) -> None:
    volume, whole = GainRamp(), GainRamp()
    for ramp in (volume, whole):
        ramp.process(frame_from_samples(sine(10, RATE, 440.0), RATE), 100)
    tone = sine(1_000, RATE, 440.0, channels=2)
    expected = samples_of(whole.process(frame_from_samples(tone, RATE), 20))
    parts = [volume.process(frame_from_samples(tone[at : at + cut], RATE), 20) for at in range(0, 1_000, cut)]
    assert np.array_equal(samples_of(joined(parts)), expected)


def test_a_ramp_goes_on_at_another_rate() -> None:
    volume = GainRamp()
    volume.process(constant(30_000, 10), 100)
    volume.process(constant(30_000, 120), 0)
    rest = samples_of(volume.process(frame_from_samples(np.full(600, 30_000, np.int16), 48_000), 0))[:, 0]
    assert 14_900 < rest[0] <= 15_000
    assert not rest[480:].any()


def test_channels_move_together() -> None:
    volume = GainRamp()
    tone = sine(480, RATE, 440.0, channels=2)
    volume.process(frame_from_samples(tone, RATE), 100)
    heard = samples_of(volume.process(frame_from_samples(tone, RATE), 30))
    assert np.array_equal(heard[:, 0], heard[:, 1])


def test_a_frame_keeps_what_its_buffer_holds_beyond_its_samples() -> None:
    frame = AudioFrame(np.full(100, 1000, np.int16).tobytes(), RATE, 1, 60)
    assert np.all(samples_of(GainRamp().process(frame, 50))[:, 0] == 500)
    assert len(samples_of(GainRamp().process(frame, 50))) == 60


def test_by_the_perceptual_taper() -> None:
    volume = GainRamp()
    loud = frame_from_samples(np.full(10, 10_000, np.int16), RATE)
    assert volume.process(loud, 100, "perceptual") is loud
    half = samples_of(GainRamp().process(loud, 50, "perceptual"))
    assert np.all(half == round(10_000 * 10 ** (-10 / 20)))


def test_decibels() -> None:
    assert db(1) == 0
    assert db(0.5) == pytest.approx(-6.0206, abs=1e-4)
    assert db(0) == -math.inf
    assert linear(-20) == pytest.approx(0.1)
    assert linear(-math.inf) == 0
    with pytest.raises(ValueError, match="negative"):
        db(-0.1)


@given(st.floats(-120, 24))
def test_decibels_and_factors_are_inverse(gain_db: float) -> None:
    assert db(linear(gain_db)) == pytest.approx(gain_db, abs=1e-9)
