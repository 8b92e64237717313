"""What every text to speech holds to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest
from livekit.rtc import AudioFrame

from kit.ports import TIMED_WORDS, TTS
from tests.contracts.engines import TTS as ENGINES
from tests.contracts.engines import Case, cases, threads
from tests.contracts.streams import cancelled_after, closed_after, taken

TEXT = "One is here. Two came later! Was it three, or four?"


async def text(*pieces: str, error: Exception | None = None) -> AsyncIterator[str]:
    for piece in pieces:
        yield piece
        await asyncio.sleep(0)
    if error is not None:
        raise error


def sound(frames: list[AudioFrame]) -> bytes:
    return b"".join(bytes(frame.data) for frame in frames)


def spoken(case: Case, url: str, *pieces: str) -> list[AudioFrame]:
    return case.run(lambda tts: taken(tts(text(*pieces))), url)


@cases(ENGINES)
def test_frames(case: Case, url: str) -> None:
    async def test(tts: TTS) -> tuple[int, list[AudioFrame]]:
        return tts.sample_rate, await taken(tts(text(TEXT)))

    rate, frames = case.run(test, url)
    for frame in frames:
        assert frame.sample_rate == rate and frame.num_channels == 1
        assert 0 < frame.samples_per_channel <= rate / 10
        assert len(bytes(frame.data)) == 2 * frame.samples_per_channel
    samples = np.frombuffer(sound(frames), np.int16).astype(float)
    assert 1 < len(samples) / rate < 20
    assert np.sqrt(np.mean(samples**2)) > 500


@cases(ENGINES)
@pytest.mark.parametrize("size", [1, 3, 7, 20])
def test_the_pieces_of_the_text_change_nothing(case: Case, url: str, size: int) -> None:
    pieces = [TEXT[start : start + size] for start in range(0, len(TEXT), size)]
    assert sound(spoken(case, url, *pieces, "")) == sound(spoken(case, url, TEXT))


@cases(ENGINES)
@pytest.mark.parametrize("pieces", [(), ("",), (" ", "\n", " "), ("...",)])
def test_text_without_words_ends_with_nothing(case: Case, url: str, pieces: tuple[str, ...]) -> None:
    assert spoken(case, url, *pieces) == []


@cases(ENGINES)
@pytest.mark.parametrize(
    "odd",
    [
        "a",
        "Zürich, naïve café 北京 Привет",
        "3.14 & <b>bold</b> \\n %s {x}",
        "x" * 400,
        "tab\tand\x00nul",
        "👋 hi 👋",
        "«Oui?!»",
    ],
)
def test_any_text_is_spoken(case: Case, url: str, odd: str) -> None:
    assert len(spoken(case, url, odd)) > 0


@cases(ENGINES)
def test_a_sentence_is_spoken_before_the_text_has_ended(case: Case, url: str) -> None:
    async def test(tts: TTS) -> list[AudioFrame]:
        started = asyncio.Event()

        async def waiting() -> AsyncIterator[str]:
            yield "One is here. Two"
            await started.wait()
            yield " came later!"

        frames = []
        async for frame in tts(waiting()):
            frames.append(frame)
            started.set()
        return frames

    assert sound(case.run(test, url)) == sound(spoken(case, url, "One is here. Two came later!"))


@cases(ENGINES)
def test_a_stream_can_be_closed_or_cancelled_anywhere_and_the_engine_goes_on(case: Case, url: str) -> None:
    async def endless() -> AsyncIterator[str]:
        yield TEXT
        await asyncio.get_running_loop().create_future()

    async def test(tts: TTS) -> None:
        whole = sound(await taken(tts(text(TEXT))))
        before = threads()
        for count in (0, 1, 2, 5, 11):
            assert whole.startswith(sound(await closed_after(tts(text(TEXT)), count)))
            await closed_after(tts(endless()), min(count, 2))
        for steps in (0, 1, 2, 5, 20):
            await cancelled_after(tts(text(TEXT)), steps)
            await cancelled_after(tts(endless()), steps)
            await cancelled_after(tts(endless()), steps, 0.005 if case.live else 0.1)
        assert threads() <= before
        assert sound(await taken(tts(text(TEXT)))) == whole

    case.run(test, url)


@cases(ENGINES)
def test_two_streams_at_once_do_not_mix(case: Case, url: str) -> None:
    async def together(tts: TTS) -> tuple[list[AudioFrame], list[AudioFrame]]:
        return await asyncio.gather(taken(tts(text(TEXT))), taken(tts(text("Something else. Quite another thing."))))

    one, other = case.run(together, url)
    assert sound(one) == sound(spoken(case, url, TEXT))
    assert sound(other) == sound(spoken(case, url, "Something else. Quite another thing."))


@cases(ENGINES)
def test_an_error_of_the_text_is_raised(case: Case, url: str) -> None:
    with pytest.raises(LookupError, match="no more"):
        case.run(lambda tts: taken(tts(text("One is here. Two ", error=LookupError("no more")))), url)


@cases(ENGINES)
def test_timed_words_begin_in_their_frame_and_are_the_text(case: Case, url: str) -> None:
    """Of engines that tell them."""
    frames = spoken(case, url, TEXT)
    start_s, words = 0.0, []
    for frame in frames:
        end_s = start_s + frame.samples_per_channel / frame.sample_rate
        for word in frame.userdata.get(TIMED_WORDS, ()):
            assert start_s - 1e-6 <= word.start_s < end_s + 1e-6
            words.append(word)
        start_s = end_s
    assert [word.start_s for word in words] == sorted(word.start_s for word in words)
    if words:
        assert " ".join(word.text for word in words).split() == TEXT.split()
