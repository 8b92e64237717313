"""An output that wants short frames gets no longer ones, so that a change of the volume is heard soon."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from livekit.rtc import AudioFrame

from kit import Agent, AgentSession
from kit.audio.frames import samples_of
from kit.models import SimulatedLLM, SimulatedTTS
from kit.timing import run_virtual
from kit.transports import PacedOutput


class ShortFrames(PacedOutput):
    longest_frame_s = 0.02

    def __init__(self) -> None:
        super().__init__(queue_s=0.1)
        self.frames: list[AudioFrame] = []

    async def capture_frame(self, frame: AudioFrame, /) -> None:
        self.frames.append(frame)
        await super().capture_frame(frame)


def test_frames_are_cut_before_the_volume_acts_on_them() -> None:
    async def main() -> tuple[ShortFrames, float]:
        output = ShortFrames()
        session = AgentSession(llm=SimulatedLLM(), tts=SimulatedTTS())
        await session.start(Agent(), audio_out=output)
        handle = session.say("One two three four five six seven eight nine ten.")
        await asyncio.sleep(1.0)
        session.tuning = session.tuning.replace({"volume.level": 0})
        await handle
        await session.aclose()
        return output, output.playback_position_s

    output, played_s = run_virtual(main)
    lengths = [frame.samples_per_channel / frame.sample_rate for frame in output.frames]
    assert max(lengths) <= 0.02
    assert sum(lengths) == pytest.approx(played_s)
    starts = np.cumsum([0.0, *lengths[:-1]])
    loud = [t for t, frame in zip(starts, output.frames, strict=True) if samples_of(frame).any()]
    assert 0.9 <= loud[-1] <= 1.0 + 0.1 + 0.02
