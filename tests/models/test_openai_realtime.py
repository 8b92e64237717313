"""Speech to speech over OpenAI's realtime interface, over a real websocket against a stand-in for such a server."""

from __future__ import annotations

import asyncio
import base64
import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest
from livekit.rtc import AudioFrame

from kit.chat import ChatContext, ChatMessage, FunctionCall, FunctionCallOutput
from kit.models.missing import EngineMissing
from kit.models.openai import ModelRequestError, OpenAIRealtime
from kit.models.openai.realtime_hearing import MOST_WAITING, Hearing
from kit.models.registry import create
from kit.realtime import (
    AddItem,
    CancelResponse,
    ClearAudio,
    CommitAudio,
    Configure,
    RealtimeWarning,
    Respond,
    ResponseAudio,
    ResponseDone,
    ResponseStarted,
    ResponseToolCall,
    Truncate,
    UserSpeechEnded,
    UserSpeechStarted,
    UserTranscript,
)
from kit.timing import run_virtual
from tests.contracts.openai_realtime_protocol import problem_of_client
from tests.contracts.openai_realtime_sound import spoken
from tests.contracts.openai_realtime_stand_in import KEY, RealtimeStandIn
from tests.contracts.realtime_talk import Talk
from tests.contracts.serving import serving
from tests.contracts.test_llm_contract import Weather

STORY = (AddItem(ChatMessage("user", "Tell me a story.")), Respond("story"))
Test = Callable[[Talk, RealtimeStandIn], Awaitable[None]]


def talk(test: Test, *faults: int | str, needs_key: bool = False, **options: Any) -> None:
    """Run a test on a configured stream. The server is sent nothing that its interface does not know."""

    async def main() -> None:
        async with asyncio.timeout(60), RealtimeStandIn(needs_key=needs_key) as server:
            server.faults.extend(faults)
            model = OpenAIRealtime(base_url=server.url, **options)
            async with Talk(model) as one:
                one.tell(Configure("Be brief.", [Weather()]))
                await test(one, server)
            await model.aclose()
            await server.idle()
            for session in server.sessions:
                assert [problem for event in session.received if (problem := problem_of_client(event))] == []

    asyncio.run(main())


