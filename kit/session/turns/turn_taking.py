"""Who speaks when: what is heard of the user becomes turns, and attempts at an answer.

The decisions are those of `kit.turns`; this module gives them the time, sets their timers and carries them out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from ...ports import SpeechEvent, SpeechEventType, VADEvent, VADEventType
from ...turns.endpointing import Endpointing, UserTurn
from ...turns.interruption import enough_words
from ...turns.preemption import Stillness
from ..answers.providers import ProviderEmpty, ProviderStalled
from ..events import UserInputTranscribedEvent, UserStateName
from ..records import Transcript, TurnCommitted, UserSpeechEnded, UserSpeechStarted
from ..scope import Scope
from ..waiting.alarm import Alarm

if TYPE_CHECKING:
    from ..speech.speaking import Speaking
    from .barge_in import BargeIn
    from .end_of_turn import Detector

LONG_SPEECH_S = 1.0
"""Speech of this length without a word from the recogniser is an error, not a cough."""

WORDLESS_S = 5.0
"""How long the words of such speech may take."""

VOICE_STUCK_S = 10.0
"""How long a voice may go on being detected after the last final words, with no other ones coming."""


class Answering(Protocol):
    """What turn taking asks to be answered."""

    def words_known(self, transcript: str, *, speech_duration_s: float) -> None:
        """The words of the turn so far are known: an answer may be begun ahead."""
        ...

    def turn_committed(self, turn: UserTurn, number: int, committed_t: float) -> None: ...

    def turn_cleared(self) -> None:
        """What the user has said in this turn is forgotten."""
        ...


class TurnTaking:
    def __init__(
        self,
        scope: Scope,
        speaking: Speaking,
        answering: Answering,
        barge_in: BargeIn,
        *,
        has_vad: bool,
        manual: bool,
        needs_words: bool,
        detector: Detector | None,
        set_user_state: Callable[[UserStateName], None],
        user_is_active: Callable[[], None],
        forget_audio: Callable[[], None],
        restart: Callable[[str], None],
    ) -> None:
        self._scope = scope
        self._speaking = speaking
        self._answering = answering
        self._barge_in = barge_in
        self._has_vad = has_vad
        self._manual = manual
        self._needs_words = needs_words
        self._detector = detector
        self._set_user_state = set_user_state
        self._user_is_active = user_is_active
        self._forget_audio = forget_audio
        self._restart = restart
        self._endpointing = Endpointing(needs_words=needs_words)
        self._stillness = Stillness()
        self._commit_due = Alarm(scope, self._commit)
        self._still_due = Alarm(scope, self._words_held_still)
        self._last_words = Alarm(scope, self._no_last_words)
        self._wordless = Alarm(scope, self._no_words_came)
        self._voice_stuck = Alarm(scope, self._voice_did_not_end)
        self._speech_started_t: float | None = None
        self._wordless_s = 0.0
        self._held = False
        self._closed = False

    @property
    def user_speaking(self) -> bool:
        return self._endpointing.speaking

    def hear_voice(self, event: VADEvent, audio_t: float | None) -> None:
        if self._closed:
            return
        audio_t = self._scope.clock.now() if audio_t is None else audio_t
        if event.type is VADEventType.START_OF_SPEECH:
            self._speech_started(audio_t)
        else:
            self._speech_ended(audio_t)

    def hear_words(self, event: SpeechEvent, audio_t: float | None) -> None:
        if self._closed:
            return
        if event.type is SpeechEventType.START_OF_SPEECH:
            if not self._has_vad:
                self._speech_started(self._scope.clock.now() if audio_t is None else audio_t)
        elif event.type is SpeechEventType.END_OF_SPEECH:
            if not self._has_vad:
                self._speech_ended(self._scope.clock.now() if audio_t is None else audio_t)
        else:
            self._transcribed(event.text, event.type is SpeechEventType.FINAL_TRANSCRIPT, audio_t)

    def hear_no_more(self, name: str) -> None:
        """The stream `name`, "vad" or "stt", has ended: what it had begun to hear ends with it."""
        if not self._closed and self._endpointing.speaking and name == ("vad" if self._has_vad else "stt"):
            self._speech_ended(self._scope.clock.now())

    def agent_started(self) -> None:
        """The agent is heard."""
        self._endpointing.pauses.agent_started(self._scope.clock.now())

    def agent_ended(self) -> None:
        self._endpointing.pauses.agent_ended()

    def settings_changed(self) -> None:
        self._set_commit_due()
        self._barge_in.settings_changed()

    def hold(self) -> None:
        """The user's turn goes on, whatever the silence, until `commit` or `clear`."""
        self._held = True
        self._set_commit_due()

    def commit(self, transcript_timeout_s: float) -> None:
        """End the user's turn now, whatever the silence; where words are still to come, when they are final."""
        self._held = False
        endpointing = self._endpointing
        if (endpointing.text and not endpointing.interim) or not self._needs_words:
            self._commit()
        elif endpointing.interim or endpointing.started_t is not None:
            self._last_words.set_in(transcript_timeout_s)

    def clear(self) -> None:
        """Forget what the user has said in this turn, also what is not transcribed yet."""
        self._held = False
        self._forget()
        self._answering.turn_cleared()
        self._restart("stt")

    def close(self) -> str:
        """Hear nothing more. Returns the words of a turn that was not committed."""
        self._closed = True
        self._barge_in.close()
        for alarm in (self._commit_due, self._still_due, self._last_words, self._wordless, self._voice_stuck):
            alarm.close()
        return self._endpointing.text

    def _speech_started(self, audio_t: float) -> None:
        if self._endpointing.speaking:
            return
        self._scope.journal.append(UserSpeechStarted(audio_t=audio_t))
        self._endpointing.speech_started(audio_t)
        if self._detector is not None:
            self._detector.forget()
        self._speech_started_t = audio_t
        self._set_user_state("speaking")
        self._set_commit_due()
        self._barge_in.voice_started(audio_t, self._endpointing.text_with_interim)

    def _speech_ended(self, audio_t: float) -> None:
        scope = self._scope
        scope.journal.append(UserSpeechEnded(audio_t=audio_t))
        self._voice_stuck.cancel()
        self._endpointing.speech_ended(audio_t, scope.clock.now(), scope.tuning.endpointing)
        if self._detector is not None and not self._manual:
            self._detector.speech_ended()
        started_t, self._speech_started_t = self._speech_started_t, None
        wordless = self._needs_words and not self._endpointing.text_with_interim
        self._set_user_state("listening")
        self._set_commit_due()
        self._barge_in.voice_ended()
        if wordless and started_t is not None and audio_t - started_t >= LONG_SPEECH_S:
            self._wordless_s = audio_t - started_t
            self._wordless.set_in(WORDLESS_S)
        self._speaking.advance()

    def _transcribed(self, text: str, final: bool, audio_t: float | None) -> None:
        text = text.strip()
        if not text:
            return
        scope, endpointing = self._scope, self._endpointing
        self._wordless.cancel()
        self._user_is_active()
        scope.journal.append(Transcript(text=text, final=final))
        scope.events.emit("user_input_transcribed", UserInputTranscribedEvent(text, final))
        endpointing.transcript(text, final=final, now=scope.clock.now(), audio_t=audio_t)
        self._barge_in.words(endpointing.text_with_interim, final=final)
        if final and self._detector is not None and not self._manual:
            self._detector.words_final(endpointing.text)
        if final and self._has_vad and endpointing.speaking:
            self._voice_stuck.set_in(VOICE_STUCK_S)
        elif not final:
            self._voice_stuck.cancel()
        if final and self._last_words.is_set:
            self._commit()
            return
        self._set_commit_due()
        if not self._manual and endpointing.text_with_interim:
            self._answer_ahead(final)

    def _answer_ahead(self, final: bool) -> None:
        """The words may be all, and did not end the turn at once: an attempt at an answer may be worth its price."""
        if final:
            self._still_due.cancel()
            self._stillness.forget()
            self._words_known(self._endpointing.text)
            return
        settings, now = self._scope.tuning.preemption, self._scope.clock.now()
        due_t = self._stillness.interim(self._endpointing.text_with_interim, now, settings)
        if due_t is None:
            self._still_due.cancel()
        else:
            self._still_due.set_at(self._scope.clock.origin + due_t)

    def _words_held_still(self) -> None:
        if self._scope.tuning.preemption.trigger == "interim" and self._endpointing.text_with_interim:
            self._words_known(self._endpointing.text_with_interim)

    def _words_known(self, text: str) -> None:
        started_t = self._endpointing.started_t
        duration_s = 0.0 if started_t is None else self._scope.clock.now() - started_t
        self._answering.words_known(text, speech_duration_s=duration_s)

    def end_of_turn_predicted(self, probability: float, threshold: float) -> None:
        self._endpointing.end_of_turn(probability, threshold)

    def prediction_over(self) -> None:
        """Nothing is to be waited for from the turn detector."""
        self._set_commit_due()

    def _set_commit_due(self) -> None:
        self._commit_due.cancel()
        if self._manual or self._held or self._closed or (self._detector is not None and self._detector.busy):
            return
        due_t = self._endpointing.deadline(self._scope.tuning.endpointing)
        if due_t is None:
            return
        if due_t <= self._scope.clock.now():
            self._commit()
        else:
            self._commit_due.set_at(self._scope.clock.origin + due_t)

    def _commit(self) -> None:
        scope, endpointing = self._scope, self._endpointing
        enough = not self._needs_words or enough_words(scope.tuning.interruption, endpointing.text)
        if self._speaking.audible and not enough:
            self._forget()
            return
        now = scope.clock.now()
        turn = endpointing.commit(now)
        self._turn_over()
        number = scope.number("turn")
        scope.journal.append(TurnCommitted(turn=number, text=turn.text, audio_t=turn.ended_t))
        self._answering.turn_committed(turn, number, now)

    def _forget(self) -> None:
        self._endpointing.discard()
        self._turn_over()

    def _turn_over(self) -> None:
        for alarm in (self._commit_due, self._still_due, self._last_words, self._wordless, self._voice_stuck):
            alarm.cancel()
        self._speech_started_t = None
        self._stillness.forget()
        self._forget_audio()
        self._barge_in.turn_over()
        if self._detector is not None:
            self._detector.forget()

    def _no_last_words(self) -> None:
        """The turn was ended by hand, and its last words do not come: those that were shown are taken."""
        if self._endpointing.text_with_interim:
            self._endpointing.take_interim(self._scope.clock.now())
            self._commit()
            self._restart("stt")  # what it still has to say of them comes too late

    def _no_words_came(self) -> None:
        self._scope.error("stt", ProviderEmpty(f"no words came for {self._wordless_s:.1f} s of speech"))
        self._restart("stt")

    def _voice_did_not_end(self) -> None:
        stalled = ProviderStalled(f"the vad hears the user {VOICE_STUCK_S:g} s after the last words")
        self._scope.error("vad", stalled)
        self._restart("vad")
