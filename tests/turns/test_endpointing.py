"""When a turn is over: the rule, its exceptions, and that nothing depends on how events are batched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.tuning import Endpointing as Settings
from kit.turns.endpointing import Endpointing

SETTINGS = Settings(min_delay_s=0.5, max_delay_s=3.0)


def spoken(*, d_stt: float, d_vad: float, end: float = 2.0) -> Endpointing:
    """A turn of one utterance that ended at `end`, with what is known of it in the order in which it came."""
    turn = Endpointing()
    turn.speech_started(end - 1)
    events = [
        (end + d_stt, lambda: turn.transcript("hello", final=True, now=end + d_stt)),
        (end + d_vad, lambda: turn.speech_ended(end, end + d_vad, SETTINGS)),
    ]
    for _, happen in sorted(events, key=lambda event: event[0]):
        happen()
    return turn


@pytest.mark.parametrize(
    ("d_stt", "d_vad", "commit"),
    [(0.1, 0.3, 0.5), (0.7, 0.3, 0.7), (0.1, 0.9, 0.9), (0.5, 0.5, 0.5), (0.0, 0.0, 0.5)],
)
def test_commit_is_the_latest_of_delay_words_and_silence(d_stt: float, d_vad: float, commit: float) -> None:
    assert spoken(d_stt=d_stt, d_vad=d_vad).deadline(SETTINGS) == pytest.approx(2.0 + commit, abs=1e-9)


@given(st.floats(0, 5), st.floats(0, 5), st.floats(0, 3))
def test_never_before_words_silence_and_delay(d_stt: float, d_vad: float, delay: float) -> None:
    due = spoken(d_stt=d_stt, d_vad=d_vad).deadline(Settings(min_delay_s=delay, max_delay_s=3.0))
    assert due == max(2.0 + delay, 2.0 + d_stt, 2.0 + d_vad)


def test_no_turn_without_words() -> None:
    turn = Endpointing()
    turn.speech_started(0.0)
    turn.speech_ended(1.0, 1.3, SETTINGS)
    assert turn.deadline(SETTINGS) is None


def test_no_turn_while_the_user_speaks() -> None:
    turn = spoken(d_stt=0.1, d_vad=0.2)
    turn.speech_started(2.3)
    assert turn.deadline(SETTINGS) is None
    turn.speech_ended(2.9, 3.1, SETTINGS)
    assert turn.deadline(SETTINGS) == pytest.approx(3.4)


def test_words_shown_but_not_final_wait_for_the_longest_delay() -> None:
    turn = spoken(d_stt=0.1, d_vad=0.2)
    turn.transcript("and", final=False, now=2.3)
    assert turn.deadline(SETTINGS) == pytest.approx(5.0)
    turn.transcript("and more", final=True, now=2.9)
    assert turn.deadline(SETTINGS) == pytest.approx(2.9)
    assert turn.text == "hello and more"


def test_an_unlikely_end_waits_for_the_longest_delay_until_more_is_said() -> None:
    turn = spoken(d_stt=0.1, d_vad=0.2)
    turn.end_of_turn(0.1, threshold=0.5)
    assert turn.deadline(SETTINGS) == pytest.approx(5.0)
    turn.end_of_turn(0.9, threshold=0.5)
    assert turn.deadline(SETTINGS) == pytest.approx(2.5)


def test_words_alone_make_a_turn_where_no_voice_was_seen() -> None:
    turn = Endpointing()
    turn.transcript("hello", final=True, now=2.4, audio_t=2.0)
    assert turn.deadline(SETTINGS) == pytest.approx(2.5)
    assert turn.commit(2.5).ended_t == 2.0


def test_a_commit_begins_a_new_turn() -> None:
    turn = spoken(d_stt=0.1, d_vad=0.2)
    done = turn.commit(2.5)
    assert (done.text, done.started_t, done.ended_t) == ("hello", 1.0, 2.0)
    assert turn.text == "" and turn.deadline(SETTINGS) is None


@given(st.permutations(["words", "silence", "probability"]), st.floats(0, 1))
def test_order_of_what_is_known_at_one_instant_does_not_matter(order: list[str], probability: float) -> None:
    turn = Endpointing()
    turn.speech_started(0.0)
    for event in order:
        if event == "words":
            turn.transcript("hello", final=True, now=1.4)
        elif event == "silence":
            turn.speech_ended(1.0, 1.4, SETTINGS)
    turn.end_of_turn(probability, 0.5)
    assert turn.deadline(SETTINGS) == pytest.approx(1.5 if probability >= 0.5 else 4.0)
