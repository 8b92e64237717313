"""A session of the kit with the kit's own simulated user, engines and loudspeaker: what a trial in virtual time is."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Any

from conversation import AGENT_TEXT, SAMPLE_RATE_OUT, USER_TEXT, Pace
from livekit.rtc import AudioFrame

from kit import Agent, AgentSession, Tuning
from kit.models.latency import LatencyProfile
from kit.models.simulated import SimulatedLLM, SimulatedSTT, SimulatedTTS, SimulatedVAD
from kit.session.records import Record, SpeechFinished, SpeechStarted
from kit.timing import run_virtual
from kit.transports.playout import PacedOutput
from kit.transports.simulated import SimulatedUser


class Conversation:
    def __init__(
        self, pace: Pace, *, paced: bool = True, frame_in_s: float = 0.0, preemption: Mapping[str, Any] | None = None
    ) -> None:
        self.pace = pace
        self.user = SimulatedUser(block_s=frame_in_s or None)
        self.session = AgentSession(
            stt=SimulatedSTT(pace.d_stt_s),
            vad=SimulatedVAD(pace.d_vad_s),
            llm=SimulatedLLM(AGENT_TEXT, ttft=pace.ttft_s),
            tts=SimulatedTTS(
                pace.ttfb_s, sample_rate=SAMPLE_RATE_OUT, characters_per_s=len(AGENT_TEXT) / pace.answer_s
            ),
            tuning=Tuning().replace({"endpointing.min_delay_s": pace.min_delay_s}),
            preemptive_generation=preemption,
        )
        self._first_audio_at = 0.0
        self._finished = asyncio.Event()

    async def open(self) -> None:
        await self.session.start(Agent(instructions="Be brief."), audio_in=self.user, audio_out=PacedOutput())
        self.session.journal.subscribe(self._note)

    async def close(self) -> None:
        await self.session.aclose()

    async def turn(self) -> float:
        """The user speaks, the agent answers. Returns the seconds from the end of the speech to the first audio."""
        self._finished.clear()
        ended_at = await self.user.speak(USER_TEXT, self.pace.speech_s).wait()
        await self._finished.wait()
        await asyncio.sleep(self.pace.gap_s)
        return self._first_audio_at - ended_at

    def _note(self, record: Record) -> None:
        if type(record) is SpeechStarted:
            self._first_audio_at = asyncio.get_running_loop().time()
        elif type(record) is SpeechFinished:
            self._finished.set()


def fingerprint(seed: int, turns: int = 20) -> dict[str, Any]:
    """What a conversation with random latencies and a barge-in leaves behind, as checksums of its journal and sound."""

    async def main() -> dict[str, Any]:
        heard, said = hashlib.sha256(), hashlib.sha256()
        latency = LatencyProfile.load("jittery")
        user = SimulatedUser(on_frame=_hashed(said))
        session = AgentSession(
            stt=SimulatedSTT(latency.stt, interim=True, seed=seed),
            vad=SimulatedVAD(0.3),
            llm=SimulatedLLM([AGENT_TEXT, f"{AGENT_TEXT} And tomorrow too."], ttft=latency.llm, seed=seed),
            tts=SimulatedTTS(latency.tts, seed=seed),
            preemptive_generation=True,
            seed=seed,
        )
        await session.start(
            Agent(instructions="Be brief."), audio_in=user, audio_out=PacedOutput(on_played=_hashed(heard))
        )
        session.tuning = session.tuning.replace({"volume.level": 70})
        for number in range(turns):
            await user.speak(USER_TEXT, 2.0).wait()
            await asyncio.sleep(1.8 if number % 5 == 4 else 6.0)
        await session.aclose()
        journal = session.journal.as_json_lines().encode()
        return {
            "journal": hashlib.sha256(journal).hexdigest(),
            "journal_bytes": len(journal),
            "user_audio": said.hexdigest(),
            "agent_audio": heard.hexdigest(),
        }

    return run_virtual(main, seed=seed)


def _hashed(digest: Any) -> Any:
    def take(at: float, frame: AudioFrame) -> None:
        digest.update(repr(at).encode())
        digest.update(frame.data)

    return take
