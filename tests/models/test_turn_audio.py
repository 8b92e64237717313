"""The sound that turn detectors are given: it ends where an energy measure sees the end, and is what they hear."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soxr
from livekit.rtc import AudioFrame

from kit.models.turn_audio import speech_end_s, turn_audio
from tests.models.recordings import RATE, WORDS, Samples, energy_span, recording, zeros


def frames(samples: Samples, size: int = 320, rate: int = RATE) -> list[AudioFrame]:
    channels = samples.shape[1] if samples.ndim == 2 else 1
    pieces = [samples[start : start + size] for start in range(0, len(samples), size)]
    return [AudioFrame(piece.tobytes(), rate, channels, len(piece)) for piece in pieces]


def noise(seconds: float, level: float, seed: int = 3) -> Samples:
    return np.random.default_rng(seed).normal(0, level, round(seconds * RATE)).astype(np.int16)


@pytest.mark.parametrize("gain", [1.0, 0.2])
@pytest.mark.parametrize("name", WORDS)
def test_the_end_of_speech_is_where_the_energy_is(speech_dir: Path, name: str, gain: float) -> None:
    spoken = np.rint(recording(speech_dir, name) * gain).astype(np.int16)
    samples = np.concatenate([zeros(0.5), spoken, zeros(1)])
    assert speech_end_s(samples) == pytest.approx(energy_span(samples)[1], abs=0.03)


@pytest.mark.parametrize("name", WORDS)
def test_the_end_of_speech_in_a_noisy_room(speech_dir: Path, name: str) -> None:
    samples = np.concatenate([zeros(0.5), recording(speech_dir, name), zeros(1)])
    noisy = samples + noise(len(samples) / RATE, 0.03 * float(np.std(samples)))[: len(samples)]
    assert speech_end_s(noisy) == pytest.approx(energy_span(noisy)[1], abs=0.08)


def test_clicks_are_no_speech(speech_dir: Path) -> None:
    spoken = np.concatenate([recording(speech_dir, "goforward"), zeros(1)])
    clicked = spoken.copy()
    clicked[-4000:-3900] = 20_000
    assert speech_end_s(clicked) == speech_end_s(spoken)


def test_silence_behind_the_speech_is_cut_to_what_is_wanted(speech_dir: Path) -> None:
    spoken = recording(speech_dir, "cards-001")
    end = speech_end_s(np.concatenate([spoken, zeros(2)]))
    for behind_s in (0.4, 1.0, 2.0):
        taken = turn_audio(frames(np.concatenate([spoken, zeros(behind_s)])), 8.0, 0.3)
        assert len(taken) == round((end + 0.3) * RATE)
        assert np.array_equal(taken[: len(spoken)], spoken[: len(taken)])
    whole = np.concatenate([spoken, zeros(2)])
    assert np.array_equal(turn_audio(frames(whole), 8.0, None), whole)
    assert len(turn_audio(frames(spoken[:8000]), 8.0, 0.3)) == 8000


def test_only_the_last_seconds_are_taken(speech_dir: Path) -> None:
    spoken = recording(speech_dir, "austen-0870")
    assert np.array_equal(turn_audio(frames(spoken), 1.2, None), spoken[-19_200:])


@pytest.mark.parametrize("samples", [zeros(0), zeros(0.004), zeros(2), noise(2, 100)])
def test_where_nothing_stands_out_all_is_taken(samples: Samples) -> None:
    assert len(turn_audio(frames(samples), 8.0)) == len(samples)


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
def test_any_rate_and_two_channels(speech_dir: Path, rate: int) -> None:
    spoken = np.concatenate([recording(speech_dir, "goforward"), zeros(1)])
    other = np.rint(soxr.resample(spoken.astype(np.float64), RATE, rate)).clip(-32768, 32767).astype(np.int16)
    taken = turn_audio(frames(np.column_stack([other, other]), rate // 50, rate), 8.0)
    expected = turn_audio(frames(spoken), 8.0)
    assert len(taken) == pytest.approx(len(expected), abs=0.02 * RATE)
    both = min(len(taken), len(expected))
    difference = taken[:both].astype(float) - expected[:both]
    assert np.std(difference) < (0.35 if rate == 8_000 else 0.02) * np.std(expected)


def test_the_rate_may_change_on_the_way(speech_dir: Path) -> None:
    spoken = recording(speech_dir, "cards-001")
    mixed = [AudioFrame(bytes(2 * 4_800), 48_000, 1, 4_800), *frames(spoken)]
    assert np.array_equal(turn_audio(mixed, 8.0, None)[-len(spoken) :], spoken)
