"""One request to the TTS node: text in as it comes, frames out as they are wanted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeVar

from ..ports import TIMED_WORDS, TimedWord
from .agent import Agent, ModelSettings, close, resolve
from .journal import TtsDone, TtsFirstAudio, TtsRequested
from .patience import Patience
from .scope import Scope
from .thinking import ProviderEmpty, ProviderStalled

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame


T = TypeVar("T")


class Synthesis:
    """Speech of one text. `prepare` makes its first frame ahead of the time when `frames` is asked for."""

    def __init__(self, scope: Scope, agent: Agent, text: AsyncIterable[str], *, speech: str, attempt: int) -> None:
        self._scope = scope
        self._agent = agent
        self._text = text
        self._speech = speech
        self._attempt = attempt
        self._request = ""
        self._wants_text = False
        self._patience = Patience(scope.loop, scope.limits.tts_s)
        self._frames: AsyncGenerator[AudioFrame, None] | None = None
        self._prepared: asyncio.Task[AudioFrame | None] | None = None
        self.given = ""
        """The text that the node has taken so far."""
        self.audio_s = 0.0
        self.words: list[TimedWord] = []
        self.error: BaseException | None = None

    def prepare(self) -> None:
        if self._prepared is None:
            self._frames = self._run()
            self._prepared = self._scope.tasks.spawn(self._first(self._frames), "prepare-speech")

    async def cancel(self) -> None:
        """End what was prepared and will not be heard."""
        if self._prepared is not None:
            self._prepared.cancel()
            await asyncio.wait([self._prepared])
        if self._frames is not None:
            await self._frames.aclose()

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        """The speech. A failure of the node ends it, and is in `error` and in the journal."""
        source = self._frames if self._frames is not None else self._run()
        async with aclosing(source):
            if self._prepared is not None:
                first = await self._prepared
                if first is None:
                    return
                yield first
            async for frame in source:
                yield frame

    async def _first(self, frames: AsyncGenerator[AudioFrame, None]) -> AudioFrame | None:
        return await anext(frames, None)

    async def _run(self) -> AsyncGenerator[AudioFrame, None]:
        cancelled, journal = True, self._scope.journal
        try:
            async with aclosing(self._pull()) as frames:
                async for frame in frames:
                    if self.audio_s == 0.0:
                        journal.append(TtsFirstAudio(request=self._request, speech=self._speech))
                    self._note_words(frame)
                    self.audio_s += frame.samples_per_channel / frame.sample_rate
                    yield frame
            cancelled = False
        except Exception as error:
            cancelled = False
            self.error = error
            self._scope.error("tts", error)
        finally:
            self._patience.close()
            if self._request:
                done = TtsDone(
                    request=self._request,
                    speech=self._speech,
                    characters=len(self.given),
                    audio_s=round(self.audio_s, 6),
                    cancelled=cancelled,
                )
                journal.append(done)

    async def _pull(self) -> AsyncGenerator[AudioFrame, None]:
        frames: Any = None
        text = self._take_text()
        try:
            frames = await self._patiently(resolve(self._agent.tts_node(text, ModelSettings())))
            if frames is None:
                return
            frames = aiter(frames)
            while (frame := await self._patiently(anext(frames, None))) is not None:
                yield frame
        finally:
            await close(frames)
        if self.audio_s == 0.0:
            async for _ in text:  # what the node left unread tells whether silence was the right answer
                pass
        if self.audio_s == 0.0 and any(character.isalnum() for character in self.given):
            raise ProviderEmpty(f"the TTS gave no sound for {self.given[:40]!r}")

    async def _patiently(self, answer: Awaitable[T]) -> T:
        """Wait for the node, but not longer than the limit while it has the text that it needs."""
        try:
            return await self._patience.wait(answer, counting=not self._wants_text)
        except TimeoutError as error:
            raise ProviderStalled(f"the TTS gave nothing for {self._scope.limits.tts_s:g} s") from error

    async def _take_text(self) -> AsyncIterator[str]:
        """Passes the text on. The node's time runs only while it is not waiting for text."""
        self._await_text(True)
        async for chunk in self._text:
            if not self._request:
                self._request = f"tts_{self._scope.number('tts')}"
                requested = TtsRequested(request=self._request, speech=self._speech, attempt=self._attempt)
                self._scope.journal.append(requested)
            self.given += chunk
            self._await_text(False)
            yield chunk
            self._await_text(True)
        self._await_text(False)

    def _await_text(self, wanted: bool) -> None:
        self._wants_text = wanted
        self._patience.count(not wanted)

    def _note_words(self, frame: AudioFrame) -> None:
        if frame.userdata and (words := frame.userdata.get(TIMED_WORDS)):
            self.words.extend(words)
