from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from livekit.rtc import AudioFrame

from kit.audio.frames import samples_of
from kit.ports import SPEECH_MARK, SpeechMark
from kit.timing import run_virtual
from kit.transports import InputClosed, SimulatedUser

RATE = 16_000
Arrivals = list[tuple[float, AudioFrame]]


def exactly(seconds: float) -> Any:
    return pytest.approx(seconds, abs=1e-9)


def now() -> float:
    return asyncio.get_running_loop().time()


async def listen(user: SimulatedUser) -> Arrivals:
    """Each frame with the time at which it arrived."""
    return [(now(), frame) async for frame in user]


def marks(frame: AudioFrame) -> list[tuple[str, str]]:
    marked = frame.userdata.get(SPEECH_MARK, ())
    return [(mark.kind, mark.text) for mark in ((marked,) if isinstance(marked, SpeechMark) else marked)]


def lengths(arrivals: Arrivals) -> list[float]:
    return [frame.duration for _, frame in arrivals]


def test_a_speech_is_marked_at_its_edges() -> None:
    async def main() -> Arrivals:
        user = SimulatedUser()
        user.silence(0.15)
        user.speak("hello there", 0.25)
        user.finish()
        await asyncio.sleep(1.0)
        return await listen(user)

    arrivals = run_virtual(main)
    assert [at for at, _ in arrivals] == [exactly(t) for t in (1.1, 1.15, 1.25, 1.35, 1.4)]
    assert lengths(arrivals) == [0.1, 0.05, 0.1, 0.1, 0.05]
    assert [marks(frame) for _, frame in arrivals] == [[], [], [("start", "hello there")], [], [("end", "hello there")]]
    assert [bool(samples_of(frame).any()) for _, frame in arrivals] == [False, False, True, True, True]


def test_a_speech_of_one_frame_carries_both_marks() -> None:
    async def main() -> Arrivals:
        user = SimulatedUser()
        user.speak("yes", 0.1)
        user.finish()
        return await listen(user)

    assert [marks(frame) for _, frame in run_virtual(main)] == [[("start", "yes"), ("end", "yes")]]


def test_an_idle_block_is_cut_short_when_the_user_speaks() -> None:
    async def main() -> Arrivals:
        user = SimulatedUser()

        async def talk() -> None:
            await asyncio.sleep(0.33)
            utterance = user.speak("now", 0.2)
            assert await utterance.wait() == exactly(0.53)
            assert now() == exactly(0.53)
            assert utterance.began_at == exactly(0.33)
            user.finish()

        _, arrivals = await asyncio.gather(talk(), listen(user))
        return arrivals

    arrivals = run_virtual(main)
    assert lengths(arrivals) == [0.1, 0.1, 0.1, 0.03, 0.1, 0.1]
    assert marks(arrivals[4][1]) == [("start", "now")]


def test_a_speech_begins_when_it_was_told_to() -> None:
    async def main() -> None:
        user = SimulatedUser()
        listening = asyncio.create_task(listen(user))
        await asyncio.sleep(0.05)
        first = user.speak("first", 0.3, at=0.72)
        second = user.speak("second", 0.1, at=0.9)
        third = user.speak("third", 0.1, at=0.01)
        user.finish()
        await listening
        begins = [utterance.began_at for utterance in (first, second, third)]
        assert begins == [exactly(0.72), exactly(1.02), exactly(1.12)]

    run_virtual(main)


def test_without_blocks_there_is_one_frame_a_speech() -> None:
    async def main() -> Arrivals:
        user = SimulatedUser(block_s=None)

        async def talk() -> None:
            assert await user.speak("one", 2.0).wait() == exactly(2.0)
            await asyncio.sleep(3.3333)
            second = user.speak("two", 1.5)
            assert await second.wait() == exactly(6.8333)
            assert now() == exactly(6.8333)
            assert second.began_at == exactly(5.3333)
            assert await user.silence(1.0).wait() == exactly(7.8333)
            assert now() == exactly(7.8333)
            user.finish()

        _, arrivals = await asyncio.gather(talk(), listen(user))
        return arrivals

    arrivals = run_virtual(main)
    assert [at for at, _ in arrivals] == [exactly(2.0), exactly(6.8333)]
    assert lengths(arrivals) == [2.0, 1.5]
    assert marks(arrivals[1][1]) == [("start", "two"), ("end", "two")]


