"""The measures, read from journals that sessions have written."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit import Agent, Tuning, function_tool
from kit.chat import FunctionCall, FunctionCallOutput
from kit.lab.gaps import check, gaps_in_audio
from kit.lab.latency import STAGES, turns
from kit.lab.ledger import ledger
from tests.session.scenes import Scene, hold

OFF = Tuning()
ON = OFF.replace({"preemption.enabled": True})
ON_TTS = ON.replace({"preemption.preemptive_tts": True})
milliseconds = st.integers(0, 1500).map(lambda ms: ms / 1000)


async def one_turn(scene: Scene) -> None:
    await scene.ask()
    await asyncio.sleep(9)


def only(tuning, act=one_turn, **scene):
    (turn,) = turns(hold(act, tuning=tuning, **scene).session.journal)
    return turn


@settings(max_examples=40)
@given(
    d_stt=milliseconds, d_vad=milliseconds, ttft=milliseconds, ttfb=milliseconds, tuning=st.sampled_from([ON, ON_TTS])
)
def test_saved_is_what_the_same_session_without_preemption_would_have_cost(tuning, **latencies):
    off, on = only(OFF, **latencies), only(tuning, **latencies)
    assert on.saved_s == pytest.approx(off.gap_s - on.gap_s, abs=1e-6)
    for turn in (off, on):
        assert sum(round(stage.duration_s * 1e9) for stage in turn.stages) == round(turn.gap_s * 1e9)
        assert turn.d_stt_s == pytest.approx(latencies["d_stt"], abs=1e-6)
        assert turn.d_vad_s == pytest.approx(latencies["d_vad"], abs=1e-6)


def test_stages_are_the_models_latencies():
    turn = only(OFF, d_stt=0.1, d_vad=0.3, ttft=0.35, ttfb=0.2)
    assert [turn.stage_s(name) for name in STAGES] == pytest.approx([0.1, 0.4, 0.35, 0.2, 0.0], abs=1e-6)
    assert (turn.outcome, turn.reply) == ("answered", "It is sunny in Paris.")


class Slow(Agent):
    async def on_user_turn_completed(self, turn_ctx, new_message):
        await asyncio.sleep(0.2)


@pytest.mark.parametrize("tuning", [ON, ON_TTS])
def test_a_slow_hook_is_not_counted_as_saved(tuning):
    off, on = only(OFF, agent=Slow()), only(tuning, agent=Slow())
    assert on.attempt == 1
    assert on.saved_s == pytest.approx(off.gap_s - on.gap_s, abs=1e-6)
    assert off.stage_s("llm") == pytest.approx(0.55, abs=1e-6)


class Booker(Agent):
    @function_tool
    async def book(self) -> str:
        """Book a table."""
        await asyncio.sleep(0.5)
        return "booked"


def call_then_tell(chat_ctx):
    called = any(isinstance(item, FunctionCallOutput) for item in chat_ctx)
    return "It is booked." if called else FunctionCall("", "book", "{}")


@pytest.mark.parametrize("tuning", [ON, ON_TTS])
def test_an_answer_that_calls_a_tool_first(tuning):
    off = only(OFF, agent=Booker(), replies=call_then_tell)
    on = only(tuning, agent=Booker(), replies=call_then_tell)
    assert off.gap_s == pytest.approx(0.5 + 0.35 + 0.5 + 0.35 + 0.2, abs=1e-6)
    assert on.saved_s == pytest.approx(off.gap_s - on.gap_s, abs=1e-6) == pytest.approx(0.35, abs=1e-6)


class Changing(Agent):
    async def on_user_turn_completed(self, turn_ctx, new_message):
        turn_ctx.add_message(role="system", content="It is Sunday.")


def test_a_discarded_attempt_is_in_the_ledger_with_what_it_used():
    scene = hold(one_turn, tuning=ON_TTS, agent=Changing())
    (row,), (turn,) = ledger(scene.session.journal).rows, turns(scene.session.journal)
    assert (row.outcome, row.reason, row.saved_s) == ("discarded", "context_changed", None)
    assert row.completion_tokens == 5
    assert row.characters == len("It is sunny in Paris.")
    assert (turn.saved_s, turn.attempt, turn.gap_s) == (0.0, 0, pytest.approx(1.05, abs=1e-6))


def test_an_adopted_attempt_is_in_the_ledger_with_what_it_used():
    (row,) = ledger(hold(one_turn, tuning=ON).session.journal).rows
    assert (row.outcome, row.completion_tokens, row.characters) == ("adopted", 5, len("It is sunny in Paris."))
    assert (row.lead_s, row.saved_s) == (pytest.approx(0.4, abs=1e-6), pytest.approx(0.35, abs=1e-6))


def test_an_interrupted_answer():
    async def cut_short(scene):
        await scene.ask()
        await asyncio.sleep(2.0)
        await scene.ask("wait", 1.0)
        await asyncio.sleep(9)

    first, second = turns(hold(cut_short, replies="It is sunny in Paris, and it will stay so.").session.journal)
    assert first.outcome == "interrupted"
    assert 0 < len(first.reply) < len("It is sunny in Paris, and it will stay so.")
    assert second.outcome == "answered"


def test_the_sound_agrees_with_the_journal():
    """The agent's sound as the loudspeaker played it, the user's where its script says."""
    scene = hold(one_turn, tuning=ON)
    (turn,) = turns(scene.session.journal)
    rate = scene.heard[0][1].sample_rate
    audio = np.zeros((round(12 * rate), 3), np.int16)
    audio[: round(turn.end_of_speech_t * rate), 0] = 8_000
    for at, frame in scene.heard:
        samples = np.frombuffer(frame.data, np.int16)
        start = round(at * rate)
        audio[start : start + len(samples), 1] = samples
    (found,) = check([turn], gaps_in_audio(audio, rate))
    assert found.difference_s == pytest.approx(0, abs=0.01)
