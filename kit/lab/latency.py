"""How long the agent took to answer each turn, and where that time went, read from a journal.

A gap runs from the end of the user's speech to the first sound of the answer that is heard. It is cut into stages that
follow one another without a hole, so that they add up to the gap:

| stage | from | to |
|---|---|---|
| stt | end of the user's speech | last final transcript, but no later than the commitment |
| endpointing | there | the turn is committed |
| llm | there | the voice is given the first words; the agent's hook and tools count here |
| tts | there | first audio |
| playout | there | first audio is heard |

A stage whose work was done before its turn takes no time here; that work is in `TurnLatency.ahead`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from .trace import Answer, TurnTrace, trace

if TYPE_CHECKING:
    from ..session.journal import Journal

StageName = Literal["stt", "endpointing", "llm", "tts", "playout"]
STAGES: tuple[StageName, ...] = get_args(StageName)

Outcome = Literal["answered", "interrupted", "unheard", "dropped", "open"]
"""answered: heard to its end. interrupted: heard in part. unheard: made, but stopped before it was heard. dropped: no
reply was made. open: the journal ends before the answer does."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of time, in seconds of the session."""

    name: StageName
    start_t: float
    end_t: float

    @property
    def duration_s(self) -> float:
        return minus(self.end_t, self.start_t)


@dataclass(frozen=True, slots=True)
class TurnLatency:
    """One committed turn of the user. Names in `_t` are seconds of the session, None where it did not happen.

    Attributes:
        end_of_speech_t: Where the user's speech ends in the audio.
        final_transcript_t: When its last final transcript came.
        vad_t: When voice activity detection told its end.
        llm_requested_t, llm_first_token_t: Of the request that the first words heard came from.
        tts_requested_t: When the voice was given the first words.
        reply: What was heard of the answer.
        reason: Why there was no answer, for `dropped`; "interrupted" or "no_sound" for `unheard`.
        attempt: The number of the attempt that became the answer; 0 if it was made after the turn.
        lead_s: How long before the commitment that attempt was begun.
        saved_s: How much earlier the answer came by it, see `saved_s`; 0 without an attempt, None if nothing was heard.
        stages: As far as the turn came, in order; they add up to `gap_s` where there is one.
        ahead: The work of the attempt that was done before the commitment.
    """

    turn: int
    text: str
    end_of_speech_t: float
    final_transcript_t: float | None
    vad_t: float | None
    commit_t: float
    llm_requested_t: float | None
    llm_first_token_t: float | None
    tts_requested_t: float | None
    tts_first_audio_t: float | None
    speech_started_t: float | None
    speech_finished_t: float | None
    reply: str
    outcome: Outcome
    reason: str
    attempt: int
    lead_s: float | None
    saved_s: float | None
    stages: tuple[Stage, ...]
    ahead: tuple[Stage, ...]

    @property
    def gap_s(self) -> float | None:
        """From the end of the user's speech until the answer is heard."""
        return None if self.speech_started_t is None else minus(self.speech_started_t, self.end_of_speech_t)

    @property
    def d_stt_s(self) -> float | None:
        """From the end of the speech to its last final transcript."""
        return None if self.final_transcript_t is None else minus(self.final_transcript_t, self.end_of_speech_t)

    @property
    def d_vad_s(self) -> float | None:
        """From the end of the speech until voice activity detection told it."""
        return None if self.vad_t is None else minus(self.vad_t, self.end_of_speech_t)

    @property
    def d_commit_s(self) -> float:
        """From the end of the speech until the turn was committed."""
        return minus(self.commit_t, self.end_of_speech_t)

    def stage_s(self, name: StageName) -> float | None:
        """Seconds of one stage; None if the turn did not come so far."""
        return next((stage.duration_s for stage in self.stages if stage.name == name), None)


def turns(journal: Journal) -> list[TurnLatency]:
    """Every committed turn of the user, in order."""
    return [measure(turn) for turn in trace(journal).turns.values()]


def gaps_s(measured: Sequence[TurnLatency]) -> list[float]:
    """The gaps of the turns whose answer was heard."""
    return [turn.gap_s for turn in measured if turn.gap_s is not None]


