"""The simulated model for speech to speech: exactly on time, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import numpy as np
import pytest
from livekit.rtc import AudioFrame

from kit.chat import ChatContext, ChatMessage, FunctionCall, FunctionCallOutput
from kit.models.simulated import Reply, SimulatedFault, SimulatedRealtime, SimulatedTTS, faulty
from kit.ports import SPEECH_MARK, SpeechMark, TokenUsage
from kit.realtime import (
    AddItem,
    CancelResponse,
    ClearAudio,
    CommitAudio,
    Configure,
    RealtimeEvent,
    RealtimeInput,
    RealtimeWarning,
    Respond,
    ResponseAudio,
    ResponseDone,
    ResponseStarted,
    ResponseText,
    ResponseToolCall,
    Truncate,
    UserSpeechEnded,
    UserSpeechStarted,
    UserTranscript,
    is_realtime,
)
from kit.timing import run_virtual
from tests.contracts.realtime_talk import Talk

R = TypeVar("R")
RATE = 16_000


def silence(seconds: float) -> list[AudioFrame]:
    return [_frame(0.1) for _ in range(round(seconds * 10))]


def speech(text: str, seconds: float = 1.0, *, told_at_start: bool = True) -> list[AudioFrame]:
    frames = [_frame(0.1) for _ in range(round(seconds * 10))]
    frames[0].userdata[SPEECH_MARK] = SpeechMark("start", text if told_at_start else "")
    frames[-1].userdata[SPEECH_MARK] = SpeechMark("end", text)
    return frames


def _frame(seconds: float) -> AudioFrame:
    samples = round(seconds * RATE)
    return AudioFrame(bytes(2 * samples), RATE, 1, samples, userdata={})


def talk(model: Any, test: Callable[[Talk], Awaitable[R]]) -> R:
    async def main() -> R:
        async with Talk(model) as one:
            one.tell(Configure("Be brief."))
            result = await test(one)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return result

    return run_virtual(main)


def told(model: Any, *inputs: RealtimeInput, wait_s: float = 30.0) -> list[tuple[float, RealtimeEvent]]:
    """All that comes of the inputs, with its time, without text and audio."""

    async def test(one: Talk) -> list[tuple[float, RealtimeEvent]]:
        one.tell(*inputs, *silence(wait_s))
        one.finish()
        await one.rest()
        pairs = zip(one.times, one.events, strict=True)
        return [pair for pair in pairs if not isinstance(pair[1], ResponseText | ResponseAudio)]

    return talk(model, test)


def said(model: SimulatedRealtime) -> list[Any]:
    return [getattr(item, "content", item) for item in model.chat_ctx]


def manual(*args: Any, **options: Any) -> SimulatedRealtime:
    return SimulatedRealtime(*args, detects_turns=False, **options)


# Turns


def test_a_turn_is_heard_and_answered_exactly_on_time() -> None:
    model = SimulatedRealtime("Yes.", ttfb=0.4, stt_delay=0.25, silence_s=0.6, speed=None)
    assert told(model, *silence(1), *speech("Is it?", 1.2)) == [
        (1.1, UserSpeechStarted(1.0)),
        (2.8, UserSpeechEnded(2.2)),
        (2.8, ResponseStarted("response_1")),
        (3.05, UserTranscript("Is it?")),
        (3.2, ResponseDone("response_1", usage=TokenUsage(4, 1))),
    ]
    assert said(model) == ["Is it?", "Yes."]
    assert model.instructions == "Be brief."


@pytest.mark.parametrize("stt_delay", [0.0, 0.2, 0.6])
def test_the_transcript_may_come_before_the_audio_or_after_it_began(stt_delay: float) -> None:
    async def test(one: Talk) -> None:
        one.tell(*speech("Is it?"))
        await one.until(UserTranscript)
        assert one.times[-1] == pytest.approx(1.5 + stt_delay)
        assert len(one.all(ResponseStarted)) == 1
        assert bool(one.all(ResponseAudio)) == (stt_delay > 0.5)

    talk(SimulatedRealtime("It is so, and so it will be.", ttfb=0.5, stt_delay=stt_delay), test)


def test_transcripts_keep_their_order() -> None:
    model = SimulatedRealtime("", stt_delay="empirical:0.1,9", seed=2)
    events = told(model, *(frame for n in range(12) for frame in [*speech(f"{n}.", 0.3), *silence(0.7)]))
    assert [event.text for _, event in events if isinstance(event, UserTranscript)] == [f"{n}." for n in range(12)]


def test_a_pause_that_is_shorter_than_the_silence_is_part_of_the_turn() -> None:
    model = SimulatedRealtime("Yes.", silence_s=0.5)
    events = told(model, *speech("Is it"), *silence(0.3), *speech("or not?"))
    assert [event for _, event in events[:2]] == [UserSpeechStarted(0.0), UserSpeechEnded(2.3)]
    assert said(model) == ["Is it or not?", "Yes."]
    assert [event.text for _, event in events if isinstance(event, UserTranscript)] == ["Is it or not?"]


def test_speech_without_words_is_a_turn_whose_transcript_is_empty() -> None:
    model = SimulatedRealtime("Bless you.")
    events = [event for _, event in told(model, *speech("", 0.2))]
    assert [event.text for event in events if isinstance(event, UserTranscript)] == [""]
    assert said(model) == ["", "Bless you."]


def test_the_user_s_speech_cancels_the_response() -> None:
    async def test(one: Talk) -> None:
        one.tell(*speech("One?"), *silence(1.7), *speech("Stop!"), *silence(0.5))
        await one.until(ResponseDone)
        assert one.times[-1] == pytest.approx(2.8)
        assert one.events[-2] == UserSpeechStarted(pytest.approx(2.7))
        cancelled = one.events[-1]
        assert cancelled == ResponseDone("response_1", "cancelled", TokenUsage(3, 20))
        made, frames = one.text("response_1"), len(one.frames("response_1"))
        assert made == "word " * 20
        await one.until(ResponseStarted)
        assert (one.text("response_1"), len(one.frames("response_1"))) == (made, frames)
        assert model.chat_ctx.items[1] == ChatMessage("assistant", made.strip(), interrupted=True)

    model = SimulatedRealtime("word " * 200, ttfb=0.0, speed=5.0)
    talk(model, test)


def test_a_response_that_was_not_heard_yet_is_cancelled_and_leaves_nothing() -> None:
    model = SimulatedRealtime(["One.", "Two."], ttfb=1.0)
    events = told(model, *speech("One?"), *silence(1.0), *speech("Two?"))
    done = [(t, event.status) for t, event in events if isinstance(event, ResponseDone)]
    assert done == [(2.1, "cancelled"), (pytest.approx(4.5, abs=0.1), "completed")]
    assert said(model) == ["One?", "Two?", "Two."]


def test_without_interruption_the_response_goes_on_and_the_turn_is_not_answered() -> None:
    model = SimulatedRealtime("word " * 40, ttfb=0.0, speed=5.0, interrupts=False)
    events = told(model, *speech("One?"), *silence(0.7), *speech("Two?", 0.3), *silence(0.5), CommitAudio())
    assert [event.status for _, event in events if isinstance(event, ResponseDone)] == ["completed"]
    assert said(model) == ["One?", ("word " * 40).strip(), "Two?"]
    assert model.chat_ctx.items[1].interrupted is False  # type: ignore[union-attr]


# Turns that the session ends


def test_without_turn_detection_it_waits_to_be_told() -> None:
    model = manual("Yes.", ttfb=0.4, stt_delay=0.2, speed=None)
    assert told(model, *speech("Is it?"), *silence(2), CommitAudio(), *silence(1), Respond("mine"), wait_s=2) == [
        (3.2, UserTranscript("Is it?")),
        (4.0, ResponseStarted("response_1", "mine")),
        (4.4, ResponseDone("response_1", usage=TokenUsage(4, 1))),
    ]


def test_several_speeches_are_one_turn_until_it_is_committed() -> None:
    model = manual()
    told(model, *speech("One"), *silence(5), *speech("two."), CommitAudio(), *speech("Three."), CommitAudio())
    assert said(model) == ["One two.", "Three."]


def test_a_commit_within_a_speech_has_its_words_if_they_are_known_and_once() -> None:
    one = speech("One two.")
    model = manual()
    told(model, *one[:5], CommitAudio(), *one[5:], *silence(1), CommitAudio())
    assert said(model) == ["One two."]
    one = speech("One two.", told_at_start=False)
    told(model, *one[:5], CommitAudio(), *one[5:], *silence(1), CommitAudio())
    assert said(model) == [""]


def test_a_commit_without_audio_is_warned_of_and_one_of_silence_is_nothing() -> None:
    model = manual()
    events = told(model, CommitAudio(), *silence(1), CommitAudio(), CommitAudio(), wait_s=0)
    assert [(t, type(event)) for t, event in events] == [(0.0, RealtimeWarning), (1.0, RealtimeWarning)]
    assert said(model) == []


@pytest.mark.parametrize("detects_turns", [True, False])
def test_cleared_audio_is_forgotten(detects_turns: bool) -> None:
    model = SimulatedRealtime("Yes.", detects_turns=detects_turns)
    one = speech("Never mind.")
    events = told(model, *one[:5], ClearAudio(), *one[5:], *silence(2), *speech("This."), *silence(1), CommitAudio())
    assert said(model)[0] == "This."
    texts = [event.text for _, event in events if isinstance(event, UserTranscript)]
    assert texts == (["", "This.", ""] if detects_turns else ["This."])
    if detects_turns:
        assert events[:4] == [
            (0.1, UserSpeechStarted(0.0)),
            (0.5, UserSpeechEnded()),
            (0.8, UserTranscript("")),
            (3.1, UserSpeechStarted(pytest.approx(3.0))),
        ]


def test_a_turn_cleared_in_the_silence_behind_it_is_not_answered() -> None:
    model = SimulatedRealtime("Yes.")
    assert told(model, *speech("Never mind."), *silence(0.3), ClearAudio()) == [
        (0.1, UserSpeechStarted(0.0)),
        (1.3, UserSpeechEnded()),
        (1.6, UserTranscript("")),
    ]
    assert said(model) == []


# Responses


@pytest.mark.parametrize(
    "text", ["Yes.", "One is here. Two came later! Was it three?", "a b c d e f g", "Well ... so?  Good.", "  x\n\ny "]
)
def test_it_speaks_as_the_simulated_voice_does_with_each_word_before_its_sound(text: str) -> None:
    async def pieces() -> AsyncIterator[str]:
        yield text

    async def voice() -> list[AudioFrame]:
        return [frame async for frame in SimulatedTTS(sample_rate=8_000, frame_s=0.05)(pieces())]

    async def test(one: Talk) -> None:
        one.tell(Respond("a"))
        await one.until(ResponseDone)
        frames = one.frames("response_1")
        wanted = run_virtual(voice)
        assert [bytes(frame.data) for frame in frames] == [bytes(frame.data) for frame in wanted]
        assert [frame.userdata for frame in frames] == [frame.userdata for frame in wanted]
        assert np.abs(np.frombuffer(frames[0].data, np.int16)).max() > 1000
        assert one.text("response_1") == text
        words = iter(text.split())
        for event, following in zip(one.events, one.events[1:], strict=False):
            if isinstance(event, ResponseText):
                assert event.text.strip() == next(words)
                assert isinstance(following, ResponseText | ResponseAudio | ResponseDone)
        assert next(words, None) is None

    talk(manual(text, sample_rate=8_000, frame_s=0.05), test)


@pytest.mark.parametrize("speed", [1.0, 4.0, 50.0])
def test_audio_is_made_at_its_speed(speed: float) -> None:
    async def test(one: Talk) -> None:
        one.tell(Respond("a"))
        await one.until(ResponseDone)
        assert one.at(ResponseStarted) == [0.0]
        assert one.at(ResponseAudio) == pytest.approx([0.3 + 0.1 * n / speed for n in range(20)], abs=2e-9)
        assert one.at(ResponseDone)[0] == one.times[-1] == one.at(ResponseAudio)[-1]

    talk(manual("x" * 30, ttfb=0.3, speed=speed), test)


def test_punctuation_is_text_without_sound() -> None:
    async def test(one: Talk) -> None:
        one.tell(Respond("a"))
        await one.until(ResponseDone)
        assert one.text("response_1") == "..." and one.frames("response_1") == []
        assert one.times[-1] == 0.5

    talk(manual("..."), test)


def test_a_response_is_cancelled_at_once_and_only_while_it_is_made() -> None:
    async def test(one: Talk) -> None:
        one.tell(Respond("a"))
        await one.until(ResponseAudio)
        one.tell(CancelResponse("another"), *silence(0.5), CancelResponse("response_1"), CancelResponse("response_1"))
        done = await one.until(ResponseDone)
        assert (done.status, one.times[-1]) == ("cancelled", 1.0)
        one.tell(*silence(5), CancelResponse("response_1"), Respond("b"))
        await one.until(ResponseDone, status="completed")
        assert [type(event) for event in one.events].count(ResponseDone) == 2
        assert one.frames("response_1") and len(one.frames("response_1")) < len(one.frames("response_2"))

    talk(manual("word " * 30), test)


def test_a_response_beside_another_one_fails_and_the_other_goes_on() -> None:
    async def test(one: Talk) -> None:
        one.tell(Respond("a"), Respond("b"))
        failed = await one.until(ResponseDone)
        assert one.all(ResponseStarted) == [ResponseStarted("response_1", "a"), ResponseStarted("response_2", "b")]
        assert (failed.response, failed.status, failed.usage) == ("response_2", "failed", None)
        assert failed.error.startswith("conversation_already_has_active_response")
        done = await one.until(ResponseDone)
        assert (done.response, done.status, done.error) == ("response_1", "completed", "")
        one.tell(Respond("c"))
        assert (await one.until(ResponseDone)).status == "completed"

    talk(manual(), test)


def test_a_reply_that_raises_is_a_response_that_failed() -> None:
    def reply(chat_ctx: ChatContext) -> str:
        raise LookupError("no idea")

    model = manual(reply)
    events = [event for _, event in told(model, Respond("a"))]
    assert events == [
        ResponseStarted("response_1", "a"),
        ResponseDone("response_1", "failed", TokenUsage(0, 0), "LookupError: no idea"),
    ]
    assert said(model) == []


def test_tools_are_called_and_their_outputs_answered() -> None:
    call = FunctionCall("", "weather", "{}")
    model = manual([Reply("Let me see.", (call,)), "It rains.", call], speed=None)

    async def test(one: Talk) -> None:
        one.tell(AddItem(ChatMessage("user", "The weather?")), Respond("a"))
        called = await one.until(ResponseToolCall)
        assert called == ResponseToolCall("response_1", FunctionCall("call_1", "weather", "{}"))
        assert isinstance(await one.next(), ResponseDone)
        one.tell(AddItem(FunctionCallOutput("call_1", "weather", "rain")), Respond("b"))
        await one.until(ResponseDone)
        assert one.text("response_2") == "It rains."
        one.tell(AddItem(ChatMessage("user", "And now?")), Respond("c", tool_choice="none"))
        await one.until(ResponseDone)
        assert len(one.all(ResponseToolCall)) == 1

    talk(model, test)
    assert [type(item) for item in model.chat_ctx] == [
        ChatMessage,
        ChatMessage,
        FunctionCall,
        FunctionCallOutput,
        ChatMessage,
        ChatMessage,
    ]


def test_the_script_is_asked_with_the_instructions_and_the_whole_conversation() -> None:
    seen = []

    def reply(chat_ctx: ChatContext) -> str:
        seen.append([item.content for item in chat_ctx if isinstance(item, ChatMessage)])
        return f"Number {len(seen)}."

    before = ChatContext([ChatMessage("user", "Before."), ChatMessage("assistant", "Yes.")])
    model = manual(reply)
    told(
        model,
        Configure("Be kind.", chat_ctx=before),
        Respond("a", instructions="Greet."),
        *silence(2),
        Configure("Be rude."),
        Respond("b"),
        *silence(2),
        Configure("", chat_ctx=ChatContext()),
        Respond("c"),
    )
    assert seen == [
        ["Be kind.\n\nGreet.", "Before.", "Yes."],
        ["Be rude.", "Before.", "Yes.", "Number 1."],
        [],
    ]
    assert said(model) == ["Number 3."]
    assert len(before) == 2


# What was heard


@pytest.mark.parametrize(
    ("audio_s", "kept"),
    [
        (0.0, None),
        (0.5, None),
        (1.0, "One"),
        (1.9, "One two"),
        (3.9, "One two three"),
        (4.0, "One two three four."),
        (99.0, "One two three four."),
    ],
)
def test_only_what_was_heard_is_remembered(audio_s: float, kept: str | None) -> None:
    model = manual("One two three four.", characters_per_s=19 / 4, speed=None)
    told(model, Respond("a"), *silence(1), Truncate("response_1", audio_s), Truncate("no such", 0.0))
    interrupted = kept != "One two three four."
    assert model.chat_ctx.items == ([ChatMessage("assistant", kept, interrupted)] if kept else [])


def test_what_a_cancelled_response_keeps_is_its_part_of_what_was_made() -> None:
    async def test(one: Talk) -> None:
        one.tell(Respond("a"))
        for _ in range(20):
            await one.until(ResponseAudio)
        one.tell(CancelResponse("response_1"), AddItem(ChatMessage("user", "Yes?")), Truncate("response_1", 1.0))
        one.finish()
        await one.rest()
        kept = model.chat_ctx.items[0]
        assert one.text("response_1").startswith(kept.content + " ")  # type: ignore[union-attr]
        assert 10 <= len(kept.content) <= 15  # type: ignore[union-attr]
        assert said(model)[1] == "Yes?"

    model = manual("word " * 40, characters_per_s=15)
    talk(model, test)


def test_what_is_truncated_before_it_is_made_stays_short() -> None:
    model = manual("One two three four.", characters_per_s=19 / 4, speed=1.0)
    told(model, Respond("a"), *silence(1), Truncate("response_1", 1.0))
    assert said(model) == ["One"]


# The stream


def test_the_end_of_the_input_ends_everything_at_once() -> None:
    async def test(one: Talk) -> None:
        one.tell(*speech("One?"), *silence(1.1), *speech("Two?")[:5])
        one.finish()
        await one.rest()
        assert one.events[-1] == ResponseDone("response_1", "cancelled", one.events[-1].usage)  # type: ignore[union-attr]
        assert asyncio.get_running_loop().time() == pytest.approx(2.6)
        assert not one.all(UserTranscript)

    talk(SimulatedRealtime("word " * 99, stt_delay=5.0, interrupts=False), test)


def test_an_error_of_the_input_is_raised() -> None:
    async def test(one: Talk) -> None:
        one.tell(*speech("One?"), *silence(1.0))
        one.finish(LookupError("unplugged"))
        with pytest.raises(LookupError, match="unplugged"):
            await one.rest()

    talk(SimulatedRealtime(), test)


def test_the_same_seed_gives_the_same_conversation() -> None:
    def conversation(seed: int) -> list[tuple[float, RealtimeEvent]]:
        model = SimulatedRealtime(ttfb="lognormal:0.5,1", stt_delay="lognormal:0.5,1", seed=seed)
        return told(model, *(frame for n in range(8) for frame in [*speech(f"{n}?"), *silence(3)]))

    assert conversation(1) == conversation(1) != conversation(2)


def test_responses_of_later_streams_have_other_names() -> None:
    model = manual()
    first, second = (told(model, Respond("a")) for _ in range(2))
    assert [first[0][1].response, second[0][1].response] == ["response_1", "response_2"]  # type: ignore[union-attr]
    assert said(model) == ["All right."]


def test_it_can_be_made_faulty() -> None:
    model = faulty(SimulatedRealtime(), at=[0], after=2)
    assert is_realtime(model) and model.detects_turns is True

    async def test(one: Talk) -> None:
        one.tell(*speech("One?"))
        one.finish()
        with pytest.raises(SimulatedFault):
            await one.rest()
        assert [type(event) for event in one.events] == [UserSpeechStarted, UserSpeechEnded]

    async def main() -> None:
        async with Talk(model) as one:
            one.tell(*speech("One?"), *silence(3))
            with pytest.raises(SimulatedFault):
                await one.rest()
            assert [type(event) for event in one.events] == [UserSpeechStarted, UserSpeechEnded]
        async with Talk(model) as again:
            again.tell(*speech("One?"), *silence(3))
            again.finish()
            await again.rest()
            assert again.all(ResponseDone)[0].status == "completed"

    run_virtual(main)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"silence_s": -1.0}, "silence_s must be 0 or more"),
        ({"speed": 0.0}, "speed must be more than 0"),
        ({"characters_per_s": 0.0}, "characters_per_s must be more than 0"),
        ({"replies": []}, "the list is empty"),
        ({"ttfb": -1}, "latency"),
    ],
)
def test_what_is_out_of_range_is_said(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SimulatedRealtime(**options)
