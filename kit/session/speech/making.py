"""What a TTS has made of a text so far, which is more than was heard of it: it tells where in the text the voice is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...ports import TIMED_WORDS, TimedWord

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame


@dataclass(slots=True)
class Making:
    """`speech`: whose it is. `words` where the TTS tells them. `complete`: nothing more comes."""

    speech: str = ""
    audio_s: float = 0.0
    words: list[TimedWord] = field(default_factory=list)
    complete: bool = False

    def note(self, frame: AudioFrame) -> None:
        told = frame.userdata
        if told and TIMED_WORDS in told:
            self.words.extend(told[TIMED_WORDS])
        self.audio_s += frame.samples_per_channel / frame.sample_rate
