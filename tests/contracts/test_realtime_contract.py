"""What every realtime model holds to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import numpy as np
import pytest
from livekit.rtc import AudioFrame

from kit.chat import ChatContext, ChatMessage, FunctionCall, FunctionCallOutput
from kit.ports import TokenUsage
from kit.realtime import (
    AddItem,
    CancelResponse,
    ClearAudio,
    CommitAudio,
    Configure,
    RealtimeModel,
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
from tests.contracts.audio import RATE, Sound, audio, in_stereo_at_48_khz, seconds
from tests.contracts.engines import REALTIME, REALTIME_WITHOUT_TURNS, Case, cases
from tests.contracts.openai_realtime_stand_in import RealtimeStandIn
from tests.contracts.realtime_talk import Talk
from tests.contracts.serving import serving
from tests.contracts.test_llm_contract import Weather

R = TypeVar("R")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a stand-in for a realtime server."""
    with serving(RealtimeStandIn) as address:
        yield address


def talk(case: Case, url: str, test: Callable[[Talk], Awaitable[R]]) -> R:
    """Run a test on a configured stream. What came of it in all is checked."""

    async def main(model: RealtimeModel) -> R:
        assert is_realtime(model)
        async with Talk(model) as one:
            one.tell(Configure("Be brief.", [Weather()]))
            result = await test(one)
        check_order(one)
        return result

    return case.run(main, url)


def check_order(one: Talk) -> None:
    """Each response starts once, is done at most once, and all else of it is between. Its sound is as sounds are."""
    running: set[str] = set()
    known: set[str] = set()
    for event in one.events:
        if isinstance(event, ResponseStarted):
            assert event.response and event.response not in known
            running.add(event.response)
            known.add(event.response)
        elif isinstance(event, ResponseText | ResponseAudio | ResponseToolCall | ResponseDone):
            assert event.response in running
        if isinstance(event, ResponseDone):
            running.remove(event.response)
            assert bool(event.error) == (event.status == "failed")
    for frame in (event.frame for event in one.all(ResponseAudio)):
        assert (frame.num_channels, frame.sample_rate) == (1, 24_000)
        assert 0 < frame.samples_per_channel <= 2400


def asked(text: str, request: str, **options: str) -> tuple[AddItem, Respond]:
    return AddItem(ChatMessage("user", text)), Respond(request, **options)  # type: ignore[arg-type]


async def answered(one: Talk, text: str, request: str, **options: str) -> str:
    """The text of a response, which must be a whole one."""
    one.tell(*asked(text, request, **options))
    started = await one.until(ResponseStarted, request=request)
    done = await one.until(ResponseDone, response=started.response)
    assert done.status == "completed"
    return one.text(started.response)


# Turns


def spoken_turn(clubs: Sound) -> list[AudioFrame]:
    return audio(0.6, (clubs, "Ten of clubs."), 1.5)


@cases(REALTIME)
def test_a_turn_is_heard_and_answered(case: Case, url: str, clubs: Sound) -> None:
    async def test(one: Talk) -> None:
        one.tell(*spoken_turn(clubs))
        done = await one.until(ResponseDone)
        if not any(event.final for event in one.all(UserTranscript)):
            await one.until(UserTranscript, final=True)
        (start,), (end,), (started,) = one.all(UserSpeechStarted), one.all(UserSpeechEnded), one.all(ResponseStarted)
        assert start.audio_t == pytest.approx(0.6, abs=0.4)
        assert end.audio_t == pytest.approx(0.6 + len(clubs) / RATE, abs=0.4)
        assert started.request == ""
        assert one.events.index(start) < one.events.index(end) < one.events.index(started)
        assert done.status == "completed" and type(done.usage) is TokenUsage
        assert min(done.usage.prompt_tokens, done.usage.completion_tokens) > 0
        assert one.text(started.response).startswith("You said: ")
        assert 1 < seconds(one.frames(started.response)) < 20
        samples = np.concatenate([np.frombuffer(frame.data, np.int16) for frame in one.frames(started.response)])
        assert np.sqrt(np.mean(samples.astype(float) ** 2)) > 500
        (transcript,) = [event.text for event in one.all(UserTranscript) if event.final]
        assert transcript == transcript.strip() != ""

    talk(case, url, test)


