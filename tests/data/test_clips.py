"""The built-in clips: as the script makes them, as loud as is said, without a seam, a hum or a word."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from livekit.rtc import AudioFrame

from kit import BuiltinAudioClip
from kit.audio import frame_from_samples, is_silent, read_audio, speech_bounds
from kit.audio.loops import is_clean
from kit.audio.playhead import Playhead
from kit.models import PocketSphinxSTT
from kit.timing import run_virtual

SAMPLES = {
    BuiltinAudioClip.OFFICE_AMBIENCE: (32 * 24_000, 24_000),
    BuiltinAudioClip.KEYBOARD_TYPING: (10 * 48_000, 48_000),
    BuiltinAudioClip.KEYBOARD_TYPING2: (168_000, 48_000),
}
CLIPS = pytest.mark.parametrize("clip", list(BuiltinAudioClip), ids=lambda clip: clip.name)


@pytest.fixture(scope="module")
def script(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_clips", root / "data" / "make_clips.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sound(clip: BuiltinAudioClip) -> np.ndarray:
    return read_audio(clip.path())[0][:, 0]


def test_the_script_makes_the_clips_that_are_here(script: ModuleType, tmp_path: Path) -> None:
    """But for the last bit, in which mathematical libraries differ."""
    made = script.make(tmp_path)
    assert sorted(path.name for path in made) == sorted(clip.value for clip in BuiltinAudioClip)
    for clip in BuiltinAudioClip:
        samples, rate = read_audio(tmp_path / clip.value)
        kept, kept_rate = read_audio(clip.path())
        assert (rate, samples.shape) == (kept_rate, kept.shape)
        assert np.abs(samples.astype(int) - kept).max() <= 1, clip


def test_they_are_small() -> None:
    sizes = [Path(clip.path()).stat().st_size for clip in BuiltinAudioClip]
    assert sum(sizes) <= 2_000_000
    assert max(sizes) <= 1_000_000


@CLIPS
def test_no_sample_is_lost_in_the_file(clip: BuiltinAudioClip) -> None:
    samples, rate = read_audio(clip.path())
    assert (samples.shape, rate) == ((SAMPLES[clip][0], 1), SAMPLES[clip][1])


@CLIPS
def test_they_are_as_loud_as_is_said(clip: BuiltinAudioClip, script: ModuleType) -> None:
    said = script.OFFICE_LUFS if clip is BuiltinAudioClip.OFFICE_AMBIENCE else script.TYPING_LUFS
    assert script.loudness_lufs(sound(clip), SAMPLES[clip][1]) == pytest.approx(said, abs=0.1)
    assert np.abs(sound(clip).astype(int)).max() < 32768 / 2, "peaks stay below -6 dBFS"


def test_loudness_is_measured_as_the_standard_defines_it(script: ModuleType) -> None:
    """A sine of 997 Hz in one channel whose peak is at -23 dBFS has a loudness of -26 LUFS."""
    tone = np.rint(32767 * 10 ** (-23 / 20) * np.sin(2 * np.pi * 997 * np.arange(5 * 48_000) / 48_000))
    assert script.loudness_lufs(tone.astype(np.int16), 48_000) == pytest.approx(-26.0, abs=0.1)


@CLIPS
def test_a_plain_loop_has_no_click(clip: BuiltinAudioClip) -> None:
    """The end goes on at the start: the step there is one as there are many."""
    samples = sound(clip).astype(int)
    around = np.abs(np.diff(np.concatenate([samples[-1_000:], samples[:1_000]])))
    assert abs(samples[0] - samples[-1]) <= np.percentile(around, 99.9)


@CLIPS
def test_the_joint_cannot_be_told_from_what_is_around_it(clip: BuiltinAudioClip) -> None:
    samples = sound(clip)
    fade = SAMPLES[clip][1] // 4
    assert is_clean(samples[-fade:], samples[:fade])
    assert np.array_equal(Playhead.looped(samples, fade).take(2 * len(samples)), np.tile(samples, 2))
    elsewhere = [is_clean(samples[-fade:], samples[place:]) for place in range(fade, len(samples) - fade, 9_973)]
    assert np.mean(elsewhere) < 0.6, "most other places would be told"


def strongest_line_db(samples: np.ndarray) -> float:
    """How far a line stands out of the spectrum that is there most of the time."""
    windows = samples[: len(samples) // 8192 * 8192].reshape(-1, 8192) * np.hanning(8192)
    level_db = 10 * np.log10(np.median(np.abs(np.fft.rfft(windows)) ** 2, axis=0) + 1e-9)
    around = np.lib.stride_tricks.sliding_window_view(level_db, 41)
    return float((level_db[20:-20] - np.median(around, axis=1)).max())


@CLIPS
def test_nothing_hums(clip: BuiltinAudioClip) -> None:
    """No line stands out of the long-term spectrum, as the note of a machine or of one voice would."""
    samples = sound(clip).astype(float)
    assert strongest_line_db(samples) < (8.5 if len(samples) > 50 * 8192 else 12)
    assert abs(samples.mean()) < 1


def test_a_hum_would_be_found() -> None:
    office = sound(BuiltinAudioClip.OFFICE_AMBIENCE).astype(float)
    hum = np.sqrt(2) * np.std(office) * 10 ** (-25 / 20) * np.sin(2 * np.pi * 1_000 * np.arange(len(office)) / 24_000)
    assert strongest_line_db(office + hum) > 10


def test_the_office_is_never_silent_and_never_startles() -> None:
    office = sound(BuiltinAudioClip.OFFICE_AMBIENCE)
    blocks = office.reshape(-1, 24_000 // 4)
    levels_db = 20 * np.log10(np.std(blocks.astype(float), axis=1))
    assert levels_db.max() - levels_db.min() < 15
    assert not any(is_silent(block) for block in blocks)


def test_the_keys_are_hit_as_people_hit_them(script: ModuleType) -> None:
    """From key to key 100 to 300 ms mostly, log-normal, and no beat: neighbouring intervals differ."""
    waits_s = [np.diff([at for at, _ in script.keys(np.random.default_rng(seed), 60.0)]) for seed in range(10)]
    inside = np.concatenate(waits_s)
    inside = inside[inside < 0.4]
    assert 0.12 < np.median(inside) < 0.25
    assert np.mean((inside > 0.1) & (inside < 0.3)) > 0.7
    logs = np.log(inside)
    assert 0.25 < logs.std() < 0.5
    skew = float(np.mean(((logs - logs.mean()) / logs.std()) ** 3))
    assert abs(skew) < 0.3 < float(np.mean(((inside - inside.mean()) / inside.std()) ** 3)), "log-normal"
    for _, seed in script.TYPING.values():
        steps = np.abs(np.diff(np.log(np.diff([at for at, _ in script.keys(np.random.default_rng(seed), 9.0)]))))
        assert np.mean(steps < 0.05) < 0.3


@pytest.mark.parametrize("clip", [BuiltinAudioClip.KEYBOARD_TYPING, BuiltinAudioClip.KEYBOARD_TYPING2])
def test_a_room_is_there_between_the_strokes(clip: BuiltinAudioClip) -> None:
    """Some 50 dB below the loudest stroke, as at a desk: neither digital silence nor a hiss."""
    samples, rate = read_audio(clip.path())
    blocks = samples[:, 0].astype(float)[: len(samples) // (rate // 50) * (rate // 50)].reshape(-1, rate // 50)
    quietest_db = np.percentile(20 * np.log10(np.std(blocks, axis=1) / np.abs(samples).max()), 5)
    assert -56 < quietest_db < -46


@pytest.mark.parametrize("clip", [BuiltinAudioClip.KEYBOARD_TYPING, BuiltinAudioClip.KEYBOARD_TYPING2])
def test_a_stroke_is_broad_with_a_low_body(clip: BuiltinAudioClip) -> None:
    samples, rate = read_audio(clip.path())
    power = np.abs(np.fft.rfft(samples[:, 0].astype(float))) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / rate)

    def share(low: float, high: float) -> float:
        return float(power[(hertz >= low) & (hertz < high)].sum() / power.sum())

    assert share(1_000, 8_000) > 0.4
    assert 0.1 < share(50, 500) < 0.5


def test_the_babble_has_the_rhythm_and_the_colour_of_speech() -> None:
    """Its level moves most at 1 to 8 Hz, and its long-term spectrum falls from some 500 Hz on."""
    office = sound(BuiltinAudioClip.OFFICE_AMBIENCE).astype(float)
    level = np.std(office.reshape(-1, 240), axis=1)
    motion = np.abs(np.fft.rfft(level / level.mean() - 1)) ** 2
    hertz = np.fft.rfftfreq(len(level), 0.01)
    octaves = {low: float(motion[(hertz >= low) & (hertz < 2 * low)].sum()) for low in (0.5, 1, 2, 4, 8, 16)}
    assert max(octaves, key=octaves.__getitem__) in (1, 2, 4)
    windows = office[: len(office) // 4096 * 4096].reshape(-1, 4096) * np.hanning(4096)
    power = np.mean(np.abs(np.fft.rfft(windows)) ** 2, axis=0)
    hertz = np.fft.rfftfreq(4096, 1 / 24_000)
    bands_db = [10 * np.log10(np.mean(power[(hertz >= low) & (hertz < 2 * low)])) for low in (250, 1_000, 4_000)]
    assert bands_db[0] - bands_db[1] == pytest.approx(9, abs=5)
    assert bands_db[1] - bands_db[2] == pytest.approx(16, abs=6)


@CLIPS
def test_nothing_comes_again_inside_a_clip(clip: BuiltinAudioClip) -> None:
    """Neither its samples nor its rhythm is like itself a while later: one hears no loop but the clip's own."""
    samples, rate = sound(clip).astype(float), SAMPLES[clip][1]
    size = rate // 100
    level = np.std(samples.reshape(-1, size), axis=1)
    for values, per_s, least_s in ((samples, rate, 0.05), (level, 100, 0.5)):
        alike = np.fft.irfft(np.abs(np.fft.rfft(values - values.mean())) ** 2, len(values))
        assert np.abs(alike[round(least_s * per_s) : len(values) // 2]).max() < 0.25 * alike[0]


def test_the_typing_comes_in_bursts() -> None:
    samples, rate = read_audio(BuiltinAudioClip.KEYBOARD_TYPING.path())
    bursts = speech_bounds(samples, rate, min_gap_s=0.25)
    pauses = [begin - end for (_, end), (begin, _) in pairwise(bursts)]
    assert len(bursts) >= 4
    assert min(pauses) > 0.2
    assert max(pauses) < 1.5


def transcript(samples: np.ndarray, rate: int) -> str:
    async def main() -> str:
        async def frames() -> AsyncIterator[AudioFrame]:
            for start in range(0, len(samples), rate // 10):
                yield frame_from_samples(samples[start : start + rate // 10], rate)

        return " ".join([event.text async for event in PocketSphinxSTT()(frames()) if event.type == "final_transcript"])

    return run_virtual(main)


def triples(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z']+", text.lower())
    return {tuple(words[start : start + 3]) for start in range(len(words) - 2)}


def test_nothing_of_what_is_said_in_the_office_can_be_understood(script: ModuleType) -> None:
    """A recogniser that understands its voices one by one finds no three words of theirs in the office."""
    rate = script.OFFICE_RATE
    said = set().union(*(triples(line) for line in script.LINES))
    rng = np.random.default_rng(0)
    understood = set()
    for line, voice in zip(script.LINES[:2], script.VOICES, strict=False):
        alone = script.spoken(rng, line, *voice) * 3_000
        understood |= said & triples(transcript(np.rint(alone).clip(-32768, 32767).astype(np.int16), rate))
    assert len(understood) >= 3
    office = sound(BuiltinAudioClip.OFFICE_AMBIENCE)[: 12 * rate].astype(int) * 12
    assert not said & triples(transcript(office.clip(-32768, 32767).astype(np.int16), rate))
