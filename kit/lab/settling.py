"""Has everything that was said been answered? Followed from the journal's records alone."""

from __future__ import annotations

from ..session.records import (
    Error,
    Record,
    SpeechCreated,
    SpeechFinished,
    Transcript,
    TurnCommitted,
    TurnDropped,
    UserSpeechEnded,
    UserSpeechStarted,
)

WORDS_S = 3.0
"""How long words may come after the end of speech before nothing more is expected of it."""

TICK_S = 1e-8
"""Times nearer than this are one: above the error of a sum of floats, and of a loop that counts whole nanoseconds."""


class Settling:
    """Takes the records of a session as they come. `when_settled` is the time from which nothing more is to be awaited
    if nothing else happens; None while it is sure that something will."""

    def __init__(self) -> None:
        self._speaking = False
        self._unanswered: set[int] = set()
        self._pending_words = False
        self._unspoken: set[str] = set()
        self._last_voice_t = 0.0
        self._answered_t = 0.0
        self.turns = 0

    def take(self, record: Record) -> None:
        if isinstance(record, UserSpeechStarted):
            self._speaking = True
        elif isinstance(record, UserSpeechEnded):
            self._speaking = False
            self._last_voice_t = record.t
        elif isinstance(record, Transcript):
            self._pending_words = True
            self._last_voice_t = max(self._last_voice_t, record.t)
        elif isinstance(record, TurnCommitted):
            self.turns += 1
            self._unanswered.add(record.turn)
            self._pending_words = False
            self._answered_t = record.t
        elif isinstance(record, TurnDropped):
            self._unanswered.discard(record.turn)
        elif isinstance(record, SpeechCreated):
            self._unanswered.discard(record.turn)
            self._unspoken.add(record.speech)
        elif isinstance(record, SpeechFinished):
            self._unspoken.discard(record.speech)
        elif isinstance(record, Error) and record.source == "stt":
            self._last_voice_t = min(self._last_voice_t, record.t - WORDS_S)

    def when_settled(self, spoken_t: float, patience_s: float) -> float | None:
        """When the recording that ended at `spoken_t` has been dealt with.

        Words are awaited for `patience_s` after the end of the recording, or of the speech heard in it.
        """
        if self._speaking or self._unanswered or self._unspoken:
            return None
        if self._pending_words:
            return self._last_voice_t + patience_s
        if self._answered_t >= max(spoken_t, self._last_voice_t):
            return self._answered_t
        return max(spoken_t, self._last_voice_t) + patience_s
