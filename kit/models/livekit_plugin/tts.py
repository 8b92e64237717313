"""Text to speech by a plugin, whether it takes a stream of text or one sentence at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from livekit.rtc import AudioFrame

from ...text.sentences import sentences
from ...text.ssml import blank_out, dialect
from ..outbox import Outbox, deliver
from .framing import Framing
from .markup import puts_document_around, service_markup
from .plugin import Plugin, agents, close, connect_options, end_input

if TYPE_CHECKING:
    from livekit.agents import APIConnectOptions, tts


class LiveKitTTS:
    """A plugin as the kit's TTS, in frames of at most 0.1 s, mono, with `TIMED_WORDS` where it tells its words' times.

    One that streams is given the text as it comes, and cuts it itself. One that does not is given sentence by sentence,
    the next ones while one is heard.

    Args:
        plugin: Such as `livekit.plugins.openai.TTS()`.
        read_ahead: Sentences asked for, or being heard, at once, of a plugin that does not stream.
        markup: What the plugin's voice takes, a name of `kit.text.ssml.DIALECTS`. None: as its service and its options
            say (`service_markup`), which is plain text for those that are not known to take anything else.
        conn_options: How often and how long the plugin tries; by default once, for 30 s, so that nothing is said twice
            and the session's own limits rule.

    Raises:
        EngineMissing: `livekit-agents` is not installed.
        ModelRequestError: (from the stream) the plugin failed, or runs in virtual time.
        ValueError: `read_ahead` is less than 1, or there is no such markup.
    """

    needs_network = True
    """Virtual time has none."""

    def __init__(
        self,
        plugin: tts.TTS[Any],
        *,
        read_ahead: int = 2,
        markup: str | None = None,
        conn_options: APIConnectOptions | None = None,
    ) -> None:
        agents()
        if read_ahead < 1:
            raise ValueError(f"read_ahead must be 1 or more, not {read_ahead!r}")
        self._plugin = Plugin(plugin)
        self._conn_options = connect_options(conn_options)
        self._streams = bool(plugin.capabilities.streaming)
        self.read_ahead = read_ahead
        self.markup = service_markup(plugin) if markup is None else markup
        self._dialect = dialect(self.markup)
        self._wraps = not puts_document_around(plugin)

    def __repr__(self) -> str:
        return f"LiveKitTTS({self._plugin})"

    @property
    def label(self) -> str:
        return str(self._plugin)

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return int(self._plugin.plugin.sample_rate)

    async def aclose(self) -> None:
        """Close the plugin."""
        await self._plugin.aclose()

    async def __call__(self, text: AsyncIterable[str], /) -> AsyncGenerator[AudioFrame, None]:
        framing = Framing(self.sample_rate)
        room = asyncio.Semaphore(self.read_ahead)
        begun: list[Any] = []
        speeches: AsyncGenerator[Any, None] = deliver(lambda outbox: self._begin(text, outbox, begun, room))
        try:
            async with aclosing(speeches):
                async for speech in speeches:
                    async for event in self._plugin.events(speech):
                        for frame in framing.push(event):
                            yield frame
                    for frame in framing.flush():
                        yield frame
                    begun.remove(speech)
                    await close(speech)
                    room.release()
        finally:
            for speech in begun:
                await close(speech)

    async def _begin(
        self, text: AsyncIterable[str], outbox: Outbox[Any], begun: list[Any], room: asyncio.Semaphore
    ) -> None:
        """Give the plugin the text, and `outbox` its streams of sound in the order in which they are to be heard."""
        await self._plugin.enter()
        if self._streams:
            await self._stream(text, outbox, begun)
            return
        async for sentence in self._dialect.requests(sentences(text), wrap=self._wraps):
            if _has_words(sentence):
                await room.acquire()
                with self._plugin.errors():
                    begun.append(self._plugin.plugin.synthesize(sentence.strip(), conn_options=self._conn_options))
                outbox.put(begun[-1])

    async def _stream(self, text: AsyncIterable[str], outbox: Outbox[Any], begun: list[Any]) -> None:
        speech: Any = None
        held = ""
        try:
            async for piece in text:
                held += piece
                if speech is None and _has_words(held):
                    with self._plugin.errors():
                        speech = self._plugin.plugin.stream(conn_options=self._conn_options)
                    begun.append(speech)
                    outbox.put(speech)
                if speech is not None:
                    speech.push_text(held)
                    held = ""
        finally:
            if speech is not None:
                end_input(speech)


def _has_words(text: str) -> bool:
    """Plugins fail where there is nothing to say."""
    return any(map(str.isalnum, blank_out(text)))
