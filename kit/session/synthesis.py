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

    def frames(self) -> AsyncGenerator[AudioFrame, None]:
        """The speech. A failure of the node ends it, and is in `error` and in the journal."""
        if self._frames is None or self._prepared is None:
            return self._run()
        return self._go_on(self._frames, self._prepared)

    async def _go_on(
        self, frames: AsyncGenerator[AudioFrame, None], prepared: asyncio.Task[AudioFrame | None]
    ) -> AsyncGenerator[AudioFrame, None]:
        async with aclosing(frames):
            first = await prepared
            if first is None:
                return
            yield first
            async for frame in frames:
                yield frame

    async def _first(self, frames: AsyncGenerator[AudioFrame, None]) -> AudioFrame | None:
        return await anext(frames, None)

    async def _run(self) -> AsyncGenerator[AudioFrame, None]:
        cancelled, text = True, self._take_text()
        frames: Any = None
        try:
            frames = await self._patiently(resolve(self._agent.tts_node(text, ModelSettings())))
            if frames is not None:
                frames = aiter(frames)
                while (frame := await self._patiently(anext(frames, None))) is not None:
                    self._note(frame)
                    yield frame
                await self._check_silence(text)
            cancelled = False
        except Exception as error:
            cancelled = False
            self.error = error
            self._scope.error("tts", error)
        finally:
            self._patience.close()
            self._record_end(cancelled)
            await close(frames)

    def _note(self, frame: AudioFrame) -> None:
        if self.audio_s == 0.0:
            self._scope.journal.append(TtsFirstAudio(request=self._request, speech=self._speech))
        if frame.userdata and (words := frame.userdata.get(TIMED_WORDS)):
            self.words.extend(words)
        self.audio_s += frame.samples_per_channel / frame.sample_rate

    async def _check_silence(self, text: AsyncIterator[str]) -> None:
        """No sound is right only where there was nothing to say, in what the node left unread either."""
        if self.audio_s > 0.0:
            return
        async for _ in text:
            pass
        if any(character.isalnum() for character in self.given):
            raise ProviderEmpty(f"the TTS gave no sound for {self.given[:40]!r}")

    def _record_end(self, cancelled: bool) -> None:
        if self._request:
            self._scope.journal.append(
                TtsDone(
                    request=self._request,
                    speech=self._speech,
                    characters=len(self.given),
                    audio_s=round(self.audio_s, 6),
                    cancelled=cancelled,
                )
            )

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
