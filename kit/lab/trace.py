"""The journal's records put together again: which request, attempt and speech belong to which turn of the user.

One pass, by the names that the records carry, which can go on while a session runs. What a journal does not hold,
because it was cut short or because an agent does without a model, stays None.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..session import records

if TYPE_CHECKING:
    from ..session.journal import Journal
    from ..session.records import Record


@dataclass(slots=True)
class Thought:
    """A request to the LLM."""

    requested_t: float
    first_token_t: float | None = None
    done_t: float | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    tokens_estimated: bool = False


@dataclass(slots=True)
class Voice:
    """What was done to make and to play one speech. `requested` has the time of each TTS request by its name."""

    requested: dict[str, float] = field(default_factory=dict)
    first_audio_t: float | None = None
    first_request: str = ""
    characters: int = 0
    heard_t: float | None = None
    finished_t: float | None = None
    interrupted: bool = False
    text: str = ""


@dataclass(slots=True)
class AttemptTrace:
    """An answer begun before its turn was over. `outcome`: adopted, discarded, or open where the journal ends first."""

    attempt: int
    turn: int
    started_t: float
    outcome: str = "open"
    ended_t: float | None = None
    lead_s: float | None = None
    reason: str = ""
    discarded: records.PreemptionDiscarded | None = None
    thoughts: list[Thought] = field(default_factory=list)
    voice: Voice | None = None


@dataclass(slots=True)
class Answer:
    """What became of a turn's reply. `thought` is the LLM request that the first words heard came from."""

    attempt: int = 0
    adopted_t: float | None = None
    lead_s: float | None = None
    thoughts: list[Thought] = field(default_factory=list)
    voice: Voice = field(default_factory=Voice)

    @property
    def tts_requested_t(self) -> float | None:
        requested = self.voice.requested
        return requested.get(self.voice.first_request, min(requested.values(), default=None))

    @property
    def thought(self) -> Thought | None:
        given_t = self.tts_requested_t
        chosen = next(iter(self.thoughts), None)
        for thought in self.thoughts[1:]:
            if given_t is not None and thought.first_token_t is not None and thought.first_token_t <= given_t:
                chosen = thought
        return chosen


@dataclass(slots=True)
class TurnTrace:
    turn: int
    text: str
    end_of_speech_t: float
    commit_t: float
    final_transcript_t: float | None
    vad_t: float | None
    dropped: str | None = None
    answer: Answer = field(default_factory=Answer)


@dataclass(slots=True)
class Trace:
    """`turns` and `attempts` by their numbers, in order."""

    turns: dict[int, TurnTrace] = field(default_factory=dict)
    attempts: dict[int, AttemptTrace] = field(default_factory=dict)


def trace(journal: Journal) -> Trace:
    tracer = Tracer()
    for record in journal:
        tracer.take(record)
    return tracer.trace


