"""A simulated latency around a real engine, whose computing takes no virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ...chat import ChatContext
from ...ports import LLM, STT, TTS, ChatChunk, SpeechEvent, SpeechEventType, ToolChoice
from ..latency import DELAYED, LatencyLike, LatencyProfile, Sampler, as_latency
from ..outbox import Outbox, deliver

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame

M = TypeVar("M", bound=Callable[..., AsyncIterable[Any]])
_TRANSCRIPTS = (SpeechEventType.INTERIM_TRANSCRIPT, SpeechEventType.FINAL_TRANSCRIPT, SpeechEventType.END_OF_SPEECH)


def delayed(models: Mapping[str, Any], latency: LatencyProfile | str = "typical", *, seed: int = 0) -> dict[str, Any]:
    """The same models by the same names, with the latencies of a profile added to `stt`, `llm` and `tts`.

    Raises:
        LatencyError: no such profile.
    """
    profile = LatencyProfile.load(latency)
    wrapped = dict(models)
    for name, wrap, delay in (
        ("stt", delayed_stt, profile.stt),
        ("llm", delayed_llm, profile.llm),
        ("tts", delayed_tts, profile.tts),
    ):
        if wrapped.get(name) is not None:
            wrapped[name] = wrap(wrapped[name], delay, seed=seed)
    return wrapped


def delayed_stt(stt: STT, delay: LatencyLike, *, seed: int = 0) -> STT:
    """A final transcript comes `delay` after its words ended, or when the engine has it, if that is later.

    Interim transcripts, and what does not tell where its words end, come `delay` later. The order stays.
    """
    return _DelayedSTT(stt, as_latency(delay).sampler(seed))


def delayed_llm(llm: LLM, ttft: LatencyLike, *, seed: int = 0) -> LLM:
    """The first chunk comes `ttft` later, and with it all that is ready by then."""
    return _DelayedLLM(llm, as_latency(ttft).sampler(seed))


def delayed_tts(tts: TTS, ttfb: LatencyLike, *, seed: int = 0) -> TTS:
    """The first audio comes `ttfb` later, and with it all that is ready by then."""
    return _DelayedTTS(tts, as_latency(ttfb).sampler(seed))


class _Delayed(Generic[M]):
    def __init__(self, model: M, sample: Sampler) -> None:
        self._model = model
        self._sample = sample

        name = getattr(model, "label", None) or getattr(model, "__name__", None) or type(model).__name__
        self.label = f"{name}{DELAYED}"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def __repr__(self) -> str:
        return f"delayed({self._model!r})"


class _DelayedSTT(_Delayed[STT]):
    def __call__(self, frames: AsyncIterable[AudioFrame], /) -> AsyncGenerator[SpeechEvent, None]:
        return deliver(lambda outbox: self._listen(frames, outbox))

    async def _listen(self, frames: AsyncIterable[AudioFrame], outbox: Outbox[SpeechEvent]) -> None:
        time = asyncio.get_running_loop().time
        last_due, delay_s = 0.0, self._sample()
        clock = _AudioClock(frames, time)
        async for event in self._model(clock):
            if event.type not in _TRANSCRIPTS:
                outbox.put(event)
                continue
            words_end = time()
            if event.type is not SpeechEventType.INTERIM_TRANSCRIPT and event.audio_t is not None:
                words_end = clock.zero + event.audio_t
            last_due = max(last_due, time(), words_end + delay_s)
            outbox.put(event, last_due)
            if event.type is SpeechEventType.FINAL_TRANSCRIPT:
                delay_s = self._sample()


class _AudioClock:
    """Passes frames on, and knows the loop's time of the first sample, as the newest frame tells it."""

    def __init__(self, frames: AsyncIterable[AudioFrame], time: Callable[[], float]) -> None:
        self._frames = frames
        self._time = time
        self._heard_s = 0.0
        self.zero = time()

    async def __aiter__(self) -> AsyncGenerator[AudioFrame, None]:
        async for frame in self._frames:
            self._heard_s += frame.samples_per_channel / frame.sample_rate
            self.zero = self._time() - self._heard_s
            yield frame


class _DelayedLLM(_Delayed[LLM]):
    def __call__(
        self, chat_ctx: ChatContext, tools: Sequence[Any], /, *, tool_choice: ToolChoice = "auto"
    ) -> AsyncGenerator[ChatChunk, None]:
        return _after(self._sample(), self._model(chat_ctx, tools, tool_choice=tool_choice))


class _DelayedTTS(_Delayed[TTS]):
    def __init__(self, model: TTS, sample: Sampler) -> None:
        super().__init__(model, sample)
        self.sample_rate = model.sample_rate

    def __call__(self, text: AsyncIterable[str], /) -> AsyncGenerator[AudioFrame, None]:
        return _after(self._sample(), self._model(text))


T = TypeVar("T")


async def _after(delay_s: float, stream: AsyncIterable[T]) -> AsyncGenerator[T, None]:
    """The stream's items, none before `delay_s` after its first one."""
    first = True
    try:
        async for item in stream:
            if first and delay_s > 0:
                await asyncio.sleep(delay_s)
            first = False
            yield item
    finally:
        aclose = getattr(stream, "aclose", None)
        if aclose is not None:
            await aclose()
