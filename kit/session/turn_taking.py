"""Who speaks when: what is heard of the user becomes turns, attempts at an answer, and interruptions.

The decisions are those of `kit.turns`; this module gives them the time, sets their timers and carries them out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from ..ports import SpeechEvent, SpeechEventType, TurnDetector, VADEvent, VADEventType
from ..turns.endpointing import Endpointing, UserTurn
from ..turns.interruption import enough_words, interruption_due_t
from .events import UserInputTranscribedEvent, UserStateName
from .journal import Transcript, TurnCommitted, UserInterrupted, UserSpeechEnded, UserSpeechStarted
from .scope import Scope
from .thinking import ProviderEmpty

if TYPE_CHECKING:
    from ..chat import ChatContext
    from .speaking import Speaking

LONG_SPEECH_S = 1.0
"""Speech of this length without a word from the recogniser is an error, not a cough."""

WORDLESS_S = 5.0
"""How long the words of such speech may take."""


class Answering(Protocol):
    """What turn taking asks to be answered."""

    def words_final(self, transcript: str, *, speech_duration_s: float) -> None:
        """The words of the turn so far are final: an answer may be begun ahead."""
        ...

    def turn_committed(self, turn: UserTurn, number: int, committed_t: float) -> None: ...


class TurnTaking:
    def __init__(
        self,
        scope: Scope,
        speaking: Speaking,
        answering: Answering,
        *,
        has_vad: bool,
        manual: bool,
        detector: TurnDetector | None,
        chat_ctx: Callable[[], ChatContext],
        set_user_state: Callable[[UserStateName], None],
    ) -> None:
        self._scope = scope
        self._speaking = speaking
        self._answering = answering
        self._has_vad = has_vad
        self._manual = manual
        self._detector = detector
        self._chat_ctx = chat_ctx
        self._set_user_state = set_user_state
        self._endpointing = Endpointing()
        self._commit_timer: asyncio.TimerHandle | None = None
        self._interrupt_timer: asyncio.TimerHandle | None = None
        self._wordless_timer: asyncio.TimerHandle | None = None
        self._prediction: asyncio.Task[None] | None = None
        self._speech_started_t: float | None = None
        self._closed = False

    @property
    def user_speaking(self) -> bool:
        return self._endpointing.speaking

    def hear_voice(self, event: VADEvent, audio_t: float) -> None:
        if self._closed:
            return
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

    def settings_changed(self) -> None:
        self._set_commit_timer()
        self._set_interrupt_timer()

    def commit(self) -> None:
        """End the user's turn now, whatever the silence."""
        if self._endpointing.text:
            self._commit()

    def clear(self) -> None:
        """Forget what the user has said in this turn."""
        self._endpointing.discard()
        self._set_commit_timer()

    def close(self) -> None:
        """Hear nothing more."""
        self._closed = True
        for timer in (self._commit_timer, self._interrupt_timer, self._wordless_timer):
            if timer is not None:
                timer.cancel()

    def _speech_started(self, audio_t: float) -> None:
        self._scope.journal.append(UserSpeechStarted(audio_t=audio_t))
        self._endpointing.speech_started(audio_t)
        self._speech_started_t = audio_t
        self._set_user_state("speaking")
        self._set_commit_timer()
        self._set_interrupt_timer()

    def _speech_ended(self, audio_t: float) -> None:
        now = self._scope.clock.now()
        self._scope.journal.append(UserSpeechEnded(audio_t=audio_t))
        self._endpointing.speech_ended(audio_t, now)
        started_t, self._speech_started_t = self._speech_started_t, None
        wordless = not self._endpointing.text_with_interim
        self._set_user_state("listening")
        self._set_commit_timer()
        self._set_interrupt_timer()
        if wordless and started_t is not None and audio_t - started_t >= LONG_SPEECH_S:
            self._expect_words(audio_t - started_t)
        self._speaking.advance()

    def _transcribed(self, text: str, final: bool, audio_t: float | None) -> None:
        if not text.strip():
            return
        scope = self._scope
        if self._wordless_timer is not None:
            self._wordless_timer.cancel()
            self._wordless_timer = None
        scope.journal.append(Transcript(text=text, final=final))
        scope.events.emit("user_input_transcribed", UserInputTranscribedEvent(text, final))
        self._endpointing.transcript(text, final=final, now=scope.clock.now(), audio_t=audio_t)
        self._set_interrupt_timer()
        if final and self._detector is not None:
            self._ask_detector(self._detector)
        self._set_commit_timer()
        if final and not self._manual and self._endpointing.text:
            self._words_final()

    def _words_final(self) -> None:
        """Words are final, and did not end the turn at once."""
        started_t = self._endpointing.started_t
        duration_s = 0.0 if started_t is None else self._scope.clock.now() - started_t
        self._answering.words_final(self._endpointing.text, speech_duration_s=duration_s)

    def _ask_detector(self, detector: TurnDetector) -> None:
        if self._prediction is not None:
            self._prediction.cancel()
        self._prediction = self._scope.tasks.spawn(self._predict(detector), "turn-detector")

    async def _predict(self, detector: TurnDetector) -> None:
        chat_ctx = self._chat_ctx()
        chat_ctx.add_message(role="user", content=self._endpointing.text)
        try:
            probability = await asyncio.wait_for(detector.predict_end_of_turn(chat_ctx), self._scope.limits.llm_s)
        except Exception as error:
            self._scope.error("turn_detector", error)
        else:
            self._endpointing.end_of_turn(probability, detector.unlikely_threshold)
        self._prediction = None
        self._set_commit_timer()

    def _set_commit_timer(self) -> None:
        if self._commit_timer is not None:
            self._commit_timer.cancel()
            self._commit_timer = None
        if self._manual or self._prediction is not None:
            return
        due_t = self._endpointing.deadline(self._scope.tuning.endpointing)
        if due_t is None:
            return
        if due_t <= self._scope.clock.now():
            self._commit()
        else:
            self._commit_timer = self._scope.loop.call_at(self._scope.clock.origin + due_t, self._commit)

    def _commit(self) -> None:
        scope, endpointing = self._scope, self._endpointing
        self._commit_timer = None
        if self._speaking.audible and not enough_words(scope.tuning.interruption, endpointing.text):
            endpointing.discard()
            return
        now = scope.clock.now()
        turn = endpointing.commit(now)
        number = scope.number("turn")
        scope.journal.append(TurnCommitted(turn=number, text=turn.text, audio_t=turn.ended_t))
        self._answering.turn_committed(turn, number, now)

    def _set_interrupt_timer(self) -> None:
        if self._interrupt_timer is not None:
            self._interrupt_timer.cancel()
            self._interrupt_timer = None
        if self._speaking.current is None:
            return
        scope, started_t = self._scope, self._speech_started_t
        if started_t is None and not self._has_vad and self._endpointing.text_with_interim:
            started_t = scope.clock.now() - scope.tuning.interruption.min_duration_s
        if started_t is None:
            return
        text = self._endpointing.text_with_interim
        due_t = interruption_due_t(scope.tuning.interruption, speech_started_t=started_t, text=text)
        if due_t is None:
            return
        if due_t <= scope.clock.now():
            self._interrupt()
        else:
            self._interrupt_timer = scope.loop.call_at(scope.clock.origin + due_t, self._interrupt)

    def _interrupt(self) -> None:
        self._interrupt_timer = None
        speech = self._speaking.current
        if speech is not None and speech.handle.allow_interruptions and not speech.handle.interrupted:
            self._scope.journal.append(UserInterrupted(speech=speech.handle.id))
            speech.handle.interrupt()

    def speech_began(self) -> None:
        """The agent has begun a speech: a user who is already talking may interrupt it."""
        self._set_interrupt_timer()

    def _expect_words(self, duration_s: float) -> None:
        def report() -> None:
            self._wordless_timer = None
            self._scope.error("stt", ProviderEmpty(f"no words came for {duration_s:.1f} s of speech"))

        if self._wordless_timer is not None:
            self._wordless_timer.cancel()
        self._wordless_timer = self._scope.loop.call_later(WORDLESS_S, report)
