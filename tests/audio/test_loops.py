"""Sounds over and over: what is heard at the joint, for sounds of every kind."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.audio.loops import endless, is_clean, seam
from kit.audio.playhead import Playhead
from kit.audio.ramps import crossfade

RATE = 48_000
FADE = RATE // 4


def noise(count: int, seed: int = 0, level: float = 3_000) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=count) * level).astype(np.int16)


def murmur(count: int, seed: int = 0, *, circular: bool = False) -> np.ndarray:
    """Noise below about 1 kHz, which cannot jump; made as a circle it has no end."""
    whole = count if circular else 2 * count
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=whole))
    spectrum /= 1 + (np.fft.rfftfreq(whole) / 0.02) ** 4
    sound = np.fft.irfft(spectrum, whole)
    return np.rint(sound[:count] / np.std(sound) * 3_000).astype(np.int16)


def tones(count: int, *hertz: float) -> np.ndarray:
    times = np.arange(count) / RATE
    return np.rint(sum(4_000 * np.sin(2 * np.pi * pitch * times + pitch) for pitch in hertz)).astype(np.int16)


def steps(samples: np.ndarray) -> np.ndarray:
    return np.abs(np.diff(samples.astype(int)))


def levels_db(samples: np.ndarray, window_s: float = 0.02) -> np.ndarray:
    """The short-term level, in windows that overlap by half."""
    size = round(window_s * RATE)
    windows = np.lib.stride_tricks.sliding_window_view(samples.astype(float), size)[:: size // 2]
    return 10 * np.log10(np.mean(windows**2, axis=1) + 1e-9)


def looped(sound: np.ndarray, passes: float = 3.3, fade: int = FADE) -> np.ndarray:
    return Playhead.looped(sound, fade).take(round(passes * len(sound)))


def taken(pieces: Iterator[np.ndarray], count: int) -> np.ndarray:
    parts: list[np.ndarray] = []
    missing = count
    while missing > 0:
        parts.append(next(pieces))
        missing -= len(parts[-1])
    return np.concatenate(parts)[:count]


def in_pieces(sound: np.ndarray, size: int) -> Iterator[np.ndarray]:
    return (sound[start : start + size] for start in range(0, len(sound), size))


CLEAN = {
    "murmur": murmur(2 * RATE, circular=True),
    "one tone": tones(2 * RATE, 440.0),
    "a chord": tones(2 * RATE, 100.0, 201.0, 302.5),
    "nothing but an offset": np.full(RATE, 1_000, np.int16),
    "shorter than the fade": tones(RATE // 5, 440.0),
    "digital silence": np.zeros(RATE, np.int16),
}
CUT = {
    "murmur": murmur(2 * RATE, 1),
    "one tone": tones(2 * RATE + 57, 440.0),
    "a chord": tones(2 * RATE, 100.2, 201.4, 302.3),
    "a beating pair": tones(2 * RATE, 150.0, 150.6),
    "shorter than the fade": tones(RATE // 5 + 31, 437.0),
    "much shorter than the fade": murmur(RATE // 50),
}


@pytest.mark.parametrize("name", CLEAN)
def test_what_was_made_to_be_looped_stays_as_it_is(name: str) -> None:
    sound = CLEAN[name]
    assert np.array_equal(looped(sound), np.resize(sound, round(3.3 * len(sound))))


@pytest.mark.parametrize("name", CUT)
def test_what_was_cut_anywhere_is_joined_without_a_step(name: str) -> None:
    sound = CUT[name]
    plain = np.resize(sound, 4 * len(sound))
    assert steps(plain).max() > 1.2 * steps(sound).max(), "a plain loop would click"
    assert steps(looped(sound)).max() <= 1.1 * steps(sound).max()


@pytest.mark.parametrize("name", ["one tone", "a chord", "shorter than the fade"])
def test_a_steady_sound_keeps_its_level_at_the_joint(name: str) -> None:
    """Blended at any place, a tone and itself would cancel, or be 3 dB too loud. To 0.5 dB, in every 20 ms."""
    sound = CUT[name]
    own, heard = levels_db(sound), levels_db(looped(sound))
    assert heard.max() <= own.max() + 0.5
    assert heard.min() >= own.min() - 0.5


def test_noise_keeps_its_level_at_the_joint() -> None:
    """On average: it has none at any one place."""
    joints = [seam(sound[-FADE:], sound[:FADE]) for sound in (murmur(2 * RATE, seed) for seed in range(8))]
    size = min(len(joint) for joint in joints)
    power = np.mean([joint[:size].astype(float) ** 2 for joint in joints], axis=0)
    for part in np.array_split(power, 5):
        assert 10 * np.log10(np.mean(part) / 3_000**2) == pytest.approx(0, abs=0.5)


def test_a_change_of_level_is_no_clean_joint() -> None:
    sound = noise(2 * RATE) * np.linspace(0.2, 1, 2 * RATE)
    heard = looped(sound.astype(np.int16))
    assert np.abs(np.diff(levels_db(heard[RATE:]))).max() < 3


def test_the_first_pass_begins_as_the_sound_does() -> None:
    for sound in (*CLEAN.values(), *CUT.values()):
        assert np.array_equal(looped(sound)[: len(sound) // 2], sound[: len(sound) // 2])


def test_sounds_that_have_nothing_in_common_are_blended_over_the_whole_fade() -> None:
    sound = murmur(2 * RATE, 3)
    assert not is_clean(sound, sound)
    assert np.array_equal(seam(sound[-FADE:], sound[:FADE]), crossfade(sound[-FADE:], sound[:FADE]))
    heard = looped(sound)
    period = len(sound) - FADE
    assert np.array_equal(heard[period : 2 * period], heard[2 * period : 3 * period])


@settings(max_examples=60)
@given(st.integers(2, 900), st.integers(0, 120), st.integers(7, 1_000), st.booleans())
def test_read_piece_by_piece_it_is_the_same(length: int, fade: int, size: int, smooth: bool) -> None:
    sound = murmur(length, length) if smooth else noise(length, length)
    whole = Playhead.looped(sound, fade).take(3_000)
    assert np.array_equal(taken(endless(lambda: in_pieces(sound, size), fade), 3_000), whole)


def test_a_sound_without_samples_ends() -> None:
    assert list(endless(lambda: iter([]), 100)) == []
    assert Playhead(np.empty(0, np.int16), np.empty(0, np.int16)).exhausted


# a playhead


@given(st.lists(st.integers(0, 500), max_size=12), st.integers(1, 900))
def test_what_is_ahead_is_what_is_taken(counts: list[int], length: int) -> None:
    sound = noise(length, length)
    for head, reference in (
        (Playhead(sound), sound),
        (Playhead(sound, sound[::-1]), np.concatenate([sound, np.resize(sound[::-1], 7_000)])),
    ):
        at = 0
        for count in counts:
            expected = reference[at : at + count]
            assert np.array_equal(head.ahead(count), expected)
            if count % 2:
                head.skip(count)
            else:
                assert np.array_equal(head.take(count, np.float32(0.5)), expected * np.float32(0.5))
            at += len(expected)
        assert head.exhausted == (at >= len(reference))
        assert head.remaining in (None, len(reference) - at)


def test_an_ended_playhead_gives_nothing_more() -> None:
    head = Playhead(noise(100), noise(100))
    head.take(150)
    head.end()
    assert head.exhausted
    assert len(head.take(10)) == 0
