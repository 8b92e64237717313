"""What the user did in a recording, and when, told by the answers that it was a reaction to.

A conversation under other settings has its answers at other times. So nothing is placed by the clock: each stretch of
the user's speech is so long after the end of the answer before it, or so far into the one that it broke into. What the
user said on end, without an answer in between, is one stretch, and keeps its own pauses.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ...session import records

if TYPE_CHECKING:
    from ...session.journal import Journal

REACTION_S = 0.2
"""Nobody reacts sooner to a sound. Speech that begins within this of an answer's start does not react to it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A moment, `offset_s` after the start (`speech` 0), or after the begin or the end of a speech that was heard.

    Args:
        speech: The number of that speech: how many had begun by then.
        into: From its begin, while it was heard.
    """

    speech: int
    into: bool
    offset_s: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What the models heard of the user, `offset_s` after the stretch began. `audio_s` is the boundary that it tells,
    from there too; of words, where they end, if that is known."""

    kind: Literal["started", "ended", "words"]
    offset_s: float
    audio_s: float | None = None
    text: str = ""
    final: bool = False
    turn: int = 0


Done = records.SpeechCreated | records.TuningChanged
"""What the application did: a speech that it asked for, or settings that it changed."""


@dataclass(slots=True)
class Stretch:
    """Speech of the user on end. `start_t` is in the recording; from there, `starts_s` is where each piece of it
    begins, and `done` what the application did meanwhile."""

    place: Place
    start_t: float
    heard: list[Heard] = field(default_factory=list)
    starts_s: list[float] = field(default_factory=list)
    done: list[tuple[float, Done]] = field(default_factory=list)

    @property
    def length_s(self) -> float:
        """Until the last that was heard of it."""
        return max((one.offset_s for one in self.heard), default=0.0)


@dataclass(frozen=True, slots=True)
class Act:
    """Something that the application did while the user said nothing."""

    place: Place
    start_t: float
    record: Done


Item = Stretch | Act


def course(journal: Journal) -> list[Item]:
    """What happened to the agent, in order."""
    return _Reader(journal).read()


class _Reader:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        started = journal.of(records.SpeechStarted)
        finished = {record.speech: record.t for record in journal.of(records.SpeechFinished)}
        self._begins = [record.t for record in started]
        self._ends = [finished.get(record.speech, math.inf) for record in started]
        self._turns = journal.of(records.TurnCommitted)

    def read(self) -> list[Item]:
        stretches = self._stretches()
        for record in self._journal:
            if isinstance(record, records.UserSpeechStarted | records.UserSpeechEnded):
                self._put_voice(stretches, record)
            elif isinstance(record, records.Transcript):
                self._put_words(stretches, record)
        items: list[Item] = [*stretches, *self._acts(stretches)]
        return sorted(items, key=lambda item: item.start_t)

    def _place(self, t: float, reaction_s: float) -> Place:
        number = bisect_right(self._begins, t - reaction_s) if reaction_s else bisect_left(self._begins, t)
        if not number:
            return Place(0, False, t)
        end_t = self._ends[number - 1]
        into = end_t > t
        return Place(number, into, t - (self._begins[number - 1] if into else end_t))

    def _stretches(self) -> list[Stretch]:
        stretches: list[Stretch] = []
        for start_t in self._voice_starts():
            place = self._place(start_t, REACTION_S)
            if not stretches or place.speech != stretches[-1].place.speech:
                stretches.append(Stretch(place, start_t))
            stretches[-1].starts_s.append(start_t - stretches[-1].start_t)
        return stretches

    def _voice_starts(self) -> list[float]:
        """Where the user begins to speak; where no voice was seen, where words come without one."""
        starts: list[float] = []
        voiced, turn_open = False, False
        for record in self._journal:
            if isinstance(record, records.UserSpeechStarted):
                starts.append(record.audio_t)
                voiced = turn_open = True
            elif isinstance(record, records.UserSpeechEnded):
                voiced = False
            elif isinstance(record, records.Transcript) and not (voiced or turn_open):
                starts.append(record.t)
                turn_open = True
            elif isinstance(record, records.TurnCommitted):
                turn_open = False
        return sorted(starts)

    def _put_voice(
        self, stretches: Sequence[Stretch], record: records.UserSpeechStarted | records.UserSpeechEnded
    ) -> None:
        stretch = _at(stretches, record.audio_t)
        kind: Literal["started", "ended"] = "started" if isinstance(record, records.UserSpeechStarted) else "ended"
        stretch.heard.append(Heard(kind, record.t - stretch.start_t, record.audio_t - stretch.start_t))

    def _put_words(self, stretches: Sequence[Stretch], record: records.Transcript) -> None:
        stretch, turn = _at(stretches, record.t), self._turn_of(record.t)
        ends_known = turn is not None and record.final and turn.audio_t <= record.t
        audio_s = turn.audio_t - stretch.start_t if turn is not None and ends_known else None
        number = 0 if turn is None else turn.turn
        offset_s = record.t - stretch.start_t
        stretch.heard.append(Heard("words", offset_s, audio_s, record.text, record.final, number))

    def _turn_of(self, t: float) -> records.TurnCommitted | None:
        """The turn that words of this time belong to."""
        return next((turn for turn in self._turns if turn.t >= t), None)

    def _acts(self, stretches: Sequence[Stretch]) -> list[Act]:
        acts = []
        for record in self._journal:
            if isinstance(record, records.TuningChanged) or (
                isinstance(record, records.SpeechCreated) and record.source != "turn"
            ):
                meanwhile = _at(stretches, record.t) if stretches else None
                if meanwhile is not None and 0 <= record.t - meanwhile.start_t <= meanwhile.length_s:
                    meanwhile.done.append((record.t - meanwhile.start_t, record))
                else:
                    acts.append(Act(self._place(record.t, 0.0), record.t, record))
        return acts


def _at(stretches: Sequence[Stretch], t: float) -> Stretch:
    place = bisect_right([stretch.start_t for stretch in stretches], t)
    return stretches[max(0, place - 1)]
