"""When an attempt may be begun, and when it may be used."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.chat import ChatContext, ChatMessage
from kit.tuning import Preemption
from kit.turns.preemption import Basis, may_start, mismatch, same_words

ON = Preemption(enabled=True, max_retries=2, max_speech_duration_s=10.0)


@pytest.mark.parametrize(
    ("settings", "attempts", "duration_s", "allowed"),
    [
        (ON, 0, 1.0, True),
        (ON, 1, 10.0, True),
        (ON, 2, 1.0, False),
        (ON, 0, 10.1, False),
        (Preemption(enabled=False), 0, 1.0, False),
        (Preemption(enabled=True, max_retries=0), 0, 1.0, False),
    ],
)
def test_limits(settings: Preemption, attempts: int, duration_s: float, allowed: bool) -> None:
    assert may_start(settings, attempts=attempts, speech_duration_s=duration_s) is allowed


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("What is the weather?", "what is the weather", True),
        ("Well,  then", "well then", True),
        ("Straße", "STRASSE", True),
        ("ten", "tent", False),
        ("go left", "go right", False),
        ("", "", True),
        ("今日は。", "今日は", True),
    ],
)
def test_same_words(a: str, b: str, same: bool) -> None:
    assert same_words(a, b) is same


@given(st.text(), st.text())
def test_same_words_is_symmetric_and_reflexive(a: str, b: str) -> None:
    assert same_words(a, a)
    assert same_words(a, b) == same_words(b, a)


def test_an_attempt_serves_only_what_it_was_made_from() -> None:
    chat_ctx = ChatContext([ChatMessage("system", "Be brief.")])
    basis = Basis("hello there", chat_ctx, ["tool"])
    assert mismatch(basis, Basis("Hello, there.", chat_ctx.copy(), ["tool"])) is None
    assert mismatch(basis, Basis("hello then", chat_ctx, ["tool"])) == "transcript_changed"
    more = chat_ctx.copy()
    more.add_message(role="system", content="It rains.")
    assert mismatch(basis, Basis("hello there", more, ["tool"])) == "context_changed"
    assert mismatch(basis, Basis("hello there", chat_ctx, [])) == "tools_changed"
