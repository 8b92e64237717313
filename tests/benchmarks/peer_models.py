"""Stand-in engines for livekit-agents, written to its plugin API: they answer after a set latency, with silence.

The user is scripted: `SpeechToText.hear` and `VoiceActivity.report` say what the engine concludes, and when is up to
the caller.
"""

from __future__ import annotations

import asyncio
from typing import Any

from conversation import AGENT_TEXT, FRAME_S, SAMPLE_RATE_OUT, Pace, silence
from livekit import rtc
from livekit.agents import llm, stt, tts, vad
from livekit.agents.language import LanguageCode
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, APIConnectOptions


class SpeechToText(stt.STT):
    def __init__(self) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=False))
        self._stream: _RecognizeStream | None = None

    def hear(self, text: str) -> None:
        """The words are final now."""
        assert self._stream is not None, "the session has not started speech to text"
        words = stt.SpeechData(text=text, language=LanguageCode("en"))
        self._stream._event_ch.send_nowait(stt.SpeechEvent(stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[words]))

    def stream(
        self, *, language: Any = None, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> stt.RecognizeStream:
        self._stream = _RecognizeStream(stt=self, conn_options=conn_options)
        return self._stream

    async def _recognize_impl(self, buffer: Any, *, language: Any, conn_options: Any) -> stt.SpeechEvent:
        raise NotImplementedError


class _RecognizeStream(stt.RecognizeStream):
    async def _run(self) -> None:
        async for _ in self._input_ch:
            pass


class VoiceActivity(vad.VAD):
    def __init__(self) -> None:
        super().__init__(capabilities=vad.VADCapabilities(update_interval=0.1))
        self._stream: _ActivityStream | None = None

    def report(self, kind: vad.VADEventType, *, speech_s: float, silence_s: float) -> None:
        """Speech starts or ended now, after so much speech and so much silence."""
        assert self._stream is not None, "the session has not started voice activity detection"
        self._stream._event_ch.send_nowait(
            vad.VADEvent(
                type=kind, samples_index=0, timestamp=0.0, speech_duration=speech_s, silence_duration=silence_s
            )
        )

    def stream(self) -> vad.VADStream:
        self._stream = _ActivityStream(self)
        return self._stream


class _ActivityStream(vad.VADStream):
    async def _main_task(self) -> None:
        async for _ in self._input_ch:
            pass


class Chat(llm.LLM):
    def __init__(self, pace: Pace) -> None:
        super().__init__()
        self.pace = pace

    def chat(
        self, *, chat_ctx: Any, tools: Any = None, conn_options: Any = DEFAULT_API_CONNECT_OPTIONS, **_: Any
    ) -> Any:
        return _ChatStream(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options)


class _ChatStream(llm.LLMStream):
    async def _run(self) -> None:
        assert isinstance(self._llm, Chat)
        if self._llm.pace.ttft_s:
            await asyncio.sleep(self._llm.pace.ttft_s)
        delta = llm.ChoiceDelta(role="assistant", content=AGENT_TEXT)
        self._event_ch.send_nowait(llm.ChatChunk(id="chat", delta=delta))
        usage = llm.CompletionUsage(prompt_tokens=20, completion_tokens=6, total_tokens=26)
        self._event_ch.send_nowait(llm.ChatChunk(id="chat", usage=usage))


class Voice(tts.TTS):
    def __init__(self, pace: Pace) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=True), sample_rate=SAMPLE_RATE_OUT, num_channels=1)
        self.pace = pace

    def synthesize(self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS) -> Any:
        return self._synthesize_with_stream(text, conn_options=conn_options)

    def stream(self, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS) -> tts.SynthesizeStream:
        return _VoiceStream(tts=self, conn_options=conn_options)


class _VoiceStream(tts.SynthesizeStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        assert isinstance(self._tts, Voice)
        pace = self._tts.pace
        output_emitter.initialize(
            request_id="voice", sample_rate=SAMPLE_RATE_OUT, num_channels=1, mime_type="audio/pcm", stream=True
        )
        output_emitter.start_segment(segment_id="voice")
        spoken = False
        async for piece in self._input_ch:
            if spoken or not isinstance(piece, str):
                continue
            spoken = True
            self._mark_started()
            if pace.ttfb_s:
                await asyncio.sleep(pace.ttfb_s)
            samples = round(FRAME_S * SAMPLE_RATE_OUT)
            for _ in range(round(pace.answer_s / FRAME_S)):
                data = silence(FRAME_S, SAMPLE_RATE_OUT)
                output_emitter.push_frame(rtc.AudioFrame(data, SAMPLE_RATE_OUT, 1, samples))
        output_emitter.end_segment()
