"""What holds of every conversation: when turns are committed, and what does not matter for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.tuning import Endpointing as Settings
from kit.turns.endpointing import Endpointing
from tests.turns.timeline import (
    THRESHOLD,
    AgentEnded,
    AgentStarted,
    Event,
    Predicted,
    Utterance,
    VoiceEnded,
    VoiceStarted,
    Words,
    eighths,
    events_of,
    follow,
    in_order,
    tell,
    utterances,
)

settings = st.builds(
    Settings,
    min_delay_s=st.sampled_from([0.0, 0.25, 0.5, 1.0]),
    max_delay_s=st.sampled_from([1.0, 2.0, 3.0]),
    mode=st.sampled_from(["fixed", "dynamic"]),
    alpha=st.sampled_from([0.0, 0.5, 0.75, 1.0]),
)


def finals(events: list[Event]) -> list[Words]:
    return [event for event in events if isinstance(event, Words) and event.final]


@given(utterances, settings)
def test_each_word_is_in_one_turn_and_in_its_place(spoken: list[Utterance], rules: Settings) -> None:
    events, endpointing = events_of(spoken), Endpointing()
    turns = follow(events, rules, endpointing=endpointing)
    told = " ".join(event.text for event in finals(events)).split()
    rest = endpointing.text.split()
    assert [word for committed in turns for word in committed.turn.text.split()] + rest == told
    assert all(committed.turn.text for committed in turns)


@given(utterances, settings)
def test_a_turn_waits_for_words_silence_and_delay(spoken: list[Utterance], rules: Settings) -> None:
    """Judged from the events alone: nothing of the machine's own reckoning is used."""
    events, since = events_of(spoken), 0
    for committed in follow(events, rules):
        told = events[: committed.told]
        voices = [event for event in told if isinstance(event, VoiceStarted | VoiceEnded)]
        assert not voices or isinstance(voices[-1], VoiceEnded), "the user speaks"
        words = " ".join(event.text for event in finals(events[since : committed.told]))
        assert committed.turn.text == words, "all the words that were told since the last turn"
        ends = [event.audio_t for event in events[since : committed.told] if isinstance(event, VoiceEnded)]
        if ends:
            assert committed.turn.ended_t == ends[-1]
            assert committed.t >= ends[-1] + rules.min_delay_s
        assert committed.turn.started_t <= committed.turn.ended_t <= committed.t
        since = committed.told


@given(utterances, settings)
def test_a_turn_waits_no_longer_than_it_must(spoken: list[Utterance], rules: Settings) -> None:
    """It is committed when the last thing that it waits for is there: something is told then, or a delay is over."""
    events = events_of(spoken)
    for committed in follow(events, rules):
        latest_t = max(
            [event.t for event in events if event.t <= committed.t] + [committed.turn.ended_t + rules.max_delay_s]
        )
        assert committed.t <= latest_t + 1e-9


@given(utterances, settings)
def test_a_turn_that_is_over_is_not_committed_again(spoken: list[Utterance], rules: Settings) -> None:
    endpointing = Endpointing()
    for event in events_of(spoken):
        for committed in follow([event], rules, endpointing=endpointing):
            assert endpointing.deadline(rules) is None
            assert endpointing.text == "" and endpointing.text_with_interim == ""
            assert committed.turn.text


@given(utterances, settings, st.integers(2, 4))
def test_how_often_it_is_asked_does_not_matter(spoken: list[Utterance], rules: Settings, looks: int) -> None:
    events = events_of(spoken)
    assert follow(events, rules, looks=looks) == follow(events, rules)


@given(utterances, settings, st.lists(st.integers(0, 200).map(lambda t: t / 8), max_size=8))
def test_looking_in_between_does_not_matter(spoken: list[Utterance], rules: Settings, times: list[float]) -> None:
    """An event that tells nothing is a moment at which the deadline is asked for."""
    events = events_of(spoken)
    assert follow(in_order([*events, *map(Event, times)]), rules) == follow(events, rules)


@given(utterances, settings, st.data())
def test_how_shown_words_are_split_does_not_matter(
    spoken: list[Utterance], rules: Settings, data: st.DataObject
) -> None:
    """Between the first words that are shown and the final ones, there may be more such, or other ones."""
    events = events_of(spoken)
    more: list[Event] = []
    for number, event in enumerate(events):
        more.append(event)
        if isinstance(event, Words) and not event.final:
            more[-1] = replace(event, text=data.draw(st.sampled_from([event.text, "some", "other words"])))
            until_t = events[number + 1].t if number + 1 < len(events) else event.t
            for place in data.draw(st.lists(st.floats(0, 1), max_size=3).map(sorted)):
                more.append(Words(event.t + place * (until_t - event.t), "words", final=False))
    assert follow(more, rules) == follow(events, rules)


