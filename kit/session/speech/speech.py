"""What the agent says: a speech of one or more segments, each with a text and the frames that speak it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ...chat import ChatItem
from ...ports import TimedWord
from ...text.alignment import heard_words
from ..events import SpeechSource
from ..waiting.channel import Channel
from .speaking_rate import SpeakingRate
from .speech_handle import SpeechHandle
from .transcription import Transcription

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame


class Voice(Protocol):
    """What a segment's sound comes from. `complete`: all of its sound is made."""

    given: str
    error: BaseException | None

    @property
    def audio_s(self) -> float: ...

    @property
    def words(self) -> list[TimedWord]: ...

    @property
    def complete(self) -> bool: ...

    def frames(self) -> AsyncGenerator[AudioFrame, None]: ...

    async def cancel(self) -> None:
        """End what was prepared and will not be heard."""
        ...


class Segment:
    """A stretch of speech. `played` is done once it was heard or stopped; `following` comes after it in the history."""

    __slots__ = ("_rate", "following", "heard", "played", "played_s", "transcription", "voice")

    def __init__(self, voice: Voice, rate: SpeakingRate, transcription: Transcription | None = None) -> None:
        self.voice = voice
        self.transcription = transcription
        self.played: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.played_s = 0.0
        self.heard = ""
        self.following: list[ChatItem] = []
        self._rate = rate

    @property
    def text(self) -> str:
        """What is remembered of it if it is heard to its end."""
        if self.transcription is None or not self.transcription.done or self.transcription.text is None:
            return self.voice.given.strip()
        return self.transcription.text.strip()

    async def transcribed(self, limit_s: float) -> None:
        """Wait for what is to be remembered of it, where that takes longer than its sound."""
        if self.transcription is not None:
            await self.transcription.wait(limit_s)

    async def cancel(self) -> None:
        if self.transcription is not None:
            self.transcription.cancel()
        await self.voice.cancel()

    def end(self, played_s: float, *, complete: bool) -> None:
        if self.played.done():
            return
        self.played_s = played_s
        self.heard = self.text if complete else self._heard_until(played_s)
        self.played.set_result(None)

    def _heard_until(self, played_s: float) -> str:
        heard = heard_text(self.voice.given, self.voice, played_s, self._rate)
        transcribed = None if self.transcription is None else self.transcription.text
        if transcribed is None:
            return heard
        cut = heard_text(transcribed, self.voice, played_s, self._rate)
        behind = self.transcription is not None and not self.transcription.done and cut == transcribed.strip()
        return heard if behind else cut


@dataclass(slots=True, eq=False)
class Speech:
    """A speech on its way to the loudspeaker. `cancel` ends what is still being made for it; `failure` tells what kept
    it from being made, beside what its voices know.

    `playing`: its task has begun and has not come to its end; `heard`: its first sample was heard; `ended`: its end is
    recorded.
    """

    handle: SpeechHandle
    source: SpeechSource
    segments: Channel[Segment]
    cancel: Callable[[], Coroutine[Any, Any, None]]
    turn: int = 0
    failure: Callable[[], BaseException | None] = lambda: None
    add_to_chat_ctx: bool = True
    begun: list[Segment] = field(default_factory=list)
    played_s: float = 0.0
    task: asyncio.Task[None] | None = None
    playing: bool = False
    heard: bool = False
    ended: bool = False


def heard_text(text: str, voice: Voice, played_s: float, rate: SpeakingRate) -> str:
    """The words of a text that its voice had begun to speak by `played_s`.

    From the voice's word times where it gives them, though it may speak the text in other words; otherwise in
    proportion of its sound, or of how long the whole is likely to take while that is still being made.
    """
    words = text.split()
    if not words or played_s <= 0:
        return ""
    if voice.words:
        spoken: list[str] = []
        begun = 0
        for word in voice.words:
            spoken.extend(word.text.split() or [""])
            if word.start_s < played_s:
                begun = len(spoken)
        return " ".join(words[: heard_words(words, spoken, begun, complete=voice.complete)])
    whole_s = voice.audio_s if voice.complete else max(voice.audio_s, rate.duration_s(len(voice.given)))
    return _before(words, played_s / whole_s * len(" ".join(words)))


def _before(words: list[str], place: float) -> str:
    """The words that begin before this place of their text, counted in characters."""
    begins, count = 0, 0
    while count < len(words) and begins < place:
        begins += len(words[count]) + 1
        count += 1
    return " ".join(words[:count])
