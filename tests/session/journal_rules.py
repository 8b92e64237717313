"""What holds of every journal, whatever happened in its session. One rule a function; `check_journal` asks them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from kit.session.records import Record

SOURCES = {
    "stt",
    "vad",
    "llm",
    "tts",
    "realtime",
    "turn_detector",
    "background",
    "tool",
    "audio",
    "text",
    "audio_in",
    "audio_out",
    "node",
    "close",
}
"""Of errors, as the journal's documentation lists them. Any other is the name of a task that crashed."""

TICK_S = 2e-4
"""Durations of sound nearer than this are equal: a few samples."""


def check_journal(records: Sequence[Record]) -> None:
    for rule in (
        in_order,
        speeches_end_once,
        one_voice_at_a_time,
        pauses_end,
        requests_end,
        attempts_end_once,
        turns_are_answered,
        tools_return,
        agents_follow_each_other,
        states_follow_each_other,
        voices_begin_and_end,
        errors_have_a_source,
    ):
        rule(records)


def of(records: Sequence[Record], *kinds: str) -> list[Any]:
    return [record for record in records if record.type in kinds]


def in_order(records: Sequence[Record]) -> None:
    times = [record.t for record in records]
    assert times == sorted(times), "time goes back"
    types = [record.type for record in records]
    assert types[0] == "session_started" and types.count("session_started") == 1
    assert types.count("session_closed") == 1
    assert types[-1] == "session_closed", f"behind the close: {records[types.index('session_closed') + 1 :]}"


def speeches_end_once(records: Sequence[Record]) -> None:
    """Created, then perhaps heard, then finished: each of them once."""
    lives: dict[str, list[str]] = {}
    for record in of(records, "speech_created", "speech_started", "speech_finished"):
        lives.setdefault(record.speech, []).append(record.type.removeprefix("speech_"))
    wrong = {
        speech: life
        for speech, life in lives.items()
        if life not in (["created", "started", "finished"], ["created", "finished"])
    }
    assert not wrong, f"speeches without a whole life: {wrong}"
    for record in of(records, "speech_finished"):
        heard = "started" in lives[record.speech]
        assert heard or not record.played_s, f"{record} was never started"
        assert heard or not record.text, f"{record} was never started"


def one_voice_at_a_time(records: Sequence[Record]) -> None:
    """Nobody begins while another speaks, unless that one may still call tools and has no more to say until then: it
    has called some, or its voice has failed. What is over stays silent."""
    begun: list[str] = []
    finished: set[str] = set()
    waiting: set[str] = set()
    told = ("tool_called", "error", "speech_started", "speech_paused", "speech_resumed", "speech_finished")
    for record in of(records, *told):
        if record.type == "tool_called":
            waiting.add(record.speech)
        elif record.type == "error":
            waiting.update(begun if record.source == "tts" else ())
        else:
            assert record.speech not in finished, f"{record} is over already"
        if record.type == "speech_started":
            talking = [speech for speech in begun if speech not in waiting]
            assert not talking, f"{record}, while {talking} speak"
            begun.append(record.speech)
        elif record.type == "speech_finished":
            finished.add(record.speech)
            begun = [speech for speech in begun if speech != record.speech]


def pauses_end(records: Sequence[Record]) -> None:
    """A speech is paused, then resumed at the same place or finished: not paused twice, nor resumed without a pause."""
    paused: dict[str, Any] = {}
    for record in of(records, "speech_created", "speech_paused", "speech_resumed", "speech_finished"):
        before = paused.pop(record.speech, None)
        if record.type == "speech_paused":
            assert before is None, f"{record} was paused before: {before}"
            assert not paused, f"{record}, while {paused} is paused"
            paused[record.speech] = record
        elif record.type == "speech_resumed":
            assert before is not None, f"{record} was not paused"
            assert abs(record.played_s - before.played_s) < TICK_S, f"{before} went on in its pause until {record}"
        elif record.type == "speech_finished" and before is not None:
            assert record.played_s < before.played_s + TICK_S, f"{before} went on in its pause until {record}"


