"""The same engines behind livekit-agents' plugin API: each request is passed on, each answer translated."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any

from livekit import rtc
from livekit.agents import APIConnectionError, llm, stt, tts, vad
from livekit.agents.language import LanguageCode
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, APIConnectOptions, TimedString

from kit.chat import ChatContext, ChatItem, ChatMessage, FunctionCall, FunctionCallOutput
from kit.models.simulated import SimulatedFault
from kit.ports import SPEECH_MARK, TIMED_WORDS, SpeechEventType, SpeechMark, VADEventType
from kit.session.waiting.channel import Channel
from tests.peers.engines import SAMPLE_RATE


async def translating(work: Awaitable[None]) -> None:
    """A simulated fault is what a provider's plugin calls a failed connection."""
    try:
        await work
    except SimulatedFault as error:
        raise APIConnectionError(str(error)) from error


class SpeechToText(stt.STT):
    def __init__(self, model: Any) -> None:
        super().__init__(
            capabilities=stt.STTCapabilities(streaming=True, interim_results=True, aligned_transcript="word")
        )
        self.engine = model

    def stream(
        self, *, language: Any = None, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> stt.RecognizeStream:
        return _Recognition(stt=self, conn_options=conn_options)

    async def _recognize_impl(self, buffer: Any, *, language: Any, conn_options: Any) -> stt.SpeechEvent:
        raise NotImplementedError


class _Recognition(stt.RecognizeStream):
    async def _run(self) -> None:
        assert isinstance(self._stt, SpeechToText)
        await translating(self._recognise(self._stt.engine))

    async def _recognise(self, model: Any) -> None:
        kinds = {kind.value: kind for kind in stt.SpeechEventType}
        async for event in model(_frames(self._input_ch)):
            alternatives = []
            if event.type in (SpeechEventType.FINAL_TRANSCRIPT, SpeechEventType.INTERIM_TRANSCRIPT):
                words = stt.SpeechData(
                    text=event.text, language=LanguageCode("en"), end_time=self.start_time_offset + event.audio_t
                )
                alternatives.append(words)
            self._event_ch.send_nowait(stt.SpeechEvent(kinds[event.type.value], alternatives=alternatives))


async def _frames(channel: Any) -> AsyncIterator[rtc.AudioFrame]:
    async for item in channel:
        if isinstance(item, rtc.AudioFrame):
            yield item


class VoiceActivity(vad.VAD):
    def __init__(self, model: Any, *, frame_s: float) -> None:
        super().__init__(capabilities=vad.VADCapabilities(update_interval=frame_s))
        self.engine = model

    def stream(self) -> vad.VADStream:
        return _Detection(self)


class _Detection(vad.VADStream):
    """Tells what the library's own detector tells with each frame: how long there has been speech, and how long none.

    As there, the length of a speech grows until its end is told, the silence before that included.
    """

    async def _main_task(self) -> None:
        assert isinstance(self._vad, VoiceActivity)
        frames: Channel[rtc.AudioFrame] = Channel()
        self._speaking = self._marked = False
        self._samples, self._rate, self._zero = 0, 16_000, 0.0
        self._began = self._ended = 0
        telling = asyncio.create_task(self._tell(self._vad.engine(frames)))
        try:
            async for frame in _frames(self._input_ch):
                self._count(frame)
                frames.put_nowait(frame)
        finally:
            telling.cancel()
            await asyncio.wait([telling])

    def _count(self, frame: rtc.AudioFrame) -> None:
        marks = frame.userdata.get(SPEECH_MARK) or ()
        marks = (marks,) if isinstance(marks, SpeechMark) else marks
        if any(mark.kind == "start" for mark in marks):
            self._marked = True
            if not self._speaking:
                self._began = self._samples
        self._rate = frame.sample_rate
        self._samples += frame.samples_per_channel
        self._zero = asyncio.get_running_loop().time() - self._samples / self._rate
        if self._marked:
            self._ended = self._samples
        now = self._samples / self._rate
        self._send(vad.VADEventType.INFERENCE_DONE, now, speaking=self._speaking)
        if any(mark.kind == "end" for mark in marks):
            self._marked = False

    async def _tell(self, events: Any) -> None:
        async for event in events:
            self._speaking = event.type is VADEventType.START_OF_SPEECH
            now = asyncio.get_running_loop().time() - self._zero
            if self._speaking:
                self._send(vad.VADEventType.START_OF_SPEECH, now, speaking=True)
            else:
                self._send(vad.VADEventType.END_OF_SPEECH, now, speaking=False)

    def _send(self, kind: vad.VADEventType, now: float, *, speaking: bool) -> None:
        """`now`: seconds of audio."""
        began, ended = self._began / self._rate, self._ended / self._rate
        until = ended if kind is vad.VADEventType.END_OF_SPEECH else now
        told = self._speaking or self._marked or kind is vad.VADEventType.END_OF_SPEECH
        self._event_ch.send_nowait(
            vad.VADEvent(
                type=kind,
                samples_index=self._samples,
                timestamp=now,
                speech_duration=round(until - began, 6) if told else 0.0,
                silence_duration=round(max(0.0, now - ended), 6),
                speaking=speaking,
                raw_accumulated_speech=round(now - began, 6) if self._marked else 0.0,
                raw_accumulated_silence=0.0 if self._marked else round(now - ended, 6),
            )
        )


class Chat(llm.LLM):
    def __init__(self, model: Any) -> None:
        super().__init__()
        self.ask = model

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: Any = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        tool_choice: Any = None,
        **_: Any,
    ) -> llm.LLMStream:
        stream = _ChatStream(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options)
        stream.tool_choice = tool_choice if isinstance(tool_choice, str) else "auto"
        return stream


