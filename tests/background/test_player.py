from __future__ import annotations

import asyncio
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit import AudioConfig, BackgroundAudioPlayer, BuiltinAudioClip, PlayHandle
from kit.audio import AudioFileError
from kit.audio.clips import ClipCache
from kit.audio.ramps import crossfade
from kit.background import LazyOutput
from kit.timing import run_virtual
from tests.background.stage import RATE, Ear, constant, frames, noise, now, play, sine, steps, wav


def exactly(seconds: float) -> Any:
    return pytest.approx(seconds, abs=1e-9)


# when


def test_a_sound_is_heard_at_once_and_as_it_is(tmp_path: Path) -> None:
    sound = noise(0.5)

    async def act(player: BackgroundAudioPlayer) -> None:
        await asyncio.sleep(1.25)
        handle = player.play(wav(tmp_path, sound))
        assert not handle.done()
        assert await handle is handle
        assert now() == exactly(1.75)
        assert handle.done()
        assert handle.exception() is None

    track = play(act).track(3)
    assert np.array_equal(track[10_000:14_000], sound)
    assert not np.any(track[:10_000])
    assert not np.any(track[14_000:])


@settings(max_examples=25)
@given(st.floats(0, 50), st.integers(1, 3 * RATE))
def test_any_time_and_length(tmp_path_factory: pytest.TempPathFactory, at: float, samples: int) -> None:
    path = wav(tmp_path_factory.mktemp("any"), np.full(samples, 700))

    async def act(player: BackgroundAudioPlayer) -> None:
        await asyncio.sleep(at)
        await player.play(path)
        assert now() == pytest.approx(at + samples / RATE, abs=1e-6)

    ear = play(act)
    assert ear.pieces[0][0] == pytest.approx(at, abs=1e-9)
    assert sum(frame.samples_per_channel for _, frame in ear.pieces) == samples


def test_sounds_beside_each_other_are_added(tmp_path: Path) -> None:
    one, two = wav(tmp_path, constant(1.0, 1_000), "one"), wav(tmp_path, constant(1.0, 30), "two")

    async def act(player: BackgroundAudioPlayer) -> None:
        first = player.play(one)
        await asyncio.sleep(0.5)
        second = player.play(AudioConfig(two, volume=0.5))
        await first
        assert now() == exactly(1.0)
        await second
        assert now() == exactly(1.5)

    track = play(act).track(2)
    assert [set(part) for part in np.split(track[:12_000], 3)] == [{1_000}, {1_015}, {15}]


def test_another_rate_and_layout_is_converted(tmp_path: Path) -> None:
    stereo = np.column_stack([sine(2.0), sine(2.0)])  # as 16 kHz: 1 s of 400 Hz
    path = wav(tmp_path, stereo, rate=2 * RATE)

    async def act(player: BackgroundAudioPlayer) -> None:
        await player.play(path)
        assert now() == pytest.approx(1.0, abs=1e-3)

    assert int(np.argmax(np.abs(np.fft.rfft(play(act).track(1)[:RATE])))) == 400


def test_a_run_is_repeated_to_the_bit(tmp_path: Path) -> None:
    paths = [wav(tmp_path, noise(0.7, seed), str(seed)) for seed in range(3)]

    async def act(player: BackgroundAudioPlayer) -> None:
        loop = player.play(AudioConfig(paths[0], fade_out=0.33), loop=True)
        for _ in range(5):
            player.play([AudioConfig(path, probability=0.3) for path in paths])
            await asyncio.sleep(0.31)
        loop.volume = 0.4
        await asyncio.sleep(0.111)
        loop.stop()
        await asyncio.sleep(1)

    first, second = play(act), play(act)
    assert [(at, bytes(frame.data)) for at, frame in first.pieces] == [
        (at, bytes(frame.data)) for at, frame in second.pieces
    ]
    assert len(first.pieces) > 5


def test_a_long_ambient_costs_nothing_while_nothing_changes(tmp_path: Path) -> None:
    """No timer and no task: only what the test itself waits for moves the clock."""

    async def act(player: BackgroundAudioPlayer) -> None:
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1
        await asyncio.sleep(600)

    ear = play(act, ambient_sound=AudioConfig(wav(tmp_path, constant(3.0)), fade_in=0))
    assert len(ear.pieces) == 600
    assert ear.pieces[-1][0] == exactly(599.0)


