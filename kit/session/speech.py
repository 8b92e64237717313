"""What the agent says: a speech of one or more segments, each with a text and the frames that speak it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ..chat import ChatItem
from ..ports import TimedWord
from .events import SpeechSource
from .speech_handle import SpeechHandle
from .synthesis import Synthesis

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame


class Voice(Protocol):
    """What a segment's sound comes from."""

    given: str
    audio_s: float
    words: list[TimedWord]
    error: BaseException | None

    def frames(self) -> AsyncGenerator[AudioFrame, None]: ...


class ReadyAudio:
    """Sound that was made before, with its text."""

    def __init__(self, text: str, audio: AsyncIterable[AudioFrame], on_error: Callable[[BaseException], None]) -> None:
        self.given = text
        self.audio_s = 0.0
        self.words: list[TimedWord] = []
        self.error: BaseException | None = None
        self._audio = audio
        self._on_error = on_error

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        try:
            async for frame in self._audio:
                self.audio_s += frame.samples_per_channel / frame.sample_rate
                yield frame
        except Exception as error:
            self.error = error
            self._on_error(error)


class Segment:
    """A stretch of speech. `played` is done once it was heard or stopped; `following` comes after it in the history."""

    __slots__ = ("following", "heard", "played", "played_s", "voice")

    def __init__(self, voice: Voice) -> None:
        self.voice = voice
        self.played: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.played_s = 0.0
        self.heard = ""
        self.following: list[ChatItem] = []

    async def cancel(self) -> None:
        if isinstance(self.voice, Synthesis):
            await self.voice.cancel()

    def end(self, played_s: float, *, complete: bool) -> None:
        if self.played.done():
            return
        self.played_s = played_s
        self.heard = self.voice.given.strip() if complete else heard_text(self.voice, played_s)
        self.played.set_result(None)


@dataclass(slots=True)
class Speech:
    """A speech on its way to the loudspeaker. `cancel` ends what is still being made for it."""

    handle: SpeechHandle
    source: SpeechSource
    segments: AsyncIterable[Segment]
    cancel: Callable[[], Coroutine[Any, Any, None]]
    turn: int = 0
    add_to_chat_ctx: bool = True
    begun: list[Segment] = field(default_factory=list)
    played_s: float = 0.0


def heard_text(voice: Voice, played_s: float) -> str:
    """The words of a voice's text that began before `played_s`.

    From the TTS's word times where it gives them; otherwise in proportion of the sound that was made, cut at a word.
    """
    words = voice.given.split()
    if not words or played_s <= 0:
        return ""
    if voice.words:
        said = sum(word.start_s < played_s for word in voice.words)
        share = said / max(len(words), len(voice.words))
    else:
        share = played_s / voice.audio_s if voice.audio_s else 0.0
    return " ".join(words[: round(min(1.0, share) * len(words))])
