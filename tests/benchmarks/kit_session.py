"""A session of the kit with scripted engines: the same words, latencies and sound as the other parties have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from conversation import AGENT_TEXT, FRAME_S, SAMPLE_RATE_IN, SAMPLE_RATE_OUT, USER_TEXT, Pace, silence
from gauges import wall
from livekit.rtc import AudioFrame

from kit import Agent, AgentSession, Tuning
from kit.chat import ChatContext
from kit.ports import ChatChunk, SpeechEvent, SpeechEventType, TokenUsage, VADEvent, VADEventType

T = TypeVar("T")


class Script(Generic[T]):
    """An engine that hears nothing and says what it is told to say, when it is told."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[T] = asyncio.Queue()
        self.say = self._events.put_nowait

    async def __call__(self, frames: AsyncIterable[AudioFrame], /) -> AsyncGenerator[T, None]:
        swallowing = asyncio.get_running_loop().create_task(_swallow(frames))
        try:
            while True:
                yield await self._events.get()
        finally:
            swallowing.cancel()


async def _swallow(frames: AsyncIterable[AudioFrame]) -> None:
    async for _ in frames:
        pass


class Chat:
    def __init__(self, pace: Pace) -> None:
        self.pace = pace

    async def __call__(
        self, chat_ctx: ChatContext, tools: Sequence[Any], /, *, tool_choice: str = "auto"
    ) -> AsyncGenerator[ChatChunk, None]:
        if self.pace.ttft_s:
            await asyncio.sleep(self.pace.ttft_s)
        yield ChatChunk(AGENT_TEXT)
        yield ChatChunk(usage=TokenUsage(20, 6))


class Voice:
    sample_rate = SAMPLE_RATE_OUT

    def __init__(self, pace: Pace) -> None:
        self.pace = pace

    async def __call__(self, text: AsyncIterable[str], /) -> AsyncGenerator[AudioFrame, None]:
        spoken = False
        async for _ in text:
            if spoken:
                continue
            spoken = True
            if self.pace.ttfb_s:
                await asyncio.sleep(self.pace.ttfb_s)
            samples = round(FRAME_S * SAMPLE_RATE_OUT)
            for _ in range(round(self.pace.answer_s / FRAME_S)):
                yield AudioFrame(silence(FRAME_S, SAMPLE_RATE_OUT), SAMPLE_RATE_OUT, 1, samples)