# how it ends


def test_stopped_without_a_fade_it_is_done_at_once_and_dies_away(tmp_path: Path) -> None:
    async def act(player: BackgroundAudioPlayer) -> None:
        handle = player.play(wav(tmp_path, constant(5.0, 8_000)))
        await asyncio.sleep(1.0)
        handle.stop()
        assert handle.done()
        handle.stop()
        await asyncio.sleep(1.0)

    track = play(act).track(2)
    assert set(track[:RATE]) == {8_000}
    assert not np.any(track[RATE + 80 :])
    assert steps(track[RATE - 1 :]).max() < 8_000 / 40


def test_stopped_with_a_fade_it_is_done_after_it(tmp_path: Path) -> None:
    async def act(player: BackgroundAudioPlayer) -> None:
        handle = player.play(AudioConfig(wav(tmp_path, constant(5.0, 8_000)), fade_out=0.5))
        await asyncio.sleep(1.0)
        handle.stop()
        assert not handle.done()
        await handle
        assert now() == exactly(1.5)

    track = play(act).track(2)
    assert track[10_000] == pytest.approx(8_000 * np.cos(np.pi / 4), rel=0.01)
    assert not np.any(track[12_000:])


def test_a_fade_that_is_longer_than_the_sound(tmp_path: Path) -> None:
    async def act(player: BackgroundAudioPlayer) -> None:
        handle = player.play(AudioConfig(wav(tmp_path, constant(1.0)), fade_out=10.0))
        await asyncio.sleep(0.5)
        handle.stop()
        await handle
        assert now() == exactly(1.0)

    play(act)


def test_stopped_before_it_was_heard(tmp_path: Path) -> None:
    async def act(player: BackgroundAudioPlayer) -> None:
        handle = player.play(wav(tmp_path, constant(1.0)))
        handle.stop()
        assert handle.done()
        await asyncio.sleep(1)

    assert play(act).pieces == []


def test_callbacks_hear_of_the_end(tmp_path: Path) -> None:
    told: list[tuple[PlayHandle, float]] = []

    async def act(player: BackgroundAudioPlayer) -> None:
        handle = player.play(wav(tmp_path, constant(1.0)))

        def tell(ended: PlayHandle) -> None:
            told.append((ended, now()))

        def never(_: PlayHandle) -> None:
            raise AssertionError

        handle.add_done_callback(tell)
        handle.add_done_callback(never)
        assert handle.remove_done_callback(never) == 1
        with pytest.raises(asyncio.InvalidStateError):
            handle.exception()
        await handle.wait_for_playout()
        handle.add_done_callback(tell)
        await asyncio.sleep(0)
        assert told == [(handle, exactly(1.0))] * 2

    play(act)


def test_a_callback_runs_in_the_context_in_which_it_was_added(tmp_path: Path) -> None:
    call: ContextVar[str] = ContextVar("call", default="")
    told: list[str] = []

    async def act(player: BackgroundAudioPlayer) -> None:
        handle = player.play(wav(tmp_path, constant(0.5)))
        call.set("the first")
        handle.add_done_callback(lambda _: told.append(call.get()))
        call.set("the second")
        handle.add_done_callback(lambda _: told.append(call.get()))
        call.set("none")
        await handle
        handle.add_done_callback(lambda _: told.append(call.get()))
        await asyncio.sleep(0)

    play(act)
    assert told == ["the first", "the second", "none"]


def test_one_who_waits_may_give_up_and_the_sound_plays_on(tmp_path: Path) -> None:
    async def act(player: BackgroundAudioPlayer) -> None:
        handle = player.play(wav(tmp_path, constant(2.0)))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(handle.wait_for_playout(), 0.5)
        assert not handle.done()
        await handle
        assert now() == exactly(2.0)

    play(act)


# how loud


