"""The double-blind comparator: chance is even, votes are counted, and p is that of guessing."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.lab.abx import Abx, Score, p_by_guessing

TRIALS = st.integers(0, 200)
VOTES = st.lists(st.sampled_from("ab"), max_size=60)


def test_known_values() -> None:
    """Clark's table: 9 of 10 has p = 0.011, 12 of 16 p = 0.038."""
    assert p_by_guessing(9, 10) == pytest.approx(11 / 1024)
    assert p_by_guessing(12, 16) == pytest.approx(0.0384, abs=1e-4)
    assert p_by_guessing(0, 0) == 1.0
    assert Score(9, 10).text() == "9 of 10 right; guessing does as well with p = 0.011: you hear a difference"
    assert "not more than guessing" in Score(6, 10).text()
    assert Score(0, 0).text() == "no trial yet"
    assert "p < 0.001" in Score(40, 40).text()


@given(n=TRIALS, data=st.data())
def test_p_is_a_probability_that_falls_with_the_score(n: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, n))
    p = p_by_guessing(right, n)
    assert 0 < p <= 1
    assert p_by_guessing(0, n) == 1
    if right < n:
        assert p >= p_by_guessing(right + 1, n)
    assert p + (p_by_guessing(n - right + 1, n) if right else 0.0) == pytest.approx(1)


@given(right=st.integers(), n=st.integers())
def test_impossible_scores_are_refused(right: int, n: int) -> None:
    if not 0 <= right <= n:
        with pytest.raises(ValueError, match="cannot be right"):
            p_by_guessing(right, n)


@given(seed=st.integers(), votes=VOTES)
def test_votes_are_counted(seed: int, votes: list[str]) -> None:
    test, right = Abx(seed), 0
    for number, vote in enumerate(votes):
        trial = test.begin()
        assert test.begin() is trial and test.open and test.score.n == number
        said = test.vote(vote)  # type: ignore[arg-type]
        assert said == (trial.x == vote) == trial.right
        right += said
    assert (test.score.right, test.score.n) == (right, len(votes))
    assert not test.open


@given(seed=st.integers(), votes=VOTES)
def test_what_comes_does_not_depend_on_the_votes(seed: int, votes: list[str]) -> None:
    def row(choices: list[str]) -> list[str]:
        test = Abx(seed)
        for vote in choices:
            test.begin()
            test.vote(vote)  # type: ignore[arg-type]
        return [trial.x for trial in test.trials]

    assert row(votes) == row(["a"] * len(votes))


def test_x_is_a_as_often_as_b_and_tells_nothing_of_the_next() -> None:
    test = Abx(1)
    for _ in range(4000):
        test.begin()
        test.vote("a")
    row = [trial.x == "a" for trial in test.trials]
    spread = 4 * math.sqrt(len(row)) / 2
    assert sum(row) == pytest.approx(len(row) / 2, abs=spread)
    assert sum(a == b for a, b in pairwise(row)) == pytest.approx(len(row) / 2, abs=spread)


def test_without_a_seed_nobody_can_know_the_row_and_no_other_chance_is_touched() -> None:
    random.seed(1)
    before = random.getstate()
    rows = set()
    for _ in range(5):
        test = Abx()
        for _ in range(64):
            test.begin()
            test.vote("a")
        rows.add("".join(trial.x for trial in test.trials))
    assert len(rows) == 5
    assert random.getstate() == before


def test_a_vote_needs_a_trial() -> None:
    with pytest.raises(ValueError, match="begin a trial"):
        Abx().vote("a")
    test = Abx()
    test.begin()
    with pytest.raises(ValueError, match="a or b"):
        test.vote("x")  # type: ignore[arg-type]