def requests_end(records: Sequence[Record]) -> None:
    """Each request to an LLM or a TTS is asked, gives something at most once as the first, and is done once."""
    for model, first in (("llm", "first_token"), ("tts", "first_audio")):
        lives: dict[str, list[str]] = {}
        for record in of(records, f"{model}_requested", f"{model}_{first}", f"{model}_done"):
            lives.setdefault(record.request, []).append(record.type.removeprefix(f"{model}_"))
        wrong = {
            request: life
            for request, life in lives.items()
            if life not in (["requested", first, "done"], ["requested", "done"])
        }
        assert not wrong, f"requests without a whole life: {wrong}"


def attempts_end_once(records: Sequence[Record]) -> None:
    """Each attempt is started, then adopted or discarded, once. A turn adopts one at most, and commits before."""
    started: set[int] = set()
    ended: set[int] = set()
    committed: set[int] = set()
    adopted: Counter[int] = Counter()
    for record in of(records, "turn_committed", "preemption_started", "preemption_adopted", "preemption_discarded"):
        if record.type == "turn_committed":
            committed.add(record.turn)
        elif record.type == "preemption_started":
            assert record.attempt not in started, f"{record} was started before"
            assert record.turn not in committed, f"{record} is for a turn that is over"
            started.add(record.attempt)
        else:
            assert record.attempt in started - ended, f"{record} was not under way"
            ended.add(record.attempt)
        if record.type == "preemption_adopted":
            assert record.turn in committed, f"{record} is for a turn that is not over"
            assert record.lead_s >= 0, record
            adopted[record.turn] += 1
        elif record.type == "preemption_discarded":
            assert record.reason, f"{record} has no reason"
    assert started == ended, f"attempts without an end: {started - ended}"
    assert all(count == 1 for count in adopted.values()), f"turns that adopted more than one attempt: {adopted}"


def turns_are_answered(records: Sequence[Record]) -> None:
    """Each turn has words and ends in one speech, or is dropped for a reason."""
    committed = of(records, "turn_committed")
    assert [record.turn for record in committed] == list(range(1, len(committed) + 1))
    if records[0].models["stt"]:  # a realtime model's words may come later
        assert all(record.text.strip() for record in committed), "a turn without words"
    answers = Counter(record.turn for record in of(records, "speech_created") if record.source == "turn")
    answers.update(record.turn for record in of(records, "turn_dropped"))
    expected = Counter(record.turn for record in committed)
    assert answers == expected, f"turns: {dict(expected)}; answered or dropped: {dict(answers)}"
    assert all(record.reason for record in of(records, "turn_dropped")), "a turn was dropped for no reason"


def tools_return(records: Sequence[Record]) -> None:
    called = [(record.name, record.call) for record in of(records, "tool_called")]
    returned = [(record.name, record.call) for record in of(records, "tool_returned")]
    assert Counter(called) == Counter(returned), f"called {called}, returned {returned}"
    assert not called or max(Counter(called).values()) == 1, f"a call was run twice: {called}"


def agents_follow_each_other(records: Sequence[Record]) -> None:
    for before, after in pairwise(of(records, "agent_handoff")):
        assert after.old == before.new, f"{after} behind {before}"


def states_follow_each_other(records: Sequence[Record]) -> None:
    for kind in ("agent_state", "user_state"):
        for record in of(records, kind):
            assert record.old != record.new, f"{record} changes nothing"
        for before, after in pairwise(of(records, kind)):
            assert after.old == before.new, f"{after} behind {before}"


def voices_begin_and_end(records: Sequence[Record]) -> None:
    """The user's speech begins and ends in turn, and no place in the audio is in the future."""
    for before, after in pairwise(of(records, "user_speech_started", "user_speech_ended")):
        assert before.type != after.type, f"{after} behind {before}"
    for record in of(records, "user_speech_started", "user_speech_ended", "turn_committed"):
        assert record.audio_t <= record.t + 1e-6, f"{record} is in the future"


def errors_have_a_source(records: Sequence[Record]) -> None:
    for record in of(records, "error"):
        assert record.source in SOURCES, f"a task crashed: {record}"
        assert record.message, record
