"""Simulated speech to text and voice activity detection: exactly on time, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.models.simulated import SimulatedSTT, SimulatedVAD
from kit.ports import STT, SpeechEventType, VADEventType
from kit.timing import run_virtual
from kit.transports.simulated import SimulatedUser

START, FINAL, END = SpeechEventType.START_OF_SPEECH, SpeechEventType.FINAL_TRANSCRIPT, SpeechEventType.END_OF_SPEECH
INTERIM = SpeechEventType.INTERIM_TRANSCRIPT
VOICE, QUIET = VADEventType.START_OF_SPEECH, VADEventType.END_OF_SPEECH

Script = list[tuple[float, float, str]]
"""Silence before, length, and text of each speech."""
Hearing = Callable[[AsyncIterable[Any]], AsyncIterable[Any]]


def heard(hearing: Hearing, script: Script, *, block_s: float | None = 0.1, silence_s: float = 3.0) -> list[Any]:
    """What is told, each with its time."""

    async def main() -> list[Any]:
        user = SimulatedUser(block_s=block_s)
        for silence, duration, text in script:
            if silence:
                user.silence(silence)
            user.speak(text, duration)
        user.silence(silence_s)
        user.finish()
        loop = asyncio.get_running_loop()
        return [(round(loop.time(), 6), event) async for event in hearing(user)]

    return run_virtual(main)


def told(stt: STT, script: Script, **options: Any) -> list[tuple[float, SpeechEventType, str, float]]:
    return [(t, event.type, event.text, round(event.audio_t, 6)) for t, event in heard(stt, script, **options)]


def voice(vad: SimulatedVAD, script: Script, **options: Any) -> list[tuple[float, VADEventType, float]]:
    return [(t, event.type, round(event.audio_t, 6)) for t, event in heard(vad, script, **options)]


@pytest.mark.parametrize("delay", [0.0, 0.1, 0.35, 0.7, 2.5])
def test_the_transcript_comes_exactly_the_delay_after_the_speech(delay: float) -> None:
    assert told(SimulatedSTT(delay), [(1.0, 0.95, "Hello there.")]) == [
        (1.1, START, "", 1.0),
        (round(1.95 + delay, 6), FINAL, "Hello there.", 1.95),
        (round(1.95 + delay, 6), END, "", 1.95),
    ]


def test_a_transcript_that_is_slower_than_the_next_speech_comes_on_time_and_in_order() -> None:
    events = told(SimulatedSTT(2.0), [(0.5, 1.0, "One."), (0.5, 0.5, "Two."), (0.2, 0.3, "Three.")])
    assert [(t, text) for t, kind, text, _ in events if kind is FINAL] == [
        (3.5, "One."),
        (4.5, "Two."),
        (5.0, "Three."),
    ]
    assert [t for t, kind, *_ in events if kind is START] == [0.6, 2.1, 2.8]
    assert [(t, audio_t) for t, kind, _, audio_t in events if kind is END] == [(5.0, 3.0)]


def test_random_delays_never_reorder_transcripts() -> None:
    script = [(0.1, 0.2, f"Number {n}.") for n in range(40)]
    events = told(SimulatedSTT("lognormal:0.5,1.5", seed=3), script, silence_s=60)
    assert [text for _, kind, text, _ in events if kind is FINAL] == [text for *_, text in script]
    assert events == told(SimulatedSTT("lognormal:0.5,1.5", seed=3), script, silence_s=60)
    assert events != told(SimulatedSTT("lognormal:0.5,1.5", seed=4), script, silence_s=60)


def test_a_sound_without_words_gets_no_transcript() -> None:
    assert [kind for _, kind, *_ in told(SimulatedSTT(), [(0.5, 0.2, "")])] == [START, END]


def test_interim_transcripts_grow_word_by_word_while_the_user_speaks() -> None:
    events = told(SimulatedSTT(0.1, interim=True, words_per_s=2.5), [(1.0, 1.0, "One two three four.")])
    assert events[1:-1] == [
        (1.5, INTERIM, "One", 1.4),
        (1.9, INTERIM, "One two", 1.8),
        (2.1, FINAL, "One two three four.", 2.0),
    ]


def test_interim_transcripts_wait_for_the_final_one_before() -> None:
    events = told(SimulatedSTT(1.0, interim=True), [(0.5, 0.5, "One."), (0.2, 1.5, "Two three four.")])
    assert [text for *_, kind, text, _ in events if kind in (INTERIM, FINAL)] == [
        "One.",
        "Two",
        "Two three",
        "Two three four.",
    ]


def test_silence_and_no_audio_end_with_nothing() -> None:
    assert heard(SimulatedSTT(), []) == heard(SimulatedVAD(), []) == []
    assert heard(SimulatedSTT(), [], silence_s=0) == []


def test_speech_that_the_audio_ends_in_is_told() -> None:
    async def main() -> list[Any]:
        user = SimulatedUser()
        user.speak("Hello there, my friend.", 2.0)
        frames = aiter(user)

        async def first_second() -> Any:
            for _ in range(10):
                yield await anext(frames)

        stt = [(event.type, event.audio_t) async for event in SimulatedSTT()(first_second())]
        vad = [(event.type, event.audio_t) async for event in SimulatedVAD()(first_second())]
        return [stt, vad]

    assert run_virtual(main) == [[(START, 0.0), (FINAL, 1.0), (END, 1.0)], []]


@pytest.mark.parametrize("block_s", [0.01, 0.02, 0.1, 1.0, None])
def test_the_end_of_speech_is_told_on_time_however_the_audio_is_cut(block_s: float | None) -> None:
    script = [(0.0, 1.23, "One."), (1.0, 0.5, "Two.")]
    finals = [event for event in told(SimulatedSTT(0.25), script, block_s=block_s) if event[1] is FINAL]
    assert [t for t, *_ in finals] == [1.48, 2.98]
    ends = [event for event in voice(SimulatedVAD(0.3), script, block_s=block_s) if event[1] is QUIET]
    assert [t for t, *_ in ends] == [1.53, 3.03]
    if block_s is not None:  # without silence in the audio, its own time stands still
        assert [audio_t for *_, audio_t in finals] == [audio_t for *_, audio_t in ends] == [1.23, 2.73]


def test_voice_activity_is_told_at_its_start_and_the_delay_after_its_end() -> None:
    assert voice(SimulatedVAD(0.4), [(1.0, 0.95, "Hello.")]) == [(1.1, VOICE, 1.0), (2.35, QUIET, 1.95)]


def test_a_pause_shorter_than_the_delay_is_not_told() -> None:
    assert voice(SimulatedVAD(0.4), [(1.0, 1.0, "One"), (0.29, 1.0, "two"), (0.5, 1.0, "three.")]) == [
        (1.1, VOICE, 1.0),
        (3.69, QUIET, 3.29),
        (3.89, VOICE, 3.79),
        (5.19, QUIET, 4.79),
    ]


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(1, 200), st.integers(1, 200)), min_size=1, max_size=6),
    st.integers(0, 100),
    st.sampled_from([0.01, 0.02, 0.1]),
)
def test_voice_activity_is_what_was_said_with_short_pauses_closed(
    spans: list[tuple[int, int]], delay: int, block_s: float
) -> None:
    script = [(silence / 100, duration / 100, "x") for silence, duration in spans]
    delay_s = delay / 100 + 0.005  # no pause is just as long
    said, at = [], 0
    for silence, duration in spans:
        start, at = at + silence, at + silence + duration
        first_frame = min(round(block_s * 100), duration)
        if said and start + first_frame - said[-1][1] <= delay:
            said[-1] = (said[-1][0], at)
        else:
            said.append((start, at))
    got = voice(SimulatedVAD(delay_s), script, block_s=block_s)
    starts = [audio_t for _, kind, audio_t in got if kind is VOICE]
    ends = [(t, audio_t) for t, kind, audio_t in got if kind is QUIET]
    assert starts == [start / 100 for start, _ in said]
    assert ends == [(round(end / 100 + delay_s, 6), end / 100) for _, end in said]
