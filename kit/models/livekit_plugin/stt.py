"""Speech to text by a plugin, whether it takes a stream of sound or one piece at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from livekit.rtc import AudioFrame

from ...ports import VAD, SpeechEvent, SpeechEventType, VADEventType
from ..mono import MonoStream
from ..openai.recording import RATE, Recording
from ..outbox import Outbox, deliver
from .plugin import Plugin, agents, close, connect_options, end_input
from .vad import LiveKitVAD

if TYPE_CHECKING:
    from livekit.agents import APIConnectOptions, stt, vad

_START = SpeechEventType.START_OF_SPEECH
_TRANSCRIPTS = (SpeechEventType.INTERIM_TRANSCRIPT, SpeechEventType.FINAL_TRANSCRIPT)
_KINDS = {kind.value: kind for kind in SpeechEventType} | {"preflight_transcript": SpeechEventType.INTERIM_TRANSCRIPT}
_WAV_HEADER_BYTES = 44


class LiveKitSTT:
    """A plugin as the kit's STT.

    One that streams is given all sound. `audio_t` is what it tells of the words' place in the sound, and None where it
    tells none (many do not for starts and ends, or by the wall clock only). Its preflight transcripts are interim ones.

    One that does not stream is given each stretch of speech that a VAD finds, with `padding_s` around it. Requests
    overlap; transcripts come in the order of the speech.

    Args:
        plugin: Such as `livekit.plugins.openai.STT()`.
        vad: The kit's or LiveKit's, for a plugin that does not stream; others do without.
        padding_s: Sound sent before and behind the speech.
        conn_options: How often and how long the plugin tries; by default once, for 30 s. A session opens a stream that
            failed again.

    Raises:
        ValueError: the plugin does not stream, and there is no VAD.
        EngineMissing: `livekit-agents` is not installed.
        ModelRequestError: (from the stream) the plugin failed, or runs in virtual time.
    """

    needs_network = True
    """Virtual time has none."""

    def __init__(
        self,
        plugin: stt.STT[Any],
        *,
        vad: VAD | vad.VAD | None = None,
        padding_s: float = 0.2,
        conn_options: APIConnectOptions | None = None,
    ) -> None:
        package = agents()
        self._plugin = Plugin(plugin)
        self._conn_options = connect_options(conn_options)
        self._streams = bool(plugin.capabilities.streaming)
        if not self._streams and vad is None:
            raise ValueError(
                f"{self._plugin} transcribes one piece of sound at a time, so it needs a VAD that finds the speech: "
                "adapt(stt, vad=SileroVAD())"
            )
        self._vad: Any = LiveKitVAD(vad) if isinstance(vad, package.vad.VAD) else vad
        self._padding_s = padding_s

    def __repr__(self) -> str:
        return f"LiveKitSTT({self._plugin})"

    @property
    def label(self) -> str:
        return str(self._plugin)

    async def aclose(self) -> None:
        """Close the plugin. A VAD that was given with it stays open."""
        await self._plugin.aclose()

    def __call__(self, frames: AsyncIterable[AudioFrame], /) -> AsyncGenerator[SpeechEvent, None]:
        listen = self._listen_to_all if self._streams else self._listen_to_speech
        return deliver(lambda outbox: listen(frames, outbox))

    async def _listen_to_all(self, frames: AsyncIterable[AudioFrame], outbox: Outbox[SpeechEvent]) -> None:
        await self._plugin.enter()
        with self._plugin.errors():
            stream = self._plugin.plugin.stream(conn_options=self._conn_options)
        heard = _Heard()
        try:
            async with asyncio.TaskGroup() as group:
                feeder = group.create_task(heard.feed(stream, frames))
                async for event in self._plugin.events(stream):
                    if (told := heard.told(event)) is not None:
                        outbox.put(told)
                feeder.cancel()
        finally:
            await close(stream)

    async def _listen_to_speech(self, frames: AsyncIterable[AudioFrame], outbox: Outbox[SpeechEvent]) -> None:
        await self._plugin.enter()
        async with asyncio.TaskGroup() as requests:
            await self._cut(frames, outbox, requests)

    async def _cut(
        self, frames: AsyncIterable[AudioFrame], outbox: Outbox[SpeechEvent], requests: asyncio.TaskGroup
    ) -> None:
        """Start a request for each stretch of speech."""
        sound = Recording()
        before: asyncio.Task[None] | None = None
        start_t: float | None = None

        def request(start_t: float, end_t: float) -> asyncio.Task[None]:
            wav = sound.wav(start_t - self._padding_s, end_t + self._padding_s)
            return requests.create_task(self._recognize(wav[_WAV_HEADER_BYTES:], end_t, outbox, before))

        events: Any = self._vad(sound.keep(frames))
        async with aclosing(events):
            async for event in events:
                if event.type is VADEventType.START_OF_SPEECH:
                    start_t = event.audio_t
                    sound.hold_from(start_t - self._padding_s)
                    outbox.put(SpeechEvent(SpeechEventType.START_OF_SPEECH, audio_t=start_t))
                elif start_t is not None:
                    before, start_t = request(start_t, event.audio_t), None
                    sound.let_go()
        if start_t is not None:
            request(start_t, sound.end_t)

    async def _recognize(
        self, sound: bytes, end_t: float, outbox: Outbox[SpeechEvent], before: asyncio.Task[None] | None
    ) -> None:
        with self._plugin.errors():
            event = await self._plugin.plugin.recognize(
                AudioFrame(sound, RATE, 1, len(sound) // 2), conn_options=self._conn_options
            )
        if before is not None:
            await before
        text = _text(event)
        if text:
            outbox.put(SpeechEvent(SpeechEventType.FINAL_TRANSCRIPT, text, end_t))
        outbox.put(SpeechEvent(SpeechEventType.END_OF_SPEECH, audio_t=end_t))


class _Heard:
    """What a plugin's stream was given, and what it tells of it."""

    def __init__(self) -> None:
        self._given_s = 0.0

    async def feed(self, stream: Any, frames: AsyncIterable[AudioFrame]) -> None:
        """Give it all frames, mono and of one rate, that of the first. Plugins want no other in one stream."""
        mono: MonoStream | None = None
        async for frame in frames:
            mono = mono or MonoStream(frame.sample_rate)
            if not self._push(stream, mono.push(frame), mono.rate):
                return
        if mono is None or self._push(stream, mono.flush(), mono.rate):
            end_input(stream)

    def told(self, event: Any) -> SpeechEvent | None:
        """A plugin's event as the kit's; None where it tells nothing."""
        kind, text = _KINDS.get(event.type.value), _text(event)
        if kind is None or (kind in _TRANSCRIPTS and not text):
            return None
        data = event.alternatives[0] if event.alternatives else None
        told_s = 0.0 if data is None else data.start_time if kind is _START else data.end_time
        audio_t = round(min(told_s, self._given_s), 3) if told_s > 0 else None
        return SpeechEvent(kind, text if kind in _TRANSCRIPTS else "", audio_t)

    def _push(self, stream: Any, samples: Any, rate: int) -> bool:
        """Hand samples on. False if the stream has ended, which it explains itself."""
        if len(samples):
            try:
                stream.push_frame(AudioFrame(samples.tobytes(), rate, 1, len(samples)))
            except RuntimeError:
                return False
            self._given_s += len(samples) / rate
        return True


def _text(event: Any) -> str:
    return event.alternatives[0].text.strip() if event.alternatives else ""
