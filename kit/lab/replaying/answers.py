"""What the agent's models gave in a recording, and how long each took: what a replay's models give again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from ...session import records
from ...tuning import Tuning
from ..findings import start_tuning_of

if TYPE_CHECKING:
    from ...session.journal import Journal


@dataclass(slots=True)
class Call:
    """A tool's call: its result is not in a journal, only how long it took, and how it failed."""

    name: str
    duration_s: float = 0.0
    error: str = ""


@dataclass(slots=True)
class Thought:
    """A request to the LLM.

    Args:
        words: Of the user that it answers; "" where it was asked for without any.
        ttft_s, pace_s: Until its first token, and from there to its last; None where it was cancelled before.
        whole: It was not cancelled.
    """

    turn: int
    attempt: int
    words: str
    requested_t: float
    ttft_s: float | None = None
    pace_s: float = 0.0
    text: str = ""
    whole: bool = False
    prompt_tokens: int = 0
    completion_tokens: int = 0
    tokens_estimated: bool = True
    calls: list[Call] = field(default_factory=list)


@dataclass(slots=True)
class Sound:
    """The speech of one request to the TTS. `spans_t`: where it is heard in the recording. `whole`: to its end."""

    text: str
    turn: int
    ttfb_s: float
    tuning: Tuning
    """As it was then."""
    spans_t: list[tuple[float, float]] = field(default_factory=list)
    whole: bool = False


@dataclass(slots=True)
class Answers:
    """`chains`: the requests of one answer after another, each as far as its tools made it go. `asked`: of those, what
    the application asked for, in order. `said`: the text of each speech. `hooks_s`: how long the agent's hook took, by
    turn; `refused`: turns that it answered with silence. `playout_s`: from a first sound to when it is heard."""

    chains: list[list[Thought]]
    asked: list[list[Thought]]
    sounds: list[Sound]
    said: dict[str, str]
    hooks_s: dict[int, float]
    refused: set[int]
    playout_s: float

    @property
    def ttft_s(self) -> float:
        return _typical(thought.ttft_s for chain in self.chains for thought in chain)

    @property
    def ttfb_s(self) -> float:
        return _typical(sound.ttfb_s for sound in self.sounds)


def answers(journal: Journal) -> Answers:
    return _Reader(journal).read()


