"""What holds after every play, beside the rules of the journal: of the speeches, the sound, and what is remembered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import groupby, pairwise
from typing import Any

from kit.chat import ChatItem, ChatMessage, FunctionCall, FunctionCallOutput
from tests.session.any_order.cast import EntersAsking, SpeaksOn
from tests.session.any_order.stage import Stage
from tests.session.journal_rules import of

SAMPLE_S = 1e-4
"""Sound is cut at whole samples."""
NAMES = re.compile(r"\b([A-Za-z]+-\d+)\b")


def check(stage: Stage) -> None:
    assert not stage.problems, stage.problems
    for rule in (
        nothing_is_given_up,
        handles_end,
        sound_is_one_voice,
        sound_is_in_the_journal,
        history_is_whole,
        what_was_heard_is_remembered,
        prompts_are_whole,
        turns_are_asked,
    ):
        rule(stage)


def check_quiet(stage: Stage) -> None:
    """A while after the last that was done, nothing is under way, unless the play has what never ends."""
    session = stage.session
    if stage.closing:
        return
    assert session.user_state != "speaking", "the user is heard long after the last word"
    for_ever = any("hangs" in step for step in map(repr, stage.plan.steps))
    tools = {tool for answer in stage.plan.answers for tool in answer.tools}
    greeted = any(trait is EntersAsking for traits in stage.plan.agents for trait in traits)
    round_and_round = greeted and tools & {"changes_agent", "hands_over", "hands_over_with_words"}
    if for_ever or round_and_round or tools & {"hangs", "drains"}:
        return
    assert all(handle.done() for handle in stage.handles), f"stuck: {[h for h in stage.handles if not h.done()]}"
    assert session.agent_state == "listening", session.agent_state
    assert session.current_speech is None


def nothing_is_given_up(stage: Stage) -> None:
    """Whoever is stopped stops, for nobody here resists, but for a voice that says that it does."""
    if any(trait is SpeaksOn for traits in stage.plan.agents for trait in traits):
        return
    for record in of(list(stage.session.journal), "error"):
        assert "did not end" not in record.message and "still running" not in record.message, record


def handles_end(stage: Stage) -> None:
    finished = {record.speech: record for record in of(list(stage.session.journal), "speech_finished")}
    for handle in stage.handles:
        assert handle.done(), f"{handle} did not end"
        assert handle.interrupted == finished[handle.id].interrupted, handle
        handle.exception()
    assert len(finished) == len(stage.handles)
    wrong = {number: calls for number, calls in stage.called_back.items() if calls != 1}
    assert not wrong, f"callbacks of handles that were not called once: {wrong}"
    assert stage.session.agent_state == "idle"
    assert stage.session.current_speech is None


def sound_is_one_voice(stage: Stage) -> None:
    """No part is heard over another, and none of a request comes back once another was heard."""
    for before, after in pairwise(stage.heard):
        assert before.t + before.duration_s <= after.t + SAMPLE_S, f"{after} is heard over {before}"
    runs = Counter(tag for tag, _ in groupby(part.tag for part in stage.heard))
    mixed = [tag for tag, count in runs.items() if count > 1]
    assert not mixed, f"heard in turns with others: {mixed}"


def sound_is_in_the_journal(stage: Stage) -> None:
    """What was heard is what the journal says was played: as much of each speech, none before, after or in a pause."""
    records = list(stage.session.journal)
    spans = heard_spans(records)
    played: dict[str, float] = {}
    for part in stage.heard:
        speech, end = stage.speech_of[part.tag], part.t + part.duration_s
        inside = any(start - SAMPLE_S <= part.t and end <= stop + SAMPLE_S for start, stop in spans.get(speech, ()))
        assert inside, f"{part} is heard of {speech} beyond {spans.get(speech)}"
        played[speech] = played.get(speech, 0.0) + part.duration_s
    for record in of(records, "speech_finished"):
        heard_s = played.get(record.speech, 0.0)
        assert abs(record.played_s - heard_s) < 10 * SAMPLE_S, f"{record}, but {heard_s} s were heard"


def heard_spans(records: list[Any]) -> dict[str, list[tuple[float, float]]]:
    """When each speech may be heard: from its start to its end, but for its pauses."""
    spans: dict[str, list[tuple[float, float]]] = {}
    since: dict[str, float] = {}
    begun: set[str] = set()
    for record in of(records, "speech_started", "speech_paused", "speech_resumed", "speech_finished"):
        speech = record.speech
        if record.type == "speech_started" or (record.type == "speech_resumed" and speech in begun):
            begun.add(speech)
            since[speech] = record.t
        elif speech in since:
            spans.setdefault(speech, []).append((since.pop(speech), record.t))
    return spans


def history_is_whole(stage: Stage) -> None:
    """It has the words of every turn, but for those that the agent's hook did not want."""
    history = stage.session.history.items
    check_items(history)
    user = [item for item in history if isinstance(item, ChatMessage) and item.role == "user"]
    records = list(stage.session.journal)
    refused = {r.turn for r in of(records, "turn_dropped") if r.reason in ("stop_response", "hook_failed")}
    missing = [
        turn
        for turn in of(records, "turn_committed")
        if turn.turn not in refused and all(turn.text not in message.content for message in user)
    ]
    assert not missing, f"turns that are not in the history: {missing}"


