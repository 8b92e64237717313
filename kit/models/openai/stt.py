"""Transcriptions: each stretch of speech, as voice activity detection finds it, in one request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from ...ports import VAD, SpeechEvent, SpeechEventType, VADEventType
from ..naming import name_of
from ..outbox import Outbox, deliver
from .connection import Connection
from .recording import Recording

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame


class OpenAISTT:
    """Transcribes speech when it has ended. There are no interim transcripts.

    Transcripts come in the order of the speech, however long each request takes; requests overlap. A stretch in which
    the server finds no words gets no transcript.

    Args:
        vad: Voice activity detection, which tells where speech starts and ends.
        model: The server's name of the model.
        base_url: The server; None is OpenAI.
        api_key: None is $OPENAI_API_KEY for OpenAI, and no key for another server.
        language: Two letters, "en"; None lets the server find out.
        prompt: Words that are likely to occur.
        padding_s: Audio sent before and behind the speech.
        timeout_s: Silence of the server after which a request fails.
        max_retries: Further attempts after a failure that may pass.

    Raises:
        ValueError: no key for OpenAI.
        ModelRequestError: (from the stream) a request failed.
        EngineMissing: the package `openai` is not installed.
    """

    needs_network = True
    """Virtual time has none."""

    def __init__(
        self,
        *,
        vad: VAD,
        model: str = "gpt-4o-mini-transcribe",
        base_url: str | None = None,
        api_key: str | None = None,
        language: str | None = None,
        prompt: str | None = None,
        padding_s: float = 0.2,
        timeout_s: float = 30.0,
        max_retries: int = 2,
    ) -> None:
        self.vad = vad
        self.model = model
        self.padding_s = padding_s
        self._connection = Connection(base_url, api_key, timeout_s, max_retries, uses="audio.transcriptions")
        options = {"language": language, "prompt": prompt}
        self._options = {name: value for name, value in options.items() if value is not None}

    @property
    def label(self) -> str:
        """What a journal calls it: the text by which `kit.models.create` makes it again, without the key."""
        return name_of(self, base_url=self._connection.named, **self._options)

    def __repr__(self) -> str:
        return f"OpenAISTT({self.model!r}, base_url={self._connection.address!r})"

    async def aclose(self) -> None:
        """Close the connections of the running loop."""
        await self._connection.aclose()

    def __call__(self, frames: AsyncIterable[AudioFrame], /) -> AsyncGenerator[SpeechEvent, None]:
        return deliver(lambda outbox: self._listen(frames, outbox))

    async def _listen(self, frames: AsyncIterable[AudioFrame], outbox: Outbox[SpeechEvent]) -> None:
        async with asyncio.TaskGroup() as requests:
            await self._cut(frames, outbox, requests)

    async def _cut(
        self, frames: AsyncIterable[AudioFrame], outbox: Outbox[SpeechEvent], requests: asyncio.TaskGroup
    ) -> None:
        """Start a request for each stretch of speech."""
        heard = Recording()
        before: asyncio.Task[None] | None = None
        start_t: float | None = None
        events: Any = self.vad(heard.keep(frames))
        async with aclosing(events):
            async for event in events:
                if event.type is VADEventType.START_OF_SPEECH:
                    start_t = event.audio_t
                    heard.hold_from(start_t - self.padding_s)
                    outbox.put(SpeechEvent(SpeechEventType.START_OF_SPEECH, audio_t=start_t))
                elif start_t is not None:
                    sound = heard.wav(start_t - self.padding_s, event.audio_t + self.padding_s)
                    before = requests.create_task(self._transcribe(sound, event.audio_t, outbox, before))
                    start_t = None
                    heard.let_go()
        if start_t is not None:
            sound = heard.wav(start_t - self.padding_s, heard.end_t)
            requests.create_task(self._transcribe(sound, heard.end_t, outbox, before))

    async def _transcribe(
        self, sound: bytes, end_t: float, outbox: Outbox[SpeechEvent], before: asyncio.Task[None] | None
    ) -> None:
        with self._connection.errors(repr(self.model)):
            client = await self._connection.client()
            answer = await client.audio.transcriptions.create(
                model=self.model,
                file=("speech.wav", sound, "audio/wav"),
                response_format="json",
                **self._options,  # type: ignore[call-overload]
            )
            text = getattr(answer, "text", None)
        if not isinstance(text, str):
            raise self._connection.failure(repr(self.model), "the answer has no text")
        if before is not None:
            await before
        if text.strip():
            outbox.put(SpeechEvent(SpeechEventType.FINAL_TRANSCRIPT, text.strip(), end_t))
        outbox.put(SpeechEvent(SpeechEventType.END_OF_SPEECH, audio_t=end_t))
