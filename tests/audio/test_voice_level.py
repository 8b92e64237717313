from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from livekit.rtc import AudioFrame

from kit.audio.files import read_audio
from kit.audio.frames import frame_from_samples, joined, samples_of
from kit.audio.gain import GainRamp
from kit.audio.loudness import measure_samples
from kit.audio.true_peak import true_peak_dbtp
from kit.audio.voice_level import VoiceLevel
from kit.tuning import Volume

RATE = 16_000
NORMALIZED = Volume(normalize=True)


@pytest.fixture(scope="module")
def speech(speech_dir: Path) -> Any:
    """Three sentences of one reader, three times: 46 s at -25.1 LUFS."""
    names = ("austen-0870", "austen-0880", "austen-0890")
    return np.concatenate([read_audio(speech_dir / f"{name}.wav")[0] for name in names] * 3)


def at_gain(samples: Any, gain_db: float) -> Any:
    return np.clip(np.rint(samples * 10 ** (gain_db / 20)), -32_768, 32_767).astype(np.int16)


def frames(samples: Any, cut: int = 320, rate: int = RATE) -> list[AudioFrame]:
    return [frame_from_samples(samples[at : at + cut], rate) for at in range(0, len(samples), cut)]


def played(samples: Any, volume: Volume, cut: int = 320, voice: VoiceLevel | None = None) -> Any:
    voice = voice or VoiceLevel()
    return samples_of(joined([voice.process(frame, volume) for frame in frames(samples, cut)]))


def test_by_default_every_frame_passes_as_it_is(speech: Any) -> None:
    voice = VoiceLevel()
    assert all(voice.process(frame, Volume()) is frame for frame in frames(speech[:RATE]))
    assert (voice.gain_db, voice.reduction_db, voice.loudness_lufs) == (0, 0, None)


@pytest.mark.parametrize("taper", ["linear", "perceptual"])
def test_without_target_and_ceiling_it_is_the_volume_alone(taper: str, speech: Any) -> None:
    voice, ramp = VoiceLevel(), GainRamp()
    levels = [100.0, 40.0, 40.0, 0.0, 0.0, 77.0, 100.0, 100.0]
    for frame, level in zip(frames(speech[RATE : 2 * RATE]), levels, strict=False):
        out = voice.process(frame, Volume(level=level, taper=taper))
        assert np.array_equal(samples_of(out), samples_of(ramp.process(frame, level, taper)))


@pytest.mark.parametrize("loudness", [-13.0, -20.0, -25.0, -37.0])
@pytest.mark.parametrize("target", [-16.0, -18.0, -23.0])
def test_a_voice_comes_to_the_target(loudness: float, target: float, speech: Any) -> None:
    own = at_gain(speech, loudness + 25.14)
    heard = played(own, dataclasses.replace(NORMALIZED, target_lufs=target))
    assert measure_samples(heard[10 * RATE :], RATE).integrated_lufs == pytest.approx(target, abs=1.0)
    assert true_peak_dbtp(heard) <= -1.0


@pytest.mark.parametrize("loudness", [-16.0, -20.0, -25.0])
def test_the_first_sentence_is_near_it_already(loudness: float, speech: Any) -> None:
    own = at_gain(speech[: 7 * RATE], loudness + 24.6)
    heard = played(own, NORMALIZED)
    assert measure_samples(heard, RATE).integrated_lufs == pytest.approx(-18.0, abs=2.5)


