"""Speech: each sentence in one streamed request, the next ones asked for while it is heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from functools import partial
from typing import Any

from livekit.rtc import AudioFrame

from ...text.sentences import sentences
from ...text.ssml import blank_out, dialect
from ..naming import name_of
from ..outbox import Outbox, deliver
from .connection import Connection, ModelRequestError


class OpenAITTS:
    """Speaks each sentence as soon as it is known. Sound comes as the server makes it, in frames of at most 0.1 s.

    Args:
        model: The server's name of the model.
        voice: The server's name of the voice.
        base_url: The server; None is OpenAI.
        api_key: None is $OPENAI_API_KEY for OpenAI, and no key for another server.
        sample_rate: Hz, of the PCM that the server sends: 24,000 for OpenAI and most others.
        speed: 0.25 to 4, 1 is normal; None is the server's default.
        instructions: How to speak, for models that take that.
        markup: What the server's voice takes, a name of `kit.text.ssml.DIALECTS`: OpenAI's plain text, Kokoro "kokoro".
        read_ahead: Sentences asked for, or being heard, at once.
        timeout_s: Silence of the server after which a request fails.
        max_retries: Further attempts after a failure that may pass.

    Raises:
        ValueError: no key for OpenAI, an argument out of range, or no such markup.
        ModelRequestError: (from the stream) a request failed, or the sound was cut short.
        EngineMissing: the package `openai` is not installed.
    """

    needs_network = True
    """Virtual time has none."""

    def __init__(
        self,
        model: str = "gpt-4o-mini-tts",
        *,
        voice: str = "alloy",
        base_url: str | None = None,
        api_key: str | None = None,
        sample_rate: int = 24_000,
        speed: float | None = None,
        instructions: str | None = None,
        markup: str = "openai",
        read_ahead: int = 2,
        timeout_s: float = 30.0,
        max_retries: int = 2,
    ) -> None:
        if read_ahead < 1:
            raise ValueError(f"read_ahead must be 1 or more, not {read_ahead!r}")
        self.model = model
        self.voice = voice
        self.sample_rate = sample_rate
        self.markup = markup
        self._dialect = dialect(markup)
        self.read_ahead = read_ahead
        self._connection = Connection(base_url, api_key, timeout_s, max_retries, uses="audio.speech")
        options: dict[str, Any] = {"speed": speed, "instructions": instructions}
        self._options = {name: value for name, value in options.items() if value is not None}

    @property
    def label(self) -> str:
        """What a journal calls it: the text by which `kit.models.create` makes it again, without the key."""
        return name_of(self, base_url=self._connection.named, **self._options)

    def __repr__(self) -> str:
        return f"OpenAITTS({self.model!r}, voice={self.voice!r}, base_url={self._connection.address!r})"

    async def aclose(self) -> None:
        """Close the connections of the running loop."""
        await self._connection.aclose()

    async def __call__(self, text: AsyncIterable[str], /) -> AsyncGenerator[AudioFrame, None]:
        room = asyncio.Semaphore(self.read_ahead)
        speeches: AsyncGenerator[Outbox[bytes], None] = deliver(lambda outbox: self._read(text, outbox, room))
        async with aclosing(speeches):
            async for speech in speeches:
                async for sound in speech:
                    samples = len(sound) // 2
                    yield AudioFrame(sound, self.sample_rate, 1, samples)
                room.release()

    async def _read(self, text: AsyncIterable[str], speeches: Outbox[Outbox[bytes]], room: asyncio.Semaphore) -> None:
        async with asyncio.TaskGroup() as requests:
            async for sentence in self._dialect.requests(sentences(text)):
                if any(map(str.isalnum, blank_out(sentence))):
                    speech: Outbox[bytes] = Outbox(asyncio.get_running_loop())
                    request = requests.create_task(self._speak(sentence.strip(), speech, room))
                    request.add_done_callback(partial(_close, speech))
                    speeches.put(speech)

    async def _speak(self, sentence: str, speech: Outbox[bytes], room: asyncio.Semaphore) -> None:
        """Ask for a sentence and hand its sound on. A failure is raised where the sentence would be heard."""
        error: ModelRequestError | None = None
        try:
            await room.acquire()
            with self._connection.errors(repr(self.model)):
                await self._fetch(sentence, speech)
        except ModelRequestError as failed:
            error = failed
        speech.close(error)

    async def _fetch(self, sentence: str, speech: Outbox[bytes]) -> None:
        client = await self._connection.client()
        request: Any = client.audio.speech.with_streaming_response.create(
            model=self.model, voice=self.voice, input=sentence, response_format="pcm", **self._options
        )
        frame_bytes = 2 * (self.sample_rate // 10)
        held, got = b"", False
        async with request as response:
            kind = response.headers.get("content-type", "")
            if kind.startswith(("application/json", "text/")):
                raise self._connection.failure(repr(self.model), f"the answer is {kind}, not sound")
            async for data in response.iter_bytes():
                held += data
                whole = len(held) - len(held) % frame_bytes
                for start in range(0, whole, frame_bytes):
                    speech.put(held[start : start + frame_bytes])
                held, got = held[whole:], True
        if not got:
            raise self._connection.failure(repr(self.model), f"no sound for {sentence[:40]!r}")
        if len(held) > 1:
            speech.put(held[: len(held) // 2 * 2])


def _close(speech: Outbox[bytes], request: asyncio.Task[None]) -> None:
    """End a sentence whose request has ended, even if it was cancelled before it began."""
    speech.close()
