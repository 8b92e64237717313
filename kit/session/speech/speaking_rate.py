"""How fast this voice speaks, learned from the texts that it has spoken to their end.

It tells where in a text a voice is that gives no word times and has not made all of its sound yet.
"""

from __future__ import annotations

CHARACTERS_PER_S = 15.0
"""Of unhurried English, about 150 words a minute; used until the voice has spoken."""

_WEIGHT_S = 2.0
"""How much sound the first guess counts for, in seconds."""


class SpeakingRate:
    __slots__ = ("_characters", "_seconds")

    def __init__(self) -> None:
        self._characters = CHARACTERS_PER_S * _WEIGHT_S
        self._seconds = _WEIGHT_S

    def learn(self, characters: int, audio_s: float) -> None:
        """A whole text of so many characters took so long."""
        if characters and audio_s > 0:
            self._characters += characters
            self._seconds += audio_s

    def duration_s(self, characters: int) -> float:
        """How long a text of so many characters takes."""
        return characters * self._seconds / self._characters