class _ChatStream(llm.LLMStream):
    tool_choice = "auto"

    async def _run(self) -> None:
        await translating(self._answer())

    async def _answer(self) -> None:
        assert isinstance(self._llm, Chat)
        async for chunk in self._llm.ask(kit_context(self._chat_ctx), self._tools, tool_choice=self.tool_choice):
            calls = [
                llm.FunctionToolCall(name=call.name, arguments=call.arguments, call_id=call.call_id)
                for call in chunk.tool_calls
            ]
            delta = llm.ChoiceDelta(role="assistant", content=chunk.text or None, tool_calls=calls)
            usage = None
            if chunk.usage is not None:
                prompt, completion = chunk.usage.prompt_tokens, chunk.usage.completion_tokens
                usage = llm.CompletionUsage(
                    prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion
                )
            self._event_ch.send_nowait(
                llm.ChatChunk(id="chat", delta=delta if chunk.text or calls else None, usage=usage)
            )


def kit_context(chat_ctx: llm.ChatContext) -> ChatContext:
    """The messages, calls and outputs; livekit-agents' notes of hand-overs and settings are no part of a prompt."""
    return ChatContext(item for item in map(kit_item, chat_ctx.items) if item is not None)


def kit_item(item: Any) -> ChatItem | None:
    match item:
        case llm.ChatMessage():
            return ChatMessage(item.role, item.text_content or "", item.interrupted)
        case llm.FunctionCall():
            return FunctionCall(item.call_id, item.name, item.arguments)
        case llm.FunctionCallOutput():
            return FunctionCallOutput(item.call_id, item.name, item.output, item.is_error)
        case _:
            return None


class Voice(tts.TTS):
    def __init__(self, model: Any, *, aligned: bool) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=True, aligned_transcript=aligned),
            sample_rate=SAMPLE_RATE,
            num_channels=1,
        )
        self.engine = model

    def synthesize(self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS) -> Any:
        return self._synthesize_with_stream(text, conn_options=conn_options)

    def stream(self, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS) -> tts.SynthesizeStream:
        return _VoiceStream(tts=self, conn_options=conn_options)


class _VoiceStream(tts.SynthesizeStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        await translating(self._speak(output_emitter))

    async def _speak(self, emitter: tts.AudioEmitter) -> None:
        assert isinstance(self._tts, Voice)
        emitter.initialize(
            request_id="voice", sample_rate=SAMPLE_RATE, num_channels=1, mime_type="audio/pcm", stream=True
        )
        emitter.start_segment(segment_id="voice")
        async for frame in self._tts.engine(self._text()):
            words = [
                TimedString(f"{word.text} ", start_time=word.start_s)
                for word in (frame.userdata or {}).get(TIMED_WORDS, ())
            ]
            if words:
                emitter.push_timed_transcript(words)
            emitter.push(bytes(frame.data.cast("b")))
            await asyncio.sleep(0)  # a provider's sound takes time; the emitter's own task must see how much there was
        emitter.end_segment()

    async def _text(self) -> AsyncIterator[str]:
        async for piece in self._input_ch:
            if isinstance(piece, str):
                self._mark_started()
                yield piece


class TurnDetector:
    """Asks the kit's detector, by livekit-agents' own protocol of one that reads the words."""

    model = "scripted"
    provider = "scripted"

    def __init__(self, detector: Any) -> None:
        self._detector = detector

    async def unlikely_threshold(self, language: Any) -> float:
        threshold: float = self._detector.unlikely_threshold
        return threshold

    async def supports_language(self, language: Any) -> bool:
        return True

    async def predict_end_of_turn(self, chat_ctx: llm.ChatContext, *, timeout: float | None = None) -> float:
        probability: float = await self._detector.predict_end_of_turn(kit_context(chat_ctx))
        return probability
