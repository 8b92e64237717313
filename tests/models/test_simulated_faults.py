"""Models that fail on purpose, models with an added latency, and the simulated turn detector."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
from livekit.rtc import AudioFrame

from kit.chat import ChatContext
from kit.models.latency import LatencyError
from kit.models.simulated import (
    Fault,
    SimulatedFault,
    SimulatedLLM,
    SimulatedSTT,
    SimulatedTTS,
    SimulatedTurnDetector,
    delayed,
    delayed_llm,
    delayed_stt,
    delayed_tts,
    faulty,
)
from kit.ports import ChatChunk, SpeechEvent, SpeechEventType, TurnDetector
from kit.timing import VirtualTimeDeadlock, run_virtual


def words(llm: Any, calls: int = 1) -> list[str]:
    """What each call yields; "!" where it raises."""

    async def main() -> list[str]:
        answers = []
        for _ in range(calls):
            answer = ""
            try:
                async for chunk in llm(ChatContext(), ()):
                    answer += chunk.text
            except SimulatedFault:
                answer += "!"
            answers.append(answer)
        return answers

    return run_virtual(main)


@pytest.mark.parametrize(("fault", "said"), [("raise", "!"), ("stop", ""), ("empty", "")])
def test_faults(fault: Fault, said: str) -> None:
    assert words(faulty(SimulatedLLM("a b c"), fault)) == [said]


@pytest.mark.parametrize(("fault", "said"), [("raise", "a b !"), ("stop", "a b "), ("empty", "")])
def test_faults_in_the_middle(fault: Fault, said: str) -> None:
    assert words(faulty(SimulatedLLM("a b c"), fault, after=2)) == [said]


def test_a_hanging_model_can_be_cancelled_and_waits_for_ever_else() -> None:
    llm = faulty(SimulatedLLM("a b c"), "hang", after=1)

    async def main() -> None:
        async with aclosing(llm(ChatContext(), ())) as stream:
            assert (await anext(stream)).text == "a "
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(100):
                    await anext(stream)

    run_virtual(main)
    with pytest.raises(VirtualTimeDeadlock):
        words(llm)


def test_chosen_calls_fail() -> None:
    assert words(faulty(SimulatedLLM("a"), at=[1, 3]), calls=5) == ["a", "!", "a", "!", "a"]


def test_random_calls_fail_by_the_seed() -> None:
    def failures(seed: int) -> list[str]:
        return words(faulty(SimulatedLLM("a"), rate=0.3, seed=seed), calls=200)

    assert failures(1) == failures(1) != failures(2)
    assert 40 <= failures(1).count("!") <= 80


def test_the_error_can_be_chosen() -> None:
    with pytest.raises(LookupError, match="mine"):
        words(faulty(SimulatedLLM("a"), error=LookupError("mine")))


def test_the_model_s_own_attributes_stay() -> None:
    assert faulty(SimulatedTTS(sample_rate=16_000)).sample_rate == 16_000


@pytest.mark.parametrize(
    ("options", "said"),
    [({"fault": "explode"}, "explode"), ({"at": [1], "rate": 0.5}, "not both"), ({"rate": 1.5}, "1.5")],
)
def test_wrong_faults_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        faulty(SimulatedLLM(), **options)


async def text(*pieces: str) -> AsyncIterator[str]:
    for piece in pieces:
        yield piece


async def no_frames() -> AsyncIterator[AudioFrame]:
    return
    yield


def test_a_delayed_llm_and_tts_start_later_and_lose_nothing() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        llm = delayed_llm(SimulatedLLM("a b c", ttft=0.1), 0.4)
        assert [(loop.time(), chunk.text) async for chunk in llm(ChatContext(), ())] == [
            (0.5, "a "),
            (0.5, "b "),
            (0.5, "c"),
            (0.5, ""),
        ]
        tts = delayed_tts(SimulatedTTS(0.1, sample_rate=8_000), 0.2)
        assert tts.sample_rate == 8_000
        assert {round(loop.time(), 9) async for _ in tts(text("Hello."))} == {0.8}

    run_virtual(main)


def test_a_delayed_stt_tells_starts_at_once_and_transcripts_later_in_order() -> None:
    kinds = SpeechEventType

    async def engine(frames: AsyncIterable[AudioFrame]) -> AsyncIterator[SpeechEvent]:
        for number in range(30):
            yield SpeechEvent(kinds.START_OF_SPEECH, audio_t=number)
            await asyncio.sleep(0.5)
            yield SpeechEvent(kinds.FINAL_TRANSCRIPT, f"{number}", number + 0.5)
            yield SpeechEvent(kinds.END_OF_SPEECH, audio_t=number + 0.5)
            await asyncio.sleep(0.5)

    async def main(delay: str) -> list[tuple[float, SpeechEvent]]:
        loop = asyncio.get_running_loop()
        stt = delayed_stt(engine, delay, seed=1)
        return [(round(loop.time(), 9), event) async for event in stt(no_frames())]

    got = run_virtual(main, "2")
    assert [t for t, event in got if event.type is kinds.START_OF_SPEECH] == list(range(30))
    assert [t for t, event in got if event.type is kinds.FINAL_TRANSCRIPT] == [n + 2.5 for n in range(30)]
    jittery = run_virtual(main, "lognormal:1,1")
    assert [event.text for _, event in jittery if event.text] == [f"{n}" for n in range(30)]
    assert [event.type for _, event in jittery if event.type is not kinds.START_OF_SPEECH] == [
        kinds.FINAL_TRANSCRIPT,
        kinds.END_OF_SPEECH,
    ] * 30


def test_closing_a_delayed_stream_closes_the_model_s() -> None:
    closed = []

    async def engine(*_: Any, **__: Any) -> AsyncIterator[ChatChunk]:
        try:
            yield ChatChunk("a")
            await asyncio.sleep(100)
        finally:
            closed.append(True)

    async def main() -> None:
        async with aclosing(delayed_llm(engine, 0.1)(ChatContext(), ())) as stream:  # type: ignore[type-var]
            await anext(stream)

    run_virtual(main)
    assert closed == [True]


def test_a_profile_delays_the_models_that_it_names() -> None:
    models = {"stt": SimulatedSTT(), "llm": SimulatedLLM(ttft=0), "tts": None, "vad": "untouched"}
    wrapped = delayed(models, "llm=0.5")
    assert wrapped["tts"] is None and wrapped["vad"] == "untouched"

    async def main() -> float:
        async for _ in wrapped["llm"](ChatContext(), ()):
            return asyncio.get_running_loop().time()
        return -1.0

    assert run_virtual(main) == 0.5
    with pytest.raises(LatencyError):
        delayed(models, "nonsense")


def test_the_turn_detector_believes_what_it_is_told() -> None:
    async def main() -> tuple[float, float, float]:
        detector = SimulatedTurnDetector(0.3, delay=0.05)
        assert isinstance(detector, TurnDetector)
        first = await detector.predict_end_of_turn(ChatContext())
        by_length = SimulatedTurnDetector(lambda chat_ctx: 0.1 * len(chat_ctx))
        chat_ctx = ChatContext()
        chat_ctx.add_message(role="user", content="Well")
        return first, asyncio.get_running_loop().time(), await by_length.predict_end_of_turn(chat_ctx)

    assert run_virtual(main) == (0.3, 0.05, 0.1)