def test_volume_is_set_while_it_plays(tmp_path: Path) -> None:
    async def act(player: BackgroundAudioPlayer) -> None:
        handle = player.play(AudioConfig(wav(tmp_path, constant(3.0, 4_000)), volume=0.5))
        assert handle.volume == 0.5
        await asyncio.sleep(1.0)
        handle.volume = 1.5
        assert handle.volume == 1.5
        await asyncio.sleep(1.0)
        handle.volume = 0

    track = play(act).track(3)
    assert set(track[:RATE]) == {2_000}
    assert set(track[RATE + 80 : 2 * RATE]) == {6_000}
    assert track[RATE + 40] == pytest.approx(4_000, abs=60), "half of a ramp of 10 ms"
    assert not np.any(track[2 * RATE + 80 :])


@pytest.mark.parametrize("volume", [-1, float("nan")])
def test_no_such_volume(tmp_path: Path, volume: float) -> None:
    async def act(player: BackgroundAudioPlayer) -> None:
        handle = player.play(wav(tmp_path, constant(1.0)))
        with pytest.raises(ValueError, match="volume = "):
            handle.volume = volume

    play(act)


# over and over


def test_a_loop_on_demand_keeps_its_beat_and_does_not_click(tmp_path: Path) -> None:
    sound = sine(1.0 + 1 / 800, 200)  # ends at a crest

    async def act(player: BackgroundAudioPlayer) -> None:
        handle = player.play(wav(tmp_path, sound), loop=True)
        await asyncio.sleep(10)
        assert not handle.done()
        handle.stop()

    track = play(act).track(9.9)
    assert steps(track).max() <= 1.45 * steps(sound).max()
    period = len(sound) - 80
    assert np.array_equal(track[:period], sound[:period])
    assert np.array_equal(track[period : period + 80], crossfade(sound[-80:], sound[:80]))
    assert np.array_equal(track[period : 2 * period], track[2 * period : 3 * period])


def short_term_db(track: np.ndarray, window_s: float = 0.02) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(track.astype(float), round(window_s * RATE))
    return 10 * np.log10(np.mean(windows**2, axis=1))