def tone(seconds: float, rate: int = 24_000, channels: int = 1, *, peak: int = 8000) -> list[AudioFrame]:
    """Frames of 20 ms."""
    t = np.arange(round(seconds * rate)) / rate
    sound = np.repeat((peak * np.sin(2 * np.pi * 300 * t)).astype(np.int16), channels)
    step = rate // 50 * channels
    cuts = range(0, len(sound), step)
    return [AudioFrame(sound[cut : cut + step].tobytes(), rate, channels, step // channels) for cut in cuts]


def silence(seconds: float) -> list[AudioFrame]:
    return tone(seconds, peak=0)


async def response(one: Talk, *inputs: Any) -> tuple[str, ResponseDone]:
    """The name of the next response, and how it ended."""
    one.tell(*inputs)
    name = (await one.until(ResponseStarted)).response
    return name, await one.until(ResponseDone, response=name)


# What the server is told


def test_a_session_is_configured_once_as_a_whole_and_then_only_what_may_change() -> None:
    async def test(one: Talk, server: RealtimeStandIn) -> None:
        await response(one, AddItem(ChatMessage("user", "Hello.")), Respond("one"))
        one.tell(Configure("Be kind."))
        await response(one, Respond("two"))
        (session,) = server.sessions
        assert session.model == "some-model"
        first, second = (event["session"] for event in session.told("session.update"))
        tool = {"type": "function", "name": "weather", "description": "Tells the weather."}
        assert first == {
            "type": "realtime",
            "instructions": "Be brief.",
            "tools": [{**tool, "parameters": Weather().parameters}],
            "output_modalities": ["audio"],
            "audio": {
                "input": {
                    "format": {"type": "audio/pcm", "rate": 24_000},
                    "turn_detection": {
                        "type": "server_vad",
                        "create_response": True,
                        "interrupt_response": False,
                        "silence_duration_ms": 250,
                        "threshold": 0.7,
                    },
                    "transcription": {"model": "writer", "language": "de"},
                },
                "output": {"format": {"type": "audio/pcm", "rate": 24_000}, "voice": "cedar", "speed": 1.2},
            },
            "max_output_tokens": 99,
        }
        assert second == {"type": "realtime", "instructions": "Be kind.", "tools": []}
        assert not one.all(RealtimeWarning)

    talk(
        test,
        model="some-model",
        voice="cedar",
        silence_s=0.25,
        threshold=0.7,
        interrupts=False,
        transcription="writer",
        language="de",
        speed=1.2,
        extra={"max_output_tokens": 99},
    )


@pytest.mark.parametrize(
    ("options", "detection"),
    [
        ({"turn_detection": None}, None),
        ({"turn_detection": ""}, None),
        (
            {"turn_detection": "semantic_vad", "eagerness": "high", "silence_s": 1.0},
            {"type": "semantic_vad", "create_response": True, "interrupt_response": True, "eagerness": "high"},
        ),
    ],
)
def test_turn_detection(options: dict[str, Any], detection: dict[str, Any] | None) -> None:
    async def test(one: Talk, server: RealtimeStandIn) -> None:
        await response(one, Respond("one"))
        sound = server.sessions[0].told("session.update")[0]["session"]["audio"]["input"]
        assert sound["turn_detection"] == detection
        assert sound["transcription"] is None

    talk(test, transcription=None, **options)
    assert OpenAIRealtime(base_url="http://127.0.0.1:9/v1", **options).detects_turns == (detection is not None)


def test_a_conversation_is_sent_item_by_item_and_replaced_by_another() -> None:
    before = ChatContext(
        [
            ChatMessage("system", "It is late."),
            ChatMessage("user", "Weather?"),
            FunctionCall("1", "weather", ""),
            FunctionCall("2", "interrupted", "{}"),
            FunctionCallOutput("1", "weather", "sun"),
            FunctionCallOutput("9", "weather", "for nobody"),
            ChatMessage("assistant", "Sunny."),
        ]
    )

    async def test(one: Talk, server: RealtimeStandIn) -> None:
        one.tell(Configure("Be brief.", chat_ctx=before))
        await response(one, Respond("one"))
        (session,) = server.sessions
        items = [event["item"] for event in session.told("conversation.item.create")]
        assert items == [
            {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "It is late."}]},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Weather?"}]},
            {"type": "function_call", "call_id": "1", "name": "weather", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "1", "output": "sun"},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Sunny."}]},
        ]
        assert len(session.items) == 6
        one.tell(Configure("Be brief.", chat_ctx=ChatContext([ChatMessage("user", "Hello.")])))
        name, _ = await response(one, Respond("two"))
        assert one.text(name).startswith("You said: Hello.")
        assert [item["role"] for item in session.items.values()] == ["user", "assistant"]
        assert not one.all(RealtimeWarning)

    talk(test)


def test_sound_is_sent_as_it_is_or_resampled_and_whole_at_a_commit() -> None:
    async def test(one: Talk, server: RealtimeStandIn) -> None:
        frames = tone(1.0)
        one.tell(*frames, CommitAudio())
        await one.until(UserTranscript, final=True)
        assert sent(server) == b"".join(bytes(frame.data) for frame in frames)
        one.tell(*tone(1.0, 44_100, 2), CommitAudio())
        await one.until(UserTranscript, final=True)
        samples = np.frombuffer(sent(server), np.int16)[24_000:]
        assert abs(len(samples) - 24_000) <= 1
        wanted = np.frombuffer(b"".join(bytes(frame.data) for frame in frames), np.int16)
        assert np.abs(samples[240:23_000].astype(int) - wanted[240:23_000]).max() < 40

    talk(test, turn_detection=None)


def sent(server: RealtimeStandIn) -> bytes:
    events = server.sessions[0].told("input_audio_buffer.append")
    return b"".join(base64.b64decode(event["audio"]) for event in events)


def test_a_response_is_asked_for_with_both_instructions() -> None:
    async def test(one: Talk, server: RealtimeStandIn) -> None:
        await response(one, Respond("one", instructions="Sing.", tool_choice="required"))
        await response(one, Respond("two"))
        asked = [event["response"] for event in server.sessions[0].told("response.create")]
        assert asked == [
            {"metadata": {"request": "one"}, "tool_choice": "required", "instructions": "Be brief.\n\nSing."},
            {"metadata": {"request": "two"}, "tool_choice": "auto"},
        ]

    talk(test)