class _Reader:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._chains: dict[tuple[int, int, int], list[Thought]] = {}
        self._thoughts: dict[str, Thought] = {}
        self._created = {record.speech: record for record in journal.of(records.SpeechCreated)}
        self._finished = {record.speech: record for record in journal.of(records.SpeechFinished)}
        self._adopted = {record.turn: record.attempt for record in journal.of(records.PreemptionAdopted)}

    def read(self) -> Answers:
        self._read_thoughts()
        self._read_calls()
        self._fill_texts()
        chains = list(self._chains.values())
        committed = {record.turn: record.t for record in self._journal.of(records.TurnCommitted)}
        dropped = self._journal.of(records.TurnDropped)
        return Answers(
            chains=chains,
            asked=[chain for chain in chains if chain[0].turn == 0],
            sounds=self._sounds(),
            said=self._said(),
            hooks_s={turn: self._served_t(turn, t) - t for turn, t in committed.items()},
            refused={record.turn for record in dropped if record.reason == "stop_response"},
            playout_s=self._playout_s(),
        )

    def _read_thoughts(self) -> None:
        words, interim, asked = list[str](), "", 0
        attempts: dict[int, str] = {}
        turns: dict[int, str] = {}
        for record in self._journal:
            if isinstance(record, records.Transcript):
                interim = "" if record.final else record.text
                words += [record.text] if record.final else []
            elif isinstance(record, records.TurnCommitted):
                turns[record.turn], words, interim = record.text, [], ""
            elif isinstance(record, records.PreemptionStarted):
                attempts[record.attempt] = " ".join([*words, interim] if interim else words)
            elif isinstance(record, records.LlmRequested):
                about = attempts.get(record.attempt, "") if record.attempt else turns.get(record.turn, "")
                thought = Thought(record.turn, record.attempt, about, record.t)
                self._thoughts[record.request] = thought
                asked += not record.turn
                self._chains.setdefault((record.turn, record.attempt, 0 if record.turn else asked), []).append(thought)
            elif isinstance(record, records.LlmFirstToken):
                self._thoughts[record.request].ttft_s = record.t - self._thoughts[record.request].requested_t
            elif isinstance(record, records.LlmDone):
                _end(self._thoughts[record.request], record)

    def _read_calls(self) -> None:
        """A call belongs to the request of its answer that came last before it."""
        returned = {record.call: record for record in self._journal.of(records.ToolReturned)}
        for record in self._journal.of(records.ToolCalled):
            created = self._created.get(record.speech)
            before = [
                thought
                for thought in self._thoughts.values()
                if thought.requested_t <= record.t and created is not None and thought.turn == created.turn
            ]
            end = returned.get(record.call)
            if before and end is not None:
                before[-1].calls.append(Call(record.name, end.t - record.t, end.error))

    def _fill_texts(self) -> None:
        """Older journals do not tell what the LLM wrote: what was heard of it is taken then."""
        for speech, finished in self._finished.items():
            created = self._created.get(speech)
            chain = None if created is None else self._answer_of(created.turn)
            if chain and not any(thought.text for thought in chain):
                chain[-1].text = finished.text

    def _answer_of(self, turn: int) -> list[Thought] | None:
        return self._chains.get((turn, self._adopted.get(turn, 0), 0)) if turn else None

    def _sounds(self) -> list[Sound]:
        first = {record.request: record.t for record in self._journal.of(records.TtsFirstAudio)}
        done = {record.request: record for record in self._journal.of(records.TtsDone)}
        begun = {record.speech: record.t for record in self._journal.of(records.SpeechStarted)}
        sounds: list[Sound] = []
        numbers: dict[str, int] = {}
        ends_t: dict[str, float] = {}
        for record in self._journal.of(records.TtsRequested):
            name, first_t, end = record.speech, first.get(record.request), done.get(record.request)
            number = numbers[name] = numbers.get(name, -1) + 1
            created = self._created.get(name)
            if first_t is None or created is None:
                continue
            sound = Sound(
                text=(end.text if end is not None else "") or self._text(created, number),
                turn=created.turn,
                ttfb_s=first_t - record.t,
                tuning=self._tuning(record.t),
            )
            if name in begun and end is not None:
                start_t = max(ends_t.get(name, begun[name]), first_t)
                ends_t[name] = self._place(sound, name, start_t, end)
            sounds.append(sound)
        return sounds

    def _said(self) -> dict[str, str]:
        """The text of each speech, as far as it is known."""
        given: dict[str, str] = {}
        for record in self._journal.of(records.TtsDone):
            given[record.speech] = given.get(record.speech, "") + record.text
        return {name: given.get(name) or record.text for name, record in self._finished.items()}

    def _text(self, created: records.SpeechCreated, number: int) -> str:
        chain = self._answer_of(created.turn) or []
        written = [thought.text for thought in chain if thought.text.strip()]
        finished = self._finished.get(created.speech)
        heard = "" if finished is None else finished.text
        return written[number] if number < len(written) else heard

    def _place(self, sound: Sound, speech: str, start_t: float, end: records.TtsDone) -> float:
        """Find where it is heard: as long as it is, around pauses, until the speech ends. Returns its end."""
        finished = self._finished.get(speech)
        until_t = self._journal.last_t if finished is None else finished.t
        pauses = [
            (a.t, b.t)
            for a, b in zip(
                (one for one in self._journal.of(records.SpeechPaused) if one.speech == speech),
                (one for one in self._journal.of(records.SpeechResumed) if one.speech == speech),
                strict=False,
            )
        ]
        left_s, at_t = end.audio_s, start_t
        for stop_t, go_t in [*pauses, (until_t, until_t)]:
            if stop_t > at_t and left_s > 0:
                length_s = min(left_s, stop_t - at_t)
                sound.spans_t.append((at_t, at_t + length_s))
                left_s, at_t = left_s - length_s, at_t + length_s
            if left_s > 1e-6:
                at_t = max(at_t, go_t)
        sound.whole = not end.cancelled and left_s < 0.05
        return at_t

    def _tuning(self, t: float) -> Tuning:
        changes = {change.path: change.new for change in self._journal.of(records.TuningChanged) if change.t <= t}
        return start_tuning_of(self._journal).replace(changes)

    def _served_t(self, turn: int, committed_t: float) -> float:
        """When the answer of a turn was asked for, or taken, or refused."""
        times = [record.t for record in self._journal.of(records.PreemptionAdopted) if record.turn == turn]
        times += [record.t for record in self._journal.of(records.TurnDropped) if record.turn == turn]
        times += [chain[0].requested_t for key, chain in self._chains.items() if key[0] == turn and key[1] == 0]
        return min((t for t in times if t >= committed_t), default=committed_t)

    def _playout_s(self) -> float:
        """What the loudspeaker took where nothing was ready before its turn."""
        first: dict[str, float] = {}
        for record in self._journal.of(records.TtsFirstAudio):
            first.setdefault(record.speech, record.t)
        created = {name: record.t for name, record in self._created.items()}
        waits = [
            record.t - first[record.speech]
            for record in self._journal.of(records.SpeechStarted)
            if record.speech in first and first[record.speech] > created.get(record.speech, 0.0)
        ]
        return max(0.0, _typical(waits))


def _end(thought: Thought, record: records.LlmDone) -> None:
    if thought.ttft_s is not None:
        thought.pace_s = max(0.0, record.t - thought.requested_t - thought.ttft_s)
    thought.text, thought.whole = record.text, not record.cancelled
    thought.prompt_tokens, thought.completion_tokens = record.prompt_tokens, record.completion_tokens
    thought.tokens_estimated = record.tokens_estimated


def _typical(values: Iterable[float | None]) -> float:
    known = [value for value in values if value is not None]
    return median(known) if known else 0.0
