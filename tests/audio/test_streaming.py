from __future__ import annotations

import asyncio
import os
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from kit.audio.errors import AudioFileError
from kit.audio.files import read_audio
from kit.audio.frames import samples_of
from kit.audio.streaming import stream_audio
from kit.audio.wav import HEADER_BYTES, wav_header
from kit.timing import run_virtual
from tests.audio.sounds import encoded, every_format, sweep

RATE = 48_000


def open_files() -> set[str]:
    return {os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.flac"
    path.write_bytes(encoded(sweep(RATE, 150_000, 2), RATE, "flac", "flac"))
    return path


@pytest.mark.parametrize("run", [asyncio.run, lambda coroutine: run_virtual(lambda: coroutine)])
@pytest.mark.parametrize("ahead_s", [0.0, 0.05, 1.0, 60.0])
def test_a_stream_is_the_whole(path: Path, run: object, ahead_s: float) -> None:
    async def main() -> list[object]:
        return [frame async for frame in stream_audio(path, 0.03, sample_rate=16_000, num_channels=1, ahead_s=ahead_s)]

    frames = run(main())  # type: ignore[operator]
    expected, _ = read_audio(path, sample_rate=16_000, num_channels=1)
    assert np.array_equal(np.concatenate([samples_of(frame) for frame in frames]), expected)
    assert {frame.samples_per_channel for frame in frames[:-1]} == {480}
    assert {(frame.sample_rate, frame.num_channels) for frame in frames} == {(16_000, 1)}


def test_no_more_is_read_than_was_asked_for(tmp_path: Path) -> None:
    """Ten hours, of which nobody takes more than a frame: 691 MB if they were read."""
    path = tmp_path / "long.wav"
    path.write_bytes(wav_header(RATE, 1, RATE * 36_000))
    os.truncate(path, HEADER_BYTES + 2 * RATE * 36_000)

    async def main() -> None:
        frames = stream_audio(path, ahead_s=2.0)
        await anext(frames)
        await asyncio.sleep(60)
        for _ in range(100):
            await anext(frames)
        await frames.aclose()

    tracemalloc.start()
    try:
        run_virtual(main)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def test_it_is_read_by_a_thread_and_the_loop_goes_on(path: Path) -> None:
    """The only thread that may read is held up; the loop does other things meanwhile, and then the frames come."""
    gate = threading.Event()

    async def main() -> int:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        held = loop.run_in_executor(None, gate.wait)
        frames = stream_audio(path)
        first = asyncio.ensure_future(anext(frames))
        for _ in range(50):
            await asyncio.sleep(0)
        assert not first.done()
        gate.set()
        await held
        count = (await first).samples_per_channel
        await frames.aclose()
        return count

    assert asyncio.run(main()) == 4_800


def test_who_stops_early_leaves_nothing_open(path: Path) -> None:
    async def main() -> None:
        frames = stream_audio(path)
        await anext(frames)
        assert str(path) in open_files()
        await frames.aclose()
        assert str(path) not in open_files()

    asyncio.run(main())


def test_who_is_cancelled_leaves_nothing_open(path: Path) -> None:
    """Before the file is open, while it is read, and between two frames."""

    async def listen(heard: asyncio.Event, wait_s: float) -> None:
        async for _ in stream_audio(path, 0.001):
            heard.set()
            await asyncio.sleep(wait_s)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        for wait_s in (0.0, 1000.0):
            for before_it_is_open in (True, False):
                gate, heard = threading.Event(), asyncio.Event()
                held = loop.run_in_executor(None, gate.wait) if before_it_is_open else None
                task = asyncio.create_task(listen(heard, wait_s))
                await (asyncio.sleep(0) if before_it_is_open else heard.wait())
                task.cancel()
                gate.set()
                with pytest.raises(asyncio.CancelledError):
                    await task
                if held is not None:
                    await held

    asyncio.run(main())
    assert str(path) not in open_files()


@pytest.mark.parametrize("ahead_s", [0.0, 60.0])
def test_what_comes_before_an_error_is_heard(path: Path, ahead_s: float) -> None:
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(4000)
    path.write_bytes(data)
    heard: list[int] = []

    async def main() -> None:
        async for frame in stream_audio(path, ahead_s=ahead_s):
            heard.append(frame.samples_per_channel)

    with pytest.raises(AudioFileError, match=r"a.flac: corrupt at \d\.\d\d s"):
        run_virtual(main)
    assert 40_000 < sum(heard) < 110_000


@pytest.mark.parametrize("name", ["none.wav", "text.mp3"])
def test_a_file_that_cannot_be_used_is_told_at_the_first_frame(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.mp3").write_text("hello")

    async def main() -> None:
        await anext(stream_audio(tmp_path / name))

    with pytest.raises(AudioFileError, match=name):
        run_virtual(main)


def test_every_format_streams(tmp_path: Path) -> None:
    async def main(path: Path) -> int:
        return sum([frame.samples_per_channel async for frame in stream_audio(path, 0.05)])

    for name, data in every_format().items():
        (tmp_path / name).write_bytes(data)
        assert run_virtual(main, tmp_path / name) == len(read_audio(tmp_path / name)[0])
