from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from livekit.rtc import AudioFrame

from kit.audio.errors import AudioFileError
from kit.audio.files import read_audio
from kit.audio.frames import samples_of
from kit.audio.levels import speech_bounds
from kit.audio.wav import write_wav
from kit.ports import SPEECH_MARK
from kit.timing import run_virtual
from kit.transports import AudioFileInput, InputClosed

RATE = 16_000


def exactly(seconds: float) -> Any:
    return pytest.approx(seconds, abs=1e-9)


def now() -> float:
    return asyncio.get_running_loop().time()


def heard(user: AudioFileInput, frames: list[AudioFrame]) -> Any:
    assert {(frame.sample_rate, frame.num_channels) for frame in frames} == {(user.sample_rate, 1)}
    return np.concatenate([samples_of(frame)[:, 0] for frame in frames])


async def listen(user: AudioFileInput) -> list[AudioFrame]:
    """All frames; each must arrive when its last sample has been spoken."""
    frames, start, samples = [], now(), 0
    async for frame in user:
        samples += frame.samples_per_channel
        assert now() == exactly(start + samples / user.sample_rate)
        frames.append(frame)
    return frames


@pytest.mark.parametrize("frame_s", [0.02, 0.1, 1.0])
def test_turns_are_said_when_they_are_called_for(speech_dir: Path, frame_s: float) -> None:
    paths = [speech_dir / "cards-001.wav", speech_dir / "goforward.wav"]
    first, second = (read_audio(path)[0][:, 0] for path in paths)

    async def main() -> None:
        user = AudioFileInput(paths, lead_s=0.3, frame_s=frame_s)
        listening = asyncio.create_task(listen(user))
        turn = user.next_turn()
        assert turn is not None
        assert await turn.wait() == exactly(0.3 + len(first) / RATE)
        await asyncio.sleep(2.0)
        other = user.next_turn(pause_s=0.25)
        assert other is not None
        user.finish()
        frames = await listening
        assert user.next_turn() is None
        assert other.began_at == pytest.approx(2.55 + len(first) / RATE, abs=1 / RATE)
        assert other.ended_at == exactly(now())
        assert [utterance.name for utterance in user.spoken] == ["cards-001.wav", "goforward.wav"]
        lead, gap = np.zeros(4_800, np.int16), np.zeros(36_000, np.int16)
        assert np.array_equal(heard(user, frames), np.concatenate([lead, first, gap, second]))

    run_virtual(main)


def test_a_turn_called_for_while_another_is_said_comes_behind_it(speech_dir: Path) -> None:
    async def main() -> None:
        user = AudioFileInput([speech_dir / "cards-001.wav"] * 2)
        first, second = user.next_turn(), user.next_turn(pause_s=0.5)
        user.finish()
        await listen(user)
        assert first is not None
        assert second is not None
        assert first.ended_at is not None
        assert second.began_at == exactly(first.ended_at + 0.5)

    run_virtual(main)


def test_files_of_any_form_become_mono_at_the_rate(tmp_path: Path) -> None:
    left = np.zeros(48_000, np.int16)
    left[12_000:36_000] = np.rint(8_000 * np.sin(np.arange(24_000) / 48_000 * 2 * np.pi * 300))
    write_wav(tmp_path / "stereo.wav", np.stack([left, np.zeros_like(left)], axis=1), 48_000)

    async def main() -> None:
        user = AudioFileInput([tmp_path / "stereo.wav"], sample_rate=16_000)
        user.next_turn()
        user.finish()
        samples = heard(user, await listen(user))
        assert len(samples) == 16_000
        assert np.abs(samples).max() == pytest.approx(4_000, rel=0.02)
        assert speech_bounds(samples, 16_000)[0] == pytest.approx((0.25, 0.75), abs=0.005)

    run_virtual(main)


def test_any_sound_can_be_said_and_marked(speech_dir: Path) -> None:
    async def main() -> None:
        user = AudioFileInput([speech_dir / "cards-001.wav"], texts=["ten of clubs"])
        user.say(np.ones(480, np.int16), text="beep")
        user.next_turn()
        user.finish()
        frames = await listen(user)
        marked = [frame.userdata[SPEECH_MARK] for frame in frames if SPEECH_MARK in frame.userdata]
        assert [(mark.kind, mark.text) for mark in marked] == [
            ("start", "beep"),
            ("end", "beep"),
            ("start", "ten of clubs"),
            ("end", "ten of clubs"),
        ]
        with pytest.raises(InputClosed):
            user.say(np.ones(480, np.int16))
        with pytest.raises(ValueError, match="samples"):
            AudioFileInput().say(np.ones(0, np.int16))

    run_virtual(main)


def test_closing_ends_it_at_once(speech_dir: Path) -> None:
    async def main() -> None:
        user = AudioFileInput([speech_dir / "goforward.wav"])
        turn = user.next_turn()
        listening = asyncio.create_task(listen(user))
        await asyncio.sleep(0.505)
        await user.aclose()
        assert len(await listening) == 25
        assert turn is not None
        with pytest.raises(InputClosed):
            await turn.wait()

    run_virtual(main)


def test_the_recorder_gets_each_frame_with_its_place(speech_dir: Path) -> None:
    places: list[tuple[float, float]] = []

    async def main() -> None:
        user = AudioFileInput(
            [speech_dir / "cards-001.wav"], on_frame=lambda at, frame: places.append((at, frame.duration))
        )
        user.next_turn()
        user.finish()
        await asyncio.sleep(5.0)
        await listen(user)

    run_virtual(main)
    assert places[0] == (5.0, 0.02)
    assert [at for at, _ in places[1:]] == [exactly(at + length) for at, length in places[:-1]]


def test_what_is_wrong_is_told_before_anything_is_said(tmp_path: Path, speech_dir: Path) -> None:
    write_wav(tmp_path / "quiet.wav", np.zeros(1_000, np.int16), RATE)
    good = speech_dir / "goforward.wav"
    with pytest.raises(AudioFileError, match=r"quiet\.wav: silent"):
        AudioFileInput([good, tmp_path / "quiet.wav"])
    with pytest.raises(AudioFileError, match=r"gone\.wav: no such file"):
        AudioFileInput([good, tmp_path / "gone.wav"])
    with pytest.raises(ValueError, match="1 texts for 2 files"):
        AudioFileInput([good, good], texts=["go forward ten meters"])
