"""What is told of a user's speech and when, as data, and the turns that `Endpointing` makes of it.

`follow` keeps time as a session does: it looks when a turn is due after each event, and commits it then or at its time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from kit.tuning import Endpointing as Settings
from kit.turns.endpointing import Endpointing, UserTurn


@dataclass(frozen=True)
class Event:
    """Something that is known at `t`."""

    t: float


@dataclass(frozen=True)
class VoiceStarted(Event):
    audio_t: float


@dataclass(frozen=True)
class VoiceEnded(Event):
    audio_t: float


@dataclass(frozen=True)
class Words(Event):
    text: str
    final: bool = True


@dataclass(frozen=True)
class Predicted(Event):
    probability: float


@dataclass(frozen=True)
class AgentStarted(Event):
    pass


@dataclass(frozen=True)
class AgentEnded(Event):
    pass


@dataclass(frozen=True)
class Committed:
    """`told`: how many events there were before."""

    t: float
    turn: UserTurn
    told: int = field(compare=False)


THRESHOLD = 0.5


def tell(endpointing: Endpointing, event: Any, settings: Settings) -> None:
    match event:
        case VoiceStarted():
            endpointing.speech_started(event.audio_t)
        case VoiceEnded():
            endpointing.speech_ended(event.audio_t, event.t, settings)
        case Words():
            endpointing.transcript(event.text, final=event.final, now=event.t)
        case Predicted():
            endpointing.end_of_turn(event.probability, THRESHOLD)
        case AgentStarted():
            endpointing.pauses.agent_started(event.t)
        case AgentEnded():
            endpointing.pauses.agent_ended()


def follow(
    events: Iterable[Event], settings: Settings, *, looks: int = 1, endpointing: Endpointing | None = None
) -> list[Committed]:
    """The turns that are committed, until nothing is due. `looks`: how often the deadline is asked for each time."""
    endpointing = endpointing or Endpointing()
    turns: list[Committed] = []

    def due_t() -> float | None:
        return [endpointing.deadline(settings) for _ in range(looks)][-1]

    def commit_until(t: float, told: int) -> None:
        while (due := due_t()) is not None and due < t:
            turns.append(Committed(due, endpointing.commit(due), told))

    count = 0
    for count, event in enumerate(events, 1):
        commit_until(event.t, count - 1)
        tell(endpointing, event, settings)
        due = due_t()
        if due is not None and due <= event.t:
            turns.append(Committed(event.t, endpointing.commit(event.t), count))
    commit_until(float("inf"), count)
    return turns


def in_order(events: Iterable[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event.t)


eighths = st.integers(0, 30).map(lambda number: number / 8)


@dataclass(frozen=True)
class Utterance:
    """A stretch of speech: the silence before it, its length, its words, and how late what is known of it is known.

    `interims`: when words are shown, in seconds from its start; `probability`: what a detector says at its final words.
    """

    gap_s: float
    length_s: float
    words: int
    d_stt: float
    d_vad: float
    interims: tuple[float, ...] = ()
    probability: float | None = None


utterances = st.lists(
    st.builds(
        Utterance,
        gap_s=st.integers(1, 40).map(lambda number: number / 8),
        length_s=st.integers(1, 20).map(lambda number: number / 8),
        words=st.integers(0, 3),
        d_stt=eighths,
        d_vad=st.integers(0, 8).map(lambda number: number / 8),
        interims=st.lists(eighths, max_size=3).map(lambda times: tuple(sorted(times))),
        probability=st.sampled_from([None, None, 0.0, 1.0]),
    ),
    min_size=1,
    max_size=6,
)


def events_of(spoken: Sequence[Utterance]) -> list[Event]:
    """All events, in the order of their times. Each word is like no other; transcripts keep their order."""
    events: list[Event] = []
    t = last_words_t = 0.0
    for number, utterance in enumerate(spoken):
        start, end = t + utterance.gap_s, t + utterance.gap_s + utterance.length_s
        following = spoken[number + 1].gap_s if number + 1 < len(spoken) else float("inf")
        events.append(VoiceStarted(start, start))
        if following > utterance.d_vad:  # a shorter silence is not told from speech
            events.append(VoiceEnded(end + utterance.d_vad, end))
        text = " ".join(f"{number}.{word}" for word in range(utterance.words))
        words_t = max(end + utterance.d_stt, last_words_t)
        if text:
            shown = [Words(max(start + after, last_words_t), text, final=False) for after in utterance.interims]
            events += [event for event in shown if event.t < words_t]
            events.append(Words(words_t, text))
            if utterance.probability is not None:
                events.append(Predicted(words_t, utterance.probability))
            last_words_t = words_t
        t = end
    return in_order(_alternating(events))


def _alternating(events: Iterable[Event]) -> list[Event]:
    """Without the beginnings of what goes on."""
    kept: list[Event] = []
    speaking = False
    for event in in_order(events):
        if isinstance(event, VoiceStarted):
            if speaking:
                continue
            speaking = True
        elif isinstance(event, VoiceEnded):
            if not speaking:
                continue
            speaking = False
        kept.append(event)
    return kept
