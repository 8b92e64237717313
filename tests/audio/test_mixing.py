from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.audio import AudioFileError, write_wav
from kit.audio.clips import ClipCache, mono_pieces
from kit.audio.knee import KNEE, limited
from kit.audio.mixing import Mix, Voice, mixed
from kit.audio.playhead import Playhead
from kit.audio.ramps import Ramp, crossfade, equal_power
from kit.audio.sample_queue import SampleQueue

RATE = 8_000


def noise(count: int, seed: int = 0, level: float = 3000) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=count) * level).astype(np.int16)


def sine(count: int, hertz: float = 200.0, level: float = 8000.0) -> np.ndarray:
    return np.rint(level * np.sin(2 * np.pi * hertz * np.arange(count) / RATE)).astype(np.int16)


def steps(samples: np.ndarray) -> np.ndarray:
    return np.abs(np.diff(samples.astype(int)))


# adding up


@given(st.lists(st.integers(-29_000, 29_000), max_size=50))
def test_one_sound_at_volume_1_stays_as_it_is(values: list[int]) -> None:
    samples = np.array(values, np.int16)
    assert mixed([(samples, 1.0)]).tolist() == values


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=50))
def test_the_limiter_keeps_order_sign_and_range(values: list[float]) -> None:
    values.sort()
    out = limited(np.array(values, np.float32)).astype(int)
    assert np.all(np.diff(out) >= 0)
    assert np.all(np.abs(out) <= 32767)
    for value, result in zip(values, out.tolist(), strict=True):
        if abs(value) <= KNEE:
            assert abs(result - value) <= 0.51
        else:
            assert KNEE - 1 <= abs(result) <= abs(value) + 1
            assert (result > 0) == (value > 0)


def test_loud_sounds_saturate_and_do_not_wrap() -> None:
    full = np.full(10, 32_000, np.int16)
    assert mixed([(full, 1.0), (full, 1.0)]).min() > 32_000
    assert mixed([(-full, 1.0), (-full, 1.0)]).max() < -32_000


def test_volume_is_linear() -> None:
    assert mixed([(np.array([1000, -2000], np.int16), 0.5)]).tolist() == [500, -1000]


def test_the_longest_sound_tells_the_length() -> None:
    assert mixed([(np.array([1, 2], np.int16), 1.0), (np.array([10, 10, 10], np.int16), 1.0)]).tolist() == [11, 12, 10]
    assert len(mixed([])) == 0
    with pytest.raises(ValueError, match=r"\(3, 2\)"):
        mixed([(np.zeros((3, 2), np.int16), 1.0)])


# ramps


def test_a_ramp_arrives_at_its_last_sample() -> None:
    ramp = Ramp(0.0)
    ramp.to(1.0, 4)
    assert np.allclose(ramp.take(6), [0.25, 0.5, 0.75, 1, 1, 1])
    assert ramp.take(3) == 1.0
    ramp.to(0.5, 0)
    assert ramp.take(2) == 0.5


def test_a_ramp_turns_around_where_it_is() -> None:
    ramp = Ramp(0.0)
    ramp.to(1.0, 10)
    ramp.take(5)
    assert ramp.value == 0.5
    assert ramp.left == 5
    ramp.to(0.0, 2)
    assert np.allclose(ramp.take(2), [0.25, 0.0])


@given(st.lists(st.integers(1, 40), max_size=8))
def test_cutting_a_ramp_changes_nothing(cuts: list[int]) -> None:
    whole, cut = Ramp(0.2), Ramp(0.2)
    for ramp in (whole, cut):
        ramp.to(0.9, 57)
    parts = [np.broadcast_to(cut.take(count), count) for count in cuts]
    total = sum(cuts)
    if total:
        assert np.array_equal(np.concatenate(parts), np.broadcast_to(whole.take(total), total))


@given(st.floats(0, 1))
def test_two_fades_have_the_power_of_one(phase: float) -> None:
    assert equal_power(phase) ** 2 + equal_power(1 - phase) ** 2 == pytest.approx(1)


def test_a_crossfade_keeps_the_power() -> None:
    a, b = noise(80_000, 1), noise(80_000, 2)
    out = crossfade(a, b).astype(float)
    for start in range(0, 80_000, 8_000):
        assert np.std(out[start : start + 8_000]) == pytest.approx(3000, rel=0.05)
    assert abs(int(out[0]) - int(a[0])) < 50
    assert abs(int(out[-1]) - int(b[-1])) < 50


# a queue


def filled(*pieces: np.ndarray, ended: bool = True) -> SampleQueue:
    queue = SampleQueue(RATE)
    for piece in pieces:
        queue.push(piece)
    if ended:
        queue.end()
    return queue


@given(st.lists(st.integers(1, 900), max_size=6), st.lists(st.integers(1, 900), max_size=6))
def test_a_queue_gives_what_was_put_in(pushed: list[int], asked: list[int]) -> None:
    sound = noise(sum(pushed), 3)
    queue = filled(*np.split(sound, np.cumsum(pushed)[:-1]) if pushed else [])
    out = [queue.take(count) for count in asked]
    got = np.concatenate([np.empty(0, np.float32), *out])
    assert np.array_equal(got, sound[: sum(asked)])
    assert queue.remaining == max(0, len(sound) - sum(asked))
    assert queue.exhausted == (sum(asked) >= len(sound))


