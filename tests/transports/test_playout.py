from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from livekit.rtc import AudioFrame

from kit.audio.frames import frame_from_samples, samples_of, silence
from kit.ports import AudioOutput
from kit.timing import run_virtual
from kit.transports import PacedOutput

RATE = 24_000


@dataclass
class Heard:
    """A listener at the loudspeaker."""

    pieces: list[tuple[float, AudioFrame]] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)

    def output(self, **options: Any) -> PacedOutput:
        output = PacedOutput(on_played=lambda at, frame: self.pieces.append((at, frame)), **options)
        output.on_playback_started = self.starts.append
        return output

    @property
    def spans(self) -> list[tuple[float, float]]:
        """Start and length of each piece, rounded to a nanosecond."""
        return [(round(at, 9), round(frame.duration, 9)) for at, frame in self.pieces]

    @property
    def samples(self) -> list[int]:
        pieces = [samples_of(frame)[:, 0] for _, frame in self.pieces]
        return np.concatenate(pieces).tolist() if pieces else []


def counting(start: int, count: int, sample_rate: int = RATE) -> AudioFrame:
    """A frame of which each sample tells its place."""
    return frame_from_samples(np.arange(start, start + count, dtype=np.int16), sample_rate)


def now() -> float:
    return asyncio.get_running_loop().time()


def exactly(seconds: float) -> Any:
    return pytest.approx(seconds, abs=1e-6)


def test_an_output_that_has_nothing_to_play() -> None:
    async def main() -> None:
        output: AudioOutput = PacedOutput()
        assert output.playback_position_s == 0.0
        output.flush()
        assert await output.wait_for_playout() == 0.0

    run_virtual(main)


def test_a_speech_takes_its_length_and_two_waits() -> None:
    heard = Heard()

    async def main() -> None:
        output = heard.output()
        await asyncio.sleep(1.0)
        await output.capture_frame(silence(2.0, RATE))
        assert now() == exactly(2.9)
        assert output.playback_position_s == exactly(1.9)
        output.flush()
        assert await output.wait_for_playout() == exactly(2.0)
        assert now() == exactly(3.0)
        assert output.playback_position_s == exactly(2.0)

    run_virtual(main)
    assert heard.starts == [1.0]
    assert heard.spans == [(1.0, 2.0)]


def test_capture_returns_at_once_while_the_queue_is_short() -> None:
    async def main() -> None:
        output = PacedOutput(queue_s=0.1)
        for _ in range(5):
            await output.capture_frame(silence(0.02, RATE))
        assert now() == 0.0
        await output.capture_frame(silence(0.02, RATE))
        assert now() == exactly(0.02)

    run_virtual(main)


@pytest.mark.parametrize("sample_rate", [8_000, 11_025, 22_050, 44_100, 48_000])
def test_ten_thousand_frames_do_not_drift(sample_rate: int) -> None:
    async def main() -> float:
        output = PacedOutput()
        frame = silence(0.01, sample_rate)
        for _ in range(10_000):
            await output.capture_frame(frame)
        output.flush()
        assert await output.wait_for_playout() == exactly(10_000 * frame.samples_per_channel / sample_rate)
        return now() - 10_000 * frame.samples_per_channel / sample_rate

    assert run_virtual(main) == exactly(0.0)


def test_a_late_frame_plays_from_its_arrival() -> None:
    heard = Heard()

    async def main() -> None:
        output = heard.output()
        await output.capture_frame(silence(0.1, RATE))
        await asyncio.sleep(0.35)
        assert output.playback_position_s == exactly(0.1)
        await output.capture_frame(silence(0.1, RATE))
        output.flush()
        assert await output.wait_for_playout() == exactly(0.2)
        assert now() == exactly(0.45)

    run_virtual(main)
    assert heard.spans == [(0.0, 0.1), (0.35, 0.1)]
    assert heard.starts == [0.0]


def test_frames_of_another_rate_follow_without_a_gap() -> None:
    heard = Heard()

    async def main() -> None:
        output = heard.output()
        await output.capture_frame(silence(0.05, 48_000))
        await output.capture_frame(silence(0.05, 22_050))
        await output.capture_frame(silence(0.05, 16_000))
        output.flush()
        await output.wait_for_playout()

    run_virtual(main)
    ends = [at + frame.duration for at, frame in heard.pieces]
    assert [at for at, _ in heard.pieces[1:]] == [exactly(end) for end in ends[:-1]]


