"""A page's microphone and speaker, in virtual time: the page is what sends blocks, and what gets messages."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import numpy as np
import pytest
from livekit.rtc import AudioFrame

from kit.audio.frames import frame_from_samples, samples_of
from kit.ports import SPEECH_MARK
from kit.timing import run_virtual
from kit.transports import InputClosed, PageMicrophone, PageSpeaker

PAGE_RATE = 48_000
BLOCK = PAGE_RATE // 50


def tone(start: int, count: int, rate: int = PAGE_RATE) -> bytes:
    t = np.arange(start, start + count) / rate
    return np.rint(8000 * np.sin(2 * np.pi * 440 * t)).astype(np.int16).tobytes()


class Ear:
    """Listens to a microphone, and notes when it got what."""

    def __init__(self, **options: Any) -> None:
        self.frames: list[tuple[float, float, AudioFrame]] = []
        self._at = 0.0
        self.microphone = PageMicrophone(on_frame=self._note, **options)
        self._task = asyncio.get_running_loop().create_task(self._listen())

    def _note(self, at: float, frame: AudioFrame) -> None:
        self.frames.append((asyncio.get_running_loop().time(), at, frame))

    async def _listen(self) -> None:
        async for _ in self.microphone:
            pass

    async def end(self) -> None:
        await self.microphone.aclose()
        await self._task

    @property
    def sound(self) -> np.ndarray[Any, np.dtype[np.int16]]:
        return np.concatenate([samples_of(frame)[:, 0] for _, _, frame in self.frames])

    def loud(self, start_s: float, end_s: float) -> float:
        """The share of loud samples between two times, by the times that the frames tell."""
        parts = [samples_of(frame)[:, 0] for _, at, frame in self.frames if start_s <= at + 1e-6 < end_s]
        return float((np.abs(np.concatenate(parts)) > 500).mean()) if parts else 0.0

    async def speak(self, blocks: int, *, start: int = 0, every_s: float = 0.02) -> int:
        """Blocks of a tone from the page, in real time. Returns the page's count behind them."""
        for number in range(blocks):
            await asyncio.sleep(every_s)
            position = start + number * BLOCK
            self.microphone.push(tone(position, BLOCK), position, PAGE_RATE)
        return start + blocks * BLOCK


def test_sound_of_the_page_comes_as_frames_of_20_ms_at_the_rate_that_is_wanted() -> None:
    async def main() -> Ear:
        ear = Ear()
        await asyncio.sleep(0)
        await ear.speak(100)
        await ear.end()
        return ear

    ear = run_virtual(main)
    assert {frame.samples_per_channel for *_, frame in ear.frames} == {320}
    assert {frame.sample_rate for *_, frame in ear.frames} == {16_000}
    spectrum = np.abs(np.fft.rfft(ear.sound[8_000:24_000]))
    assert int(spectrum.argmax()) == 440
    assert ear.loud(0.2, 1.9) > 0.9
    assert all(now - at <= 0.02 + 0.021 for now, at, _ in ear.frames[10:])


def test_without_a_page_there_is_silence_that_keeps_time() -> None:
    async def main() -> Ear:
        ear = Ear()
        await asyncio.sleep(10.001)
        assert not ear.microphone.present
        await ear.end()
        return ear

    ear = run_virtual(main)
    assert len(ear.sound) == 10 * 16_000
    assert not ear.sound.any()
    assert [round(at, 6) for _, at, _ in ear.frames[:3]] == [0.0, 0.02, 0.04]
    assert all(abs(now - at - 0.02) < 1e-6 for now, at, _ in ear.frames)


def test_what_is_missing_in_the_count_is_silence_so_that_time_is_kept() -> None:
    async def main() -> Ear:
        ear = Ear()
        await asyncio.sleep(0)
        position = await ear.speak(50)
        await asyncio.sleep(3.0)  # the tab slept, and its clock went on
        await ear.speak(50, start=position + 3 * PAGE_RATE)
        await ear.end()
        return ear

    ear = run_virtual(main)
    assert len(ear.sound) / 16_000 == pytest.approx(5.0, abs=0.06)
    assert ear.loud(0.1, 0.9) > 0.9
    assert ear.loud(1.2, 3.8) == 0.0
    assert ear.loud(4.2, 4.9) > 0.9


def test_sound_that_comes_late_in_a_heap_is_kept() -> None:
    async def main() -> Ear:
        ear = Ear()
        await asyncio.sleep(0)
        position = await ear.speak(50)
        await asyncio.sleep(2.0)  # the way from the page was blocked
        for start in range(position, position + 2 * PAGE_RATE, BLOCK):
            ear.microphone.push(tone(start, BLOCK), start, PAGE_RATE)
        await asyncio.sleep(0.1)
        await ear.end()
        return ear

    ear = run_virtual(main)
    assert (np.abs(ear.sound) > 500).sum() / 16_000 == pytest.approx(3 * 0.955, abs=0.06)
    late = [at for now, at, _ in ear.frames if now >= 3.0]
    assert late[0] == pytest.approx(1.0, abs=0.05)  # it stands in its own time, and in its own order
    assert np.diff(late[:100]) == pytest.approx(0.02)
    assert ear.loud(1.1, 2.9) > 0.45  # what was given there before was silence