@given(utterances, settings, st.data())
def test_how_final_words_are_split_does_not_matter(
    spoken: list[Utterance], rules: Settings, data: st.DataObject
) -> None:
    """Those that come at once may come in one transcript or in several, where they do not end the turn at once."""
    events = [event for event in events_of(spoken) if not isinstance(event, Predicted)]
    split: list[Event] = []
    for event in events:
        words = event.text.split() if isinstance(event, Words) and event.final else []
        cut = data.draw(st.integers(0, len(words))) if words else 0
        parts = [" ".join(words[:cut]), " ".join(words[cut:])] if words else []
        split += [Words(event.t, part) for part in parts] if words else [event]
    whole, parted = follow(events, rules), follow(split, rules)
    at_once = {event.t for event in finals(events)}
    if not any(committed.t in at_once for committed in whole):
        assert parted == whole
    assert " ".join(c.turn.text for c in parted).split() == " ".join(c.turn.text for c in whole).split()


@given(utterances, settings)
def test_empty_transcripts_do_not_matter(spoken: list[Utterance], rules: Settings) -> None:
    """But where words were shown: an empty final transcript takes them back."""
    events = [event for event in events_of(spoken) if not isinstance(event, Words) or event.final]
    empty = [Words(event.t, " ", final=final) for event in events for final in (True, False)]
    assert follow(in_order([*events, *empty]), rules) == follow(events, rules)


@given(utterances, settings, eighths)
def test_time_has_no_origin(spoken: list[Utterance], rules: Settings, offset_s: float) -> None:
    def moved(event: Event) -> Event:
        changes = {"audio_t": event.audio_t + offset_s} if isinstance(event, VoiceStarted | VoiceEnded) else {}
        return replace(event, t=event.t + offset_s, **changes)

    here, there = follow(events_of(spoken), rules), follow(map(moved, events_of(spoken)), rules)
    assert [committed.turn.text for committed in here] == [committed.turn.text for committed in there]
    assert [committed.t + offset_s for committed in here] == pytest.approx([committed.t for committed in there])


@given(utterances, settings)
def test_a_longer_delay_makes_no_turn_earlier(spoken: list[Utterance], rules: Settings) -> None:
    rules = replace(rules, mode="fixed")
    longer = replace(rules, min_delay_s=rules.min_delay_s + 0.375, max_delay_s=rules.max_delay_s + 0.375)
    events = [event for event in events_of(spoken) if not isinstance(event, Predicted)]
    early, late = follow(events, rules), follow(events, longer)
    assert len(late) <= len(early)
    assert all(second.t >= first.t for first, second in zip(early[:1], late[:1], strict=False))


@given(utterances, st.floats(0, 1, exclude_max=True), settings)
def test_an_unlikely_end_waits_for_the_longest_delay(spoken: list[Utterance], unlikely: float, rules: Settings) -> None:
    """Also where a sound without words follows. What is likely is as if nobody had been asked."""
    events = [event for event in events_of(spoken) if not isinstance(event, Predicted)]
    words = finals(events)
    asked = in_order([*events, *(Predicted(event.t, unlikely * THRESHOLD) for event in words)])
    sure = in_order([*events, *(Predicted(event.t, THRESHOLD) for event in words)])
    assert follow(sure, rules) == follow(events, rules)
    for committed in follow(asked, rules):
        last_words_t = max(event.t for event in finals(asked[: committed.told]))
        if committed.t > last_words_t:
            assert committed.t >= committed.turn.ended_t + rules.max_delay_s - 1e-9


@given(utterances, settings, st.sampled_from([2, 3]))
def test_what_is_told_twice_is_told_once(spoken: list[Utterance], rules: Settings, times: int) -> None:
    """Of voices and predictions, where the first did not end the turn. (Final words said twice are two.)"""
    events = events_of(spoken)
    turns = follow(events, rules)
    once = {committed.t for committed in turns}
    again: list[Event] = []
    for event in events:
        told_once = event.t in once or (isinstance(event, Words) and event.final)
        again += [event] * (1 if told_once else times)
    assert follow(again, rules) == turns


@given(utterances, settings, settings)
def test_settings_count_when_they_are_asked(spoken: list[Utterance], first: Settings, then: Settings) -> None:
    """Where nothing is learned, a deadline is that of the settings of the moment, whatever they were before."""
    first, then = replace(first, mode="fixed"), replace(then, mode="fixed")
    changed, fresh = Endpointing(), Endpointing()
    for event in events_of(spoken):
        tell(changed, event, first)
        tell(fresh, event, then)
        changed.deadline(first)
        assert changed.deadline(then) == fresh.deadline(then)


@given(utterances)
def test_a_turn_of_sound_alone_needs_no_words(spoken: list[Utterance]) -> None:
    """As with a model that hears for itself: each silence that lasts ends a turn."""
    rules = Settings(min_delay_s=0.5, max_delay_s=3.0)
    events = [event for event in events_of(spoken) if isinstance(event, VoiceStarted | VoiceEnded)]
    turns = follow(events, rules, endpointing=Endpointing(needs_words=False))
    assert len(turns) >= 1
    for committed in turns:
        assert committed.t >= committed.turn.ended_t + rules.min_delay_s
        assert committed.turn.text == ""


@given(utterances, settings)
def test_the_agent_does_not_matter_where_nothing_is_learned(spoken: list[Utterance], rules: Settings) -> None:
    events = events_of(spoken)
    agent = [kind(event.t) for event in events for kind in (AgentStarted, AgentEnded)]
    rules = replace(rules, mode="fixed")
    assert follow(in_order([*events, *agent]), rules) == follow(events, rules)
