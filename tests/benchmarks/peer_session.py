"""A livekit-agents session without a room: scripted user in, a loudspeaker that only keeps time out."""

from __future__ import annotations

import asyncio
from typing import Any

from conversation import AGENT_TEXT, SAMPLE_RATE_IN, USER_TEXT, Pace, silence
from gauges import wall
from livekit import rtc
from livekit.agents import Agent, AgentSession
from livekit.agents.vad import VADEventType
from livekit.agents.voice import io
from peer_models import Chat, SpeechToText, Voice, VoiceActivity


class Microphone(io.AudioInput):
    """Silence, a frame each `frame_s`; or no sound at all, if that is 0."""

    def __init__(self, frame_s: float) -> None:
        super().__init__(label="microphone")
        self._frame_s = frame_s
        self._due: float | None = None

    async def __anext__(self) -> rtc.AudioFrame:
        loop = asyncio.get_running_loop()
        if not self._frame_s:
            await loop.create_future()
        self._due = (loop.time() if self._due is None else self._due) + self._frame_s
        await asyncio.sleep(self._due - loop.time())
        return rtc.AudioFrame(
            silence(self._frame_s, SAMPLE_RATE_IN), SAMPLE_RATE_IN, 1, round(self._frame_s * SAMPLE_RATE_IN)
        )


class Loudspeaker(io.AudioOutput):
    """Plays at the pace of time, or at once. `first_frame` is the wall time and the loop time of the newest start."""

    def __init__(self, *, paced: bool) -> None:
        super().__init__(label="loudspeaker", capabilities=io.AudioOutputCapabilities(pause=False))
        self._paced = paced
        self._captured_s = 0.0
        self._timer: asyncio.Handle | None = None
        self.first_frame = (0.0, 0.0)
        self.segment_done = asyncio.Event()

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        if not self._captured_s:
            self.first_frame = (wall(), asyncio.get_running_loop().time())
            self.on_playback_started(created_at=0.0)
        self._captured_s += frame.duration

    def flush(self) -> None:
        super().flush()
        if not self._captured_s:
            return
        loop = asyncio.get_running_loop()
        remaining = self.first_frame[1] + self._captured_s - loop.time() if self._paced else 0.0
        self._timer = loop.call_later(remaining, self._finish, self._captured_s, False)

    def clear_buffer(self) -> None:
        if self._captured_s:
            if self._timer is not None:
                self._timer.cancel()
            played = asyncio.get_running_loop().time() - self.first_frame[1]
            self._finish(min(played, self._captured_s), True)

    def _finish(self, played_s: float, interrupted: bool) -> None:
        self._captured_s = 0.0
        self.on_playback_finished(playback_position=played_s, interrupted=interrupted)
        self.segment_done.set()


class Conversation:
    """One session and its scripted user. `preemption`: the options of preemptive generation."""

    def __init__(
        self, pace: Pace, *, paced: bool, frame_in_s: float = 0.0, preemption: dict[str, Any] | None = None
    ) -> None:
        self.pace = pace
        self.stt, self.vad = SpeechToText(), VoiceActivity()
        self.session: AgentSession[None] = AgentSession(
            stt=self.stt,
            vad=self.vad,
            llm=Chat(pace),
            tts=Voice(pace),
            turn_handling={
                "turn_detection": "vad",
                "endpointing": {"min_delay": pace.min_delay_s, "max_delay": 3.0},
                "interruption": {"resume_false_interruption": False},
                "preemptive_generation": preemption or {"enabled": False},
            },
            aec_warmup_duration=None,
        )
        self.loudspeaker = Loudspeaker(paced=paced)
        self.session.input.audio = Microphone(frame_in_s)
        self.session.output.audio = self.loudspeaker

    async def open(self) -> None:
        await self.session.start(Agent(instructions="Be brief."))

    async def close(self) -> None:
        await self.session.aclose()

    async def turn(self) -> float:
        """The user speaks, the agent answers. Returns the seconds from the end of the speech to the first audio."""
        loop, pace = asyncio.get_running_loop(), self.pace
        self.loudspeaker.segment_done.clear()
        self.vad.report(VADEventType.START_OF_SPEECH, speech_s=0.0, silence_s=0.0)
        await asyncio.sleep(pace.speech_s)
        ended = loop.time()
        for delay_s, event in sorted(((pace.d_stt_s, self._final), (pace.d_vad_s, self._ended)), key=lambda e: e[0]):
            await asyncio.sleep(ended + delay_s - loop.time())
            event()
        await self.loudspeaker.segment_done.wait()
        await asyncio.sleep(pace.gap_s)
        return self.loudspeaker.first_frame[1] - ended

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

    def _final(self) -> None:
        self.stt.hear(USER_TEXT)

    def _ended(self) -> None:
        self.vad.report(VADEventType.END_OF_SPEECH, speech_s=self.pace.speech_s, silence_s=self.pace.d_vad_s)

    async def instant_turn(self) -> float:
        """A turn on a real loop. Returns the wall seconds from the VAD's end of speech to the first frame."""
        self.loudspeaker.segment_done.clear()
        self.vad.report(VADEventType.START_OF_SPEECH, speech_s=0.0, silence_s=0.0)
        await asyncio.sleep(self.pace.pause_s)
        self._final()
        await asyncio.sleep(self.pace.pause_s)
        start = wall()
        self._ended()
        await self.loudspeaker.segment_done.wait()
        return self.loudspeaker.first_frame[0] - start