@pytest.mark.parametrize(
    "sound",
    [sine(1.0, 200), sine(1.0 + 1 / 800, 200), sine(1.003, 333.3), sine(0.2, 217.9), sine(0.2, 200)],
    ids=["made for it", "ends at a crest", "cut", "shorter than the blend", "shorter, and made for it"],
)
def test_the_ambient_sound_has_no_seam_and_is_as_loud_there(tmp_path: Path, sound: np.ndarray) -> None:
    """No step, and no change of level by 0.5 dB in any 20 ms of half a minute."""

    async def act(player: BackgroundAudioPlayer) -> None:
        await asyncio.sleep(30)

    track = play(act, ambient_sound=AudioConfig(wav(tmp_path, sound), fade_in=0)).track(30)[: 30 * RATE]
    assert np.array_equal(track[: len(sound) // 2], sound[: len(sound) // 2])
    assert steps(track).max() <= 1.1 * steps(sound).max()
    own, heard = short_term_db(sound), short_term_db(track)
    assert own.min() - 0.5 < heard.min()
    assert heard.max() < own.max() + 0.5


@pytest.mark.parametrize("loop", ["ambient", "on demand"])
@pytest.mark.parametrize("clip", list(BuiltinAudioClip), ids=lambda clip: clip.name)
def test_a_built_in_clip_is_looped_as_it_is(clip: BuiltinAudioClip, loop: str) -> None:
    """Whatever is to be heard at its seam, it was made so."""

    async def act(player: BackgroundAudioPlayer) -> None:
        if loop == "on demand":
            player.play(clip, loop=True)
        await asyncio.sleep(70)

    ambient = AudioConfig(clip, fade_in=0) if loop == "ambient" else None
    track = play(act, ambient_sound=ambient).track(70)[: 70 * RATE]
    samples = ClipCache().load(clip.path(), RATE)
    assert samples is not None
    assert np.array_equal(track, np.resize(samples, 70 * RATE))


def test_frames_cannot_be_looped() -> None:
    async def act(player: BackgroundAudioPlayer) -> None:
        source = frames(constant(1.0))
        with pytest.raises(ValueError, match="cannot be looped"):
            player.play(source, loop=True)
        await source.aclose()

    play(act)


# chance


def test_silence_by_chance_is_done_at_once() -> None:
    async def act(player: BackgroundAudioPlayer) -> None:
        for audio in (AudioConfig("a.wav", probability=0), [AudioConfig("a.wav", probability=0)], []):
            handle = player.play(audio)
            assert handle.done()
            assert handle.exception() is None
            await handle

    assert play(act).pieces == []


# what goes wrong


@pytest.mark.parametrize("loop", [False, True])
def test_a_missing_file_fails_its_handle_only(tmp_path: Path, caplog: pytest.LogCaptureFixture, loop: bool) -> None:
    async def act(player: BackgroundAudioPlayer) -> None:
        other = player.play(wav(tmp_path, constant(1.0)))
        handle = player.play("no/such/file.wav", loop=loop)
        await handle
        assert now() == 0
        assert isinstance(handle.exception(), AudioFileError)
        await other
        assert now() == exactly(1.0)

    assert set(play(act).track(0.9)) == {1_000}
    assert "no/such/file.wav: no such file" in caplog.text


def test_a_name_that_is_no_clip_lists_the_clips() -> None:
    async def act(player: BackgroundAudioPlayer) -> None:
        handle = player.play("office_ambiance")
        await handle
        assert "those are office_ambience, keyboard_typing, keyboard_typing2" in str(handle.exception())

    play(act)


def test_a_broken_file_fails(tmp_path: Path) -> None:
    path = tmp_path / "broken.mp3"
    path.write_bytes(b"ID3 this is no music" * 100)

    async def act(player: BackgroundAudioPlayer) -> None:
        handle = player.play(str(path))
        await handle
        assert isinstance(handle.exception(), AudioFileError)

    play(act)


def test_the_life_of_a_player(tmp_path: Path) -> None:
    async def main() -> None:
        player = BackgroundAudioPlayer()
        with pytest.raises(RuntimeError, match="not started"):
            player.play("a.wav")
        await player.start()
        with pytest.raises(RuntimeError, match="started before"):
            await player.start()
        handle = player.play(wav(tmp_path, constant(9.0)), loop=True)
        await asyncio.sleep(1)
        await player.aclose()
        assert handle.done()
        assert handle.exception() is None
        await player.aclose()
        for again in (lambda: player.play("a.wav"), player.start):
            with pytest.raises(RuntimeError, match="closed: make a new BackgroundAudioPlayer"):
                result = again()
                await result
        await BackgroundAudioPlayer().aclose()
        assert len(asyncio.all_tasks()) == 1

    run_virtual(main)


def test_what_cannot_be_started() -> None:
    async def main() -> None:
        with pytest.raises(NotImplementedError, match="output"):
            await BackgroundAudioPlayer().start(room=object())
        with pytest.raises(ValueError, match="agent_session"):
            await BackgroundAudioPlayer(thinking_sound="a.wav").start()
        with pytest.raises(TypeError, match="source"):
            BackgroundAudioPlayer(ambient_sound=3)  # type: ignore[arg-type]
        player = BackgroundAudioPlayer()
        await player.start(room=object(), output=LazyOutput())
        await player.aclose()

    run_virtual(main)


def test_the_built_in_clips_play() -> None:
    async def act(player: BackgroundAudioPlayer) -> None:
        for clip in BuiltinAudioClip:
            handle = player.play(clip)
            await handle
            assert handle.exception() is None
            assert handle.source == clip.name.lower()
        assert now() == pytest.approx(32 + 10 + 3.5, abs=0.01)

    play(act)


def test_nothing_is_heard_where_nobody_listens(tmp_path: Path) -> None:
    """The same times without a listener, who would cost the mixing."""

    async def main() -> float:
        player = BackgroundAudioPlayer()
        await player.start()
        player.play(wav(tmp_path, noise(0.3)), loop=True)
        await player.play(wav(tmp_path, noise(2.0), "longer"))
        await player.aclose()
        return now()

    assert run_virtual(main) == exactly(2.0)


def test_a_listener_is_not_told_of_silence(tmp_path: Path) -> None:
    async def act(player: BackgroundAudioPlayer) -> None:
        await asyncio.sleep(100)
        await player.play(wav(tmp_path, constant(0.5)))
        await asyncio.sleep(100)

    ear: Ear = play(act)
    assert [(at, frame.duration) for at, frame in ear.pieces] == [(exactly(100.0), exactly(0.5))]
