"""When the user's voice stops the agent's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.tuning import Interruption
from kit.turns.interruption import count_words, enough_words, interruption_due_t, words_interrupt

settings = st.builds(Interruption, enabled=st.booleans(), min_duration_s=st.floats(0, 3), min_words=st.integers(0, 4))
texts = st.lists(st.sampled_from(["wait", "no", "a", "moment"]), max_size=4).map(" ".join)
times = st.floats(0, 100)


def test_after_the_least_duration() -> None:
    assert interruption_due_t(Interruption(min_duration_s=0.4), speech_started_t=2.0, text="") == pytest.approx(2.4)


def test_only_with_enough_words() -> None:
    rules = Interruption(min_words=2)
    assert interruption_due_t(rules, speech_started_t=2.0, text="wait") is None
    for enough in ("wait please", "wait a moment"):
        assert interruption_due_t(rules, speech_started_t=2.0, text=enough) == pytest.approx(2.5)


def test_never_when_it_is_turned_off() -> None:
    rules = Interruption(enabled=False)
    assert interruption_due_t(rules, speech_started_t=2.0, text="wait a moment") is None
    assert not words_interrupt(rules, "wait a moment")


def test_no_words_are_enough_when_none_are_asked_for() -> None:
    assert enough_words(Interruption(min_words=0), "")


def test_words_that_are_final_interrupt_however_short_their_sound() -> None:
    assert words_interrupt(Interruption(min_duration_s=10.0), "stop")
    assert not words_interrupt(Interruption(min_duration_s=0.0), "")
    assert not words_interrupt(Interruption(min_words=2), "stop")
    assert words_interrupt(Interruption(min_words=2), "stop it")


@given(settings, times, texts)
def test_not_before_the_voice_has_lasted_long_enough(rules: Interruption, start: float, text: str) -> None:
    due_t = interruption_due_t(rules, speech_started_t=start, text=text)
    assert due_t is None or due_t == start + rules.min_duration_s
    assert (due_t is not None) == (rules.enabled and count_words(text) >= rules.min_words)


@given(settings, times, texts, texts)
def test_more_words_take_no_interruption_back(rules: Interruption, start: float, text: str, more: str) -> None:
    longer = f"{text} {more}"
    due_t = interruption_due_t(rules, speech_started_t=start, text=text)
    assert due_t is None or interruption_due_t(rules, speech_started_t=start, text=longer) == due_t
    assert not words_interrupt(rules, text) or words_interrupt(rules, longer)


@given(settings, times, st.lists(texts, max_size=4), st.sampled_from([" ", "  ", "\n", " \t "]))
def test_how_the_words_came_does_not_matter(rules: Interruption, start: float, parts: list[str], gap: str) -> None:
    """In one transcript or in several, whatever white space is between them."""
    whole, joined = " ".join(filter(None, parts)), gap.join(["", *parts, ""])
    assert count_words(joined) == count_words(whole) == sum(map(count_words, parts))
    assert interruption_due_t(rules, speech_started_t=start, text=joined) == interruption_due_t(
        rules, speech_started_t=start, text=whole
    )
    assert enough_words(rules, joined) == enough_words(rules, whole)
    if whole:
        assert words_interrupt(rules, joined) == words_interrupt(rules, whole)


@given(settings, times, texts)
def test_stricter_settings_interrupt_no_earlier(rules: Interruption, start: float, text: str) -> None:
    due_t = interruption_due_t(rules, speech_started_t=start, text=text)
    for stricter in (
        replace(rules, min_duration_s=rules.min_duration_s + 0.5),
        replace(rules, min_words=rules.min_words + 1),
        replace(rules, enabled=False),
    ):
        later_t = interruption_due_t(stricter, speech_started_t=start, text=text)
        assert later_t is None or (due_t is not None and later_t >= due_t)
        assert not words_interrupt(stricter, text) or words_interrupt(rules, text)