def test_a_loop_that_stood_still_gives_the_page_time_to_catch_up() -> None:
    """What the page sent meanwhile stands where silence would, so that nothing is heard twice as long."""

    async def main() -> Ear:
        ear = Ear()
        await asyncio.sleep(0)
        position = await ear.speak(50)
        _stand_still(3.0)
        for number, start in enumerate(range(position, position + 3 * PAGE_RATE, BLOCK)):
            if number % 10 == 0:
                await asyncio.sleep(0.01)  # one after another, but fast
            ear.microphone.push(tone(start, BLOCK), start, PAGE_RATE)
        await ear.speak(40, start=position + 3 * PAGE_RATE)
        await ear.end()
        return ear

    ear = run_virtual(main)
    assert len(ear.sound) / 16_000 == pytest.approx(4.8, abs=0.1)
    assert (np.abs(ear.sound) > 500).mean() > 0.9
    assert np.diff([at for _, at, _ in ear.frames]) == pytest.approx(0.02)


def test_a_loop_that_stood_still_without_a_page_goes_on_with_silence() -> None:
    async def main() -> Ear:
        ear = Ear()
        await asyncio.sleep(1.0)
        _stand_still(3.0)
        await asyncio.sleep(2.0)
        await ear.end()
        return ear

    ear = run_virtual(main)
    assert len(ear.sound) / 16_000 == pytest.approx(6.0, abs=0.03)
    assert max(now - at for now, at, _ in ear.frames[-20:]) < 0.03


def _stand_still(seconds: float) -> None:
    """As a call does that holds the interpreter."""
    loop: Any = asyncio.get_running_loop()
    loop._now_ns += round(seconds * 1e9)
    loop._now = loop._now_ns / 1e9


def test_a_backlog_is_bounded_and_what_came_first_stays() -> None:
    async def main() -> Ear:
        ear = Ear(backlog_s=1.0)
        await asyncio.sleep(0)
        for start in range(0, 3 * PAGE_RATE, BLOCK):
            ear.microphone.push(tone(start, BLOCK), start, PAGE_RATE)
        await asyncio.sleep(0)
        await ear.end()
        return ear

    ear = run_virtual(main)
    assert ear.microphone.dropped_s == pytest.approx(2.0, abs=0.05)


def test_muted_is_silence_and_time_goes_on() -> None:
    async def main() -> Ear:
        ear = Ear()
        await asyncio.sleep(0)
        position = await ear.speak(50)
        ear.microphone.muted = True
        position = await ear.speak(50, start=position)
        ear.microphone.muted = False
        await ear.speak(50, start=position)
        await ear.end()
        return ear

    ear = run_virtual(main)
    assert ear.loud(0.1, 0.9) > 0.9
    assert ear.loud(1.1, 1.9) == 0.0
    assert ear.loud(2.1, 2.9) > 0.9


def test_a_page_that_comes_again_begins_a_new_count() -> None:
    async def main() -> Ear:
        ear = Ear()
        await asyncio.sleep(0)
        await ear.speak(50)
        await asyncio.sleep(2.0)
        await ear.speak(50, start=0)
        await ear.end()
        return ear

    ear = run_virtual(main)
    assert ear.loud(0.1, 0.9) > 0.9
    assert ear.loud(1.7, 2.9) == 0.0
    assert ear.loud(3.2, 3.9) > 0.9


def test_a_recording_speaks_in_the_microphones_place() -> None:
    async def main() -> tuple[Ear, float, float]:
        ear = Ear()
        await asyncio.sleep(1.0)
        voice = np.full(16_000, 3_000, np.int16)
        utterance = ear.microphone.play(voice, text="hello", name="hello.wav")
        assert ear.microphone.playing
        noise = asyncio.create_task(ear.speak(50))
        ended = await utterance.wait()
        assert not ear.microphone.playing
        await noise
        await ear.speak(25, start=50 * BLOCK)
        await ear.end()
        assert utterance.began_at is not None
        return ear, utterance.began_at, ended

    ear, began, ended = run_virtual(main)
    assert began == pytest.approx(1.0, abs=0.02)
    assert ended == pytest.approx(began + 1.0)
    said = [frame for _, at, frame in ear.frames if (samples_of(frame) == 3_000).all()]
    assert len(said) == 50
    marks = [frame.userdata[SPEECH_MARK].kind for frame in said if SPEECH_MARK in frame.userdata]
    assert marks == ["start", "end"]
    assert ear.loud(2.1, 2.5) > 0.9