def what_was_heard_is_remembered(stage: Stage) -> None:
    """Each text that was heard is in the history, and no other, but for what was said to be left out."""
    finished = of(list(stage.session.journal), "speech_finished")
    heard = {name for record in finished for name in _names([ChatMessage("assistant", record.text)])}
    answers = [i for i in stage.session.history.items if isinstance(i, ChatMessage) and i.role == "assistant"]
    remembered = set(_names(answers))
    assert remembered <= heard, f"never heard, but in the history: {remembered - heard}"
    forgotten = {name for name in heard - remembered if not name.startswith("said-")}
    assert not forgotten, f"heard, but not in the history: {forgotten}"


def prompts_are_whole(stage: Stage) -> None:
    for prompt in [*stage.prompts, *(agent.chat_ctx for agent in stage.agents)]:
        check_items(prompt.items)


def turns_are_asked(stage: Stage) -> None:
    """The words of a turn that was answered to its end were in some prompt."""
    if any("Thinks" in trait.__name__ for traits in stage.plan.agents for trait in traits):
        return
    records = list(stage.session.journal)
    texts = {record.turn: record.text for record in of(records, "turn_committed")}
    turns = {record.speech: record.turn for record in of(records, "speech_created") if record.source == "turn"}
    whole = [record.speech for record in of(records, "speech_finished") if not record.interrupted]
    asked = [item.content for prompt in stage.prompts for item in prompt.items if isinstance(item, ChatMessage)]
    unasked = [texts[turns[speech]] for speech in whole if speech in turns and texts[turns[speech]] not in asked]
    assert not unasked, f"answered without being asked: {unasked}"


def check_items(items: list[ChatItem]) -> None:
    """No item is there twice, no word of the user's or the agent's is, and each call has its result behind it."""
    places = Counter(map(id, items))
    twice = [item for item in items if places[id(item)] > 1]
    assert not twice, f"an item is there twice: {twice}"
    names = Counter(_names(items))
    assert all(count == 1 for count in names.values()), f"the same words twice: {names} in {items}"
    calls: list[str] = []
    outputs: list[str] = []
    known: set[str] = set()
    for item in items:
        if isinstance(item, FunctionCall):
            calls.append(item.call_id)
            known.add(item.call_id)
        elif isinstance(item, FunctionCallOutput):
            assert item.call_id in known, f"{item} is before its call, or has none"
            outputs.append(item.call_id)
    assert sorted(calls) == sorted(outputs), f"calls {calls}, outputs {outputs}"
    assert len(set(calls)) == len(calls), f"a call is there twice: {calls}"


def _names(items: Iterable[ChatItem]) -> Iterable[str]:
    for item in items:
        if isinstance(item, ChatMessage) and item.role != "system":
            yield from (name.casefold() for name in NAMES.findall(item.content))
