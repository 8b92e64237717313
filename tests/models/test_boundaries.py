"""Boundaries of speech in made sounds, where they are known exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kit.models.boundaries import SpeechBoundaries

RATE = 16_000


def made(parts: list[tuple[float, float]], room: float = 3.0) -> NDArray[np.int16]:
    """Noise-like sound: (seconds, amplitude) after each other, in a quiet room."""
    noise = np.random.default_rng(3).normal(0, 1, round(sum(seconds for seconds, _ in parts) * RATE) + 8)
    gains = np.concatenate([np.full(round(seconds * RATE), float(level)) for seconds, level in parts])
    return np.rint(noise[: len(gains)] * np.hypot(gains, room)).clip(-32768, 32767).astype(np.int16)


def found(sound: NDArray[np.int16], told: float, until: float, silent: float, chunk: int = 512) -> tuple[float, float]:
    """The boundaries, where a detector saw speech from `told` on, sure at `until`, and silence from `silent`."""
    boundaries = SpeechBoundaries(RATE, keep_s=1.0)
    edge = round(until * RATE)
    for start in range(0, edge, chunk):
        boundaries.push(sound[start : min(start + chunk, edge)])
    begin = boundaries.start(told)
    for start in range(edge, len(sound), chunk):
        boundaries.push(sound[start : start + chunk])
        boundaries.confirm(min((start + chunk) / RATE, silent))
    return begin, boundaries.end(silent)


@settings(max_examples=40)
@given(
    lead=st.floats(0.4, 1.0),
    length=st.floats(0.3, 3.0),
    amplitude=st.sampled_from([100, 1000, 8000]),
    early=st.floats(-0.03, 0.1),
    late=st.floats(-0.05, 0.2),
    chunk=st.sampled_from([77, 512, 1600]),
)
def test_abrupt_sound_is_found_to_10_ms(
    lead: float, length: float, amplitude: int, early: float, late: float, chunk: int
) -> None:
    sound = made([(lead, 0), (length, amplitude), (0.8, 0)])
    begin, end = found(sound, lead + early, lead + early + 0.1, lead + length + late, chunk)
    assert begin == pytest.approx(lead, abs=0.01)
    assert end == pytest.approx(lead + length, abs=0.01)


def test_a_plosives_closure_belongs_to_the_speech() -> None:
    sound = made([(0.6, 0), (0.03, 2000), (0.015, 0), (0.5, 2000), (0.06, 0), (0.05, 2000), (0.8, 0)])
    begin, end = found(sound, 0.65, 0.75, 1.2)
    assert begin == pytest.approx(0.6, abs=0.01)
    assert end == pytest.approx(1.255, abs=0.01)


def test_a_noise_apart_from_the_speech_does_not_belong_to_it() -> None:
    sound = made([(0.3, 0), (0.02, 2000), (0.2, 0), (0.5, 2000), (0.2, 0), (0.05, 2000), (0.5, 0)])
    begin, end = found(sound, 0.53, 0.63, 1.05)
    assert begin == pytest.approx(0.52, abs=0.01)
    assert end == pytest.approx(1.02, abs=0.01)


def test_a_loud_room_raises_the_threshold() -> None:
    sound = made([(0.6, 0), (0.5, 2000), (0.8, 0)], room=300)
    begin, end = found(sound, 0.62, 0.7, 1.15)
    assert begin == pytest.approx(0.6, abs=0.015)
    assert end == pytest.approx(1.1, abs=0.015)


def test_a_speech_does_not_begin_before_the_one_before_it_ended() -> None:
    boundaries = SpeechBoundaries(RATE, keep_s=1.0)
    boundaries.push(made([(0.5, 2000)]))
    assert boundaries.start(0.1) <= 0.1
    first_end = boundaries.end(0.3)
    assert boundaries.start(0.4) >= first_end


def test_digital_silence() -> None:
    boundaries = SpeechBoundaries(RATE, keep_s=1.0)
    boundaries.push(np.zeros(RATE, np.int16))
    begin = boundaries.start(0.5)
    assert 0 <= begin <= boundaries.end(0.8) <= 1.0
