"""PocketSphinx: recordings of people are understood, soon, and whatever was heard before."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import numpy as np
import pytest
import soxr
from livekit.rtc import AudioFrame

import kit.models.pocketsphinx
from kit.models.missing import EngineMissing
from kit.models.pocketsphinx import PocketSphinxSTT
from kit.models.silero import SileroVAD
from kit.ports import SpeechEvent, SpeechEventType
from kit.timing import run_virtual
from tests.models.recordings import RATE, WORDS, Samples, energy_span, frames_of, recording, zeros

START, INTERIM = SpeechEventType.START_OF_SPEECH, SpeechEventType.INTERIM_TRANSCRIPT
FINAL, END = SpeechEventType.FINAL_TRANSCRIPT, SpeechEventType.END_OF_SPEECH
Told = list[tuple[SpeechEvent, float]]
Heard = dict[str, tuple[Samples, Told]]


@pytest.fixture(scope="module")
def stt() -> PocketSphinxSTT:
    return PocketSphinxSTT()


@pytest.fixture(scope="module")
def heard(speech_dir: Path, stt: PocketSphinxSTT) -> Heard:
    """Each recording with a second of silence around it, and what is told of it."""
    sounds = {name: np.concatenate([zeros(1), recording(speech_dir, name), zeros(1)]) for name in WORDS}
    return {name: (samples, listen(samples, stt)) for name, samples in sounds.items()}


def listen(samples: Samples, stt: PocketSphinxSTT, size: int = 320, rate: int = RATE) -> Told:
    """Events, each with the time at which it was told."""

    async def collect() -> Told:
        now = asyncio.get_running_loop().time
        return [(event, now()) async for event in stt(frames_of(samples, size, rate))]

    return run_virtual(collect)


def finals(told: Told) -> list[str]:
    return [event.text for event, _ in told if event.type is FINAL]


def word_errors(spoken: str, heard: Iterable[str]) -> int:
    """Words left out, put in or exchanged. "mr" is how the engine writes "mister"."""
    said = spoken.split()
    words = ["mister" if word == "mr" else word for text in heard for word in text.split()]
    row = list(range(len(words) + 1))
    for i, want in enumerate(said, 1):
        diagonal, row[0] = row[0], i
        for j, word in enumerate(words, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (want != word))
    return row[-1]


def test_word_error_rate_of_people_speaking(heard: Heard) -> None:
    errors = {name: word_errors(words, finals(heard[name][1])) for name, words in WORDS.items()}
    total = sum(len(words.split()) for words in WORDS.values())
    assert errors["goforward"] == errors["cards-001"] == 0
    assert sum(errors.values()) <= 0.27 * total, errors


@pytest.mark.parametrize("names", [list(WORDS), list(reversed(WORDS))], ids=["forward", "backward"])
def test_one_recording_after_the_other_in_the_same_stream(
    speech_dir: Path, stt: PocketSphinxSTT, names: list[str]
) -> None:
    parts = [part for name in names for part in (recording(speech_dir, name), zeros(1))]
    told = listen(np.concatenate(parts), stt)
    total = sum(len(words.split()) for words in WORDS.values())
    assert len(finals(told)) == len(names)
    errors = {name: word_errors(WORDS[name], [heard]) for name, heard in zip(names, finals(told), strict=True)}
    assert sum(errors.values()) <= 0.3 * total, errors


def test_what_was_heard_before_does_not_matter(speech_dir: Path) -> None:
    samples = np.concatenate([zeros(0.6), recording(speech_dir, "austen-0890"), zeros(0.6)])
    alone = listen(samples, PocketSphinxSTT())
    after = PocketSphinxSTT()
    for name in ("cards-002", "goforward", "austen-0870"):
        listen(np.concatenate([zeros(0.3), recording(speech_dir, name), zeros(0.6)]), after)
    assert listen(samples, after) == alone


@pytest.mark.parametrize("name", WORDS)
def test_events_and_their_times(heard: Heard, name: str) -> None:
    samples, told = heard[name]
    begin, end = energy_span(samples)
    kinds = [event.type for event, _ in told]
    assert kinds[0] is START
    assert kinds[-2:] == [FINAL, END]
    assert len(kinds) > 4
    assert set(kinds[1:-2]) == {INTERIM}
    (start, started), (final, finished), (ended, _) = told[0], told[-2], told[-1]
    assert start.audio_t == pytest.approx(begin, abs=0.03)
    assert started - begin < 0.35
    assert final.audio_t == ended.audio_t == pytest.approx(end, abs=0.15)
    assert finished - end < 0.4


@pytest.mark.parametrize("name", WORDS)
def test_the_final_transcript_comes_before_the_vads_end_of_speech(heard: Heard, name: str) -> None:
    samples, told = heard[name]

    async def vad_end() -> float:
        async for event in SileroVAD()(frames_of(samples, 320)):
            if event.type == "end_of_speech":
                return asyncio.get_running_loop().time()
        raise AssertionError("no end of speech")

    assert told[-2][0].type is FINAL
    assert told[-2][1] < run_virtual(vad_end) - 0.1


def test_interim_transcripts_change_and_do_not_crowd(heard: Heard) -> None:
    _, told = heard["austen-0870"]
    interim = [event for event, _ in told if event.type is INTERIM]
    assert len(interim) > 10
    for one, following in itertools.pairwise(interim):
        assert one.text != following.text
        assert one.audio_t is not None and following.audio_t is not None
        assert following.audio_t - one.audio_t > 0.199
    assert interim[-1].text.split()[:4] == finals(told)[0].split()[:4]


def test_silence_tells_nothing(stt: PocketSphinxSTT) -> None:
    assert listen(zeros(3), stt) == []
    assert listen(zeros(0), stt) == []


@pytest.mark.parametrize("level", [5, 300])
def test_noise_is_not_words(stt: PocketSphinxSTT, level: int) -> None:
    noise = np.random.default_rng(2).normal(0, level, 4 * RATE)
    assert finals(listen(np.rint(noise).astype(np.int16), stt)) == []


def test_the_size_of_frames_does_not_matter(speech_dir: Path, stt: PocketSphinxSTT) -> None:
    samples = np.concatenate([zeros(0.5), recording(speech_dir, "goforward"), zeros(0.6)])
    expected = [event for event, _ in listen(samples, stt, size=480)]
    for size in (101, 1600, len(samples)):
        assert [event for event, _ in listen(samples, stt, size=size)] == expected


@pytest.mark.parametrize("rate", [22_050, 48_000])
def test_other_rates_and_channels(speech_dir: Path, stt: PocketSphinxSTT, rate: int) -> None:
    samples = np.concatenate([zeros(0.5), recording(speech_dir, "goforward"), zeros(1)])
    resampled = np.rint(soxr.resample(samples.astype(np.float64), RATE, rate)).clip(-32768, 32767).astype(np.int16)
    told = listen(np.column_stack([resampled, resampled]), stt, size=rate // 50, rate=rate)
    assert finals(told) == ["go forward ten meters"]


def test_the_end_of_the_frames_ends_the_utterance(speech_dir: Path, stt: PocketSphinxSTT) -> None:
    spoken = recording(speech_dir, "cards-001")
    told = listen(np.concatenate([zeros(0.5), spoken[: round(0.95 * RATE)]]), stt)
    assert finals(told) == ["ten of clubs"]
    assert told[-1][0].type is END
    assert told[-1][0].audio_t == pytest.approx(0.5 + 0.93, abs=0.05)


def test_an_utterance_without_end_is_told_in_parts(
    speech_dir: Path, stt: PocketSphinxSTT, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit.models.pocketsphinx, "LONGEST_UTTERANCE_S", 3.0)
    told = listen(np.concatenate([zeros(0.5), recording(speech_dir, "austen-0870"), zeros(1)]), stt)
    kinds = [event.type for event, _ in told if event.type is not INTERIM]
    assert kinds == [START, FINAL, FINAL, FINAL, END]
    assert word_errors(WORDS["austen-0870"], finals(told)) <= 12


def test_streams_do_not_touch_each_other(speech_dir: Path, stt: PocketSphinxSTT) -> None:
    sounds = [
        np.concatenate([zeros(0.4), recording(speech_dir, name), zeros(0.6)]) for name in ("goforward", "cards-001")
    ]

    async def one(samples: Samples) -> list[SpeechEvent]:
        return [event async for event in stt(frames_of(samples, 320))]

    async def both() -> list[list[SpeechEvent]]:
        return await asyncio.gather(*map(one, sounds))

    assert run_virtual(both) == [[event for event, _ in listen(samples, stt)] for samples in sounds]


def test_a_stream_that_was_left_early_leaves_no_trace(speech_dir: Path, stt: PocketSphinxSTT) -> None:
    samples = np.concatenate([zeros(0.4), recording(speech_dir, "goforward"), zeros(0.6)])

    async def leave() -> None:
        stream = aiter(stt(frames_of(samples, 320)))
        async for event in stream:
            if event.type is INTERIM:
                break
        await stream.aclose()  # type: ignore[attr-defined]

    run_virtual(leave)
    assert finals(listen(samples, stt)) == ["go forward ten meters"]


def test_in_real_time_decoding_runs_beside_the_loop(speech_dir: Path, stt: PocketSphinxSTT) -> None:
    spoken = np.concatenate([zeros(0.4), recording(speech_dir, "goforward"), zeros(0.6)])

    async def at_once() -> AsyncIterator[AudioFrame]:
        for start in range(0, len(spoken), 1600):
            piece = spoken[start : start + 1600]
            yield AudioFrame(piece.tobytes(), RATE, 1, len(piece))

    async def collect() -> list[SpeechEvent]:
        return [event async for event in stt(at_once())]

    events = asyncio.run(collect())
    assert [event.text for event in events if event.type is FINAL] == ["go forward ten meters"]


def test_a_longer_pause_joins_what_a_short_one_parts(speech_dir: Path) -> None:
    card = recording(speech_dir, "cards-001")
    samples = np.concatenate([zeros(0.5), card, zeros(0.3), card, zeros(1.2)])
    assert len(finals(listen(samples, PocketSphinxSTT()))) == 2
    assert len(finals(listen(samples, PocketSphinxSTT(pause_s=1)))) == 1


@pytest.mark.parametrize("pause_s", [0, 2.5, float("nan")])
def test_wrong_settings(pause_s: float) -> None:
    with pytest.raises(ValueError, match=f"pause_s = {pause_s} is out of its range, 0.1 to 2 s"):
        PocketSphinxSTT(pause_s=pause_s)


def test_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(EngineMissing, match=r"package pocketsphinx.*pip install 'speech-tuning-kit\[local\]'"):
        PocketSphinxSTT()
