"""When words that may still change have held still for long enough."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.tuning import Preemption
from kit.turns.preemption import Stillness, same_words

ON = Preemption(enabled=True, trigger="interim", interim_still_s=0.2)
OFF = [Preemption(), Preemption(enabled=True), Preemption(enabled=False, trigger="interim")]

words = st.sampled_from(["go", "go left", "Go left.", "go  LEFT", "go right", "left"])
shown = st.lists(st.tuples(st.floats(0, 2), words), min_size=1, max_size=8)


def due_times(told: list[tuple[float, str]], rules: Preemption) -> list[float | None]:
    """What each showing of words says, so many seconds after the one before."""
    stillness, now, due = Stillness(), 0.0, []
    for after_s, text in told:
        now += after_s
        due.append(stillness.interim(text, now, rules))
    return due


@given(shown, st.floats(0, 2))
def test_it_counts_from_the_last_change(told: list[tuple[float, str]], still_s: float) -> None:
    """Judged from the showings alone: the words have been the same, but for case and punctuation, since then."""
    rules = replace(ON, interim_still_s=still_s)
    now, since_t, before = 0.0, 0.0, None
    for (after_s, text), due_t in zip(told, due_times(told, rules), strict=True):
        now += after_s
        if before is None or not same_words(before, text):
            since_t = now
        before = text
        assert due_t == since_t + still_s


@given(shown, st.data())
def test_how_often_the_same_words_are_shown_does_not_matter(told: list[tuple[float, str]], data: st.DataObject) -> None:
    repeated: list[tuple[float, str]] = []
    kept: list[int] = []
    for after_s, text in told:
        repeated.append((after_s, text))
        kept.append(len(repeated) - 1)
        repeated += [(0.0, text)] * data.draw(st.integers(0, 2))
    due = due_times(repeated, ON)
    assert [due[place] for place in kept] == due_times(told, ON)


@given(shown, st.floats(0.01, 1))
def test_a_change_makes_it_no_earlier(told: list[tuple[float, str]], after_s: float) -> None:
    due = due_times([*told, (after_s, "something else")], ON)
    assert due[-1] is not None and due[-2] is not None
    assert due[-1] > due[-2] - 1e-9
    now = sum(wait_s for wait_s, _ in told) + after_s
    assert due[-1] == pytest.approx(now + ON.interim_still_s)


@pytest.mark.parametrize("rules", OFF)
@given(told=shown)
def test_nothing_depends_on_it_where_it_is_not_asked_for(told: list[tuple[float, str]], rules: Preemption) -> None:
    assert set(due_times(told, rules)) == {None}


@given(shown, st.sampled_from(OFF))
def test_it_is_followed_while_it_is_turned_off(told: list[tuple[float, str]], off: Preemption) -> None:
    """Turned on in the middle, it is as if it had been on from the beginning."""
    stillness, now = Stillness(), 0.0
    for after_s, text in told:
        now += after_s
        stillness.interim(text, now, off)
    assert stillness.interim(told[-1][1], now, ON) == due_times(told, ON)[-1]


@given(shown, shown)
def test_what_is_forgotten_does_not_matter(before: list[tuple[float, str]], told: list[tuple[float, str]]) -> None:
    stillness, now = Stillness(), 0.0
    for after_s, text in before:
        now += after_s
        stillness.interim(text, now, ON)
    stillness.forget()
    stillness.forget()
    due = []
    for after_s, text in told:
        now += after_s
        due.append(stillness.interim(text, now, ON))
    fresh = due_times([(now - sum(wait_s for wait_s, _ in told) + told[0][0], told[0][1]), *told[1:]], ON)
    assert due == pytest.approx(fresh)
