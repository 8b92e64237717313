from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.lab.comparison import compare
from kit.lab.latency import STAGES, gaps_s, turns
from kit.lab.summary import summarize
from kit.session.journal import Journal
from kit.session.records import (
    LlmDone,
    LlmFirstToken,
    LlmRequested,
    PreemptionAdopted,
    PreemptionStarted,
    SpeechCreated,
    SpeechStarted,
    Transcript,
    TtsFirstAudio,
    TtsRequested,
    TurnCommitted,
)
from tests.lab.hand_made import OFF, ON, ON_TTS, Said, journal

SECONDS = st.floats(0, 3).map(lambda value: round(value, 6))


def only(*said: Said, tuning=OFF):
    (turn,) = turns(journal(*said, tuning=tuning))
    return turn


@pytest.mark.parametrize(
    ("d_stt", "off", "on", "on_tts"),
    [(0.1, 1.05, 0.7, 0.65), (0.2, 1.05, 0.75, 0.75), (0.4, 1.05, 0.95, 0.95), (0.7, 1.25, 1.25, 1.25)],
)
def test_saved_is_the_difference_to_the_same_turn_without_preemption(d_stt, off, on, on_tts):
    for tuning, gap in ((OFF, off), (ON, on), (ON_TTS, on_tts)):
        turn = only(Said(d_stt=d_stt), tuning=tuning)
        assert turn.gap_s == gap
        assert turn.saved_s == pytest.approx(off - gap, abs=1e-9)


def test_stages_off():
    turn = only(Said(d_stt=0.1, d_vad=0.3, playout=0.04))
    assert [turn.stage_s(name) for name in STAGES] == [0.1, 0.4, 0.35, 0.2, 0.04]
    assert (turn.d_stt_s, turn.d_vad_s, turn.d_commit_s, turn.gap_s) == (0.1, 0.3, 0.5, 1.09)
    assert (turn.outcome, turn.ahead, turn.lead_s, turn.attempt) == ("answered", (), None, 0)


def test_work_made_ready_before_its_turn_is_no_stage_of_it():
    turn = only(Said(d_stt=0.1), tuning=ON_TTS)
    assert [turn.stage_s(name) for name in STAGES] == [0.1, 0.4, 0.0, 0.15, 0.0]
    assert [(work.name, work.duration_s) for work in turn.ahead] == [("llm", 0.35), ("tts", 0.05)]
    assert turn.lead_s == 0.4


def test_work_that_lasts_longer_than_the_turn_is_ahead_up_to_the_commitment():
    turn = only(Said(d_stt=0.4), tuning=ON)
    assert [turn.stage_s(name) for name in STAGES] == [0.4, 0.1, 0.25, 0.2, 0.0]
    assert [(work.name, work.duration_s) for work in turn.ahead] == [("llm", 0.1)]


def test_a_hook_that_takes_time_counts_with_the_llm_and_is_not_saved():
    off, on = only(Said(hook=0.2)), only(Said(hook=0.2), tuning=ON)
    assert off.stage_s("llm") == 0.55
    assert on.stage_s("llm") == 0.2
    assert on.saved_s == off.gap_s - on.gap_s == pytest.approx(0.35)


@given(
    d_stt=SECONDS,
    d_vad=SECONDS,
    ttft=SECONDS,
    ttfb=SECONDS,
    playout=SECONDS,
    hook=SECONDS,
    tuning=st.sampled_from([OFF, ON, ON_TTS]),
)
def test_stages_add_up_to_the_gap_to_the_nanosecond(tuning, **delays):
    turn = only(Said(**delays), tuning=tuning)
    assert [stage.name for stage in turn.stages] == list(STAGES)
    assert sum(round(stage.duration_s * 1e9) for stage in turn.stages) == round(turn.gap_s * 1e9)
    assert all(stage.duration_s >= 0 for stage in turn.stages)
    assert all(a.end_t == b.start_t for a, b in zip(turn.stages, turn.stages[1:], strict=False))


@given(d_stt=SECONDS, d_vad=SECONDS, ttft=SECONDS, ttfb=SECONDS, hook=SECONDS, tuning=st.sampled_from([ON, ON_TTS]))
def test_what_is_saved_is_what_the_turn_would_have_cost(tuning, **delays):
    off, on = only(Said(**delays)), only(Said(**delays), tuning=tuning)
    assert on.saved_s == pytest.approx(off.gap_s - on.gap_s, abs=2e-9)
    assert all(work.end_t <= on.commit_t for work in on.ahead)


def test_a_dropped_turn_has_no_gap_and_the_stages_it_came_through():
    turn = only(Said(dropped="stop_response"), tuning=ON)
    assert (turn.outcome, turn.reason, turn.gap_s, turn.saved_s) == ("dropped", "stop_response", None, None)
    assert [stage.name for stage in turn.stages] == ["stt", "endpointing"]


def test_a_discarded_attempt_saves_nothing():
    turn = only(Said(discarded="context_changed"), tuning=ON)
    assert (turn.gap_s, turn.saved_s, turn.attempt, turn.ahead) == (1.05, 0.0, 0, ())


def test_an_interrupted_answer_keeps_what_was_heard():
    turn = only(Said(interrupted_after=1.0))
    assert (turn.outcome, turn.reply, turn.gap_s) == ("interrupted", "It is sunny", 1.05)


