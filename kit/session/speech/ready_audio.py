"""A voice whose sound was made before, with its text."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from typing import TYPE_CHECKING

from ...ports import TIMED_WORDS, TimedWord
from ..scope import Scope
from ..waiting.closing import close
from .markup import shown

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame


class ReadyAudio:
    """`audio` is played as it is; of `text`, what has come until the end is what was said."""

    def __init__(self, scope: Scope, text: AsyncIterable[str], audio: AsyncIterable[AudioFrame]) -> None:
        self.given = ""
        self.audio_s = 0.0
        self.words: list[TimedWord] = []
        self.complete = False
        self.error: BaseException | None = None
        self._scope = scope
        self._audio = audio
        self._reading = scope.tasks.spawn(self._read(text), "read-text")

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        try:
            async for frame in self._audio:
                self.audio_s += frame.samples_per_channel / frame.sample_rate
                if frame.userdata and (words := frame.userdata.get(TIMED_WORDS)):
                    self.words.extend(words)
                yield frame
            self.complete = True
        except Exception as error:
            self.error = error
            self._scope.error("audio", error, recoverable=False)
        finally:
            await close(self._audio)

    async def cancel(self) -> None:
        self._reading.cancel()

    async def _read(self, text: AsyncIterable[str]) -> None:
        try:
            plain = shown()
            async for piece in text:
                self.given += plain.push(piece)
            self.given += plain.flush()
        except Exception as error:
            self._scope.error("text", error)
