"""What every voice activity detection holds to."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from kit.ports import VAD, VADEvent, VADEventType
from tests.contracts.audio import RATE, Sound, audio, heard, in_stereo_at_48_khz, seconds
from tests.contracts.engines import VAD as ENGINES
from tests.contracts.engines import Case, cases, threads
from tests.contracts.streams import cancelled_after, closed_after, taken

START, END = VADEventType.START_OF_SPEECH, VADEventType.END_OF_SPEECH


@cases(ENGINES)
def test_events(case: Case, url: str, clubs: Sound, forward: Sound) -> None:
    """Two speeches: a start and an end of each, alternating, near where they are in the audio."""
    frames = audio(0.6, (clubs, "Ten of clubs."), 1.5, (forward, "Go forward ten meters."), 1.5)
    events: list[VADEvent] = case.run(lambda vad: taken(vad(heard(frames))), url)
    assert all(type(event) is VADEvent for event in events)
    assert [event.type for event in events] == [START, END, START, END]
    assert all(one.audio_t < other.audio_t for one, other in pairwise(events))
    first = 0.6 + len(clubs) / RATE
    second = first + 1.5 + len(forward) / RATE
    expected = [0.6, first, first + 1.5, second]
    assert [event.audio_t for event in events] == pytest.approx(expected, abs=0.7)
    assert events[-1].audio_t <= seconds(frames)


@cases(ENGINES)
@pytest.mark.parametrize("silence_s", [0.0, 0.01, 3.0])
def test_silence_ends_with_nothing(case: Case, url: str, silence_s: float) -> None:
    assert case.run(lambda vad: taken(vad(heard(audio(silence_s)))), url) == []


@cases(ENGINES)
def test_the_length_of_frames_changes_nothing(case: Case, url: str, clubs: Sound) -> None:
    def events(frame_s: float) -> list[VADEvent]:
        frames = audio(0.5, (clubs, "Ten of clubs."), 1.5, frame_s=frame_s)
        return case.run(lambda vad: taken(vad(heard(frames))), url)

    assert events(0.1) == events(0.01) == events(0.037)
    assert len(events(0.1)) == 2


@cases(ENGINES)
def test_another_rate_and_two_channels_are_heard_too(case: Case, url: str, clubs: Sound) -> None:
    frames = audio(0.5, (clubs, "Ten of clubs."), 1.5)
    events, wide = (case.run(lambda vad, f=f: taken(vad(heard(f))), url) for f in (frames, in_stereo_at_48_khz(frames)))
    assert [event.type for event in wide] == [START, END]
    assert [event.audio_t for event in wide] == pytest.approx([event.audio_t for event in events], abs=0.1)


@cases(ENGINES)
def test_speech_that_the_audio_ends_in_ends_with_it(case: Case, url: str, forward: Sound) -> None:
    frames = audio(0.5, (forward[: RATE * 3 // 2], "Go forward."))
    events: list[VADEvent] = case.run(lambda vad: taken(vad(heard(frames))), url)
    assert [event.type for event in events] == [START, END]
    assert events[-1].audio_t == pytest.approx(seconds(frames), abs=0.3)


@cases(ENGINES)
def test_a_stream_can_be_closed_or_cancelled_anywhere_and_the_engine_goes_on(
    case: Case, url: str, clubs: Sound
) -> None:
    frames = audio(0.5, (clubs, "Ten of clubs."), 1.5)

    async def test(vad: VAD) -> None:
        whole = await taken(vad(heard(frames)))
        before = threads()
        for count in range(len(whole)):
            assert await closed_after(vad(heard(frames)), count) == whole[:count]
        for steps in (0, 1, 2, 5, 20):
            await cancelled_after(vad(heard(frames)), steps)
            await cancelled_after(vad(heard(frames)), steps, 0.005 if case.live else 0.1)
        assert threads() <= before
        assert await taken(vad(heard(frames))) == whole

    case.run(test, url)


@cases(ENGINES)
def test_two_streams_at_once_do_not_mix(case: Case, url: str, clubs: Sound, forward: Sound) -> None:
    one = audio(0.5, (clubs, "Ten of clubs."), 1.5)
    other = audio(0.3, (forward, "Go forward ten meters."), 1.5)

    async def together(vad: VAD) -> Any:
        return await asyncio.gather(taken(vad(heard(one))), taken(vad(heard(other))))

    first, second = case.run(together, url)
    assert first == case.run(lambda vad: taken(vad(heard(one))), url)
    assert second == case.run(lambda vad: taken(vad(heard(other))), url)
    assert first != second


@cases(ENGINES)
def test_an_error_of_the_audio_is_raised(case: Case, url: str, clubs: Sound) -> None:
    frames = audio(0.5, (clubs, "Ten of clubs."), 0.2)
    with pytest.raises(LookupError, match="unplugged"):
        case.run(lambda vad: taken(vad(heard(frames, LookupError("unplugged")))), url)
