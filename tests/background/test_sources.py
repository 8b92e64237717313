"""Frames from iterators, and files that are read as they play: late, broken, endless, or deaf to being stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from livekit.rtc import AudioFrame

from kit import AudioConfig, BackgroundAudioPlayer
from kit.audio import frame_from_samples, silence
from kit.audio.clips import ClipCache
from kit.background.reading import AHEAD_S
from kit.timing import run_virtual
from tests.background.stage import RATE, Ear, constant, frames, noise, now, play, sine, steps, wav


class Broken(Exception):
    """What a source raises here."""


def exactly(seconds: float) -> Any:
    return pytest.approx(seconds, abs=1e-9)


def test_frames_are_heard_as_they_are() -> None:
    sound = noise(3.3)

    async def act(player: BackgroundAudioPlayer) -> None:
        await player.play(frames(sound))
        assert now() == exactly(3.3)

    assert np.array_equal(play(act).track(3.3)[:-1], sound)


def test_frames_of_any_rate_and_layout_one_after_another() -> None:
    async def source() -> AsyncIterator[AudioFrame]:
        yield frame_from_samples(sine(1.0), RATE)
        yield frame_from_samples(np.column_stack([sine(2.0)] * 2), 2 * RATE)
        yield frame_from_samples(sine(6.0), 6 * RATE)

    async def act(player: BackgroundAudioPlayer) -> None:
        await player.play(source())
        assert now() == pytest.approx(3.0, abs=2e-3)

    track = play(act).track(3)
    pitches = [int(np.argmax(np.abs(np.fft.rfft(track[s * RATE : (s + 1) * RATE])))) for s in range(3)]
    assert pitches == [200, 400, 1200]


def test_frames_are_not_taken_long_before_they_are_needed() -> None:
    taken: list[float] = []

    async def source() -> AsyncIterator[AudioFrame]:
        while True:
            taken.append(now())
            yield silence(0.25, RATE)

    async def act(player: BackgroundAudioPlayer) -> None:
        player.play(source())
        await asyncio.sleep(20)
        ahead_s = [number * 0.25 - at for number, at in enumerate(taken)]
        assert max(ahead_s) <= AHEAD_S + 1e-6
        assert len(taken) * 0.25 >= 20 + AHEAD_S - 0.25

    play(act)


def test_a_long_file_is_decoded_as_it_is_played(tmp_path: Path) -> None:
    sound = noise(7.0)

    async def main() -> None:
        ear, clips = Ear(), ClipCache(max_clip_s=1.0)
        player = BackgroundAudioPlayer(clips=clips)
        await player.start(output=ear.output())
        await player.play(wav(tmp_path, sound))
        assert now() == exactly(7.0)
        handle = player.play(wav(tmp_path, sound), loop=True)
        await asyncio.sleep(20)
        handle.stop()
        await player.aclose()
        track = ear.track(27)
        assert np.array_equal(track[: len(sound)], sound)
        looped = track[len(sound) :]
        assert np.array_equal(looped[: 2 * len(sound)], np.resize(sound, 2 * len(sound)))
        assert clips.size_bytes == 0

    run_virtual(main)


def test_a_stalled_source_holds_nobody_up(tmp_path: Path) -> None:
    async def stalled() -> AsyncIterator[AudioFrame]:
        yield frame_from_samples(constant(0.2, 50), RATE)
        await asyncio.sleep(1e6)

    async def act(player: BackgroundAudioPlayer) -> None:
        stuck = player.play(stalled())
        mute = player.play(never())
        await player.play(wav(tmp_path, constant(2.0, 1_000)))
        assert now() == exactly(2.0)
        assert not stuck.done()
        stuck.stop()
        mute.stop()
        assert stuck.done()
        assert mute.done()

    async def never() -> AsyncIterator[AudioFrame]:
        await asyncio.sleep(1e6)
        yield silence(1, RATE)

    track = play(act).track(2)
    assert set(track[: RATE // 5]) == {1_050}
    assert set(track[2_000:16_000]) == {1_000}


def test_a_source_that_stalls_and_goes_on_does_not_click() -> None:
    sound = sine(4.0, 100)

    async def source() -> AsyncIterator[AudioFrame]:
        yield frame_from_samples(sound[:4_020], RATE)  # up to a crest
        await asyncio.sleep(2.0)
        yield frame_from_samples(sound[4_020:], RATE)

    async def act(player: BackgroundAudioPlayer) -> None:
        await player.play(source())
        assert now() == pytest.approx(2.0 + len(sound[4_020:]) / RATE, abs=1e-6)

    track = play(act).track(5)
    assert steps(track).max() <= 1.2 * steps(sound).max()
    assert not np.any(track[4_100:16_000])
    assert np.array_equal(track[16_040:], np.pad(sound[4_060:], (0, 5 * RATE + 1))[: len(track[16_040:])])


def test_a_source_in_real_time_that_is_a_little_late_is_heard_with_one_gap() -> None:
    async def source() -> AsyncIterator[AudioFrame]:
        for number in range(100):
            await asyncio.sleep(0.02 + (0.001 if number % 10 == 5 else 0.0) - (0.001 if number % 10 == 6 else 0.0))
            yield frame_from_samples(constant(0.02, 5_000), RATE)

    async def act(player: BackgroundAudioPlayer) -> None:
        await player.play(source())

    track = play(act).track(2.2)
    soft = np.flatnonzero(track[160:-1] < 5_000)
    gaps = np.split(soft, np.flatnonzero(np.diff(soft) > 1) + 1)
    assert len([gap for gap in gaps if gap[-1] < 2.0 * RATE]) <= 2


@pytest.mark.parametrize("before_s", [0.0, 0.5])
def test_a_broken_source_fails_its_handle_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, before_s: float
) -> None:
    error = Broken("out of order")

    async def source() -> AsyncIterator[AudioFrame]:
        if before_s:
            yield frame_from_samples(constant(before_s, 50), RATE)
        raise error

    async def act(player: BackgroundAudioPlayer) -> None:
        other = player.play(wav(tmp_path, constant(2.0)))
        handle = player.play(source())
        await handle
        assert now() == exactly(before_s), "what came before it broke was heard"
        assert handle.exception() is error
        await other
        assert now() == exactly(2.0)

    track = play(act).track(1.9)
    assert set(track[: round(before_s * RATE)]) <= {1_050}
    assert set(track[round(before_s * RATE) :]) == {1_000}
    assert "out of order" in caplog.text


def test_a_source_that_gives_nothing_and_never_waits_holds_nobody_up(tmp_path: Path) -> None:
    async def empty() -> AsyncIterator[AudioFrame]:
        while True:
            yield silence(0.0, RATE)

    async def main() -> None:
        player = BackgroundAudioPlayer()
        await player.start()
        handle = player.play(empty())
        other = player.play(wav(tmp_path, constant(0.1)))
        await other
        handle.stop()
        await player.aclose()

    asyncio.run(main())


def test_what_is_no_frame_fails() -> None:
    async def source() -> AsyncIterator[Any]:
        yield b"\0\0"

    async def act(player: BackgroundAudioPlayer) -> None:
        handle = player.play(source())
        await handle
        assert "the source gave bytes" in str(handle.exception())

    play(act)


def test_an_empty_source_ends_at_once() -> None:
    async def act(player: BackgroundAudioPlayer) -> None:
        handle = player.play(frames(constant(0.0)))
        await handle
        assert (now(), handle.exception()) == (0, None)

    play(act)


def test_a_stopped_source_is_closed() -> None:
    closed: list[float] = []

    async def source() -> AsyncIterator[AudioFrame]:
        try:
            while True:
                yield silence(0.1, RATE)
        finally:
            closed.append(now())

    async def act(player: BackgroundAudioPlayer) -> None:
        handle = player.play(source())
        await asyncio.sleep(1.0)
        handle.stop()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert closed == [1.0]

    play(act)


def test_an_iterator_without_aclose() -> None:
    class Three:
        """Three frames, and no more than an iterator has to be."""

        left = 3

        def __aiter__(self) -> Three:
            return self

        async def __anext__(self) -> AudioFrame:
            if not self.left:
                raise StopAsyncIteration
            self.left -= 1
            return silence(0.1, RATE)

    async def act(player: BackgroundAudioPlayer) -> None:
        await player.play(Three())
        assert now() == exactly(0.3)

    play(act)


def test_a_source_that_will_not_end_does_not_keep_the_player_from_closing() -> None:
    freed = asyncio.Event()

    async def deaf() -> AsyncIterator[AudioFrame]:
        while not freed.is_set():
            try:
                await freed.wait()
            except asyncio.CancelledError:
                continue
        yield silence(0.1, RATE)

    async def main() -> None:
        player = BackgroundAudioPlayer()
        await player.start()
        handle = player.play(deaf())
        await asyncio.sleep(1.0)
        await player.aclose()
        assert now() == exactly(2.0)
        assert handle.done()
        freed.set()
        await asyncio.sleep(0.1)

    run_virtual(main)


def test_ambient_frames_are_played_once() -> None:
    async def act(player: BackgroundAudioPlayer) -> None:
        await asyncio.sleep(3)

    ear = play(act, ambient_sound=AudioConfig(frames(constant(1.0, 500)), fade_in=0))
    assert ear.pieces[0][0] == 0
    assert sum(frame.samples_per_channel for _, frame in ear.pieces) == RATE
