from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.audio.ramps import Glide

targets = st.floats(0, 1)


def taken(glide: Glide, count: int) -> Any:
    return np.broadcast_to(glide.take(count), count)


def test_a_change_takes_its_time_and_ends_exactly() -> None:
    glide = Glide(1.0, 100)
    glide.to(0.3)
    values = taken(glide, 120)
    assert values[49] == pytest.approx(0.65)
    assert np.all(values[99:] == 0.3)
    assert values[98] != 0.3
    assert glide.settled and glide.value == 0.3 and glide.take(5) == 0.3


def test_slope_and_curvature_do_not_jump() -> None:
    glide = Glide(0.0, 1_000)
    glide.to(1.0)
    values = np.concatenate([np.zeros(10), taken(glide, 1_010)])
    assert np.abs(np.diff(values)).max() < 2.01 / 1_000
    assert np.abs(np.diff(values, 2)).max() < 6.3 / 1_000**2
    assert np.abs(np.diff(values, 3)).max() < 40 / 1_000**3


@given(
    st.lists(st.tuples(targets, st.integers(0, 150)), min_size=1, max_size=8), st.lists(st.integers(1, 60), min_size=1)
)
def test_how_it_is_taken_changes_nothing(changes: list[tuple[float, int]], cuts: list[int]) -> None:
    whole, parts = Glide(0.5, 100), Glide(0.5, 100)
    index = 0
    for target, count in changes:
        whole.to(target)
        parts.to(target)
        expected = taken(whole, count)
        values = []
        while count:
            cut = min(count, cuts[index % len(cuts)])
            values.append(taken(parts, cut))
            count, index = count - cut, index + 1
        assert np.array_equal(expected, np.concatenate([np.empty(0), *values]))
        assert whole.value == parts.value


@given(st.lists(st.tuples(targets, st.integers(0, 150)), min_size=1, max_size=8))
def test_it_is_never_beyond_its_targets(changes: list[tuple[float, int]]) -> None:
    glide, low, high = Glide(0.5, 100), 0.5, 0.5
    for target, count in changes:
        low, high = min(low, target), max(high, target)
        glide.to(target)
        values = taken(glide, count)
        assert np.all((values >= low - 1e-12) & (values <= high + 1e-12))
        if count:
            assert glide.value == pytest.approx(values[-1])


def test_scaling_scales_what_is_under_way_too() -> None:
    one, other = Glide(1.0, 50), Glide(2.0, 50)
    for glide, target in ((one, 0.2), (other, 0.4)):
        glide.to(target)
        glide.take(10)
    one.scale(2.0)
    assert np.allclose(one.take(60), other.take(60))
