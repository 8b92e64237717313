"""What every turn detector holds to: those that read the words, and those that listen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
import pytest
from livekit.rtc import AudioFrame

from kit.chat import ChatContext, ChatMessage
from kit.ports import AudioTurnDetector, TurnDetector
from tests.contracts.audio import RATE, Sound, audio, in_stereo_at_48_khz
from tests.contracts.engines import TURNS_BY_SOUND, TURNS_BY_WORDS, Case, cases

ODD = ["", " ", "...", "\n", "a", "um", "👋", "北京", "\x00", "x" * 10_000, "and " * 5_000, "1" * 400, "'''", ". . . ?"]


def talk(*texts: str) -> ChatContext:
    """The agent and the user in turns, the user last."""
    roles = ["assistant", "user"] * len(texts)
    return ChatContext([ChatMessage(role, text) for role, text in zip(roles[-len(texts) :], texts, strict=True)])  # type: ignore[arg-type]


def is_probability(value: float) -> bool:
    return type(value) is float and 0 <= value <= 1


async def cancelled(predict: Callable[[], Awaitable[float]], steps: int) -> None:
    task = asyncio.ensure_future(predict())
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])


@cases(TURNS_BY_WORDS)
def test_it_is_a_detector_by_words_and_no_other(case: Case, url: str) -> None:
    async def test(detector: TurnDetector) -> None:
        assert isinstance(detector, TurnDetector) and not isinstance(detector, AudioTurnDetector)
        assert 0 <= detector.unlikely_threshold <= 1

    case.run(test, url)


@cases(TURNS_BY_WORDS)
@pytest.mark.parametrize("text", ODD)
def test_any_words_get_the_same_probability_each_time(case: Case, url: str, text: str) -> None:
    async def test(detector: TurnDetector) -> None:
        told = [await detector.predict_end_of_turn(talk("What is your name?", text)) for _ in range(3)]
        assert is_probability(told[0]) and told == told[:1] * 3

    case.run(test, url)


@cases(TURNS_BY_WORDS)
def test_any_conversation_gets_a_probability(case: Case, url: str) -> None:
    conversations = [ChatContext.empty(), talk("Yes?"), ChatContext([ChatMessage("system", "Be brief.")])]
    conversations += [ChatContext([ChatMessage("assistant", "Hello?")]), talk("and", "no", "")]

    async def test(detector: TurnDetector) -> None:
        for conversation in conversations:
            before = conversation.items
            assert is_probability(await detector.predict_end_of_turn(conversation))
            assert conversation.items == before

    case.run(test, url)


@cases(TURNS_BY_WORDS)
def test_conversations_at_once_do_not_mix(case: Case, url: str) -> None:
    conversations = [talk("How are you?", "fine and"), talk("Hello", "Hi", "What is your name?", "Maria Lopez.")]

    async def test(detector: TurnDetector) -> None:
        alone = [await detector.predict_end_of_turn(conversation) for conversation in conversations]
        assert alone[0] != alone[1]
        assert await asyncio.gather(*map(detector.predict_end_of_turn, conversations * 5)) == alone * 5

    case.run(test, url)


@cases(TURNS_BY_WORDS)
def test_a_cancelled_question_harms_no_later_one(case: Case, url: str) -> None:
    conversation = talk("How are you?", "fine and")

    async def test(detector: TurnDetector) -> None:
        expected = await detector.predict_end_of_turn(conversation)
        for steps in (0, 1, 2, 5):
            await cancelled(lambda: detector.predict_end_of_turn(conversation), steps)
        assert await detector.predict_end_of_turn(conversation) == expected

    case.run(test, url)


class Counted(ChatContext):
    """Counts how many of its items are looked at."""

    __slots__ = ("looks",)

    def __init__(self, context: ChatContext) -> None:
        super().__init__(context.items)
        self.looks = 0

    @property
    def items(self) -> list:  # type: ignore[type-arg]
        self.looks += len(self)
        return super().items

    def __getitem__(self, index: int):  # type: ignore[no-untyped-def]
        self.looks += 1
        return super().__getitem__(index)


@cases(TURNS_BY_WORDS)
def test_a_very_long_history_costs_no_more(case: Case, url: str) -> None:
    """Counted, not timed: of 20,000 messages a few are looked at."""
    history = Counted(talk(*["Yes?", "I would like to"] * 10_000))

    async def test(detector: TurnDetector) -> None:
        assert is_probability(await detector.predict_end_of_turn(history))
        assert history.looks < 20

    case.run(test, url)


@cases(TURNS_BY_SOUND)
def test_it_is_a_detector_by_sound_and_no_other(case: Case, url: str) -> None:
    async def test(detector: AudioTurnDetector) -> None:
        assert isinstance(detector, AudioTurnDetector) and not isinstance(detector, TurnDetector)
        assert 0 <= detector.unlikely_threshold <= 1
        assert 1 <= detector.window_s <= 30

    case.run(test, url)


def sounds(clubs: Sound) -> list[list[AudioFrame]]:
    """Little, none, much, silence, noise, and frames of odd lengths."""
    noise = np.random.default_rng(5).normal(0, 3000, RATE).astype(np.int16)
    long = np.tile(clubs, 30)
    return [
        [],
        audio((clubs[:1], "")),
        audio((clubs[:100], "")),
        audio(2.0),
        audio((noise, "")),
        audio((clubs, ""), 0.2),
        audio((long, ""), 0.2),
        audio((clubs, ""), 0.2, frame_s=0.0137),
    ]


@cases(TURNS_BY_SOUND)
def test_any_sound_gets_the_same_probability_each_time(case: Case, url: str, clubs: Sound) -> None:
    async def test(detector: AudioTurnDetector) -> None:
        for frames in sounds(clubs):
            told = [await detector.predict_end_of_turn_from_audio(frames) for _ in range(2)]
            assert is_probability(told[0]) and told[0] == told[1]

    case.run(test, url)


@cases(TURNS_BY_SOUND)
def test_the_length_of_frames_changes_nothing(case: Case, url: str, forward: Sound) -> None:
    async def test(detector: AudioTurnDetector) -> None:
        told = [
            await detector.predict_end_of_turn_from_audio(audio((forward, ""), 0.2, frame_s=frame_s))
            for frame_s in (0.01, 0.1, 0.037)
        ]
        assert told == told[:1] * 3

    case.run(test, url)


@cases(TURNS_BY_SOUND)
def test_another_rate_and_two_channels_are_heard_too(case: Case, url: str, forward: Sound, clubs: Sound) -> None:
    """Held samples put images of the voice above 8 kHz, of which a resampler leaves a little: hence the tolerance."""

    async def test(detector: AudioTurnDetector) -> None:
        for sound in (forward, clubs):
            frames = audio((sound, ""), 0.2)
            told = await detector.predict_end_of_turn_from_audio(frames)
            wide = await detector.predict_end_of_turn_from_audio(in_stereo_at_48_khz(frames))
            assert wide == pytest.approx(told, abs=0.15)

    case.run(test, url)


@cases(TURNS_BY_SOUND)
def test_sounds_at_once_do_not_mix(case: Case, url: str, forward: Sound, clubs: Sound) -> None:
    both = [audio((clubs, ""), 0.2), audio((forward[:RATE], ""))]

    async def test(detector: AudioTurnDetector) -> None:
        alone = [await detector.predict_end_of_turn_from_audio(frames) for frames in both]
        assert alone[0] != alone[1]
        assert await asyncio.gather(*map(detector.predict_end_of_turn_from_audio, both * 3)) == alone * 3

    case.run(test, url)


@cases(TURNS_BY_SOUND)
def test_a_question_cancelled_anywhere_harms_no_later_one(case: Case, url: str, clubs: Sound) -> None:
    frames = audio((clubs, ""), 0.2)

    async def test(detector: AudioTurnDetector) -> None:
        expected = await detector.predict_end_of_turn_from_audio(frames)
        for steps in (0, 1, 2, 5, 12, 20):
            await cancelled(lambda: detector.predict_end_of_turn_from_audio(frames), steps)
        assert await detector.predict_end_of_turn_from_audio(frames) == expected

    case.run(test, url)


@cases(TURNS_BY_SOUND)
def test_the_frames_are_left_as_they_are(case: Case, url: str, clubs: Sound) -> None:
    frames = audio((clubs, ""), 0.2)
    before = [bytes(frame.data) for frame in frames]

    async def test(detector: AudioTurnDetector) -> None:
        await detector.predict_end_of_turn_from_audio(frames)

    case.run(test, url)
    assert [bytes(frame.data) for frame in frames] == before