def saved_s(committed_t: float, answer: Answer) -> float | None:
    """How much earlier an answer was heard because it was begun before its turn was over.

    Without the attempt the same work would have begun once the turn was committed and the agent's hook had run, which
    is when the attempt was adopted. So

        without  = adopted + (first token − LLM requested) + (first audio − TTS requested)
        saved    = without − max(adopted, first audio)

    and playout is the same in both. An answer that calls a tool first is made ahead only up to the call, since no tool
    runs before its turn: `saved = adopted + (call known − LLM requested) − max(adopted, call known)`.

    Returns:
        Seconds, 0 without an attempt; None if no sound was made.
    """
    if answer.voice.first_audio_t is None:
        return None
    thought = answer.thought
    if not answer.attempt or thought is None or thought.first_token_t is None:
        return 0.0
    adopted_t = committed_t if answer.adopted_t is None else answer.adopted_t
    first = answer.thoughts[0]
    if thought is not first and first.done_t is not None:
        return minus(adopted_t + first.done_t - first.requested_t, max(adopted_t, first.done_t))
    llm_s = thought.first_token_t - thought.requested_t
    tts_s = 0.0 if answer.tts_requested_t is None else answer.voice.first_audio_t - answer.tts_requested_t
    return minus(adopted_t + llm_s + tts_s, max(adopted_t, answer.voice.first_audio_t))


def measure(turn: TurnTrace) -> TurnLatency:
    """A turn as far as it came."""
    answer = turn.answer
    thought = answer.thought
    outcome, reason = _outcome(turn)
    return TurnLatency(
        turn=turn.turn,
        text=turn.text,
        end_of_speech_t=turn.end_of_speech_t,
        final_transcript_t=turn.final_transcript_t,
        vad_t=turn.vad_t,
        commit_t=turn.commit_t,
        llm_requested_t=None if thought is None else thought.requested_t,
        llm_first_token_t=None if thought is None else thought.first_token_t,
        tts_requested_t=answer.tts_requested_t,
        tts_first_audio_t=answer.voice.first_audio_t,
        speech_started_t=answer.voice.heard_t,
        speech_finished_t=answer.voice.finished_t,
        reply=answer.voice.text,
        outcome=outcome,
        reason=reason,
        attempt=answer.attempt,
        lead_s=answer.lead_s,
        saved_s=saved_s(turn.commit_t, answer),
        stages=_stages(turn),
        ahead=_ahead(turn),
    )


def _outcome(turn: TurnTrace) -> tuple[Outcome, str]:
    answer = turn.answer
    if turn.dropped is not None:
        return "dropped", turn.dropped
    if answer.voice.finished_t is None:
        return "open", ""
    if answer.voice.heard_t is None:
        return "unheard", "interrupted" if answer.voice.interrupted else "no_sound"
    return ("interrupted" if answer.voice.interrupted else "answered"), ""


def _stages(turn: TurnTrace) -> tuple[Stage, ...]:
    answer, commit_t = turn.answer, turn.commit_t
    known_t, words_t, heard_t = turn.final_transcript_t, answer.tts_requested_t, answer.voice.heard_t
    if words_t is None and answer.thought is not None:
        words_t = answer.thought.first_token_t
    ends: tuple[tuple[StageName, float | None], ...] = (
        ("stt", None if known_t is None else min(known_t, commit_t)),
        ("endpointing", commit_t),
        ("llm", words_t),
        ("tts", answer.voice.first_audio_t),
        ("playout", heard_t),
    )
    stages: list[Stage] = []
    at = turn.end_of_speech_t
    for name, end_t in ends:
        if end_t is None and heard_t is None and name != "stt":
            break
        until = max(at, at if end_t is None else end_t)
        stages.append(Stage(name, at, until if heard_t is None else min(until, max(at, heard_t))))
        at = stages[-1].end_t
    return tuple(stages)


def _ahead(turn: TurnTrace) -> tuple[Stage, ...]:
    answer, commit_t = turn.answer, turn.commit_t
    if not answer.attempt or not answer.thoughts:
        return ()
    first = answer.thoughts[0]
    spans: list[tuple[StageName, float | None, float | None]] = [("llm", first.requested_t, first.first_token_t)]
    spans.append(("tts", answer.tts_requested_t, answer.voice.first_audio_t))
    return tuple(
        Stage(name, start_t, min(commit_t, commit_t if end_t is None else end_t))
        for name, start_t, end_t in spans
        if start_t is not None and start_t < commit_t
    )


def minus(a: float, b: float) -> float:
    """A difference of two times, to the nanosecond, as the journal's times are."""
    return round(a - b, 9) + 0.0