def test_a_journal_cut_at_any_record_can_be_read():
    whole = list(journal(Said(), Said(dropped="stop_response"), Said(discarded="failed"), tuning=ON_TTS))
    for length in range(len(whole) + 1):
        for turn in turns(Journal(records=whole[:length])):
            assert (turn.gap_s is not None) == (len(turn.stages) == len(STAGES))
    committed = next(i for i, record in enumerate(whole) if isinstance(record, TurnCommitted))
    assert turns(Journal(records=whole[: committed + 1]))[0].outcome == "open"


def test_a_tool_call_ahead_saves_only_its_own_request():
    """Asked at 1.1 s, the call is known at 1.45 s, before the turn's end at 1.5 s; then tool 0.5 s, LLM 0.35 s."""
    records = [
        Transcript(t=1.1, text="book it", final=True),
        PreemptionStarted(t=1.1, attempt=1, turn=1),
        LlmRequested(t=1.1, request="a", turn=1, attempt=1),
        LlmFirstToken(t=1.45, request="a", turn=1),
        LlmDone(
            t=1.45, request="a", turn=1, prompt_tokens=9, completion_tokens=3, cancelled=False, tokens_estimated=False
        ),
        TurnCommitted(t=1.5, turn=1, text="book it", audio_t=1.0),
        PreemptionAdopted(t=1.5, attempt=1, turn=1, lead_s=0.4),
        SpeechCreated(t=1.5, speech="s", source="turn", turn=1),
        LlmRequested(t=2.0, request="b", turn=1, attempt=1),
        LlmFirstToken(t=2.35, request="b", turn=1),
        TtsRequested(t=2.35, request="v", speech="s", attempt=1),
        TtsFirstAudio(t=2.55, request="v", speech="s"),
        SpeechStarted(t=2.55, speech="s"),
    ]
    (turn,) = turns(Journal(records=records))
    assert turn.saved_s == 0.35
    assert turn.llm_requested_t == 2.0
    assert [turn.stage_s(name) for name in STAGES] == [0.1, 0.4, 0.85, 0.2, 0.0]


def test_no_model_but_a_voice():
    """An agent whose nodes need no LLM and give ready audio: what is not there takes no time."""
    records = [
        TurnCommitted(t=1.5, turn=1, text="hello", audio_t=1.0),
        SpeechCreated(t=1.5, speech="s", source="turn", turn=1),
        SpeechStarted(t=1.7, speech="s"),
    ]
    (turn,) = turns(Journal(records=records))
    assert [turn.stage_s(name) for name in STAGES] == [0.0, 0.5, 0.0, 0.0, 0.2]


def test_summary_by_hand():
    summary = summarize([0.7, 0.9, 1.1, 0.8])
    assert (summary.n, summary.median_s, summary.mean_s) == (4, 0.85, 0.875)
    assert summary.p95_s == pytest.approx(1.07)
    assert 0.7 <= summary.mean_interval.low_s < 0.875 < summary.mean_interval.high_s <= 1.1
    assert summarize([0.7, 0.9, 1.1, 0.8]) == summary


def test_the_interval_depends_on_the_seed_alone():
    values = [0.7 + 0.0137 * (i * i % 29) for i in range(40)]
    assert summarize(values, seed=1) == summarize(values, seed=1)
    assert summarize(values, seed=1).mean_interval != summarize(values, seed=2).mean_interval


def test_one_value_has_no_interval_and_none_no_summary():
    assert summarize([0.7]).mean_interval is None
    assert summarize([]) is None


def test_the_bootstrap_interval_covers_the_mean_about_as_often_as_it_says():
    import numpy as np

    random = np.random.default_rng(11)
    covered = 0
    for seed in range(200):
        interval = summarize(random.normal(1.0, 0.2, 40), seed=seed).mean_interval
        covered += interval.low_s <= 1.0 <= interval.high_s
    assert 0.89 <= covered / 200 <= 0.99


def test_turns_are_compared_in_pairs():
    said = [Said(d_stt=0.1), Said("and tomorrow", d_stt=0.2), Said("thanks", d_stt=0.4)]
    off, on = turns(journal(*said, tuning=OFF)), turns(journal(*said, tuning=ON))
    found = compare(off, on)
    assert found.differences_s == (-0.35, -0.3, -0.1)
    assert (found.summary.median_s, found.summary.n, found.unpaired) == (-0.3, 3, 0)


def test_pairs_follow_the_words_where_one_side_has_turns_more():
    off = turns(journal(Said("hello"), Said("what is the weather"), Said("thanks")))
    on = turns(journal(Said("Hello!"), Said("um"), Said("what is the weather"), Said("thanks"), tuning=ON))
    found = compare(off, on)
    assert [(old.turn, new.turn) for old, new in found.pairs] == [(1, 1), (2, 3), (3, 4)]
    assert found.unpaired == 1


def test_turns_heard_differently_in_the_same_place_are_a_pair():
    off, on = turns(journal(Said("ten of clubs"), Said("bye"))), turns(journal(Said("tend of clubs"), Said("bye")))
    assert len(compare(off, on).pairs) == 2


def test_nothing_to_compare():
    found = compare([], turns(journal(Said())))
    assert (found.pairs, found.summary, found.unpaired) == ((), None, 1)


def test_gaps_leave_out_what_was_not_heard():
    assert gaps_s(turns(journal(Said(), Said(dropped="hook_failed")))) == [1.05]
