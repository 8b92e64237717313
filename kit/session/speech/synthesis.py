"""One request to the TTS node: text in as it comes, frames out as they are wanted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeVar

from ...ports import TimedWord
from ..agent import Agent, ModelSettings
from ..answers.providers import ProviderEmpty, ProviderStalled, all_tries_s
from ..records import TtsDone, TtsFirstAudio, TtsRequested
from ..scope import Scope
from ..waiting.closing import close, resolve
from ..waiting.patience import FORBEARANCE, Forbearance, Patience
from .making import Making
from .markup import Marked, has_words, shown
from .text_filters import SpokenText

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
        self._shown: Marked | None = None
        self._to_speak: list[str] = []
        self._patience: Patience | Forbearance
        if type(agent).tts_node is Agent.tts_node:
            self._patience = FORBEARANCE
        else:
            self._patience = Patience(scope.watch, all_tries_s(scope.limits, scope.limits.tts_s))
        self._frames: AsyncGenerator[AudioFrame, None] | None = None
        self._prepared: asyncio.Task[AudioFrame | None] | None = None
        self.given = ""
        """The text that the node has taken so far, as it is shown."""
        self.heard = Making()
        """What the node has given."""
        self.made = Making(speech)
        """What the TTS has given the node, if that is the default one or asks it."""
        self.error: BaseException | None = None

    @property
    def audio_s(self) -> float:
        return max(self.heard.audio_s, self.made.audio_s)

    @property
    def words(self) -> list[TimedWord]:
        return self.made.words or self.heard.words

    @property
    def complete(self) -> bool:
        return self.heard.complete or self.made.complete

    def prepare(self) -> None:
        if self._prepared is None:
            self._frames = self._run()
            self._prepared = self._scope.tasks.spawn(self._first(self._frames), "prepare-speech")

    async def cancel(self) -> None:
        """End what was prepared and will not be heard."""
        if self._prepared is not None:
            self._prepared.cancel()
            _, stuck = await asyncio.wait([self._prepared], timeout=self._scope.limits.close_s)
            if stuck:
                return
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
        cancelled, text, patience = True, self._take_text(), self._patience
        frames: Any = None
        try:
            patience.start(counting=not self._wants_text)
            frames = await resolve(self._agent.tts_node(text, ModelSettings(making=self.made)))
            if frames is not None:
                frames = aiter(frames)
                while True:
                    patience.start(counting=not self._wants_text)
                    frame = await anext(frames, None)
                    patience.stop()
                    if frame is None:
                        break
                    self._note(frame)
                    yield frame
                await self._check_silence(text)
            cancelled = False
            self.heard.complete = True
            self._scope.rate.learn(len(self.given), self.heard.audio_s)
        except asyncio.CancelledError:
            if not patience.was_lost():
                raise
            cancelled = False
            self._fail(ProviderStalled(f"the TTS node gave nothing for {patience.limit_s:g} s"))
        except Exception as error:
            cancelled = False
            self._fail(error)
        finally:
            patience.close()
            self._record_end(cancelled)
            await close(frames)

    def _fail(self, error: Exception) -> None:
        self.error = error
        self._scope.error("tts", error, recoverable=False)

    def _note(self, frame: AudioFrame) -> None:
        if self.heard.audio_s == 0.0:
            self._scope.journal.append(TtsFirstAudio(request=self._request, speech=self._speech))
        self.heard.note(frame)

    async def _check_silence(self, text: AsyncIterator[str]) -> None:
        """No sound is right only where there was nothing to say, in what the node left unread either."""
        if self.heard.audio_s > 0.0:
            return
        async for _ in text:
            pass
        if has_words("".join(self._to_speak)):
            raise ProviderEmpty(f"the TTS gave no sound for {self.given[:40]!r}")

    def _record_end(self, cancelled: bool) -> None:
        if self._request:
            self._scope.journal.append(
                TtsDone(
                    request=self._request,
                    speech=self._speech,
                    characters=len(self.given),
                    audio_s=round(self.heard.audio_s, 6),
                    cancelled=cancelled,
                    text=self.given,
                )
            )

    async def _take_text(self) -> AsyncIterator[str]:
        """Passes on what is to be spoken. The node's time runs only while it is not waiting for text."""
        spoken = SpokenText(self._scope.tuning.pronunciation)
        self._await_text(True)
        async for chunk in self._text:
            if not self._request:
                self._request = f"tts_{self._scope.number('tts')}"
                requested = TtsRequested(request=self._request, speech=self._speech, attempt=self._attempt)
                self._scope.journal.append(requested)
            if self._shown is None and "<" not in chunk and "&" not in chunk:
                self.given += chunk
            else:
                self._show(chunk)
            if chunk := spoken.push(chunk):
                self._to_speak.append(chunk)
                self._await_text(False)
                yield chunk
                self._await_text(True)
        self._await_text(False)
        if self._shown is not None:
            self.given += self._shown.flush()
        if rest := spoken.flush():
            self._to_speak.append(rest)
            yield rest

    def _show(self, chunk: str) -> None:
        """Add to what is shown a text that has markup, or has had some before."""
        if self._shown is None:
            self._shown = shown()
            self._shown.push(self.given[-1:])
        self.given += self._shown.push(chunk)

    def _await_text(self, wanted: bool) -> None:
        self._wants_text = wanted
        self._patience.count(not wanted)
