"""What every speech to text holds to."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kit.ports import STT, SpeechEvent, SpeechEventType
from tests.contracts.audio import RATE, Sound, audio, heard, in_stereo_at_48_khz, seconds
from tests.contracts.engines import STT as ENGINES
from tests.contracts.engines import Case, cases, threads
from tests.contracts.streams import cancelled_after, closed_after, taken

FINAL = SpeechEventType.FINAL_TRANSCRIPT
TRANSCRIPTS = (FINAL, SpeechEventType.INTERIM_TRANSCRIPT)


def finals(events: list[SpeechEvent]) -> list[tuple[str, float | None]]:
    return [(event.text, event.audio_t) for event in events if event.type is FINAL]


@cases(ENGINES)
def test_events(case: Case, url: str, clubs: Sound, forward: Sound) -> None:
    """Two speeches: two final transcripts, in order, each behind its start, and all times inside the audio."""
    frames = audio(0.6, (clubs, "Ten of clubs."), 1.5, (forward, "Go forward ten meters."), 1.5)
    events: list[SpeechEvent] = case.run(lambda stt: taken(stt(heard(frames))), url)
    assert all(type(event) is SpeechEvent for event in events)
    assert len(finals(events)) == 2
    for event in events:
        assert event.audio_t is None or 0 <= event.audio_t <= seconds(frames) + 1e-6
        assert (event.text.strip() == event.text != "") == (event.type in TRANSCRIPTS)
    for kind in SpeechEventType:
        times = [event.audio_t for event in events if event.type is kind and event.audio_t is not None]
        assert times == sorted(times)
    (_, first_t), (_, second_t) = finals(events)
    assert first_t is not None and 0.6 < first_t < 2.9
    assert second_t is not None and second_t > 3.6
    starts = [event.audio_t for event in events if event.type is SpeechEventType.START_OF_SPEECH]
    if starts:
        assert len(starts) == 2
        assert all(start < end for start, end in zip(starts, (first_t, second_t), strict=True))
        assert events[0].type is SpeechEventType.START_OF_SPEECH


@cases(ENGINES)
@pytest.mark.parametrize("silence_s", [0.0, 0.01, 2.0])
def test_silence_ends_with_nothing(case: Case, url: str, silence_s: float) -> None:
    assert case.run(lambda stt: taken(stt(heard(audio(silence_s)))), url) == []


@cases(ENGINES)
def test_the_length_of_frames_changes_nothing(case: Case, url: str, clubs: Sound) -> None:
    def transcripts(frame_s: float) -> list[tuple[str, float | None]]:
        frames = audio(0.5, (clubs, "Ten of clubs."), 1.5, frame_s=frame_s)
        return finals(case.run(lambda stt: taken(stt(heard(frames))), url))

    usual = transcripts(0.1)
    assert len(usual) == 1
    assert usual == transcripts(0.01) == transcripts(0.037)


@cases(ENGINES)
def test_another_rate_and_two_channels_are_heard_too(case: Case, url: str, clubs: Sound) -> None:
    frames = in_stereo_at_48_khz(audio(0.5, (clubs, "Ten of clubs."), 1.5))
    ((text, audio_t),) = finals(case.run(lambda stt: taken(stt(heard(frames))), url))
    assert text and audio_t == pytest.approx(0.5 + len(clubs) / RATE, abs=0.7)


@cases(ENGINES)
def test_speech_at_the_very_end_is_transcribed(case: Case, url: str, clubs: Sound) -> None:
    frames = audio(0.5, (clubs, "Ten of clubs."))
    assert len(finals(case.run(lambda stt: taken(stt(heard(frames))), url))) == 1


@cases(ENGINES)
def test_a_stream_can_be_closed_or_cancelled_anywhere_and_the_engine_goes_on(
    case: Case, url: str, clubs: Sound
) -> None:
    frames = audio(0.5, (clubs, "Ten of clubs."), 1.5)

    async def test(stt: STT) -> None:
        whole = await taken(stt(heard(frames)))
        before = threads()
        for count in range(len(whole)):
            assert await closed_after(stt(heard(frames)), count) == whole[:count]
        for steps in (0, 1, 2, 5, 20):
            await cancelled_after(stt(heard(frames)), steps)
            await cancelled_after(stt(heard(frames)), steps, 0.02 if case.live else 0.1)
        assert threads() <= before
        assert finals(await taken(stt(heard(frames)))) == finals(whole)

    case.run(test, url)


@cases(ENGINES)
def test_two_streams_at_once_do_not_mix(case: Case, url: str, clubs: Sound, forward: Sound) -> None:
    one = audio(0.5, (clubs, "Ten of clubs."), 1.5)
    other = audio(0.3, (forward, "Go forward ten meters."), 1.5)

    async def together(stt: STT) -> Any:
        return await asyncio.gather(taken(stt(heard(one))), taken(stt(heard(other))))

    first, second = case.run(together, url)
    assert finals(first) == finals(case.run(lambda stt: taken(stt(heard(one))), url))
    assert finals(second) == finals(case.run(lambda stt: taken(stt(heard(other))), url))


@cases(ENGINES)
def test_an_error_of_the_audio_is_raised(case: Case, url: str, clubs: Sound) -> None:
    frames = audio(0.5, (clubs, "Ten of clubs."), 0.2)
    with pytest.raises(LookupError, match="unplugged"):
        case.run(lambda stt: taken(stt(heard(frames, LookupError("unplugged")))), url)