def test_an_empty_frame_is_nothing() -> None:
    heard = Heard()

    async def main() -> None:
        output = heard.output()
        await output.capture_frame(AudioFrame(b"", RATE, 1, 0))
        output.flush()
        assert await output.wait_for_playout() == 0.0

    run_virtual(main)
    assert heard == Heard()


def test_waiting_for_what_is_not_flushed_is_refused() -> None:
    async def main() -> None:
        output = PacedOutput()
        await output.capture_frame(silence(0.05, RATE))
        with pytest.raises(RuntimeError, match="flush"):
            await output.wait_for_playout()

    run_virtual(main)


def test_clearing_cuts_at_now_and_wakes_whoever_waits() -> None:
    heard = Heard()

    async def main() -> None:
        output = heard.output()
        capturing = asyncio.create_task(output.capture_frame(counting(0, 2 * RATE)))
        await asyncio.sleep(0.7305)
        output.clear_buffer()
        await capturing
        assert now() == exactly(0.7305)
        assert output.playback_position_s == exactly(0.7305)
        assert await output.wait_for_playout() == exactly(0.7305)
        assert now() == exactly(0.7305)

    run_virtual(main)
    assert heard.samples == list(range(17_532))


def test_clearing_wakes_wait_for_playout() -> None:
    async def main() -> None:
        output = PacedOutput()
        await output.capture_frame(silence(0.1, RATE))
        output.flush()
        waiting = asyncio.create_task(output.wait_for_playout())
        await asyncio.sleep(0.04)
        output.clear_buffer()
        assert await waiting == exactly(0.04)
        assert now() == exactly(0.04)

    run_virtual(main)


def test_after_clearing_a_new_segment_begins() -> None:
    heard = Heard()

    async def main() -> None:
        output = heard.output()
        await output.capture_frame(silence(0.1, RATE))
        await asyncio.sleep(0.05)
        output.clear_buffer()
        await asyncio.sleep(0.01)
        await output.capture_frame(silence(0.08, RATE))
        assert output.playback_position_s == 0.0
        output.flush()
        assert await output.wait_for_playout() == exactly(0.08)

    run_virtual(main)
    assert heard.spans == [(0.0, 0.05), (0.06, 0.08)]
    assert heard.starts == [0.0, exactly(0.06)]


def test_clearing_silence_keeps_what_the_last_segment_came_to() -> None:
    async def main() -> None:
        output = PacedOutput()
        output.clear_buffer()
        assert output.playback_position_s == 0.0
        await output.capture_frame(silence(0.1, RATE))
        output.flush()
        await output.wait_for_playout()
        output.clear_buffer()
        assert output.playback_position_s == exactly(0.1)
        assert await output.wait_for_playout() == exactly(0.1)

    run_virtual(main)


def test_a_cancelled_capture_leaves_its_frame_in_the_queue() -> None:
    async def main() -> None:
        output = PacedOutput()
        capturing = asyncio.create_task(output.capture_frame(silence(1.0, RATE)))
        await asyncio.sleep(0.2)
        capturing.cancel()
        await asyncio.wait([capturing])
        output.flush()
        assert await output.wait_for_playout() == exactly(1.0)
        assert now() == exactly(1.0)

    run_virtual(main)


def test_a_pause_freezes_the_position_and_playing_goes_on_from_there() -> None:
    heard = Heard()

    async def main() -> None:
        output = heard.output()
        capturing = asyncio.create_task(output.capture_frame(counting(0, RATE)))
        await asyncio.sleep(0.25)
        output.pause()
        output.pause()
        await asyncio.sleep(3.0)
        assert output.paused
        assert output.playback_position_s == exactly(0.25)
        assert not capturing.done()
        output.resume()
        output.resume()
        await capturing
        assert now() == exactly(3.9)
        output.flush()
        assert await output.wait_for_playout() == exactly(1.0)
        assert now() == exactly(4.0)

    run_virtual(main)
    assert heard.spans == [(0.0, 0.25), (3.25, 0.75)]
    assert heard.samples == list(range(RATE))
    assert heard.starts == [0.0]