def test_nothing_pumps(speech: Any) -> None:
    """Once the voice is known, a pause of two seconds, a soft and a loud word move the gain by less than 2 dB."""
    voice = VoiceLevel()
    played(speech[: 20 * RATE], NORMALIZED, voice=voice)
    gains = []
    rest = [speech[20 * RATE : 25 * RATE], np.zeros((2 * RATE, 1), np.int16), speech[25 * RATE : 30 * RATE]]
    rest[0] = np.concatenate([rest[0][: 2 * RATE], rest[0][2 * RATE : 3 * RATE] // 4, rest[0][3 * RATE :]])
    for frame in frames(np.concatenate(rest)):
        voice.process(frame, NORMALIZED)
        gains.append(voice.gain_db)
    assert max(gains) - min(gains) < 2.0
    paused = gains[5 * 50 + 25 : 7 * 50]
    assert max(paused) - min(paused) < 0.3


def test_noise_and_silence_are_not_brought_up() -> None:
    random = np.random.default_rng(1)
    hiss = np.rint(random.normal(0, 2, (10 * RATE, 1))).astype(np.int16)
    assert np.abs(played(hiss, NORMALIZED)).max() < 150
    voice = VoiceLevel()
    assert not played(np.zeros((5 * RATE, 1), np.int16), NORMALIZED, voice=voice).any()
    assert voice.loudness_lufs is None


@settings(max_examples=15)
@given(cuts=st.lists(st.integers(1, 5_000), min_size=1, max_size=10))
def test_how_the_sound_is_cut_changes_no_sample(cuts: list[int]) -> None:
    """The ceiling aside, which looks at the frame it has: here it is not reached."""
    volume = Volume(normalize=True, target_lufs=-30.0, ceiling_dbtp=0.0, level=80)
    time = np.arange(3 * RATE) / RATE
    tone = np.rint(4_000 * np.sin(2 * np.pi * 200 * time) * (1 + np.sin(2 * np.pi * 3 * time)))[:, None]
    sound, voice, at, heard = tone.astype(np.int16), VoiceLevel(), 0, []
    while at < len(sound):
        cut = cuts[len(heard) % len(cuts)] if len(heard) < 200 else 4_000
        heard.append(voice.process(frame_from_samples(sound[at : at + cut], RATE), volume))
        at += cut
    assert np.array_equal(samples_of(joined(heard)), played(sound, volume, cut=len(sound)))


def test_another_target_is_heard_from_the_next_frame_on(speech: Any) -> None:
    voice, other = VoiceLevel(), VoiceLevel()
    played(speech[: 10 * RATE], NORMALIZED, voice=voice)
    played(speech[: 10 * RATE], NORMALIZED, voice=other)
    lower = dataclasses.replace(NORMALIZED, target_lufs=-30.0)
    went_on = played(speech[10 * RATE : 11 * RATE], NORMALIZED, voice=voice)[320:].astype(float)
    changed = played(speech[10 * RATE : 11 * RATE], lower, voice=other)[320:].astype(float)
    assert 10 * np.log10(np.square(changed).sum() / np.square(went_on).sum()) == pytest.approx(-12, abs=0.3)


def test_normalizing_can_be_turned_on_and_off_without_a_click_and_remembers(speech: Any) -> None:
    voice, time = VoiceLevel(), np.arange(RATE // 2) / RATE
    played(at_gain(speech[: 20 * RATE], -6), NORMALIZED, voice=voice)
    learned = voice.loudness_lufs
    tone = np.rint(3_000 * np.sin(2 * np.pi * 300 * time)).astype(np.int16)[:, None]
    parts = [played(tone, volume, voice=voice) for volume in (Volume(), NORMALIZED, Volume(), NORMALIZED, Volume())]
    heard = np.concatenate(parts)[:, 0].astype(int)
    steps = 2 * np.pi * 300 / RATE
    assert np.abs(np.diff(heard, 2)).max() < 2 * steps**2 * np.abs(heard).max()
    assert np.array_equal(parts[2][RATE // 4 :], tone[RATE // 4 :])
    assert np.abs(parts[1]).max() > 2.5 * 3_000
    assert learned is not None and voice.loudness_lufs == pytest.approx(learned, abs=3)


def test_a_ceiling_alone_leaves_what_is_below_it_and_holds_for_the_rest(speech: Any) -> None:
    volume = Volume(limit_peaks=True, ceiling_dbtp=-3.0)
    voice = VoiceLevel()
    assert all(voice.process(frame, volume) is frame for frame in frames(at_gain(speech[:RATE], -6)))
    assert true_peak_dbtp(played(at_gain(speech[: 5 * RATE], 12), volume)) <= -3.0


def test_once_the_ceiling_is_taken_away_frames_pass_as_they_are() -> None:
    voice = VoiceLevel()
    loud = frame_from_samples(np.tile(np.array([[30_000], [30_000], [-30_000], [-30_000]], np.int16), (400, 1)), RATE)
    voice.process(loud, Volume(limit_peaks=True, ceiling_dbtp=-12.0))
    assert voice.reduction_db < -10
    released = [voice.process(loud, Volume()) for _ in range(5)]
    assert released[-1] is loud and voice.reduction_db == 0


def test_stereo_another_rate_and_nothing_at_all(speech: Any) -> None:
    voice = VoiceLevel()
    played(speech[: 8 * RATE], NORMALIZED, voice=voice)
    gain_db = voice.gain_db
    stereo = np.repeat(speech[:RATE], 2, axis=1)
    frame = voice.process(frame_from_samples(stereo, 48_000, userdata={"a": 1}), NORMALIZED)
    assert (frame.sample_rate, frame.num_channels, frame.samples_per_channel) == (48_000, 2, RATE)
    assert frame.userdata == {"a": 1}
    assert voice.gain_db == pytest.approx(gain_db, abs=1)
    assert np.array_equal(samples_of(frame)[:, 0], samples_of(frame)[:, 1])
    empty = voice.process(AudioFrame(b"", RATE, 1, 0), NORMALIZED)
    assert empty.samples_per_channel == 0


def test_level_0_is_silence_with_a_target_too(speech: Any) -> None:
    assert not played(speech[: 2 * RATE], dataclasses.replace(NORMALIZED, level=0.0)).any()
