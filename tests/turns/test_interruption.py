"""When the user's voice stops the agent's."""

from __future__ import annotations

import pytest

from kit.tuning import Interruption
from kit.turns.interruption import enough_words, interruption_due_t


def test_after_the_least_duration() -> None:
    assert interruption_due_t(Interruption(min_duration_s=0.4), speech_started_t=2.0, text="") == pytest.approx(2.4)


def test_only_with_enough_words() -> None:
    settings = Interruption(min_words=2)
    assert interruption_due_t(settings, speech_started_t=2.0, text="wait") is None
    assert interruption_due_t(settings, speech_started_t=2.0, text="wait a moment") == pytest.approx(2.5)


def test_never_when_it_is_turned_off() -> None:
    assert interruption_due_t(Interruption(enabled=False), speech_started_t=2.0, text="wait a moment") is None


def test_no_words_are_enough_when_none_are_asked_for() -> None:
    assert enough_words(Interruption(min_words=0), "")
