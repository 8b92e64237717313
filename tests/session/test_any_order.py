"""Calls, speech and failures in any order: whatever happens, the rules hold.

The plays are the same in every run; `make soak` has others.
"""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings

from tests.session.any_order.actions import Speak
from tests.session.any_order.cast import SpeaksOn
from tests.session.any_order.plan import Answer, Plan, plans
from tests.session.any_order.shrinking import failure_of, shrink, written
from tests.session.any_order.stage import play


@settings(max_examples=200, derandomize=True, database=None, phases=[Phase.generate])
@given(plans)
def test_any_order(plan: Plan) -> None:
    failure = failure_of(plan)
    if failure is not None:
        smallest = shrink(failure)
        raise AssertionError(f"{smallest.message}\n\nplay({written(smallest.plan)})")


@settings(max_examples=20, derandomize=True, database=None, phases=[Phase.generate])
@given(plans)
def test_a_play_is_the_same_each_time(plan: Plan) -> None:
    """To the last bit of the journal. What a play does wrong is another test's business."""
    assert failure_of(plan) is not None or len({play(plan).session.journal.as_json_lines() for _ in range(3)}) == 1


FOUND = {
    "interrupted in the instant in which it ends": Plan(
        steps=((Speak(), 0.0), (Speak(), 2.5), (Speak(), 2.6), (Speak(duration_s=2.0), 1.7)),
        answers=(Answer(), Answer(), Answer(), Answer(sentences=2)),
        tuning={"interruption.min_words": 3, "preemption.enabled": True, "endpointing.min_delay_s": 1.0},
        d_stt=0.0,
        end="drain",
    ),
    "given up on, it has more to say": Plan(
        steps=((Speak(), 2.5), (Speak(words=1, duration_s=0.2), 2.5), (Speak(), 0.0)),
        agents=((SpeaksOn,),),
        answers=(Answer(), Answer(), Answer(), Answer(tools=("asks",))),
        tuning={
            "interruption.resume_false_interruption": False,
            "interruption.min_duration_s": 0.0,
            "preemption.enabled": True,
            "preemption.trigger": "interim",
            "preemption.max_speech_duration_s": 1.0,
        },
        interim=True,
        ttft=0.9,
        end="shutdown",
    ),
}


@pytest.mark.parametrize("plan", FOUND.values(), ids=FOUND)
def test_what_once_went_wrong(plan: Plan) -> None:
    play(plan)
