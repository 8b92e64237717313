"""Into any audio output, in blocks: when a change is heard, and what happens when the output or the loop is late."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from livekit.rtc import AudioFrame

from kit import BackgroundAudioPlayer
from kit.audio import samples_of
from kit.background.outputs import BLOCK_S, LEAD_S
from kit.background.waking import Wake
from kit.timing import run_virtual
from kit.transports import PacedOutput
from tests.background.stage import Ear, noise, now, wav

RATE = 48_000
LATEST_S = BLOCK_S + LEAD_S


def played(act: Callable[[BackgroundAudioPlayer], Awaitable[object]], output: PacedOutput | None = None) -> Ear:
    ear = Ear()

    async def main() -> None:
        loudspeaker = output or PacedOutput()
        loudspeaker.on_played = ear.take
        player = BackgroundAudioPlayer()
        await player.start(output=loudspeaker)
        await act(player)
        await player.aclose()
        assert len(asyncio.all_tasks()) == 1

    run_virtual(main)
    return ear


def wave(folder: Path, duration_s: float, level: int = 1_000) -> str:
    return wav(folder, np.full(round(duration_s * RATE), level), f"{level}-{duration_s}", RATE)


def test_what_is_heard_is_the_sound(tmp_path: Path) -> None:
    sound = noise(1.0)[: 48_000 // 8]
    path = wav(tmp_path, sound, rate=RATE)

    async def act(player: BackgroundAudioPlayer) -> None:
        await asyncio.sleep(3.21)
        await player.play(path)
        assert now() == pytest.approx(3.21 + len(sound) / RATE, abs=1e-6)

    ear = played(act)
    assert ear.pieces[0][0] == pytest.approx(3.21, abs=1e-6), "at once, where nothing else plays"
    heard = np.concatenate([samples_of(frame)[:, 0] for _, frame in ear.pieces])
    assert np.array_equal(heard[: len(sound)], sound)


@pytest.mark.parametrize("at", [0.5, 0.503, 0.509, 0.5149, 0.5151, 0.519])
def test_a_change_is_heard_soon(tmp_path: Path, at: float) -> None:
    """However much the output would queue."""

    async def act(player: BackgroundAudioPlayer) -> None:
        ambient = player.play(wave(tmp_path, 5.0), loop=True)
        await asyncio.sleep(at)
        player.play(wave(tmp_path, 0.1, 4_000))
        await asyncio.sleep(1.0)
        ambient.volume = 2.0
        await asyncio.sleep(1.0)
        ambient.stop()
        await asyncio.sleep(1.0)

    track = played(act, PacedOutput(queue_s=5.0)).track(at + 3, RATE)
    changed = np.flatnonzero(np.diff(track.astype(int)))
    for change_s in (at, at + 1.0, at + 2.0):
        first = int(changed[np.searchsorted(changed, round(change_s * RATE) - 1)]) / RATE
        assert 0 <= first - change_s + 1e-4 <= LATEST_S + 1e-3
    assert LATEST_S <= 0.040


def test_nothing_runs_while_nothing_plays(tmp_path: Path) -> None:
    async def act(player: BackgroundAudioPlayer) -> None:
        await player.play(wave(tmp_path, 0.1))
        await asyncio.sleep(0.1)
        assert len(asyncio.all_tasks()) == 1
        await asyncio.sleep(100)
        await player.play(wave(tmp_path, 0.1))
        assert now() == pytest.approx(100.3, abs=1e-6)

    played(act)


def test_sounds_in_quick_succession_do_not_overlap_in_the_output(tmp_path: Path) -> None:
    async def act(player: BackgroundAudioPlayer) -> None:
        for _ in range(20):
            await player.play(wave(tmp_path, 0.013))
        assert now() == pytest.approx(19 * BLOCK_S + 0.013, abs=1e-6), (
            "done when it was heard, each behind the last block"
        )

    played(act).track(2, RATE)  # a track refuses two frames at one time


def test_a_block_costs_one_turn_of_the_loop(tmp_path: Path) -> None:
    """However many sounds there are."""
    blocks, turns = [0], [0]

    class Sink:
        """An output that takes what it is given."""

        async def capture_frame(self, frame: AudioFrame, /) -> None:
            blocks[0] += 1

        def flush(self) -> None: ...

        def clear_buffer(self) -> None: ...

    async def main() -> None:
        loop = asyncio.get_running_loop()
        once = loop._run_once  # type: ignore[attr-defined]

        def counted() -> None:
            turns[0] += 1
            once()

        player = BackgroundAudioPlayer()
        await player.start(output=Sink())  # type: ignore[arg-type]
        for number in range(5):
            player.play(wave(tmp_path, 1.0, 100 + number), loop=True)
        await asyncio.sleep(0.1)
        blocks[0] = 0
        loop._run_once = counted  # type: ignore[attr-defined]
        await asyncio.sleep(20.0)
        del loop._run_once  # type: ignore[attr-defined]
        await player.aclose()

    run_virtual(main)
    assert blocks[0] == 1_000
    assert turns[0] <= 1_002, "one for each block, and one or two for this test's own waiting"


def test_a_wait_can_be_cancelled_and_used_again() -> None:
    async def main() -> None:
        wake = Wake(asyncio.get_running_loop())
        await wake.at(1.5)
        assert now() == 1.5
        await wake.at(1.0)
        assert now() == 1.5, "what is past is due now"

        async def wait() -> None:
            await wake.at(100.0)

        waiting = asyncio.create_task(wait())
        await asyncio.sleep(1.0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert now() == 2.5
        await wake.at(3.0)
        assert now() == 3.0
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                await wake.at(9.0)
        assert now() == 4.0

    run_virtual(main)


def test_an_output_that_is_slow_is_waited_for(tmp_path: Path) -> None:
    class Slow(PacedOutput):
        """A sink that takes a tenth more time than its sound has."""

        async def capture_frame(self, frame: AudioFrame, /) -> None:
            await super().capture_frame(frame)
            await asyncio.sleep(0.022)

    async def act(player: BackgroundAudioPlayer) -> None:
        handle = player.play(wave(tmp_path, 2.0))
        await handle
        assert 2.0 <= now() <= 2.3
        assert handle.exception() is None

    played(act, Slow())


def test_an_output_that_fell_silent_once_is_not_behind_for_ever(tmp_path: Path) -> None:
    """A loop that was kept busy for 60 ms leaves a gap and no backlog: what changes later is heard as soon as ever."""

    changes_s = [1.0 + 0.103 * number for number in range(10)]

    async def act(player: BackgroundAudioPlayer) -> None:
        ambient = player.play(wave(tmp_path, 5.0), loop=True)
        await asyncio.sleep(0.5)
        loop: Any = asyncio.get_running_loop()
        loop._now_ns += 60_000_000
        loop._now = loop._now_ns / 1_000_000_000
        for number, change_s in enumerate(changes_s):
            await asyncio.sleep(change_s - now())
            ambient.volume = 2.0 + number
        await asyncio.sleep(0.2)

    track = played(act, PacedOutput(queue_s=1.0)).track(3, RATE).astype(int)
    assert 0.02 * RATE < np.count_nonzero(track[: 1 * RATE] == 0) < 0.06 * RATE
    for number, change_s in enumerate(changes_s):
        first = int(np.flatnonzero(track > 1_000 * (1 + number))[0]) / RATE
        assert 0 <= first - change_s <= LATEST_S + 1e-3


def test_an_output_that_breaks_fails_every_sound(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Unplugged(PacedOutput):
        """A sink that is gone after half a second."""

        async def capture_frame(self, frame: AudioFrame, /) -> None:
            if now() >= 0.5:
                raise OSError("no such device")
            await super().capture_frame(frame)

    async def act(player: BackgroundAudioPlayer) -> None:
        handles = [player.play(wave(tmp_path, 5.0)), player.play(wave(tmp_path, 3.0), loop=True)]
        for handle in handles:
            await handle
            assert 0.4 < now() < 0.6
            assert isinstance(handle.exception(), OSError)
        late = player.play(wave(tmp_path, 1.0))
        await late
        assert isinstance(late.exception(), OSError)

    played(act, Unplugged())
    assert caplog.text.count("no such device") == 3


def test_closing_drops_what_was_not_heard(tmp_path: Path) -> None:
    async def act(player: BackgroundAudioPlayer) -> None:
        player.play(wave(tmp_path, 5.0))
        await asyncio.sleep(1.234)

    track = played(act).track(2, RATE)
    assert np.flatnonzero(track)[-1] == pytest.approx(1.234 * RATE, abs=2)


def test_on_a_clock_that_does_not_wait(tmp_path: Path) -> None:
    """However late the loop is, no sample is lost and none is heard twice."""
    ear = Ear()
    sound = np.arange(1, 20_001)

    async def main() -> None:
        player = BackgroundAudioPlayer()
        await player.start(output=PacedOutput(on_played=ear.take))
        handle = player.play(wav(tmp_path, sound, rate=RATE))
        await handle
        await asyncio.sleep(0.1)
        await player.aclose()
        assert handle.exception() is None

    asyncio.run(main())
    heard = np.concatenate([samples_of(frame)[:, 0] for _, frame in ear.pieces])
    assert np.array_equal(heard[: len(sound)], sound)
    assert not np.any(heard[len(sound) :])