def test_a_response_is_cancelled_once_and_only_while_it_runs() -> None:
    async def test(one: Talk, server: RealtimeStandIn) -> None:
        one.tell(*STORY)
        story = (await one.until(ResponseAudio)).response
        one.tell(CancelResponse("another"), CancelResponse(story))
        done = await one.until(ResponseDone)
        assert done.status == "cancelled" and done.usage is not None
        one.tell(CancelResponse(story))
        await response(one, AddItem(ChatMessage("user", "Hello.")), Respond("one"))
        assert [event["response_id"] for event in server.sessions[0].told("response.cancel")] == [story]

    talk(test)


def test_a_cancellation_that_comes_too_late_is_no_trouble() -> None:
    async def test(one: Talk, server: RealtimeStandIn) -> None:
        one.tell(*STORY)
        one.tell(CancelResponse((await one.until(ResponseAudio)).response))
        assert (await one.until(ResponseDone)).status == "completed"
        await response(one, AddItem(ChatMessage("user", "Hello.")), Respond("one"))
        assert not one.all(RealtimeWarning)
        assert len(server.sessions[0].told("response.cancel")) == 1

    talk(test, "too late")


def test_a_stream_is_closed_at_once_however_much_the_server_still_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server has a thread of its own here, so that it goes on while the stream is being closed."""
    monkeypatch.setattr("kit.models.openai.realtime_socket.CLOSE_TIMEOUT_S", 20.0)

    async def main(url: str) -> None:
        for count in (2, 3, 5, 8):
            async with Talk(OpenAIRealtime(base_url=url)) as one:
                one.tell(Configure(""), *silence(0.6), *tone(1.0), *silence(1.5))
                for _ in range(count):
                    await one.next()
                time = asyncio.get_running_loop().time
                closing_at = time()
                await one.aclose()
                assert time() - closing_at < 10

    with serving(RealtimeStandIn) as url:
        asyncio.run(main(url))


@pytest.mark.parametrize("audio_s", [0.0301, 1.2345, 99.0])
def test_a_story_is_cut_where_it_was_heard_and_not_behind_its_end(audio_s: float) -> None:
    """Not more can be cut than the server has, and of what was broken off it may have more than has arrived."""

    async def test(one: Talk, server: RealtimeStandIn) -> None:
        story = await broken_off(one)
        one.tell(Truncate(story, audio_s))
        await response(one, AddItem(ChatMessage("user", "Hello.")), Respond("one"))
        (session,) = server.sessions
        (cut,) = session.told("conversation.item.truncate")
        arrived_s = sum(frame.duration for frame in one.frames(story))
        assert cut["audio_end_ms"] == pytest.approx(1000 * min(audio_s, arrived_s), abs=1)
        assert cut["audio_end_ms"] <= 1000 * arrived_s + 1e-6
        assert session.items[cut["item_id"]]["content"] == [{"type": "output_audio"}]
        assert not one.all(RealtimeWarning)

    talk(test)


def test_a_story_that_was_not_heard_at_all_is_deleted() -> None:
    async def test(one: Talk, server: RealtimeStandIn) -> None:
        one.tell(Truncate(await broken_off(one), 0.0))
        await response(one, AddItem(ChatMessage("user", "Hello.")), Respond("one"))
        (session,) = server.sessions
        assert len(session.told("conversation.item.delete")) == 1
        assert [item["role"] for item in session.items.values()] == ["user", "user", "assistant"]
        assert not one.all(RealtimeWarning)

    talk(test)


async def broken_off(one: Talk) -> str:
    """A story that was cancelled when more than 3 s of it had arrived."""
    one.tell(*STORY)
    story = (await one.until(ResponseStarted)).response
    for _ in range(30):
        await one.until(ResponseAudio)
    one.tell(CancelResponse(story))
    await one.until(ResponseDone)
    return story


def test_a_response_that_was_heard_as_a_whole_is_left_alone() -> None:
    async def test(one: Talk, server: RealtimeStandIn) -> None:
        name, _ = await response(one, AddItem(ChatMessage("user", "Hello.")), Respond("one"))
        length_s = sum(frame.duration for frame in one.frames(name))
        one.tell(Truncate(name, length_s), Truncate(name, length_s + 1), Truncate("another", 0.0))
        await response(one, Respond("two"))
        assert not server.sessions[0].told("conversation.item.truncate")
        one.tell(Truncate(name, 1.0), Truncate(name, 0.5), Truncate(name, 0.7), Truncate(name, 0.0))
        await response(one, Respond("three"))
        cut = [event["audio_end_ms"] for event in server.sessions[0].told("conversation.item.truncate")]
        assert cut == [1000, 500]
        assert len(server.sessions[0].told("conversation.item.delete")) == 1
        assert not one.all(RealtimeWarning)

    talk(test)


# What the server tells


def test_speech_is_told_where_it_is_without_the_server_s_padding_and_silence() -> None:
    async def test(one: Talk, server: RealtimeStandIn) -> None:
        one.tell(*silence(1.0), *tone(1.5), *silence(1.0))
        assert (await one.until(UserSpeechStarted)).audio_t == pytest.approx(1.0, abs=0.011)
        assert (await one.until(UserSpeechEnded)).audio_t == pytest.approx(2.5, abs=0.011)
        await one.until(UserTranscript, final=True)
        texts = [(event.text, event.final) for event in one.all(UserTranscript)]
        assert texts == [("1500", False), ("1500 ms of speech.", True)]

    talk(test, silence_s=0.4)


@pytest.mark.parametrize("fault", ["", "odd"])
def test_no_sample_of_a_response_is_lost_and_its_words_are_whole(fault: str) -> None:
    async def test(one: Talk, server: RealtimeStandIn) -> None:
        name, done = await response(one, AddItem(ChatMessage("user", "Hello.")), Respond("one"))
        text = "You said: Hello. So I say this. Be brief."
        assert b"".join(bytes(frame.data) for frame in one.frames(name)) == spoken(text)
        assert one.text(name).strip() == text
        assert done.usage is not None and done.usage.completion_tokens == 10

    talk(test, fault)


@pytest.mark.parametrize("fault", ["beta", "anonymous"])
def test_servers_that_differ_a_little_are_understood(fault: str) -> None:
    """One uses the names of the beta; one keeps no metadata, and tells calls only when the response is done."""

    async def test(one: Talk, server: RealtimeStandIn) -> None:
        name, _ = await response(one, AddItem(ChatMessage("user", "How is the weather?")), Respond("one"))
        assert one.all(ResponseStarted) == [ResponseStarted(name, "one")]
        assert [event.call.name for event in one.all(ResponseToolCall)] == ["weather"]
        assert one.text(name) and one.frames(name)
        one.tell(Configure("", chat_ctx=ChatContext([ChatMessage("user", "Hello.")])))
        await response(one, Respond("two"))
        assert len(server.sessions[0].items) == 2

    talk(test, fault, turn_detection=None)


@pytest.mark.parametrize(
    ("fault", "said"),
    [("fail", "the response is failed: the model ran out of memory"), ("incomplete", "max_output_tokens")],
)
def test_a_response_that_fails_says_why_and_the_stream_goes_on(fault: str, said: str) -> None:
    async def test(one: Talk, server: RealtimeStandIn) -> None:
        for request in ("one", "two"):
            _, done = await response(one, Respond(request))
            assert done.status == "failed" and done.usage is not None
            assert said in done.error and server.url in done.error and "some-model" in done.error

    talk(test, fault, model="some-model")


def test_a_transcription_that_fails_is_warned_of() -> None:
    async def test(one: Talk, server: RealtimeStandIn) -> None:
        one.tell(*tone(1.0), *silence(1.0))
        assert "not transcribed: nobody was there to write" in (await one.until(RealtimeWarning)).message
        await one.until(ResponseDone, status="completed")
        assert [event.text for event in one.all(UserTranscript)] == [""]

    talk(test, "transcription")


def test_transcripts_come_in_the_order_of_the_turns() -> None:
    async def test(one: Talk, server: RealtimeStandIn) -> None:
        for length_s in (0.5, 1.0, 1.5):
            one.tell(*tone(length_s), CommitAudio())
        while len([event for event in one.all(UserTranscript) if event.final]) < 3:
            await one.until(UserTranscript)
        texts = [event.text for event in one.all(UserTranscript)]
        assert [text for text in texts if " " in text] == [f"{ms} ms of speech." for ms in (500, 1000, 1500)]
        assert [event.final for event in one.all(UserTranscript)][-3:] == [True] * 3

    talk(test, "overtaking", turn_detection=None)


def hearing(*, transcribes: bool = True) -> tuple[Hearing, list[Any]]:
    events: list[Any] = []
    one = Hearing(events.append, lambda reason: reason)
    one.configured({"audio": {"input": {"transcription": {"model": "m"} if transcribes else None}}})
    return one, events


def test_a_transcript_that_does_not_come_holds_the_others_up_only_for_a_while() -> None:
    one, events = hearing()
    for number in range(6):
        one.committed({"item_id": f"{number}"})
    for number in range(1, MOST_WAITING + 1):
        one.transcribed({"item_id": f"{number}", "transcript": f"Number {number}."})
    assert events == []
    one.transcribed({"item_id": f"{MOST_WAITING + 1}", "transcript": "One more."})
    assert [event.text for event in events] == ["", "Number 1.", "Number 2.", "Number 3.", "One more."]
    one.transcribed({"item_id": "0", "transcript": "Late."})
    assert events[-1] == UserTranscript("Late.")


@pytest.mark.parametrize("transcribes", [True, False])
def test_speech_that_is_cleared_while_it_goes_on_has_an_end_and_no_words(transcribes: bool) -> None:
    one, events = hearing(transcribes=transcribes)
    one.cleared()
    one.started({"audio_start_ms": 100})
    one.cleared()
    one.cleared()
    assert events == [UserSpeechStarted(0.1), UserSpeechEnded(), *([UserTranscript("")] if transcribes else [])]


def test_what_is_refused_is_warned_of_and_the_stream_goes_on() -> None:
    async def test(one: Talk, server: RealtimeStandIn) -> None:
        one.tell(CommitAudio())
        assert "nothing to commit" in (await one.until(RealtimeWarning)).message
        one.tell(AddItem(FunctionCallOutput("nobody's", "weather", "rain")))
        assert "Tool call ID 'nobody's' not found" in (await one.until(RealtimeWarning)).message
        one.tell(*tone(1.0), ClearAudio(), CommitAudio())
        await one.until(RealtimeWarning)
        _, done = await response(one, Respond("one"))
        assert done.status == "completed"

    talk(test, turn_detection=None)


def test_an_error_that_belongs_to_nothing_is_warned_of_without_the_key() -> None:
    async def test(one: Talk, server: RealtimeStandIn) -> None:
        _, done = await response(one, Respond("one"))
        assert done.status == "completed"
        (warning,) = one.all(RealtimeWarning)
        assert "it is warm in here, Bearer ***" in warning.message

    talk(test, "error", api_key=KEY)


# Failures


@pytest.mark.parametrize(
    ("fault", "status", "retryable", "words"),
    [
        (400, 400, False, "400: this stand-in was told to answer 400"),
        (401, 401, False, "the API key is missing or wrong"),
        (404, 404, False, "no such model or address"),
        (429, 429, True, "too many requests"),
        (503, 503, True, "told to answer 503"),
        ("hang", None, True, "no answer for 1 s"),
        ("mute", None, True, "no answer for 1 s"),
        ("refuse", None, False, "told to refuse to be configured"),
        ("drop", None, True, "the connection broke"),
        ("goodbye", None, True, "(1001 expired): Your session hit the maximum duration of 60 minutes."),
        ("garbage", None, True, "not what the interface says (b'{not json')"),
        ("list", None, True, "not what the interface says (b'[1, 2]')"),
        ("malformed", None, True, "response.output_audio.delta is not what the interface says (KeyError: 'delta')"),
    ],
)
def test_failures_name_the_model_the_server_and_the_reason(
    fault: int | str, status: int | None, retryable: bool, words: str
) -> None:
    async def test(one: Talk, server: RealtimeStandIn) -> None:
        one.tell(Respond("one"))
        with pytest.raises(ModelRequestError) as failed:
            await one.rest()
        assert "some-model" in str(failed.value) and server.url in str(failed.value)
        assert words in str(failed.value)
        assert (failed.value.status, failed.value.retryable) == (status, retryable)
        again = OpenAIRealtime(base_url=server.url)
        async with Talk(again) as another:
            _, done = await response(another, Configure(""), Respond("two"))
            assert done.status == "completed"

    quick = {"timeout_s": 1.0} if fault in ("hang", "mute") else {}
    talk(test, fault, model="some-model", **quick)


def test_a_server_that_goes_silent_is_noticed_while_it_is_sent_sound() -> None:
    async def test(one: Talk, server: RealtimeStandIn) -> None:
        async def speak() -> None:
            while True:
                one.tell(*silence(0.02))
                await asyncio.sleep(0.01)

        speaking = asyncio.create_task(speak())
        one.tell(Respond("one"))
        with pytest.raises(ModelRequestError, match=r"no answer for 1 s"):
            await one.rest()
        speaking.cancel()
        await asyncio.wait([speaking])

    talk(test, "mute", timeout_s=1.0)


def test_nothing_is_awaited_of_a_server_that_has_nothing_to_say() -> None:
    async def test(one: Talk, server: RealtimeStandIn) -> None:
        await response(one, Respond("one"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2.5):
                await one.next()

    talk(test, timeout_s=2.0)


def test_no_server_and_one_of_another_kind() -> None:
    async def fails(url: str, words: str) -> None:
        async with Talk(OpenAIRealtime(base_url=url)) as one:
            with pytest.raises(ModelRequestError, match=words):
                await one.rest()

    async def test(one: Talk, server: RealtimeStandIn) -> None:
        await fails("http://127.0.0.1:9/v1", "no connection")
        await fails(f"{server.url}/nowhere", "404 no such model or address")

    talk(test)


# Keys


def test_the_key_is_sent_and_never_shown() -> None:
    async def test(one: Talk, server: RealtimeStandIn) -> None:
        await response(one, Respond("one"))
        assert server.keys == [KEY]
        model = OpenAIRealtime(base_url=server.url, api_key=KEY)
        assert KEY not in repr(model) + repr(vars(model))
        server.faults.append("drop")
        async with Talk(model) as another:
            another.tell(Configure(""), Respond("two"))
            with pytest.raises(ModelRequestError) as failed:
                await another.rest()
        assert KEY not in "".join(traceback.format_exception(failed.value))

    talk(test, needs_key=True, api_key=KEY)


def test_a_wrong_key_that_the_server_repeats_is_not_shown() -> None:
    mistyped = KEY.upper()

    async def test(one: Talk, server: RealtimeStandIn) -> None:
        with pytest.raises(ModelRequestError) as failed:
            await one.rest()
        assert "Incorrect API key provided: ***" in str(failed.value)
        assert mistyped not in "".join(traceback.format_exception(failed.value))

    talk(test, needs_key=True, api_key=mistyped)


def test_the_key_of_the_environment_goes_to_no_server_that_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    async def test(one: Talk, server: RealtimeStandIn) -> None:
        await response(one, Respond("one"))
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        async with Talk(OpenAIRealtime()) as another:
            await response(another, Configure(""), Respond("two"))
        assert server.keys == ["none", KEY]

    talk(test)


def test_no_key_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ValueError, match="OPENAI_API_KEY"):
        OpenAIRealtime()


def test_a_password_in_the_address_is_not_shown() -> None:
    model = OpenAIRealtime("m", base_url="http://user:password@127.0.0.1:9/v1?token=secret")
    assert repr(model) == "OpenAIRealtime('m', voice='marin', base_url='http://127.0.0.1:9/v1')"


# Making one


@pytest.mark.parametrize("package", ["openai", "websockets.asyncio.client"])
def test_without_its_packages_it_says_how_to_install_them(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EngineMissing, match=r"pip install 'speech-tuning-kit\[openai\]'"):
        OpenAIRealtime(base_url="http://127.0.0.1:9/v1")


def test_virtual_time_is_refused() -> None:
    async def main() -> None:
        async with Talk(OpenAIRealtime(base_url="http://127.0.0.1:9/v1")) as one:
            await one.rest()

    with pytest.raises(ModelRequestError, match="virtual time"):
        run_virtual(main)


def test_it_has_a_name_in_the_registry() -> None:
    text = "openai-realtime:gpt-x?base_url=http://127.0.0.1:9/v1&turn_detection=&silence_s=0.3&interrupts=false"
    model = create("llm", text)
    assert isinstance(model, OpenAIRealtime)
    assert (model.model, model.detects_turns) == ("gpt-x", False)
    assert create("llm", "simulated-realtime:0.7?detects_turns=false&speed=").speed is None


def test_a_turn_detection_that_there_is_not_is_named() -> None:
    with pytest.raises(
        ValueError, match="turn_detection must be one of server_vad, semantic_vad or None, not 'psychic'"
    ):
        OpenAIRealtime(base_url="http://127.0.0.1:9/v1", turn_detection="psychic")  # type: ignore[arg-type]
