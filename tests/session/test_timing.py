"""When the agent starts to speak: the rules and their table, exact to a microsecond."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit import Tuning
from kit.session.records import SpeechStarted, TurnCommitted
from tests.session.scenes import Scene, hold

OFF = Tuning()
ON = OFF.replace({"preemption.enabled": True})
WITH_TTS = ON.replace({"preemption.preemptive_tts": True})


async def one_turn(scene: Scene) -> None:
    await scene.ask()
    await asyncio.sleep(8)


def first_audio_s(tuning: Tuning, **latencies: float) -> float:
    """From the end of the user's speech to the first sound of the agent."""
    scene = hold(one_turn, tuning=tuning, **latencies)
    (turn,), (speech,) = scene.of(TurnCommitted), scene.of(SpeechStarted)
    assert scene.heard[0][0] == pytest.approx(speech.t, abs=1e-6)
    return speech.t - turn.audio_t


@pytest.mark.parametrize(
    ("d_stt", "off", "on", "with_tts"),
    [(0.1, 1.050, 0.700, 0.650), (0.2, 1.050, 0.750, 0.750), (0.4, 1.050, 0.950, 0.950), (0.7, 1.250, 1.250, 1.250)],
)
def test_the_table(d_stt: float, off: float, on: float, with_tts: float) -> None:
    assert first_audio_s(OFF, d_stt=d_stt) == pytest.approx(off, abs=1e-6)
    assert first_audio_s(ON, d_stt=d_stt) == pytest.approx(on, abs=1e-6)
    assert first_audio_s(WITH_TTS, d_stt=d_stt) == pytest.approx(with_tts, abs=1e-6)


milliseconds = st.integers(0, 1500).map(lambda ms: ms / 1000)


@settings(max_examples=60)
@given(d_stt=milliseconds, d_vad=milliseconds, ttft=milliseconds, ttfb=milliseconds, min_delay=milliseconds)
def test_the_rules(d_stt: float, d_vad: float, ttft: float, ttfb: float, min_delay: float) -> None:
    commit = max(min_delay, d_stt, d_vad)
    expected = {
        OFF: commit + ttft + ttfb,
        ON: max(commit, d_stt + ttft) + ttfb,
        WITH_TTS: max(commit, d_stt + ttft + ttfb),
    }
    for tuning, seconds in expected.items():
        tuned = tuning.replace({"endpointing.min_delay_s": min_delay})
        latencies = {"d_stt": d_stt, "d_vad": d_vad, "ttft": ttft, "ttfb": ttfb}
        assert first_audio_s(tuned, **latencies) == pytest.approx(seconds, abs=1e-6)


def test_two_runs_with_one_seed_are_identical() -> None:
    def run() -> tuple[str, bytes]:
        scene = hold(one_turn, tuning=WITH_TTS, seed=3)
        return scene.session.journal.as_json_lines(), b"".join(bytes(frame.data) for _, frame in scene.heard)

    assert run() == run()