def test_a_gain_that_changes_in_the_middle_of_a_piece() -> None:
    queue = filled(np.full(100, 1000, np.int16))
    assert set(queue.take(10, np.float32(0.5))) == {500}
    assert set(queue.take(10, np.float32(2))) == {2000}
    assert set(queue.take(100)) == {1000}


def test_a_late_source_dies_away_and_comes_back_without_a_step() -> None:
    sound = sine(RATE, 100)
    queue = filled(sound[:1_020], ended=False)  # stops at a crest
    parts = [queue.take(1_000), queue.take(1_000), queue.take(1_000)]
    assert abs(int(sound[1_019])) > 7_000
    assert not np.any(parts[2])
    queue.push(sound[1_020:1_060])
    assert not np.any(queue.take(100)), "it waits for a store of 60 ms"
    queue.push(sound[1_060:])
    parts.append(queue.take(2_000))
    padded = [np.pad(part, (0, size - len(part))) for part, size in zip(parts, (1000, 1000, 1000, 2000), strict=True)]
    assert steps(np.concatenate(padded)).max() <= 1.2 * steps(sound).max()
    assert np.array_equal(parts[3][100:], sound[1_120:3_020])


def test_the_end_of_a_sound_is_not_taken_for_a_late_source() -> None:
    queue = filled(np.full(50, 900, np.int16))
    assert queue.take(80).tolist() == [900] * 50
    assert queue.exhausted


# a mix


def scene(cuts: list[int], skipped: bool = False) -> np.ndarray:
    """Two voices that come, change and go at fixed places, whatever the blocks are; the last 4,000 samples of it."""
    mix = Mix(RATE)
    first = Voice(filled(noise(6_000, 1)), volume=0.5, fade_in=300)
    second = Voice(Playhead.looped(noise(900, 2), 90))
    changes = {
        500: lambda: mix.add(second),
        1_500: lambda: first.set_volume(1.5, RATE),
        2_200: lambda: mix.set_gain_db(-12, 0.05),
        4_700: lambda: second.stop(800),
        6_900: lambda: mix.set_gain_db(0, 0.1),
    }
    mix.add(first)
    out, index = [], 0
    while mix.position < 8_000:
        if mix.position in changes:
            mix.settle()
            changes[mix.position]()
        borders = [place for place in (*changes, 4_000, 8_000) if place > mix.position]
        count = min(cuts[index % len(cuts)], min(borders) - mix.position)
        index += 1
        if skipped and mix.position < 4_000:
            mix.skip(count)
        else:
            out.append(mix.take(count))
    return np.concatenate(out)[-4_000:]


@settings(max_examples=30)
@given(st.lists(st.integers(37, 3_000), min_size=1, max_size=5))
def test_blocks_change_nothing(cuts: list[int]) -> None:
    assert np.array_equal(scene(cuts), scene([8_000]))


@settings(max_examples=30)
@given(st.lists(st.integers(37, 3_000), min_size=1, max_size=5))
def test_what_nobody_heard_changes_nothing_of_what_comes(cuts: list[int]) -> None:
    assert np.array_equal(scene(cuts, skipped=True), scene([8_000]))


@settings(max_examples=30)
@given(st.lists(st.integers(37, 700), min_size=1, max_size=5))
def test_what_is_mixed_ahead_is_what_would_be_mixed_now(cuts: list[int]) -> None:
    """Two decoded sounds, one of which ends, with changes at places that no block knows of."""

    def heard(cuts: list[int]) -> np.ndarray:
        mix = Mix(RATE)
        loop, once = Voice(Playhead.looped(noise(3_000, 1), 90), volume=0.5), Voice(Playhead(noise(5_001, 2)))
        changes = {
            0: lambda: (mix.add(loop), mix.add(once)),
            2_000: lambda: mix.set_gain_db(-6, 0.05),
            3_333: lambda: loop.set_volume(1.0, RATE),
            6_100: lambda: mix.skip(0),
            7_000: lambda: mix.remove(loop),
        }
        out: list[np.ndarray] = []
        index = 0
        while mix.position < 9_000:
            if mix.position in changes:
                mix.settle()
                changes.pop(mix.position)()
            border = min(place for place in (*changes, 9_000) if place > mix.position)
            out.append(mix.take(min(cuts[index % len(cuts)], border - mix.position)))
            index += 1
        return np.concatenate(out)

    assert np.array_equal(heard(cuts), heard([9_000]))


