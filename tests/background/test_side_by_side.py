"""The player of livekit-agents and the kit's, with the same sounds: what the one loses, delays or hides, the other not.

Each test first shows what happens there, so that it fails when that has been mended.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from livekit.agents import AudioConfig as LiveKitAudioConfig
from livekit.rtc import AudioFrame

from kit import AudioConfig, BackgroundAudioPlayer
from kit.audio import AudioFileError, frame_from_samples
from kit.background import LazyOutput
from kit.timing import run_virtual
from kit.transports import PacedOutput
from tests.background.livekit_stage import RATE, HeardSource, livekit_player
from tests.background.stage import Ear, now, steps, wav

about = pytest.approx


def tone(duration_s: float, hertz: float = 1_000.0, *, rate: int = RATE, level: float = 8_000.0) -> np.ndarray:
    times = np.arange(round(duration_s * rate)) / rate
    return np.rint(level * np.sin(2 * np.pi * hertz * times)).astype(np.int16)


async def frames(samples: np.ndarray, rate: int = RATE) -> AsyncIterator[AudioFrame]:
    """The sound in frames of a tenth of a second, as fast as they are taken."""
    for start in range(0, len(samples), rate // 10):
        yield frame_from_samples(samples[start : start + rate // 10], rate)


def there(act: Callable[[Any, HeardSource], Awaitable[None]], until_s: float, **sounds: Any) -> np.ndarray:
    """What was heard of livekit-agents, in virtual time."""

    async def main() -> np.ndarray:
        async with livekit_player(**sounds) as (player, source):
            await act(player, source)
            await asyncio.sleep(max(0.0, until_s - now()))
            return source.track(until_s)

    return run_virtual(main)


def here(act: Callable[[BackgroundAudioPlayer], Awaitable[None]], until_s: float, **sounds: Any) -> np.ndarray:
    """What was heard of the kit, in virtual time."""
    ear = Ear()

    async def main() -> None:
        player = BackgroundAudioPlayer(**sounds)
        await player.start(output=LazyOutput(on_played=ear.take))
        await act(player)
        await asyncio.sleep(max(0.0, until_s - now()))
        await player.aclose()

    run_virtual(main)
    return ear.track(until_s, RATE)[: round(until_s * RATE)]


def pitch_and_length(track: np.ndarray) -> tuple[float, float]:
    """The strongest frequency in Hz, and how many seconds are not silent, to 5 ms."""
    spectrum = np.abs(np.fft.rfft(track.astype(float)))
    sounding = np.abs(track.astype(int)).reshape(-1, RATE // 200).max(axis=1) > 50
    return float(np.argmax(spectrum)) * RATE / len(track), np.count_nonzero(sounding) / 200


def test_a_single_sound_with_no_probability_is_not_played() -> None:
    async def act_there(player: Any, source: HeardSource) -> None:
        await player.play(LiveKitAudioConfig(frames(tone(0.5)), probability=0.0))

    async def act_here(player: BackgroundAudioPlayer) -> None:
        sound = frames(tone(0.5))
        assert player.play(AudioConfig(sound, probability=0.0)).done()
        await sound.aclose()

    assert np.any(there(act_there, 2.0)), "it plays there"
    assert not np.any(here(act_here, 2.0))


@pytest.mark.parametrize(("rate", "channels"), [(24_000, 1), (16_000, 1), (48_000, 2)])
def test_frames_of_another_rate_or_layout_keep_their_pitch_and_length(rate: int, channels: int) -> None:
    def source() -> AsyncIterator[AudioFrame]:
        return frames(np.column_stack([tone(1.0, rate=rate)] * channels), rate)

    async def act_there(player: Any, _: HeardSource) -> None:
        await player.play(source())

    async def act_here(player: BackgroundAudioPlayer) -> None:
        await player.play(source())

    pitch, length_s = pitch_and_length(there(act_there, 3.0))
    factor = RATE / rate / channels
    assert (pitch, length_s) == (about(1_000 * factor, rel=0.01), about(1 / factor, rel=0.05)), (
        "mixed unconverted there"
    )
    assert pitch_and_length(here(act_here, 3.0)) == (about(1_000, abs=1), about(1.0, rel=0.01))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    missing = str(tmp_path / "gone.wav")

    async def main_there() -> None:
        async with livekit_player() as (player, _):
            handle = player.play(missing)
            await handle
            assert handle.done()
            assert not hasattr(handle, "exception"), "it ends like a sound that was heard"

    async def act_here(player: BackgroundAudioPlayer) -> None:
        handle = await player.play(missing)
        assert isinstance(handle.exception(), AudioFileError)
        assert missing in str(handle.exception())

    asyncio.run(main_there())
    here(act_here, 0.1)


def test_a_source_that_breaks_is_told() -> None:
    async def broken() -> AsyncIterator[AudioFrame]:
        yield frame_from_samples(tone(0.1), RATE)
        raise OSError("no such device")

    async def act_there(player: Any, _: HeardSource) -> None:
        handle = await player.play(broken())
        assert not hasattr(handle, "exception")

    async def act_here(player: BackgroundAudioPlayer) -> None:
        handle = await player.play(broken())
        assert str(handle.exception()) == "no such device"
        assert now() == about(0.1), "and what came before it was heard"

    there(act_there, 1.0)
    here(act_here, 1.0)


def test_a_stalled_source_holds_up_no_other() -> None:
    async def stalled() -> AsyncIterator[AudioFrame]:
        yield frame_from_samples(np.zeros(RATE // 10, np.int16), RATE)
        await asyncio.sleep(1e6)

    async def act(player: Any, *_: object) -> None:
        player.play(stalled())
        player.play(frames(tone(2.0)))

    _, length_s = pitch_and_length(there(act, 2.0))
    assert length_s < 1.5, "half of it is missing by the time that it should be over"
    assert pitch_and_length(here(act, 2.0)) == (about(1_000, abs=1), about(2.0, rel=0.01))


def test_a_sound_is_heard_soon_beside_another() -> None:
    """A tone of half a second is played 2.05 s after a quieter ambient began; when is it heard?"""
    first: dict[str, float] = {}

    async def act(player: Any, *_: object) -> None:
        player.play(frames(np.full(5 * RATE, 100, np.int16)))
        await asyncio.sleep(2.05)
        player.play(frames(tone(0.5)))

    def delay_s(track: np.ndarray) -> float:
        return float(np.flatnonzero(np.abs(track.astype(int) - 100) > 200)[0]) / RATE - 2.05

    first["there"] = delay_s(there(act, 5.0))
    first["here"] = delay_s(here(act, 5.0))

    async def pushed() -> None:
        """The same into an output that is handed blocks, however much it would queue."""
        ear = Ear()
        player = BackgroundAudioPlayer()
        await player.start(output=PacedOutput(queue_s=0.4, on_played=ear.take))
        await act(player)
        await asyncio.sleep(2)
        await player.aclose()
        first["here, pushed"] = delay_s(ear.track(4.5, RATE))

    run_virtual(pushed)
    assert first["there"] > 0.4
    assert first["here"] < 0.001
    assert first["here, pushed"] <= 0.040


def test_an_ambient_sound_has_no_seam(tmp_path: Path) -> None:
    """A slope, over and over, which jumps back as far as it can. On a real clock there: files are read by threads."""
    sound = np.linspace(-8_000, 8_000, RATE // 2).astype(np.int16)
    path = wav(tmp_path, sound, rate=RATE)

    async def main_there() -> np.ndarray:
        async with livekit_player(ambient_sound=path) as (_, source):
            await source.wait_for(1.5)
            return np.concatenate([np.asarray(frame.data) for _, frame in source.heard])

    async def act_here(player: BackgroundAudioPlayer) -> None:
        await asyncio.sleep(1.5)

    assert steps(asyncio.run(main_there())).max() > 1_000 * steps(sound).max(), "it clicks there"
    heard = here(act_here, 1.5, ambient_sound=AudioConfig(path, fade_in=0))
    assert steps(heard).max() <= 4 * steps(sound).max()


def test_no_sample_of_a_file_is_lost(tmp_path: Path) -> None:
    """The start of a file is missing there; here it is heard to the sample."""
    sound = tone(0.5)
    path = wav(tmp_path, sound, rate=RATE)

    async def main_there() -> int:
        async with livekit_player() as (player, source):
            await player.play(path)
            await asyncio.sleep(0.2)
            return sum(np.count_nonzero(np.asarray(frame.data)) for _, frame in source.heard)

    async def act_here(player: BackgroundAudioPlayer) -> None:
        await player.play(path)

    assert asyncio.run(main_there()) < np.count_nonzero(sound) - RATE // 100
    assert np.array_equal(here(act_here, 0.5), sound)


def test_a_volume_can_be_changed_while_it_plays() -> None:
    async def act_there(player: Any, _: HeardSource) -> None:
        assert not hasattr(player.play(frames(tone(0.2))), "volume")

    async def act_here(player: BackgroundAudioPlayer) -> None:
        handle = player.play(frames(np.full(2 * RATE, 8_000, np.int16)))
        await asyncio.sleep(1.0)
        handle.volume = 0.25

    there(act_there, 0.5)
    track = here(act_here, 2.0)
    assert (int(track[RATE - 1]), int(track[RATE + 480])) == (8_000, 2_000)
    assert steps(track).max() <= 8_000 // 480 + 1