@cases(REALTIME)
def test_several_turns_are_answered_one_after_the_other(case: Case, url: str, clubs: Sound, forward: Sound) -> None:
    async def test(one: Talk) -> None:
        for sound, text in ((clubs, "Ten of clubs."), (forward, "Go forward."), (clubs, "Ten of clubs.")):
            one.tell(*audio(0.6, (sound, text), 1.5))
            await one.until(ResponseDone, status="completed")
        assert len(one.all(UserSpeechStarted)) == len(one.all(UserSpeechEnded)) == len(one.all(ResponseStarted)) == 3
        times = [event.audio_t or 0 for event in one.events if isinstance(event, UserSpeechStarted | UserSpeechEnded)]
        assert times == sorted(times) and times[-1] > 6
        while len([event for event in one.all(UserTranscript) if event.final]) < 3:
            await one.until(UserTranscript)

    talk(case, url, test)


@cases(REALTIME)
@pytest.mark.parametrize("format_", ["8 kHz", "48 kHz stereo", "20 ms", "37 ms", "1 s"])
def test_frames_may_be_of_any_rate_and_length(case: Case, url: str, clubs: Sound, format_: str) -> None:
    lengths = {"20 ms": 0.02, "37 ms": 0.037, "1 s": 1.0}
    frames = audio(0.6, (clubs, "Ten of clubs."), 1.5, frame_s=lengths.get(format_, 0.1))
    if format_ == "48 kHz stereo":
        frames = in_stereo_at_48_khz(frames)
    elif format_ == "8 kHz":
        frames = [at_8_khz(frame) for frame in frames]

    async def test(one: Talk) -> None:
        one.tell(*frames)
        await one.until(ResponseDone, status="completed")
        assert one.all(UserSpeechStarted)[0].audio_t == pytest.approx(0.6, abs=0.4)
        assert one.all(UserSpeechEnded)[0].audio_t == pytest.approx(0.6 + len(clubs) / RATE, abs=0.4)

    talk(case, url, test)


