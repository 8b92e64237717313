from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.audio.taper import TAPERS, gain_of, level_at_db, level_db, level_of

tapers = st.sampled_from(TAPERS)


def test_linear_is_amplitude() -> None:
    assert gain_of(50) == 0.5
    assert level_db(50) == pytest.approx(-6.0206, abs=1e-4)
    assert level_at_db(-6.0206) == pytest.approx(50, abs=1e-3)


@pytest.mark.parametrize(("level", "expected_db"), [(100, 0), (50, -10), (25, -20), (12.5, -30), (1, -66.44)])
def test_perceptual_is_ten_decibels_for_half_as_loud(level: float, expected_db: float) -> None:
    assert level_db(level, "perceptual") == pytest.approx(expected_db, abs=0.01)
    assert level_at_db(expected_db, "perceptual") == pytest.approx(level, rel=0.001)


@given(st.floats(0, 100), tapers)
def test_there_and_back(level: float, taper: str) -> None:
    assert level_of(gain_of(level, taper), taper) == pytest.approx(level, abs=1e-9)


@given(st.floats(0, 100), st.floats(0, 100), tapers)
def test_more_is_never_softer(one: float, other: float, taper: str) -> None:
    low, high = sorted((one, other))
    assert gain_of(low, taper) <= gain_of(high, taper)


@pytest.mark.parametrize("taper", TAPERS)
def test_the_ends_are_exact(taper: str) -> None:
    assert gain_of(100, taper) == gain_of(250, taper) == 1
    assert gain_of(0, taper) == gain_of(-3, taper) == 0
    assert level_db(0, taper) == -math.inf
    assert level_at_db(-math.inf, taper) == 0
    assert level_at_db(6, taper) == level_of(3, taper) == 100


def test_what_is_wrong_is_told() -> None:
    with pytest.raises(ValueError, match="no taper 'log'; there are linear and perceptual"):
        gain_of(50, "log")
    with pytest.raises(ValueError, match="negative"):
        level_of(-0.1)