@settings(max_examples=30)
@given(st.lists(st.integers(37, 700), min_size=1, max_size=5))
def test_what_is_live_is_added_to_what_is_mixed_ahead(cuts: list[int]) -> None:
    """Two decoded sounds, and one that is put in piece by piece, changes and ends."""

    def heard(cuts: list[int]) -> np.ndarray:
        mix, queue = Mix(RATE), SampleQueue(RATE)
        live = Voice(queue, volume=0.3)
        mix.add(live)
        mix.add(Voice(Playhead.looped(noise(3_000, 1), 90), volume=0.7))
        mix.add(Voice(Playhead.looped(noise(777, 2), 90), volume=1.1))
        changes = {
            0: lambda: queue.push(noise(2_000, 3)),
            1_500: lambda: queue.push(noise(3_500, 4)),
            4_000: lambda: live.set_volume(0.9, RATE),
            5_000: queue.end,
        }
        out: list[np.ndarray] = []
        index = 0
        while mix.position < 9_000:
            if mix.position in changes:
                mix.settle()
                changes.pop(mix.position)()
            border = min(place for place in (*changes, 9_000) if place > mix.position)
            out.append(mix.take(min(cuts[index % len(cuts)], border - mix.position)))
            index += 1
        return np.concatenate(out)

    assert np.array_equal(heard(cuts), heard([9_000]))


def test_a_block_is_mixed_once_and_a_change_acts_on_the_next_one() -> None:
    mix = Mix(RATE)
    voice = Voice(Playhead.looped(np.full(RATE, 1_000, np.int16), 0))
    mix.add(voice)
    mix.take(160)
    first = mix.take(160)
    assert mix.take(160).base is first.base, "handed out of what was made ahead"
    mix.settle()
    voice.set_volume(2.0, RATE)
    assert set(mix.take(160)[80:]) == {2_000}
    mix.set_gain_db(-20.0, 0.0)
    assert set(mix.take(160)) == {200}
    assert mix.position == 5 * 160


def test_a_voice_that_stops_fades_at_equal_power_and_leaves() -> None:
    mix = Mix(RATE)
    voice = Voice(filled(np.full(RATE, 10_000, np.int16)))
    mix.add(voice)
    mix.take(100)
    voice.stop(1_000)
    assert mix.remaining == 1_000
    out = mix.take(1_000)
    assert out[499] == pytest.approx(10_000 * np.cos(np.pi / 4), rel=0.01)
    assert mix.idle
    assert out[-1] == 0
    assert not np.any(mix.take(100))


def test_a_voice_that_stops_on_its_way_up_goes_down_from_there() -> None:
    mix = Mix(RATE)
    voice = Voice(filled(np.full(RATE, 10_000, np.int16)), fade_in=1_000)
    mix.add(voice)
    up = mix.take(500)
    voice.stop(1_000)
    assert mix.remaining == 500
    down = mix.take(500)
    assert abs(int(down[0]) - int(up[-1])) < 30
    assert mix.idle


def test_the_gain_over_all_is_in_decibels() -> None:
    mix = Mix(RATE)
    mix.add(Voice(filled(np.full(RATE, 10_000, np.int16))))
    mix.set_gain_db(-20, 0.01)
    assert mix.take(200)[-1] == 1_000
    mix.set_gain_db(0, 0.1)
    assert mix.take(400)[-1] == pytest.approx(10_000 * 10**-0.5, rel=0.01)


# sources


def test_a_file_becomes_mono_at_the_rate(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write_wav(path, np.column_stack([sine(RATE), sine(RATE)]), RATE)
    assert np.array_equal(np.concatenate(list(mono_pieces(path, RATE))), sine(RATE))
    assert len(np.concatenate(list(mono_pieces(path, 48_000)))) == 48_000


def test_a_short_file_is_decoded_once(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write_wav(path, sine(RATE), RATE)
    clips = ClipCache()
    assert clips.get(path, RATE) is None
    first = clips.load(path, RATE)
    assert first is not None
    assert clips.load(path, RATE) is first
    assert next(clips.pieces(path, RATE)) is first
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1
    assert clips.load(path, 16_000) is not first


def test_a_file_that_changed_is_another_one(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write_wav(path, sine(RATE), RATE)
    clips = ClipCache()
    clips.load(path, RATE)
    write_wav(path, noise(RATE), RATE)
    os.utime(path, ns=(1, 1))
    assert np.array_equal(clips.load(path, RATE), noise(RATE))


def test_what_was_not_asked_for_the_longest_goes_first(tmp_path: Path) -> None:
    clips = ClipCache(max_bytes=5 * RATE)
    paths = [tmp_path / f"{number}.wav" for number in range(3)]
    for path in paths:
        write_wav(path, sine(RATE), RATE)
    clips.load(paths[0], RATE)
    clips.load(paths[1], RATE)
    clips.get(paths[0], RATE)
    clips.load(paths[2], RATE)
    assert [clips.get(path, RATE) is not None for path in paths] == [True, False, True]
    assert clips.size_bytes <= clips.max_bytes


def test_a_long_file_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write_wav(path, sine(3 * RATE), RATE)
    clips = ClipCache(max_clip_s=2.0)
    assert clips.load(path, RATE) is None
    assert len(np.concatenate(list(clips.pieces(path, RATE)))) == 3 * RATE
    assert clips.size_bytes == 0


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError, match=r"nope\.wav: no such file"):
        ClipCache().load(tmp_path / "nope.wav", RATE)
