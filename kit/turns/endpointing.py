"""When is the user's turn over?

A turn is committed once the user is silent, the words are known, and the silence has lasted long enough, all counted
from the end of the speech in the audio: `commit = max(end + delay, words known, silence known)`. The delay is the
shortest one, unless there is a sign that more is to come: a turn detector that finds the end unlikely, or words that
the recogniser has shown but not yet made final. The shortest delay may be learned from the user's own pauses. Times
are seconds on any one clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..tuning import Endpointing as EndpointingSettings
from .pauses import Pauses


@dataclass(frozen=True, slots=True)
class UserTurn:
    """A turn that is over. `started_t` and `ended_t`: the user's speech in the audio."""

    text: str
    started_t: float
    ended_t: float


class Endpointing:
    """Follows one user turn after another. `needs_words`: a turn has words; otherwise, that it was heard is enough."""

    __slots__ = (
        "_ended_t",
        "_interim",
        "_known_t",
        "_needs_words",
        "_started_t",
        "_unlikely",
        "_words",
        "pauses",
        "speaking",
    )

    def __init__(self, *, needs_words: bool = True) -> None:
        self._needs_words = needs_words
        self.speaking = False
        self.pauses = Pauses()
        self._clear()

    def _clear(self) -> None:
        self._words: list[str] = []
        self._interim = ""
        self._started_t: float | None = None
        self._ended_t: float | None = None
        self._known_t = 0.0
        self._unlikely = False

    @property
    def text(self) -> str:
        """The final words of the turn so far."""
        return " ".join(self._words)

    @property
    def interim(self) -> str:
        """Words behind these that are not final."""
        return self._interim

    @property
    def text_with_interim(self) -> str:
        return " ".join([*self._words, self._interim] if self._interim else self._words)

    @property
    def started_t(self) -> float | None:
        """Where the turn's first speech began."""
        return self._started_t

    def take_interim(self, now: float) -> None:
        """Words that were shown are taken for final: nothing more is waited for."""
        if self._interim:
            self.transcript(self._interim, final=True, now=now)

    def speech_started(self, audio_t: float) -> None:
        self.speaking = True
        self.pauses.speech_started(audio_t)
        if self._started_t is None:
            self._started_t = audio_t

    def speech_ended(self, audio_t: float, now: float, settings: EndpointingSettings) -> None:
        self.speaking = False
        self.pauses.speech_ended(audio_t, settings)
        self._ended_t = audio_t
        self._known_t = now

    def transcript(self, text: str, *, final: bool, now: float, audio_t: float | None = None) -> None:
        """Words of the user. `audio_t`: where they end in the audio, used where no voice activity was seen."""
        text = text.strip()
        if not final:
            self._interim = text
            return
        self._interim = ""
        if not text:
            return
        self._words.append(text)
        self._known_t = max(self._known_t, now)
        if self._ended_t is None and not self.speaking:
            self._ended_t = now if audio_t is None else audio_t

    def end_of_turn(self, probability: float, threshold: float) -> None:
        """What a turn detector said of the words so far."""
        self._unlikely = probability < threshold

    def deadline(self, settings: EndpointingSettings) -> float | None:
        """When the turn is to be committed if nothing else happens; None while it cannot be."""
        if self.speaking or self._ended_t is None or (self._needs_words and not self._words):
            return None
        more_to_come = self._unlikely or bool(self._interim)
        delay = settings.max_delay_s if more_to_come else self.pauses.shortest_delay_s(settings)
        return max(self._ended_t + delay, self._known_t)

    def commit(self, now: float) -> UserTurn:
        """End the turn and begin the next."""
        ended_t = now if self._ended_t is None else self._ended_t
        turn = UserTurn(self.text, ended_t if self._started_t is None else self._started_t, ended_t)
        self._clear()
        return turn

    def discard(self) -> None:
        """Forget the words of this turn: they are no turn."""
        self._clear()