@pytest.mark.parametrize("block_s", [0.1, None])
def test_finishing_ends_the_silence_at_once(block_s: float | None) -> None:
    async def main() -> None:
        user = SimulatedUser(block_s=block_s)
        listening = asyncio.create_task(listen(user))
        await asyncio.sleep(0.25)
        user.finish()
        arrivals = await listening
        assert now() == exactly(0.25)
        assert sum(lengths(arrivals)) == exactly(0.25 if block_s else 0.0)
        with pytest.raises(InputClosed):
            user.speak("too late", 1.0)

    run_virtual(main)


@pytest.mark.parametrize("block_s", [0.1, None])
def test_closing_ends_at_once_and_tells_whoever_waits(block_s: float | None) -> None:
    async def main() -> None:
        user = SimulatedUser(block_s=block_s)
        listening = asyncio.create_task(listen(user))
        utterances = [user.speak("cut short", 1.0), user.speak("never said", 1.0)]
        waiting = [asyncio.create_task(utterance.wait()) for utterance in utterances]
        await asyncio.sleep(0.25)
        await user.aclose()
        await listening
        assert now() == exactly(0.25)
        assert [type(error) for error in await asyncio.gather(*waiting, return_exceptions=True)] == [InputClosed] * 2

    run_virtual(main)


def test_a_late_listener_gets_what_was_said_meanwhile_at_once() -> None:
    async def main() -> None:
        user = SimulatedUser()
        frames = aiter(user)
        await anext(frames)
        user.speak("unheard so far", 0.5)
        await asyncio.sleep(0.55)
        for _ in range(5):
            await anext(frames)
        assert now() == exactly(0.65)
        await anext(frames)
        assert now() == exactly(0.7)

    run_virtual(main)


def test_the_recorder_gets_each_frame_with_its_place() -> None:
    frames: Arrivals = []

    async def main() -> Arrivals:
        user = SimulatedUser(on_frame=lambda at, frame: frames.append((at, frame)))
        user.speak("on the record", 0.25)
        user.finish()
        await asyncio.sleep(2.0)
        return await listen(user)

    arrivals = run_virtual(main)
    assert [at for at, _ in frames] == [exactly(2.0), exactly(2.1), exactly(2.2)]
    assert [frame for _, frame in frames] == [frame for _, frame in arrivals]


def test_the_voice_goes_on_over_block_borders() -> None:
    async def said(block_s: float | None) -> Any:
        user = SimulatedUser(block_s=block_s)
        user.speak("a long story", 4.7)
        user.finish()
        return np.concatenate([samples_of(frame) for _, frame in await listen(user)])

    blocks, whole = run_virtual(said, 0.1), run_virtual(said, None)
    assert np.array_equal(blocks, whole)
    assert 4_000 < np.abs(whole).max() < 20_000
    assert np.abs(np.diff(whole[:, 0].astype(int))).max() < 4_000


steps = st.lists(
    st.tuples(st.sampled_from(["speak", "silence", "wait"]), st.floats(0.001, 1.0), st.booleans()),
    min_size=1,
    max_size=8,
)


@settings(max_examples=100)
@given(steps, st.sampled_from([0.02, 0.1, 1.0, None]))
def test_frames_arrive_when_their_last_sample_was_spoken(
    steps: list[tuple[str, float, bool]], block_s: float | None
) -> None:
    places: list[float] = []
    utterances: list[Any] = []

    async def main() -> Arrivals:
        user = SimulatedUser(block_s=block_s, on_frame=lambda at, _: places.append(at))

        async def talk() -> None:
            for kind, seconds, waits in steps:
                if kind == "wait":
                    await asyncio.sleep(seconds)
                    continue
                utterances.append(user.speak(kind, seconds) if kind == "speak" else user.silence(seconds))
                if waits:
                    assert await utterances[-1].wait() == exactly(now())
            user.finish()

        _, arrivals = await asyncio.gather(talk(), listen(user))
        return arrivals

    arrivals = run_virtual(main)
    for place, (at, frame) in zip(places, arrivals, strict=True):
        assert at == pytest.approx(place + frame.duration, abs=2 / RATE)
    for (place, (_, frame)), (next_place, _) in pairwise(zip(places, arrivals, strict=True)):
        assert place + frame.duration <= next_place + 1e-8
        assert block_s is None or place + frame.duration == exactly(next_place)
    kinds = [kind for _, frame in arrivals for kind, _ in marks(frame)]
    spoken = [utterance for utterance in utterances if not utterance.silent]
    assert kinds == ["start", "end"] * len(spoken)
    ends = [at for at, frame in arrivals if ("end", "speak") in marks(frame)]
    assert ends == [exactly(utterance.ended_at) for utterance in spoken]
    starts = [place for place, (_, frame) in zip(places, arrivals, strict=True) if ("start", "speak") in marks(frame)]
    assert starts == [exactly(utterance.began_at) for utterance in spoken]
