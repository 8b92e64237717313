"""The user's voice against the agent's: a pause at first, then an end, or a resumption where no words followed.

A speech that is not heard yet is held back while the user speaks; one that is heard is paused once the user's voice
has lasted long enough. Final words end it. Without them it goes on from where it was stopped, a while after the user
fell silent. Where the settings or the loudspeaker do not allow a pause, the speech ends at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ...turns.interruption import interruption_due_t, words_interrupt
from ..events import AgentFalseInterruptionEvent
from ..records import FalseInterruption, UserInterrupted
from ..scope import Scope
from ..speech.speaking import Speaking
from ..speech.speech import Speech
from ..waiting.alarm import Alarm


class BargeIn:
    """`by_voice`: whether the user's voice alone may stop the agent; otherwise only a committed turn does.

    `has_words`: whether they are transcribed; where they are not, none are asked for.
    """

    def __init__(
        self, scope: Scope, speaking: Speaking, *, has_vad: bool, has_words: Callable[[], bool], by_voice: bool
    ) -> None:
        self._scope = scope
        self._speaking = speaking
        self._has_vad = has_vad
        self._has_words = has_words
        self._by_voice = by_voice
        self._voice_since_t: float | None = None
        self._text = ""
        self._resume_after_s = 0.0
        self._cut_short = ""
        self._due = Alarm(scope, self._stop_by_voice)
        self._silence = Alarm(scope, self._nothing_followed)

    def voice_started(self, audio_t: float, text: str) -> None:
        """`text`: what the user has said in this turn before."""
        self._voice_since_t = audio_t
        self._text = text
        self._silence.cancel()
        self._hold_back()
        self._set_due()

    def voice_ended(self) -> None:
        self._voice_since_t = None
        self._due.cancel()
        self._await_words()

    def turn_over(self) -> None:
        """What was said until now is dealt with: the voice that said it stops nothing any more."""
        self._text = ""
        self._voice_since_t = None
        self._due.cancel()

    def words(self, text: str, *, final: bool) -> None:
        """What the user has said in this turn so far."""
        self._text = text
        speech = self._stoppable()
        if speech is None:
            if final:
                self._cut_short = ""
                self._silence.cancel()
            return
        if final and words_interrupt(self._scope.tuning.interruption, text):
            self._stop(speech)
            return
        self._set_due()
        if self._voice_since_t is None:
            self._await_words()

    def speech_began(self) -> None:
        """The agent has a new present speech: a user who is already talking holds it back, or stops it."""
        if self._voice_since_t is not None:
            self._hold_back()
            self._set_due()

    def settings_changed(self) -> None:
        self._set_due()
        if self._speaking.paused and not self._may_pause():
            self._speaking.resume()

    def close(self) -> None:
        self._due.close()
        self._silence.close()

    def _stoppable(self) -> Speech | None:
        """The present speech, if the user's voice may stop it."""
        speech = self._speaking.current
        stoppable = self._by_voice and speech is not None and self._speaking.interruptible(speech)
        return speech if stoppable else None

    def _may_pause(self) -> bool:
        return self._scope.tuning.interruption.resume_false_interruption and self._speaking.can_pause

    def _hold_back(self) -> None:
        if self._may_pause() and not self._speaking.audible and self._stoppable() is not None:
            self._resume_after_s = 0.0
            self._speaking.pause()

    def _set_due(self) -> None:
        self._due.cancel()
        since_t, settings = self._voice_since_t, self._scope.tuning.interruption
        if self._stoppable() is None:
            return
        if since_t is None and not self._has_vad and self._text:
            since_t = self._scope.clock.now() - settings.min_duration_s
        if since_t is None:
            return
        if not self._has_words():
            settings = replace(settings, min_words=0)
        due_t = interruption_due_t(settings, speech_started_t=since_t, text=self._text)
        if due_t is None:
            return
        if due_t <= self._scope.clock.now():
            self._stop_by_voice()
        else:
            self._due.set_at(self._scope.clock.origin + due_t)

    def _stop_by_voice(self) -> None:
        speech = self._stoppable()
        if speech is None:
            return
        if self._may_pause():
            self._resume_after_s = self._scope.tuning.interruption.false_interruption_timeout_s
            self._speaking.pause()
        else:
            self._stop(speech)
            self._cut_short = speech.handle.id

    def _stop(self, speech: Speech) -> None:
        self._due.cancel()
        self._silence.cancel()
        self._cut_short = ""
        self._scope.journal.append(UserInterrupted(speech=speech.handle.id))
        speech.handle.interrupt()

    def _await_words(self) -> None:
        """The user is silent: without final words it was no interruption."""
        if self._speaking.paused:
            self._silence.set_in(self._resume_after_s)
        elif self._cut_short:
            self._silence.set_in(self._scope.tuning.interruption.false_interruption_timeout_s)

    def _nothing_followed(self) -> None:
        cut_short, self._cut_short = self._cut_short, ""
        speech = self._speaking.current
        if self._speaking.paused and speech is not None:
            was_heard = self._speaking.audible
            self._speaking.resume()
            if was_heard:
                self._tell(speech.handle.id, resumed=True)
        elif cut_short:
            self._tell(cut_short, resumed=False)

    def _tell(self, speech: str, *, resumed: bool) -> None:
        self._scope.journal.append(FalseInterruption(speech=speech, resumed=resumed))
        self._scope.events.emit("agent_false_interruption", AgentFalseInterruptionEvent(resumed))