class Microphone:
    """Silence, a frame each `frame_s`; or no sound at all, if that is 0."""

    def __init__(self, frame_s: float) -> None:
        self._frame_s = frame_s

    async def __aiter__(self) -> AsyncIterator[AudioFrame]:
        loop = asyncio.get_running_loop()
        if not self._frame_s:
            await loop.create_future()
        due = loop.time()
        while True:
            due += self._frame_s
            await asyncio.sleep(due - loop.time())
            data = silence(self._frame_s, SAMPLE_RATE_IN)
            yield AudioFrame(data, SAMPLE_RATE_IN, 1, len(data) // 2)


class Loudspeaker:
    """Plays at the pace of time, or at once. `first_frame` is the wall time and the loop time of the newest start."""

    def __init__(self, *, paced: bool) -> None:
        self.on_playback_started: Callable[[float], None] | None = None
        self._paced = paced
        self._captured_s = 0.0
        self._played: asyncio.Future[float] | None = None
        self._timer: asyncio.Handle | None = None
        self.first_frame = (0.0, 0.0)
        self.segment_done = asyncio.Event()

    async def capture_frame(self, frame: AudioFrame, /) -> None:
        if not self._captured_s:
            loop = asyncio.get_running_loop()
            self.first_frame = (wall(), loop.time())
            self._played = loop.create_future()
            if self.on_playback_started is not None:
                self.on_playback_started(loop.time())
        self._captured_s += frame.samples_per_channel / frame.sample_rate

    def flush(self) -> None:
        loop = asyncio.get_running_loop()
        remaining = self.first_frame[1] + self._captured_s - loop.time() if self._paced else 0.0
        self._timer = loop.call_later(remaining, self._finish, self._captured_s)

    async def wait_for_playout(self) -> float:
        return await self._played if self._played is not None else 0.0

    def clear_buffer(self) -> None:
        if self._captured_s:
            if self._timer is not None:
                self._timer.cancel()
            self._finish(self.playback_position_s)

    @property
    def playback_position_s(self) -> float:
        if not self._captured_s:
            return 0.0
        return min(asyncio.get_running_loop().time() - self.first_frame[1], self._captured_s)

    def pause(self) -> None:
        raise NotImplementedError

    def resume(self) -> None:
        raise NotImplementedError

    def _finish(self, played_s: float) -> None:
        self._captured_s = 0.0
        if self._played is not None and not self._played.done():
            self._played.set_result(played_s)
        self.segment_done.set()


class Conversation:
    """One session and its scripted user. `preemption`: the options of preemptive generation."""

    def __init__(
        self, pace: Pace, *, paced: bool, frame_in_s: float = 0.0, preemption: Mapping[str, Any] | None = None
    ) -> None:
        self.pace = pace
        self.stt: Script[SpeechEvent] = Script()
        self.vad: Script[VADEvent] = Script()
        self.session = AgentSession(
            stt=self.stt,
            vad=self.vad,
            llm=Chat(pace),
            tts=Voice(pace),
            tuning=Tuning().replace({"endpointing.min_delay_s": pace.min_delay_s}),
            preemptive_generation=preemption,
        )
        self.loudspeaker = Loudspeaker(paced=paced)
        self._microphone = Microphone(frame_in_s)
        self._origin = 0.0

    async def open(self) -> None:
        microphone = aiter(self._microphone)
        await self.session.start(Agent(instructions="Be brief."), audio_in=microphone, audio_out=self.loudspeaker)
        self._origin = asyncio.get_running_loop().time()

    async def close(self) -> None:
        await self.session.aclose()

    async def turn(self) -> float:
        """The user speaks, the agent answers. Returns the seconds from the end of the speech to the first audio."""
        loop, pace = asyncio.get_running_loop(), self.pace
        self.loudspeaker.segment_done.clear()
        self._voice(VADEventType.START_OF_SPEECH, loop.time())
        await asyncio.sleep(pace.speech_s)
        ended = loop.time()
        told = [(pace.d_stt_s, self._final), (pace.d_vad_s, self._ended)]
        for delay_s, event in sorted(told, key=lambda entry: entry[0]):
            await asyncio.sleep(ended + delay_s - loop.time())
            event(ended)
        await self.loudspeaker.segment_done.wait()
        await asyncio.sleep(pace.gap_s)
        return self.loudspeaker.first_frame[1] - ended

    async def instant_turn(self) -> float:
        """A turn on a real loop. Returns the wall seconds from the VAD's end of speech to the first frame."""
        now = asyncio.get_running_loop().time
        self.loudspeaker.segment_done.clear()
        self._voice(VADEventType.START_OF_SPEECH, now())
        await asyncio.sleep(self.pace.pause_s)
        self._final(now())
        await asyncio.sleep(self.pace.pause_s)
        start = wall()
        self._ended(now())
        await self.loudspeaker.segment_done.wait()
        return self.loudspeaker.first_frame[0] - start

    async def say(self) -> float:
        """Returns the wall seconds from the call to the first frame."""
        start = wall()
        await self.session.say(AGENT_TEXT)
        return self.loudspeaker.first_frame[0] - start

    async def generate_reply(self) -> float:
        """Returns the wall seconds from the call to the first frame."""
        start = wall()
        await self.session.generate_reply(user_input=USER_TEXT)
        return self.loudspeaker.first_frame[0] - start

    def _final(self, ended: float) -> None:
        self.stt.say(SpeechEvent(SpeechEventType.FINAL_TRANSCRIPT, USER_TEXT, ended - self._origin))

    def _ended(self, ended: float) -> None:
        self._voice(VADEventType.END_OF_SPEECH, ended)

    def _voice(self, kind: VADEventType, loop_time: float) -> None:
        self.vad.say(VADEvent(kind, loop_time - self._origin))
