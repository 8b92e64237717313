"""The session's models, asked with patience: what fails before it has given anything is asked again.

A model that was silent for too long, ended without anything or raised is reported each time. The last failure is raised
to whoever asked. After its first piece a request is never repeated, or the user would hear things twice.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from ...chat import ChatContext
from ...ports import LLM, TTS, ChatChunk, ToolChoice
from ..limits import Limits
from ..records import MarkupDropped
from ..scope import Scope
from ..speech.making import Making
from ..speech.markup import Marked, has_words, written_for
from ..waiting.closing import close
from ..waiting.patience import Patience

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame


class ProviderStalled(TimeoutError):
    """A provider was silent for longer than the session waits."""


class ProviderEmpty(RuntimeError):
    """A provider ended without having given anything."""


class Providers:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    async def think(
        self, llm: LLM, chat_ctx: ChatContext, tools: Sequence[Any], tool_choice: ToolChoice
    ) -> AsyncGenerator[ChatChunk, None]:
        """The LLM's answer.

        Raises:
            ProviderStalled, ProviderEmpty, or what the LLM raised.
        """
        limit_s, tried = self._scope.limits.llm_s, 0
        while True:
            given, patience = False, Patience(self._scope.watch, limit_s)
            failure: Exception
            chunks: AsyncIterator[ChatChunk] | None = None
            try:
                chunks = aiter(llm(chat_ctx, tools, tool_choice=tool_choice))
                while True:
                    patience.start()
                    chunk = await anext(chunks, None)
                    patience.stop()
                    if chunk is None:
                        break
                    given = given or bool(chunk.text or chunk.tool_calls)
                    yield chunk
                if not given:
                    raise ProviderEmpty("the LLM ended without an answer")
                return
            except asyncio.CancelledError:
                if not patience.was_lost():
                    raise
                failure = ProviderStalled(f"the LLM gave nothing for {limit_s:g} s")
            except Exception as error:
                failure = error
            finally:
                patience.close()
                await close(chunks)
            if given or tried >= self._scope.limits.max_retries:
                raise failure
            await self._pause("llm", failure, tried)
            tried += 1

    async def speak(
        self, tts: TTS, text: AsyncIterable[str], making: Making | None = None
    ) -> AsyncGenerator[AudioFrame, None]:
        """The TTS's speech of a text, its markup in the form that it takes. A TTS that needs more text is not late.
        What it makes is noted in `making`.

        Raises:
            ProviderStalled, ProviderEmpty, or what the TTS raised.
        """
        limit_s, tried = self._scope.limits.tts_s, 0
        making = Making() if making is None else making
        script = _Script(text, written_for(tts, functools.partial(self._drop, making.speech)))
        while True:
            given, patience = False, Patience(self._scope.watch, limit_s)
            failure: Exception
            frames: AsyncIterator[AudioFrame] | None = None
            try:
                frames = aiter(tts(script.read(patience)))
                while True:
                    patience.start(counting=not script.wanted)
                    frame = await anext(frames, None)
                    patience.stop()
                    if frame is None:
                        break
                    if not given:
                        given = True
                        script.forget()
                    making.note(frame)
                    yield frame
                if not given and await script.speakable():
                    raise ProviderEmpty(f"the TTS gave no sound for {script.beginning!r}")
                making.complete = True
                return
            except asyncio.CancelledError:
                if not patience.was_lost():
                    raise
                failure = ProviderStalled(f"the TTS gave nothing for {limit_s:g} s")
            except Exception as error:
                failure = error
            finally:
                patience.close()
                await close(frames)
            if given or script.error is not None or tried >= self._scope.limits.max_retries:
                raise failure
            await self._pause("tts", failure, tried)
            tried += 1

    def _drop(self, speech: str, element: str, reason: str) -> None:
        self._scope.journal.append(MarkupDropped(speech=speech, element=element, reason=reason))

    async def _pause(self, source: str, failure: Exception, tried: int) -> None:
        self._scope.error(source, failure)
        await asyncio.sleep(pause_s(self._scope.limits, tried))


def pause_s(limits: Limits, tried: int) -> float:
    """How long to wait before a provider is asked again that has failed `tried` times before."""
    return limits.retry_s if tried else limits.first_retry_s


@functools.lru_cache(maxsize=16)
def all_tries_s(limits: Limits, limit_s: float) -> float:
    """How long a node that asks a model may be silent: as long as all of its tries, and a second."""
    pauses_s = sum(pause_s(limits, tried) for tried in range(limits.max_retries))
    return (limits.max_retries + 1) * limit_s + pauses_s + 1.0


class _Script:
    """A text that can be read again from its beginning, until it is told to forget that."""

    def __init__(self, text: AsyncIterable[str], marked: Marked) -> None:
        self._text = aiter(text)
        self._marked = marked
        self._taken: list[str] = []
        self._keeping = True
        self.wanted = False
        """Whether the reader waits for more of the text."""
        self.error: Exception | None = None

    @property
    def beginning(self) -> str:
        return "".join(self._taken)[:40]

    async def read(self, patience: Patience) -> AsyncGenerator[str, None]:
        for piece in list(self._taken):
            yield piece
        while True:
            self.wanted = True
            patience.count(False)
            try:
                piece = self._marked.push(await anext(self._text))
            except StopAsyncIteration:
                break
            except Exception as error:
                self.error = error
                raise
            finally:
                self.wanted = False
                patience.count(True)
            if piece:
                if self._keeping:
                    self._taken.append(piece)
                yield piece
        if rest := self._marked.flush():
            if self._keeping:
                self._taken.append(rest)
            yield rest

    def forget(self) -> None:
        self._keeping = False
        self._taken.clear()

    async def speakable(self) -> bool:
        """Whether there was anything to say, in what was left unread too."""
        async for piece in self._text:
            self._taken.append(self._marked.push(piece))
        return has_words("".join(self._taken))