class Tracer:
    """Takes a journal's records in their order. `trace` is what they tell until now."""

    def __init__(self) -> None:
        self.trace = Trace()
        self._thoughts: dict[str, Thought] = {}
        self._answers: dict[int, list[Thought]] = {}
        self._voices: dict[str, Voice] = {}
        self._final_t: float | None = None
        self._ended: dict[float, float] = {}

    def take(self, record: Record) -> None:
        take = _TAKERS.get(type(record))
        if take is not None:
            take(self, record)

    def _transcript(self, record: records.Transcript) -> None:
        if record.final:
            self._final_t = record.t

    def _speech_ended(self, record: records.UserSpeechEnded) -> None:
        self._ended[record.audio_t] = record.t

    def _committed(self, record: records.TurnCommitted) -> None:
        vad_t, thoughts = self._ended.get(record.audio_t), self._answers.setdefault(record.turn, [])
        self.trace.turns[record.turn] = TurnTrace(
            record.turn,
            record.text,
            record.audio_t,
            record.t,
            self._final_t,
            vad_t,
            answer=Answer(thoughts=thoughts),
        )
        self._final_t = None
        self._ended.clear()

    def _dropped(self, record: records.TurnDropped) -> None:
        if record.turn in self.trace.turns:
            self.trace.turns[record.turn].dropped = record.reason

    def _attempt_started(self, record: records.PreemptionStarted) -> None:
        self.trace.attempts[record.attempt] = AttemptTrace(record.attempt, record.turn, record.t)

    def _adopted(self, record: records.PreemptionAdopted) -> None:
        attempt, turn = self.trace.attempts.get(record.attempt), self.trace.turns.get(record.turn)
        if attempt is not None:
            attempt.outcome, attempt.ended_t, attempt.lead_s = "adopted", record.t, record.lead_s
        if turn is not None:
            turn.answer.attempt, turn.answer.adopted_t = record.attempt, record.t
            turn.answer.lead_s = record.lead_s
        if turn is not None and attempt is not None:
            turn.answer.thoughts = attempt.thoughts

    def _discarded(self, record: records.PreemptionDiscarded) -> None:
        attempt = self.trace.attempts.get(record.attempt)
        if attempt is not None:
            attempt.outcome, attempt.ended_t, attempt.reason = "discarded", record.t, record.reason
            attempt.discarded = record

    def _llm_requested(self, record: records.LlmRequested) -> None:
        thought = self._thoughts[record.request] = Thought(record.t)
        attempt = self.trace.attempts.get(record.attempt)
        if attempt is not None:
            attempt.thoughts.append(thought)
        elif record.turn:
            self._answers.setdefault(record.turn, []).append(thought)

    def _first_token(self, record: records.LlmFirstToken) -> None:
        if record.request in self._thoughts:
            self._thoughts[record.request].first_token_t = record.t

    def _llm_done(self, record: records.LlmDone) -> None:
        thought = self._thoughts.get(record.request)
        if thought is not None:
            thought.done_t, thought.tokens_estimated = record.t, record.tokens_estimated
            thought.prompt_tokens, thought.completion_tokens = record.prompt_tokens, record.completion_tokens

    def _voice(self, speech: str) -> Voice:
        return self._voices.setdefault(speech, Voice())

    def _tts_requested(self, record: records.TtsRequested) -> None:
        voice = self._voice(record.speech)
        voice.requested[record.request] = record.t
        attempt = self.trace.attempts.get(record.attempt)
        if attempt is not None:
            attempt.voice = voice

    def _first_audio(self, record: records.TtsFirstAudio) -> None:
        voice = self._voice(record.speech)
        if voice.first_audio_t is None:
            voice.first_audio_t, voice.first_request = record.t, record.request

    def _tts_done(self, record: records.TtsDone) -> None:
        self._voice(record.speech).characters += record.characters

    def _speech_created(self, record: records.SpeechCreated) -> None:
        if record.source == "turn" and record.turn in self.trace.turns:
            self.trace.turns[record.turn].answer.voice = self._voice(record.speech)

    def _heard(self, record: records.SpeechStarted) -> None:
        self._voice(record.speech).heard_t = record.t

    def _finished(self, record: records.SpeechFinished) -> None:
        voice = self._voice(record.speech)
        voice.finished_t, voice.interrupted, voice.text = record.t, record.interrupted, record.text


_TAKERS: dict[type[Record], Callable[[Tracer, Any], None]] = {
    records.Transcript: Tracer._transcript,
    records.UserSpeechEnded: Tracer._speech_ended,
    records.TurnCommitted: Tracer._committed,
    records.TurnDropped: Tracer._dropped,
    records.PreemptionStarted: Tracer._attempt_started,
    records.PreemptionAdopted: Tracer._adopted,
    records.PreemptionDiscarded: Tracer._discarded,
    records.LlmRequested: Tracer._llm_requested,
    records.LlmFirstToken: Tracer._first_token,
    records.LlmDone: Tracer._llm_done,
    records.TtsRequested: Tracer._tts_requested,
    records.TtsFirstAudio: Tracer._first_audio,
    records.TtsDone: Tracer._tts_done,
    records.SpeechCreated: Tracer._speech_created,
    records.SpeechStarted: Tracer._heard,
    records.SpeechFinished: Tracer._finished,
}
