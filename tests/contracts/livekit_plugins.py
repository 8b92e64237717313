"""Plugins for LiveKit Agents: its own ones against a stand-in server, and two that stream, made of local engines.

LiveKit's plugins that stream need their providers' servers. The two here are real plugins, on its base classes, with
eSpeak NG and PocketSphinx behind them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from livekit.agents import APIConnectOptions, stt, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, TimedString
from livekit.plugins import openai, silero
from livekit.rtc import AudioFrame

from kit.models.espeak import EspeakTTS
from kit.models.pocketsphinx import PocketSphinxSTT
from kit.ports import TIMED_WORDS
from tests.contracts.openai_stand_in import KEY


def openai_llm(url: str, **options: Any) -> openai.LLM:
    return openai.LLM(model="m", base_url=url, api_key=KEY, **options)


def openai_stt(url: str, **options: Any) -> openai.STT:
    plugin = openai.STT(model="m", base_url=url, api_key=KEY, use_realtime=False, **options)
    close = plugin.aclose

    async def aclose() -> None:
        """Close its connections too, which it leaves open."""
        await close()
        await plugin._client.close()

    plugin.aclose = aclose  # type: ignore[method-assign]
    return plugin


def openai_tts(url: str, **options: Any) -> openai.TTS:
    return openai.TTS(model="tts-1", base_url=url, api_key=KEY, response_format="pcm", **options)


class RealtimePlugin(openai.realtime.RealtimeModel):
    """The OpenAI plugin's, with what the stand-in for its server leaves out.

    To it, null for a response's instructions is not the same as none. And it does not say behind which item one was
    added, without which the plugin takes it for the first.
    """

    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(model="m", base_url=url, api_key=KEY, **options)

    def session(self, **options: Any) -> Any:
        session = super().session(**options)
        newest: list[str | None] = [None]

        def sent(event: dict[str, Any]) -> None:
            response = event.get("response", {})
            if response.get("instructions", "") is None:
                del response["instructions"]

        def received(event: dict[str, Any]) -> None:
            if event["type"] == "conversation.item.added":
                event.setdefault("previous_item_id", newest[0])
                newest[0] = event["item"]["id"]
            elif event["type"] == "session.created":
                newest[0] = None

        session.on("openai_client_event_queued", sent)
        session.on("openai_server_event_received", received)
        return session


def silero_vad() -> silero.VAD:
    """It computes in the running loop's threads, made one here, or their number would tell nothing."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    return silero.VAD.load()


class EspeakPlugin(tts.TTS):
    """Speaks what it is given in a stream, and tells when its words begin."""

    def __init__(self, *, sample_rate: int = 22_050) -> None:
        capabilities = tts.TTSCapabilities(streaming=True, aligned_transcript=True)
        super().__init__(capabilities=capabilities, sample_rate=sample_rate, num_channels=1)
        self.engine = EspeakTTS()

    def synthesize(self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS) -> Any:
        return self._synthesize_with_stream(text, conn_options=conn_options)

    def stream(self, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS) -> EspeakStream:
        return EspeakStream(tts=self, conn_options=conn_options)


class EspeakStream(tts.SynthesizeStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        engine: EspeakTTS = self._tts.engine
        output_emitter.initialize(
            request_id="request", sample_rate=engine.sample_rate, num_channels=1, mime_type="audio/pcm", stream=True
        )
        output_emitter.start_segment(segment_id="segment")
        async for frame in engine(self._text()):
            for word in frame.userdata.get(TIMED_WORDS, ()):
                output_emitter.push_timed_transcript(TimedString(f"{word.text} ", start_time=word.start_s))
            output_emitter.push(bytes(frame.data))
        output_emitter.end_segment()

    async def _text(self) -> AsyncIterator[str]:
        async for piece in self._input_ch:
            if isinstance(piece, str):
                yield piece


class SphinxPlugin(stt.STT):
    """Transcribes a stream of sound, and tells where its words end."""

    def __init__(self) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))
        self.engine = PocketSphinxSTT()

    async def _recognize_impl(self, *_: Any, **__: Any) -> stt.SpeechEvent:
        raise NotImplementedError("this plugin transcribes streams")

    def stream(
        self, *, language: Any = NOT_GIVEN, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> SphinxStream:
        return SphinxStream(stt=self, conn_options=conn_options, sample_rate=16_000)


class SphinxStream(stt.RecognizeStream):
    async def _run(self) -> None:
        async for event in self._stt.engine(self._frames()):
            at = self.start_time_offset + (event.audio_t or 0.0)
            data = stt.SpeechData("en", event.text, start_time=at, end_time=at)
            self._event_ch.send_nowait(stt.SpeechEvent(stt.SpeechEventType(event.type.value), alternatives=[data]))

    async def _frames(self) -> AsyncIterator[AudioFrame]:
        async for frame in self._input_ch:
            if isinstance(frame, AudioFrame):
                yield frame