def test_a_recording_that_is_stopped_says_so_to_who_waits() -> None:
    async def main() -> None:
        ear = Ear()
        await asyncio.sleep(0)
        utterance = ear.microphone.play(np.full(16_000, 3_000, np.int16))
        await asyncio.sleep(0.3)
        ear.microphone.stop_playing()
        with pytest.raises(InputClosed):
            await utterance.wait()
        await ear.end()
        with pytest.raises(InputClosed):
            ear.microphone.play(np.ones(10, np.int16))
        ear.microphone.push(tone(0, BLOCK), 0, PAGE_RATE)  # a page that does not know yet harms nothing

    run_virtual(main)


def test_blocks_may_come_from_another_thread() -> None:
    async def main() -> Ear:
        ear = Ear()
        await asyncio.sleep(0)

        def page() -> None:
            for start in range(0, PAGE_RATE, BLOCK):
                ear.microphone.push(tone(start, BLOCK), start, PAGE_RATE)

        thread = threading.Thread(target=page)
        thread.start()
        await asyncio.to_thread(thread.join)
        await asyncio.sleep(0.1)
        await ear.end()
        return ear

    ear = asyncio.run(main())
    assert (np.abs(ear.sound) > 500).sum() / 16_000 == pytest.approx(0.955, abs=0.05)


@pytest.mark.parametrize("block", [(b"123", 0, 48_000), (b"12", 0, 0), (b"12", 0, 10**9), (b"12", -1, 48_000)])
def test_what_is_no_sound_is_refused(block: tuple[bytes, int, int]) -> None:
    with pytest.raises(ValueError, match="no sound"):
        PageMicrophone().push(*block)


class Page:
    """Gets the messages of a speaker."""

    def __init__(self) -> None:
        self.messages: list[tuple[float, str, dict[str, Any], int]] = []

    def send(self, kind: str, /, *, buffers: tuple[bytes, ...] = (), **content: Any) -> None:
        now = asyncio.get_running_loop().time()
        self.messages.append((round(now, 6), kind, content, sum(map(len, buffers))))

    def kinds(self) -> list[str]:
        return [kind for _, kind, _, _ in self.messages if kind != "sound"]


def voice(duration_s: float = 0.02, rate: int = 22_050) -> AudioFrame:
    return frame_from_samples(np.full(round(duration_s * rate), 5_000, np.int16), rate)


def test_frames_are_sent_as_they_are_captured_and_heard_a_prebuffer_later() -> None:
    async def main() -> tuple[Page, list[float], float]:
        page, starts = Page(), []
        speaker = PageSpeaker(page.send)
        speaker.on_playback_started = starts.append
        for _ in range(50):
            await speaker.capture_frame(voice())
        speaker.flush()
        return page, starts, await speaker.wait_for_playout()

    page, starts, heard_s = run_virtual(main)
    sounds = [message for message in page.messages if message[1] == "sound"]
    assert starts == [pytest.approx(0.1)]
    assert heard_s == pytest.approx(1.0)
    assert [content["begins"] for _, _, content, _ in sounds] == [True] + [False] * 49
    assert {(content["stream"], content["rate"]) for _, _, content, _ in sounds} == {("agent", 22_050)}
    assert sum(size for *_, size in sounds) == 2 * 22_050
    at = [t for t, *_ in sounds]
    ahead = [0.1 + 0.02 * number - t for number, t in enumerate(at)]
    assert min(ahead) == pytest.approx(0.1) and max(ahead) <= 0.12 + 1e-6
    assert page.kinds() == ["end"]


def test_a_voice_that_was_late_begins_again_with_a_prebuffer() -> None:
    async def main() -> Page:
        page = Page()
        speaker = PageSpeaker(page.send)
        await speaker.capture_frame(voice(0.1))
        await asyncio.sleep(1.0)
        await speaker.capture_frame(voice(0.1))
        return page

    assert [content["begins"] for _, _, content, _ in run_virtual(main).messages] == [True, True]


def test_what_stops_the_voice_is_told_to_the_page_at_once() -> None:
    async def main() -> tuple[Page, float]:
        page = Page()
        speaker = PageSpeaker(page.send, stream="background")
        for _ in range(20):
            await speaker.capture_frame(voice())
        speaker.pause()
        speaker.pause()
        await asyncio.sleep(5.0)
        speaker.resume()
        speaker.resume()
        position_s = speaker.playback_position_s
        speaker.clear_buffer()
        assert await speaker.wait_for_playout() == pytest.approx(position_s)
        return page, position_s

    page, position_s = run_virtual(main)
    assert page.kinds() == ["pause", "resume", "clear"]
    assert position_s == pytest.approx(20 * 0.02 - 0.12, abs=0.021)
    assert {content["stream"] for _, _, content, _ in page.messages} == {"background"}