def test_pauses_add_up() -> None:
    heard = Heard()

    async def main() -> None:
        output = heard.output()
        capturing = asyncio.create_task(output.capture_frame(counting(0, RATE)))
        for _ in range(3):
            await asyncio.sleep(0.2)
            output.pause()
            await asyncio.sleep(0.5)
            output.resume()
        assert output.playback_position_s == exactly(0.6)
        await capturing
        output.flush()
        assert await output.wait_for_playout() == exactly(1.0)
        assert now() == exactly(2.5)

    run_virtual(main)
    assert heard.spans == [(0.0, 0.2), (0.7, 0.2), (1.4, 0.2), (2.1, 0.4)]


def test_what_is_captured_in_a_pause_starts_with_its_end() -> None:
    heard = Heard()

    async def main() -> None:
        output = heard.output()
        output.pause()
        await asyncio.sleep(1.0)
        await output.capture_frame(silence(0.1, RATE))
        capturing = asyncio.create_task(output.capture_frame(silence(0.1, RATE)))
        await asyncio.sleep(1.0)
        assert output.playback_position_s == 0.0
        assert heard.starts == []
        output.resume()
        await capturing
        assert now() == exactly(2.1)

    run_virtual(main)
    assert heard.starts == [exactly(2.0)]


def test_clearing_in_a_pause_keeps_what_was_heard_and_the_pause() -> None:
    heard = Heard()

    async def main() -> None:
        output = heard.output()
        capturing = asyncio.create_task(output.capture_frame(silence(1.0, RATE)))
        await asyncio.sleep(0.4)
        output.pause()
        await asyncio.sleep(1.0)
        output.clear_buffer()
        await capturing
        assert now() == exactly(1.4)
        assert output.playback_position_s == exactly(0.4)
        assert output.paused

    run_virtual(main)
    assert heard.spans == [(0.0, 0.4)]


def test_a_segment_cleared_before_it_was_heard_never_started() -> None:
    heard = Heard()

    async def main() -> None:
        output = heard.output()
        output.pause()
        await output.capture_frame(silence(0.1, RATE))
        output.clear_buffer()
        output.resume()
        await asyncio.sleep(1.0)

    run_virtual(main)
    assert heard == Heard()


def test_a_segment_queued_behind_another_starts_at_its_end() -> None:
    heard = Heard()

    async def main() -> None:
        output = heard.output()
        await output.capture_frame(silence(0.06, RATE))
        output.flush()
        await output.capture_frame(silence(0.07, RATE))
        assert output.playback_position_s == exactly(0.03)
        await asyncio.sleep(0.04)
        assert output.playback_position_s == exactly(0.01)
        output.flush()
        assert await output.wait_for_playout() == exactly(0.07)

    run_virtual(main)
    assert heard.starts == [0.0, exactly(0.06)]
    assert heard.spans == [(0.0, 0.06), (0.06, 0.07)]


def test_settle_passes_on_what_was_heard_so_far() -> None:
    heard = Heard()

    async def main() -> None:
        output = heard.output()
        capturing = asyncio.create_task(output.capture_frame(counting(0, RATE)))
        for _ in range(3):
            await asyncio.sleep(0.2)
            output.settle()
        assert len(heard.samples) == exactly(0.6 * RATE)
        await capturing
        output.flush()
        await output.wait_for_playout()

    run_virtual(main)
    assert heard.samples == list(range(RATE))
    assert [at for at, _ in heard.pieces] == [0.0, exactly(0.2), exactly(0.4), exactly(0.6)]


def test_the_listener_may_interrupt_from_its_callback() -> None:
    async def main() -> None:
        output = PacedOutput()
        output.on_playback_started = lambda at: output.clear_buffer()
        await output.capture_frame(silence(1.0, RATE))
        assert now() == 0.0
        assert await output.wait_for_playout() == 0.0

    run_virtual(main)


milliseconds = st.integers(0, 400).map(lambda ms: ms / 1000)
instants = st.floats(0, 0.5, allow_subnormal=False)
speeches = st.lists(
    st.tuples(milliseconds, st.lists(st.tuples(st.integers(0, 1600), instants), min_size=1, max_size=4)), max_size=5
)
controls = st.lists(st.tuples(instants, st.sampled_from(["pause", "resume", "clear", "settle"])), max_size=12)


