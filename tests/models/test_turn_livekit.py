"""LiveKit's on-device model: the same numbers and thresholds as LiveKit Agents' own detector gives."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import numpy as np
import pytest
from livekit.agents import LanguageCode
from livekit.agents.inference import TurnDetector

from kit.models.livekit_turn import NEUTRAL, LiveKitLocalTurnDetector
from kit.models.missing import EngineMissing
from kit.models.registry import create
from kit.models.turn_audio import turn_audio
from kit.timing import run_virtual
from tests.models.recordings import RATE, WORDS, Samples, energy_span, recording, zeros
from tests.models.test_turn_audio import frames, noise


@pytest.fixture(scope="module")
def detector() -> LiveKitLocalTurnDetector:
    return LiveKitLocalTurnDetector()


@pytest.fixture(scope="module")
def uncut() -> LiveKitLocalTurnDetector:
    """Which hears all the silence behind the speech, as LiveKit's own does."""
    return LiveKitLocalTurnDetector(silence_s=1.2)


def predicted(detector: LiveKitLocalTurnDetector, samples: Samples) -> float:
    return run_virtual(detector.predict_end_of_turn_from_audio, frames(samples))


async def livekit_probability(samples: Samples) -> float:
    """As in a session of LiveKit's: frames of 20 ms arrive one by one, then it is asked."""
    stream = TurnDetector(version="v1-mini").stream()
    try:
        for frame in frames(samples):
            stream.push_audio(frame)
            await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)
        return (await stream.predict()).end_of_turn_probability
    finally:
        await stream.aclose()


def spoken(speech_dir: Path, name: str, part: float, silence_s: float) -> Samples:
    """The first part of what is said, and the room behind it."""
    samples = recording(speech_dir, name)
    begin, end = energy_span(np.concatenate([zeros(0.2), samples, zeros(0.2)]))
    cut = samples[: round((begin + (end - begin) * part - 0.2) * RATE)]
    return np.concatenate([cut, noise(silence_s, 4)])


@pytest.mark.parametrize("part", [0.4, 0.7, 1.0])
@pytest.mark.parametrize("name", WORDS)
def test_probabilities_are_livekit_s(speech_dir: Path, uncut: LiveKitLocalTurnDetector, name: str, part: float) -> None:
    samples = spoken(speech_dir, name, part, 0.2)
    theirs = asyncio.run(livekit_probability(samples))
    assert predicted(uncut, samples) == theirs
    assert asyncio.run(uncut.predict_end_of_turn_from_audio(frames(samples, 1600))) == theirs


def test_asked_late_it_hears_what_livekit_s_is_asked_about(
    speech_dir: Path, detector: LiveKitLocalTurnDetector
) -> None:
    late = spoken(speech_dir, "cards-002", 1.0, 0.8)
    heard = turn_audio(frames(late), 60.0, 0.2)
    assert 0.4 * RATE < len(late) - len(heard) < 0.75 * RATE
    assert predicted(detector, late) == asyncio.run(livekit_probability(heard))


@pytest.mark.parametrize("language", ["en", "de", "de-DE", "ja", "nl", "xx"])
def test_thresholds_are_livekit_s(language: str) -> None:
    theirs = asyncio.run(TurnDetector(version="v1-mini").unlikely_threshold(LanguageCode(language)))
    assert LiveKitLocalTurnDetector(language).unlikely_threshold == theirs


def test_another_threshold_can_be_named() -> None:
    assert LiveKitLocalTurnDetector("de", 0.5).unlikely_threshold == 0.5
    named = create("turn_detection", "livekit:de?unlikely_threshold=0.1")
    assert (named.language, named.unlikely_threshold) == ("de", 0.1)


def test_without_a_sound_it_has_no_opinion(detector: LiveKitLocalTurnDetector) -> None:
    assert run_virtual(detector.predict_end_of_turn_from_audio, []) == NEUTRAL >= detector.unlikely_threshold


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"unlikely_threshold": -0.1}, r"unlikely_threshold = -0\.1 is out of its range, 0 to 1"),
        ({"silence_s": 2}, r"silence_s = 2 is out of its range, 0 to 1\.2 s"),
    ],
)
def test_wrong_settings(options: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        LiveKitLocalTurnDetector(**options)  # type: ignore[arg-type]


def test_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "livekit.agents.inference", None)
    with pytest.raises(EngineMissing, match=r"livekit-agents.*pip install 'speech-tuning-kit\[agents\]'"):
        LiveKitLocalTurnDetector()
