"""What a realtime model has heard of the user.

The words may come late; in the history they stand where they were said.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from ...chat import ChatMessage
from ..conversation import Conversation, Place
from ..events import UserInputTranscribedEvent
from ..records import Transcript, TurnCommitted, UserInterrupted, UserSpeechEnded, UserSpeechStarted
from ..scope import Scope
from ..states import States

if TYPE_CHECKING:
    from ..speech.speaking import Speaking

MAX_UNTRANSCRIBED = 8
"""Turns whose words are waited for; where more have none, the model does not transcribe."""


class RealtimeHearing:
    def __init__(self, scope: Scope, speaking: Speaking, conversation: Conversation, states: States) -> None:
        self._scope = scope
        self._speaking = speaking
        self._conversation = conversation
        self._states = states
        self._places: deque[Place | None] = deque(maxlen=MAX_UNTRANSCRIBED)
        self._ended_t = 0.0
        self._words = ""
        self.user_speaking = False

    def speech_started(self, audio_t: float | None) -> None:
        now = self._scope.clock.now()
        self._scope.journal.append(UserSpeechStarted(audio_t=now if audio_t is None else audio_t))
        self.user_speaking = True
        self._states.set_user("speaking")
        for speech in self._speaking.pending:
            if self._speaking.interruptible(speech):
                if speech is self._speaking.current:
                    self._scope.journal.append(UserInterrupted(speech=speech.handle.id))
                speech.handle.interrupt()

    def speech_ended(self, audio_t: float | None) -> None:
        if not self.user_speaking:
            return
        self._ended_t = self._scope.clock.now() if audio_t is None else audio_t
        self._scope.journal.append(UserSpeechEnded(audio_t=self._ended_t))
        self.user_speaking = False
        self.expect_words()
        self._states.set_user("listening")
        self._speaking.advance()

    def expect_words(self, *, known: bool = False) -> None:
        """What was said until now will be transcribed. It stands here in the history, or does already, if `known`."""
        self._places.append(None if known else self._conversation.place())

    def transcribed(self, text: str, *, final: bool) -> None:
        text = text.strip()
        place = self._conversation.place()
        if final and self._places:
            expected = self._places.popleft()
            if expected is None:
                return
            place = expected
        if not text:
            return
        self._scope.journal.append(Transcript(text=text, final=final))
        self._scope.events.emit("user_input_transcribed", UserInputTranscribedEvent(text, final))
        if final:
            self._words = text
            self._conversation.insert(place, ChatMessage("user", text))

    def turn_answered(self) -> int:
        """The model answers by itself, so the user's turn is over. Returns the turn's number."""
        number = self._scope.number("turn")
        words, self._words = self._words, ""
        self._scope.journal.append(TurnCommitted(turn=number, text=words, audio_t=self._ended_t))
        return number