def at_8_khz(frame: AudioFrame) -> AudioFrame:
    samples = np.frombuffer(frame.data, np.int16)[::2]
    return AudioFrame(samples.tobytes(), RATE // 2, 1, len(samples), userdata=frame.userdata)


@cases(REALTIME)
def test_the_user_s_speech_cancels_a_response(case: Case, url: str, clubs: Sound) -> None:
    async def test(one: Talk) -> None:
        one.tell(*asked("Tell me a story.", "mine"))
        await one.until(ResponseAudio)
        one.tell(*spoken_turn(clubs))
        done = await one.until(ResponseDone)
        assert (done.response, done.status) == (one.all(ResponseStarted)[0].response, "cancelled")
        assert one.all(UserSpeechStarted)
        await one.until(ResponseDone, status="completed")
        assert one.all(ResponseStarted)[1].request == ""

    talk(case, url, test)


@cases(REALTIME_WITHOUT_TURNS)
def test_without_turn_detection_a_turn_is_what_was_committed(case: Case, url: str, clubs: Sound) -> None:
    async def test(one: Talk) -> None:
        one.tell(*spoken_turn(clubs), CommitAudio())
        await one.until(UserTranscript, final=True)
        assert all(isinstance(event, UserTranscript) for event in one.events)
        one.tell(Respond("mine"))
        assert (await one.until(ResponseStarted)).request == "mine"
        await one.until(ResponseDone, status="completed")
        one.tell(*audio(1.0), CommitAudio())
        await one.until(UserTranscript, final=True)
        assert not one.all(UserSpeechStarted) + one.all(UserSpeechEnded)

    talk(case, url, test)


@cases(REALTIME_WITHOUT_TURNS)
def test_a_commit_without_audio_is_warned_of_and_the_stream_goes_on(case: Case, url: str, clubs: Sound) -> None:
    async def test(one: Talk) -> None:
        one.tell(CommitAudio())
        assert (await one.until(RealtimeWarning)).message
        one.tell(*spoken_turn(clubs), ClearAudio(), CommitAudio())
        await one.until(RealtimeWarning)
        assert await answered(one, "Turn left.", "mine")
        assert not one.all(UserTranscript)

    talk(case, url, test)


# Responses


@cases(REALTIME + REALTIME_WITHOUT_TURNS)
def test_a_response_has_the_name_of_its_request(case: Case, url: str) -> None:
    async def test(one: Talk) -> None:
        for request, text in (("one", "Turn left."), ("two", "Turn right."), ("three", "Go on.")):
            assert (await answered(one, text, request)).startswith(f"You said: {text} So I say this.")
        assert [event.request for event in one.all(ResponseStarted)] == ["one", "two", "three"]
        lengths = [seconds(one.frames(event.response)) for event in one.all(ResponseStarted)]
        assert all(length > 1 for length in lengths)

    talk(case, url, test)


@cases(REALTIME)
def test_instructions_of_a_response_are_for_it_alone_and_beside_the_session_s(case: Case, url: str) -> None:
    async def test(one: Talk) -> None:
        first = await answered(one, "Hello.", "one", instructions="Sing.")
        assert "Be brief." in first and "Sing." in first
        second = await answered(one, "Hello.", "two")
        assert "Be brief." in second and "Sing." not in second
        one.tell(Configure("Be kind.", [Weather()]))
        third = await answered(one, "Hello.", "three")
        assert "Be kind." in third and "Be brief." not in third

    talk(case, url, test)


@cases(REALTIME)
def test_a_tool_is_called_and_its_output_answered(case: Case, url: str) -> None:
    async def test(one: Talk) -> None:
        await answered(one, "How is the weather?", "one")
        ((response, call),) = [(event.response, event.call) for event in one.all(ResponseToolCall)]
        assert response == one.all(ResponseStarted)[0].response
        assert type(call) is FunctionCall and call.call_id
        assert (call.name, call.arguments) == ("weather", '{"city": "Paris"}')
        one.tell(AddItem(FunctionCallOutput(call.call_id, call.name, "It rains.")), Respond("two"))
        done = await one.until(ResponseDone, status="completed")
        assert one.text(done.response).startswith("You said: It rains.")
        await answered(one, "And the weather now?", "three", tool_choice="none")
        assert len(one.all(ResponseToolCall)) == 1

    talk(case, url, test)


@cases(REALTIME)
def test_a_response_is_cancelled_and_nothing_more_comes_of_it(case: Case, url: str) -> None:
    async def test(one: Talk) -> None:
        one.tell(*asked("Tell me a story.", "one"))
        first = (await one.until(ResponseStarted)).response
        await one.until(ResponseAudio)
        one.tell(CancelResponse(first), CancelResponse("another"))
        assert (await one.until(ResponseDone)).status == "cancelled"
        one.tell(CancelResponse(first))
        await answered(one, "Turn left.", "two")
        assert not one.all(RealtimeWarning)

    talk(case, url, test)


@cases(REALTIME)
def test_a_response_beside_another_one_is_refused(case: Case, url: str) -> None:
    async def test(one: Talk) -> None:
        one.tell(*asked("Tell me a story.", "one"))
        first = (await one.until(ResponseStarted)).response
        one.tell(Respond("two"))
        refused = await one.until(ResponseStarted)
        done = await one.until(ResponseDone)
        assert (done.response, done.status, refused.request) == (refused.response, "failed", "two")
        assert "conversation_already_has_active_response" in done.error
        assert (await one.until(ResponseAudio)).response == first
        one.tell(CancelResponse(first))
        await one.until(ResponseDone, response=first, status="cancelled")
        await answered(one, "Turn left.", "three")

    talk(case, url, test)


@cases(REALTIME)
@pytest.mark.parametrize("heard_s", [0.0, 0.8, 1.5, 99.0])
@pytest.mark.parametrize("whole", [True, False])
def test_only_what_was_heard_of_a_response_is_remembered(case: Case, url: str, heard_s: float, whole: bool) -> None:
    async def test(one: Talk) -> None:
        one.tell(*asked("Turn left." if whole else "Tell me a story.", "one"))
        response = (await one.until(ResponseStarted)).response
        while seconds(one.frames(response)) < 2:
            await one.until(ResponseAudio)
        if not whole:
            one.tell(CancelResponse(response))
        await one.until(ResponseDone)
        one.tell(Truncate(response, min(heard_s, seconds(one.frames(response)))), Truncate("another", 0.0))
        words = (await answered(one, "How long did you speak?", "two")).split()
        assert words[:3] == ["I", "spoke", "for"]
        assert float(words[3]) == pytest.approx(min(heard_s, seconds(one.frames(response))), abs=0.6)
        assert not one.all(RealtimeWarning)

    talk(case, url, test)


# The conversation


@cases(REALTIME)
def test_a_conversation_may_be_given_and_replaced(case: Case, url: str) -> None:
    before = ChatContext(
        [
            ChatMessage("user", "Is it warm?"),
            FunctionCall("1", "weather", "{}"),
            FunctionCallOutput("1", "weather", "sun"),
            ChatMessage("assistant", "It is."),
            FunctionCall("2", "weather", "{}"),
            ChatMessage("developer", "The user is old."),
            ChatMessage("assistant", ""),
            ChatMessage("user", "Turn left."),
        ]
    )

    async def test(one: Talk) -> None:
        one.tell(Configure("Be brief.", chat_ctx=before), Respond("one"))
        done = await one.until(ResponseDone, status="completed")
        assert one.text(done.response).startswith("You said: Turn left.")
        one.tell(Configure("Be kind."))
        assert "0.00" not in await answered(one, "How long did you speak?", "two")
        one.tell(Configure("Be brief.", chat_ctx=ChatContext()))
        assert "0.00" in await answered(one, "How long did you speak?", "three")
        assert not one.all(RealtimeWarning)

    talk(case, url, test)
    assert len(before) == 8


# The stream


@cases(REALTIME)
def test_the_end_of_the_input_ends_everything(case: Case, url: str, clubs: Sound) -> None:
    async def test(one: Talk) -> None:
        one.tell(*asked("Tell me a story.", "one"))
        await one.until(ResponseAudio)
        one.finish()
        await one.rest()
        assert one.all(ResponseDone)[0].status == "cancelled"
        assert one.events[-1] is one.all(ResponseDone)[0]

    async def silent(one: Talk) -> None:
        one.tell(*spoken_turn(clubs)[:10])
        one.finish()
        await one.rest()
        assert not one.all(ResponseStarted)

    talk(case, url, test)
    talk(case, url, silent)


@cases(REALTIME)
def test_a_stream_can_be_closed_or_cancelled_anywhere_and_the_engine_goes_on(
    case: Case, url: str, clubs: Sound
) -> None:
    async def main(model: RealtimeModel) -> None:
        for count in (0, 1, 2, 3, 5, 8, 12):
            async with Talk(model) as one:
                one.tell(Configure("Be brief."), *spoken_turn(clubs))
                for _ in range(count):
                    await one.next()
        for steps in (0, 1, 2, 5, 20):
            for pause_s in (0.0, 0.005 if case.live else 0.3):
                async with Talk(model) as one:
                    one.tell(Configure("Be brief."), *spoken_turn(clubs))
                    taking = asyncio.create_task(one.rest())
                    for _ in range(steps):
                        await asyncio.sleep(pause_s)
                    taking.cancel()
                    await asyncio.wait([taking])
        async with Talk(model) as one:
            one.tell(Configure("Be brief."))
            assert await answered(one, "Turn left.", "one")

    case.run(main, url)


@cases(REALTIME)
def test_two_streams_at_once_do_not_mix(case: Case, url: str) -> None:
    async def one_talk(model: RealtimeModel, text: str) -> tuple[str, set[str]]:
        async with Talk(model) as one:
            one.tell(Configure("Be brief."))
            said = [await answered(one, f"{text} {n}.", f"{n}") for n in range(3)]
            return " ".join(said), {event.response for event in one.all(ResponseStarted)}

    async def main(model: RealtimeModel) -> None:
        (left, ours), (right, theirs) = await asyncio.gather(one_talk(model, "Left"), one_talk(model, "Right"))
        assert all(f"You said: Left {n}." in left and f"You said: Right {n}." in right for n in range(3))
        assert "Right" not in left and "Left" not in right
        assert not ours & theirs

    case.run(main, url)


@cases(REALTIME)
def test_an_error_of_the_input_is_raised(case: Case, url: str, clubs: Sound) -> None:
    async def test(one: Talk) -> None:
        one.tell(*spoken_turn(clubs)[:10])
        one.finish(LookupError("unplugged"))
        with pytest.raises(LookupError, match="unplugged"):
            await one.rest()

    talk(case, url, test)