class Conversation:
    """Speeches and, at random moments, hands on the controls; the seconds heard, as the output tells them."""

    def __init__(self, sample_rate: int, queue_s: float) -> None:
        self.heard = Heard()
        self.output = self.heard.output(queue_s=queue_s)
        self.sample_rate = sample_rate
        self.seconds: list[float] = []
        self.cuts = 0
        self.speaking = False
        self.captured = False
        self.position = 0

    async def say(self, speeches: list[Any]) -> None:
        for pause_s, frames in speeches:
            await asyncio.sleep(pause_s)
            self.speaking = True
            self.captured = False
            for samples, gap_s in frames:
                self.captured = self.captured or samples > 0
                await self.output.capture_frame(counting(self.position, samples, self.sample_rate))
                self.position += samples
                if not self.speaking:
                    break
                await asyncio.sleep(gap_s)
                if not self.speaking:
                    break
            else:
                self.output.flush()
                if self.captured:
                    self.seconds.append(await self.output.wait_for_playout())
                self.speaking = False

    async def control(self, controls: list[tuple[float, str]]) -> None:
        output = self.output
        for wait_s, action in controls:
            await asyncio.sleep(wait_s)
            if action == "clear":
                self.clear()
            elif action == "pause":
                output.pause()
            elif action == "resume":
                output.resume()
            else:
                output.settle()
        output.resume()

    def clear(self) -> None:
        """Cut the speech short, as an interruption does."""
        output = self.output
        waiting = output._latest.flushed and not output._latest.ended
        if self.speaking and self.captured and not waiting:
            self.seconds.append(output.playback_position_s)
            self.captured = False
        self.speaking = False
        self.cuts += 1
        before = output.playback_position_s
        output.clear_buffer()
        assert output.playback_position_s == exactly(before)

    async def run(self, speeches: list[Any], controls: list[tuple[float, str]]) -> Conversation:
        tasks: list[Coroutine[Any, Any, None]] = [self.say(speeches), self.control(controls)]
        await asyncio.gather(*tasks)
        self.output.settle()
        return self


@settings(max_examples=150)
@given(speeches, controls, st.sampled_from([8_000, 22_050, 24_000]), st.sampled_from([0.0, 0.02, 0.1, 0.5]))
def test_what_was_heard_adds_up(
    speeches: list[Any], controls: list[tuple[float, str]], sample_rate: int, queue_s: float
) -> None:
    talk = run_virtual(lambda: Conversation(sample_rate, queue_s).run(speeches, controls))
    pieces = talk.heard.pieces
    sample_s = 1 / sample_rate
    assert sum(frame.duration for _, frame in pieces) == pytest.approx(
        sum(talk.seconds), abs=(talk.cuts + 0.01) * sample_s
    )
    for (at, frame), (next_at, _) in pairwise(pieces):
        assert at + frame.duration <= next_at + 1e-7
    samples = talk.heard.samples
    assert all(earlier < later for earlier, later in pairwise(samples))
    if not talk.cuts:
        assert samples == list(range(talk.position))
    heard_segments = sum(seconds > sample_s for seconds in talk.seconds)
    assert len(talk.heard.starts) >= heard_segments
    if not any(action == "pause" for _, action in controls):
        began = {round(at, 6) for at, _ in pieces}
        assert sum(round(start, 6) in began for start in talk.heard.starts) >= heard_segments


def test_a_device_that_gathers_sound_first_is_heard_that_much_later() -> None:
    async def main() -> tuple[Heard, list[float]]:
        heard, ahead = Heard(), []
        output = heard.output(queue_s=0.12, lead_s=0.1)
        for start in range(0, RATE // 2, RATE // 50):
            ahead.append(output.ahead_s)
            await output.capture_frame(counting(start, RATE // 50))
        output.flush()
        assert await output.wait_for_playout() == exactly(0.5)
        return heard, ahead

    heard, ahead = run_virtual(main)
    assert heard.starts == [exactly(0.1)]
    assert heard.spans[0] == (0.1, 0.02)
    assert heard.samples == list(range(RATE // 2))
    assert ahead[:2] == [0.0, exactly(0.12)]
    assert max(ahead) <= 0.12 + 1e-6
    assert min(ahead[1:]) >= 0.1 - 1e-6
