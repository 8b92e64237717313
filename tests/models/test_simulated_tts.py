"""The simulated voice: exactly on time, sentence by sentence, with a sound and its words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest
from livekit.rtc import AudioFrame

from kit.models.simulated import SimulatedTTS
from kit.ports import TIMED_WORDS
from kit.timing import run_virtual

Heard = list[tuple[float, AudioFrame]]


def spoken(tts: SimulatedTTS, *text: tuple[float, str]) -> Heard:
    """The frames with their times; each piece of text comes the seconds after the one before."""

    async def pieces() -> AsyncIterator[str]:
        for pause_s, piece in text:
            await asyncio.sleep(pause_s)
            yield piece

    async def main() -> Heard:
        loop = asyncio.get_running_loop()
        return [(round(loop.time(), 9), frame) async for frame in tts(pieces())]

    return run_virtual(main)


def times(heard: Heard) -> list[float]:
    """When the frames came, each time once."""
    return list(dict.fromkeys(t for t, _ in heard))


def seconds(heard: Heard) -> float:
    return sum(frame.samples_per_channel for _, frame in heard) / heard[0][1].sample_rate


def test_the_first_frame_comes_ttfb_after_the_first_whole_sentence() -> None:
    heard = spoken(SimulatedTTS(0.2), (0, "One is "), (0.5, "here. "), (0.5, "Two."))
    assert times(heard) == [0.7, 1.2]


def test_a_sentence_without_a_next_one_is_known_when_the_text_ends() -> None:
    assert times(spoken(SimulatedTTS(0.2), (0, "One is here."), (0.5, ""))) == [0.7]


def test_later_sentences_are_made_ready_while_earlier_ones_are() -> None:
    heard = spoken(SimulatedTTS(1.0), (0, "One. "), (0.3, "Two. "), (0.3, "Three."))
    assert times(heard) == [1.0, 1.3, 1.6]


def test_a_slow_sentence_is_not_overtaken() -> None:
    tts = SimulatedTTS("empirical:0.1,2", seed=1)
    heard = spoken(tts, (0, "".join(f"{n}. " for n in range(20))))
    words = [word.text for _, frame in heard for word in frame.userdata.get(TIMED_WORDS, ())]
    assert words == [f"{n}." for n in range(20)]
    assert times(heard) == [0.1, 2.0] or times(heard) == [2.0]


def test_speech_is_as_long_as_its_text_and_words_begin_in_their_frames() -> None:
    text = "The quick brown fox jumps. Over the lazy dog it goes."
    heard = spoken(SimulatedTTS(characters_per_s=10), (0, text))
    assert seconds(heard) == pytest.approx((len(text) - 1) / 10)
    start_s, words = 0.0, []
    for _, frame in heard:
        end_s = start_s + frame.samples_per_channel / frame.sample_rate
        for word in frame.userdata.get(TIMED_WORDS, ()):
            assert start_s - 1e-9 <= word.start_s < end_s
            words.append(word.text)
        start_s = end_s
    assert words == text.split()


@pytest.mark.parametrize("text", ["", "   ", "... !", "\n\n"])
def test_text_without_words_is_silent(text: str) -> None:
    assert spoken(SimulatedTTS(), (0, text)) == []


@pytest.mark.parametrize(("rate", "frame_s"), [(24_000, 0.1), (16_000, 0.02), (44_100, 0.013), (8_000, 1.0)])
def test_the_sound_is_a_hum_without_clicks(rate: int, frame_s: float) -> None:
    heard = spoken(SimulatedTTS(sample_rate=rate, frame_s=frame_s), (0, "A sentence of some seconds, as it happens."))
    assert {frame.sample_rate for _, frame in heard} == {rate}
    assert {frame.samples_per_channel for _, frame in heard[:-1]} == {round(frame_s * rate)}
    sound = np.concatenate([np.frombuffer(frame.data, np.int16) for _, frame in heard]).astype(float)
    assert 3_000 < np.abs(sound).max() < 10_000
    assert np.sqrt(np.mean(sound**2)) > 1_000
    inside = np.abs(np.diff(sound[: round(frame_s * rate)])).max()
    assert np.abs(np.diff(sound)).max() <= max(1.2 * inside, 7_000 * 2 * np.pi * 450 / rate)


def test_a_frame_s_sound_cannot_be_changed() -> None:
    _, frame = spoken(SimulatedTTS(), (0, "Hello."))[0]
    with pytest.raises((TypeError, ValueError)):
        frame.data[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        np.frombuffer(frame.data, np.int16)[0] = 1


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="characters_per_s"):
        SimulatedTTS(characters_per_s=0)
    with pytest.raises(ValueError, match="frame_s"):
        SimulatedTTS(frame_s=0)
