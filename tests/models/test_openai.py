"""Models of an OpenAI-compatible server, over real HTTP against a stand-in for such a server."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import pytest
from livekit.rtc import AudioFrame

from kit.chat import ChatContext, ChatMessage, FunctionCall, FunctionCallOutput
from kit.models.missing import EngineMissing
from kit.models.openai import ModelRequestError, OpenAILLM, OpenAISTT, OpenAITTS
from kit.models.openai.recording import LOOK_BACK_S, Recording
from kit.models.simulated import SimulatedVAD
from kit.ports import SPEECH_MARK, ChatChunk, SpeechEventType, SpeechMark, TokenUsage, VADEvent, VADEventType
from kit.timing import run_virtual
from tests.contracts.openai_stand_in import KEY, SAMPLES_PER_CHARACTER, StandIn, spoken
from tests.contracts.serving import serving


def once(fault: int | str) -> dict[str, Any]:
    """One attempt; with little patience where no answer will come, and enough for a busy machine where one will."""
    return {"timeout_s": 1.0 if fault in ("hang", "stall") else 30.0, "max_retries": 0}


@dataclass
class Tool:
    name: str
    description: str = "Tells the weather."
    parameters: dict[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})


def asked(text: str = "Hello?") -> ChatContext:
    return ChatContext([ChatMessage("system", "Be brief."), ChatMessage("user", text)])


def run(test: Callable[[StandIn], Awaitable[None]], **server: Any) -> None:
    async def main() -> None:
        async with asyncio.timeout(60), StandIn(**server) as stand_in:
            await test(stand_in)
            await stand_in.idle()

    asyncio.run(main())


async def said(llm: OpenAILLM, chat_ctx: ChatContext, *tools: Tool, **options: Any) -> list[ChatChunk]:
    try:
        return [chunk async for chunk in llm(chat_ctx, tools, **options)]
    finally:
        await llm.aclose()


async def pieces(*text: str) -> AsyncIterator[str]:
    for piece in text:
        yield piece


async def speech(*marks: tuple[str, str], rate: int = 16_000) -> AsyncIterator[AudioFrame]:
    """Frames of 0.1 s; ("start", ""), ("end", text) or ("", ""). Their samples count up, frame by frame."""
    for number, (kind, text) in enumerate(marks):
        userdata = {SPEECH_MARK: SpeechMark("start" if kind == "start" else "end", text)} if kind else {}
        yield AudioFrame(number.to_bytes(2, "little") * (rate // 10), rate, 1, rate // 10, userdata=userdata)
        await asyncio.sleep(0.01)


# Language model


def test_llm_streams_text_then_usage() -> None:
    async def test(server: StandIn) -> None:
        chunks = await said(OpenAILLM("m", base_url=server.url, temperature=0.5, max_tokens=9), asked())
        assert "".join(chunk.text for chunk in chunks) == "You are the user of 2 messages: Hello? "
        assert len(chunks) == 9
        assert chunks[-1].usage == TokenUsage(2, 9)
        assert [chunk.usage for chunk in chunks[:-1]] == [None] * 8
        sent = server.requests[0].fields
        assert (sent["model"], sent["temperature"], sent["max_tokens"]) == ("m", 0.5, 9)
        assert "tools" not in sent

    run(test)


def test_llm_tool_calls_come_whole_and_last() -> None:
    async def test(server: StandIn) -> None:
        chunks = await said(OpenAILLM("m", base_url=server.url), asked(), Tool("weather"), Tool("tides"))
        assert chunks[0].tool_calls == (
            FunctionCall("id-weather", "weather", '{"city": "Paris"}'),
            FunctionCall("id-tides", "tides", '{"city": "Paris"}'),
        )
        assert chunks[1].usage is not None and len(chunks) == 2
        assert server.requests[0].fields["tools"][0] == {
            "type": "function",
            "function": {
                "name": "weather",
                "description": "Tells the weather.",
                "parameters": {"type": "object", "properties": {}},
            },
        }

    run(test)


def test_llm_is_told_not_to_call_tools() -> None:
    async def test(server: StandIn) -> None:
        chunks = await said(OpenAILLM("m", base_url=server.url), asked(), Tool("weather"), tool_choice="none")
        assert not any(chunk.tool_calls for chunk in chunks)
        assert server.requests[0].fields["tool_choice"] == "none"

    run(test)


def test_llm_of_a_server_that_does_not_know_the_usage_option_is_asked_without_it() -> None:
    async def test(server: StandIn) -> None:
        llm = OpenAILLM("m", base_url=server.url)
        for _ in range(2):
            chunks = [chunk async for chunk in llm(asked(), ())]
            assert "".join(chunk.text for chunk in chunks).startswith("You are")
            assert not any(chunk.usage for chunk in chunks)
        await llm.aclose()
        assert ["stream_options" in request.fields for request in server.requests] == [True, False, False]

    run(test, knows_usage=False)


def test_llm_is_sent_tool_calls_with_their_outputs_directly_behind() -> None:
    chat_ctx = ChatContext(
        [
            ChatMessage("user", "Weather here and there?"),
            FunctionCall("1", "weather", '{"city":"here"}'),
            FunctionCall("2", "weather", ""),
            FunctionCall("3", "interrupted", "{}"),
            ChatMessage("assistant", ""),
            ChatMessage("user", "Quick!"),
            FunctionCallOutput("2", "weather", "rain"),
            FunctionCallOutput("1", "weather", "sun", is_error=True),
            FunctionCallOutput("9", "weather", "for nobody"),
        ]
    )

    async def test(server: StandIn) -> None:
        await said(OpenAILLM("m", base_url=server.url), chat_ctx)
        first, calls, *rest = server.requests[0].fields["messages"]
        assert first == {"role": "user", "content": "Weather here and there?"}
        assert [(call["id"], call["function"]["arguments"]) for call in calls["tool_calls"]] == [
            ("1", '{"city":"here"}'),
            ("2", "{}"),
        ]
        assert rest == [
            {"role": "tool", "tool_call_id": "1", "content": "sun"},
            {"role": "tool", "tool_call_id": "2", "content": "rain"},
            {"role": "user", "content": "Quick!"},
        ]

    run(test)


def test_llm_cancellation_closes_the_request() -> None:
    async def test(server: StandIn) -> None:
        server.token_s = 0.05
        llm = OpenAILLM("m", base_url=server.url)
        async with aclosing(llm(asked(), ())) as stream:
            await anext(stream)
        await server.idle()
        assert server.closed_early == 1
        server.token_s = 0
        assert len(await said(llm, asked())) > 5

    run(test)


@pytest.mark.parametrize(
    ("fault", "status", "retryable", "words"),
    [
        (400, 400, False, "told to answer 400"),
        (401, 401, False, "the API key is missing or wrong"),
        (404, 404, False, "no such model or address"),
        (429, 429, True, "too many requests"),
        (500, 500, True, "told to answer 500"),
        ("hang", None, True, "no answer for 1 s"),
        ("stall", None, True, "no answer for 1 s"),
        ("truncate", None, True, "no connection, or it broke"),
        ("cut", None, True, "cut short"),
        ("garbage", None, True, "not what the interface says"),
        ("html", None, True, ""),
        ("empty", None, True, "cut short"),
        ("event", None, True, "the model ran out of memory"),
    ],
)
def test_llm_failures_name_the_model_the_server_and_the_reason(
    fault: int | str, status: int | None, retryable: bool, words: str
) -> None:
    async def test(server: StandIn) -> None:
        server.faults.append(fault)
        llm = OpenAILLM("some-model", base_url=server.url, api_key=KEY, **once(fault))
        with pytest.raises(ModelRequestError) as failed:
            await said(llm, asked())
        assert "some-model" in str(failed.value)
        assert server.url in str(failed.value)
        assert words in str(failed.value)
        assert (failed.value.status, failed.value.retryable) == (status, retryable)
        assert len(await said(llm, asked())) > 5

    run(test)


@pytest.mark.parametrize("fault", [429, 500, 503])
def test_a_failure_that_passes_is_tried_again(fault: int) -> None:
    async def test(server: StandIn) -> None:
        server.faults.append(fault)
        assert len(await said(OpenAILLM("m", base_url=server.url, max_retries=1), asked())) > 5
        assert len(server.requests) == 2

    run(test)


def test_no_server() -> None:
    async def test(server: StandIn) -> None:
        with pytest.raises(ModelRequestError, match="no connection"):
            await said(OpenAILLM("m", base_url="http://127.0.0.1:9/v1", max_retries=0), asked())

    run(test)


# Keys


def test_the_key_is_sent_and_never_shown() -> None:
    async def test(server: StandIn) -> None:
        llm = OpenAILLM("m", base_url=server.url, api_key=KEY, max_retries=0)
        assert len(await said(llm, asked())) > 5
        assert server.requests[0].key == KEY
        server.faults.append(500)
        with pytest.raises(ModelRequestError) as failed:
            await said(llm, asked())
        shown = "".join(traceback.format_exception(failed.value)) + repr(llm) + repr(vars(llm)) + repr(failed.value)
        assert KEY not in shown

    run(test, needs_key=True)


def test_a_password_in_the_address_is_not_shown() -> None:
    llm = OpenAILLM("m", base_url="http://user:password@127.0.0.1:9/v1?token=secret", max_retries=0)
    assert repr(llm) == "OpenAILLM('m', base_url='http://127.0.0.1:9/v1')"


def test_a_wrong_key_that_the_server_repeats_is_not_shown() -> None:
    mistyped = KEY.upper()

    async def test(server: StandIn) -> None:
        with pytest.raises(ModelRequestError) as failed:
            await said(OpenAILLM("m", base_url=server.url, api_key=mistyped, max_retries=0), asked())
        assert "Incorrect API key provided: ***" in str(failed.value)
        assert mistyped not in "".join(traceback.format_exception(failed.value))

    run(test, needs_key=True)


def test_the_key_of_the_environment_goes_to_no_server_that_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    async def test(server: StandIn) -> None:
        await said(OpenAILLM("m", base_url=server.url), asked())
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        await said(OpenAILLM("m"), asked())
        assert [request.key for request in server.requests] == ["none", KEY]

    run(test)


@pytest.mark.parametrize("engine", [OpenAILLM, OpenAITTS, lambda: OpenAISTT(vad=SimulatedVAD())])
def test_no_key_is_said_at_once(engine: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ValueError, match="OPENAI_API_KEY"):
        engine()


@pytest.mark.parametrize("engine", [OpenAILLM, OpenAITTS, lambda **options: OpenAISTT(vad=vad, **options)])
def test_without_its_package_it_says_how_to_install_it(
    engine: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(EngineMissing, match=r"pip install 'speech-tuning-kit\[openai\]'"):
        engine(base_url="http://127.0.0.1:9/v1")


def test_virtual_time_is_refused() -> None:
    with pytest.raises(ModelRequestError, match="virtual time"):
        run_virtual(said, OpenAILLM("m", base_url="http://127.0.0.1:9/v1"), asked())


def test_each_loop_has_its_own_connections() -> None:
    with serving(StandIn) as url:
        llm = OpenAILLM("m", base_url=url)

        async def main() -> list[ChatChunk]:
            return [chunk async for chunk in llm(asked(), ())]

        first = asyncio.run(main())
        assert asyncio.run(main()) == first
    assert len(llm._connection._open) == 1


# Text to speech


async def sound(tts: OpenAITTS, *text: str) -> bytes:
    frames = [frame async for frame in tts(pieces(*text))]
    await tts.aclose()
    assert all(frame.samples_per_channel <= tts.sample_rate // 10 for frame in frames)
    return b"".join(bytes(frame.data) for frame in frames)


def test_tts_speaks_every_sentence_in_order_and_no_sample_is_lost() -> None:
    async def test(server: StandIn) -> None:
        tts = OpenAITTS("m", voice="v", base_url=server.url, speed=1.5, instructions="Gladly.")
        got = await sound(tts, "One is he", "re. Two came. Th", "ree!")
        assert got == spoken("One is here.") + spoken("Two came.") + spoken("Three!")
        assert sorted(request.fields["input"] for request in server.requests) == ["One is here.", "Three!", "Two came."]
        sent = server.requests[0].fields
        assert (sent["model"], sent["voice"], sent["response_format"]) == ("m", "v", "pcm")
        assert (sent["speed"], sent["instructions"]) == (1.5, "Gladly.")

    run(test)


def test_tts_asks_for_the_next_sentence_while_one_is_heard_and_for_no_more() -> None:
    async def test(server: StandIn) -> None:
        tts = OpenAITTS(base_url=server.url, api_key="none", read_ahead=2)
        async with aclosing(tts(pieces("One here. Two here. Three here. Four."))) as stream:
            await anext(stream)
            await server.answered(2)
            assert len(server.requests) == 2
            for _ in range(len("One here.") * SAMPLES_PER_CHARACTER // 2400):
                await anext(stream)
            await server.answered(3)
            assert len(server.requests) == 3
        await tts.aclose()

    run(test)


def test_tts_cancellation_closes_the_requests() -> None:
    async def test(server: StandIn) -> None:
        server.token_s = 0.02
        tts = OpenAITTS(base_url=server.url)
        async with aclosing(tts(pieces("One is here. Two is here. Three."))) as stream:
            await anext(stream)
        await server.idle()
        assert server.closed_early == 2
        await tts.aclose()

    run(test)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (401, "the API key"),
        (429, "too many requests"),
        (500, "500"),
        ("hang", "no answer for 1 s"),
        ("stall", "no answer for 1 s"),
        ("truncate", "it broke"),
        ("html", "text/html"),
        ("empty", "no sound for 'Two came.'"),
    ],
)
def test_tts_fails_where_the_sentence_would_be_heard(fault: int | str, words: str) -> None:
    async def test(server: StandIn) -> None:
        tts = OpenAITTS("some-voice", base_url=server.url, read_ahead=1, **once(fault))
        server.faults.extend(["", fault])
        got = []
        with pytest.raises(ModelRequestError) as failed:
            async for frame in tts(pieces("One is here. Two came. Three.")):
                got.append(bytes(frame.data))
        assert b"".join(got).startswith(spoken("One is here."))
        assert "some-voice" in str(failed.value) and words in str(failed.value)
        assert await sound(tts, "Again.") == spoken("Again.")

    run(test)


def test_tts_raises_what_the_text_raises() -> None:
    async def broken() -> AsyncIterator[str]:
        yield "One is here. Tw"
        raise LookupError("no more text")

    async def test(server: StandIn) -> None:
        tts = OpenAITTS(base_url=server.url)
        with pytest.raises(LookupError, match="no more text"):
            async for _ in tts(broken()):
                pass
        await tts.aclose()

    run(test)


# Speech to text


async def vad(frames: AsyncIterable[AudioFrame]) -> AsyncIterator[VADEvent]:
    """Tells the marked speech's start in its first frame, and its end three frames later."""
    number, end = 0, 0
    async for frame in frames:
        number += 1
        mark = frame.userdata.get(SPEECH_MARK)
        if mark and mark.kind == "start":
            yield VADEvent(VADEventType.START_OF_SPEECH, (number - 1) / 10)
        elif mark:
            end = number
        if end and number == end + 3:
            yield VADEvent(VADEventType.END_OF_SPEECH, end / 10)


TWO_SPEECHES = [("", "")] * 3 + [("start", "")] + [("", "")] * 4 + [("end", "")] + [("", "")] * 6
TWO_SPEECHES += [("start", "")] + [("", "")] + [("end", "")] + [("", "")] * 6


def test_stt_sends_each_stretch_of_speech_with_its_padding() -> None:
    async def test(server: StandIn) -> None:
        stt = OpenAISTT(vad=vad, model="m", base_url=server.url, language="en", prompt="kubectl")
        events = [event async for event in stt(speech(*TWO_SPEECHES))]
        await stt.aclose()
        kinds = SpeechEventType
        assert [(event.type, event.audio_t) for event in events] == [
            (kinds.START_OF_SPEECH, 0.3),
            (kinds.FINAL_TRANSCRIPT, 0.9),
            (kinds.END_OF_SPEECH, 0.9),
            (kinds.START_OF_SPEECH, 1.5),
            (kinds.FINAL_TRANSCRIPT, 1.8),
            (kinds.END_OF_SPEECH, 1.8),
        ]
        assert events[1].text.startswith("1.000 seconds")
        assert events[4].text.startswith("0.700 seconds")
        sent = server.requests[0].fields
        assert (sent["model"], sent["language"], sent["prompt"]) == ("m", "en", "kubectl")
        frames = sent["file"][44:]
        assert frames[:2] == (1).to_bytes(2, "little")  # 0.2 s before the speech, which is in frame 3
        assert frames[-2:] == (10).to_bytes(2, "little")

    run(test)


def test_stt_keeps_the_order_of_the_speech_when_the_server_does_not() -> None:
    async def test(server: StandIn) -> None:
        server.thinks_s.extend([0.5, 0.0])
        stt = OpenAISTT(vad=vad, base_url=server.url)
        events = [event async for event in stt(speech(*TWO_SPEECHES))]
        await stt.aclose()
        finals = [event.audio_t for event in events if event.type is SpeechEventType.FINAL_TRANSCRIPT]
        assert finals == [0.9, 1.8]

    run(test)


def test_stt_keeps_only_the_audio_that_it_may_still_need() -> None:
    async def main() -> None:
        recording = Recording()
        kept_s = 0.0
        async for _ in recording.keep(speech(*[("", "")] * 100)):
            kept_s = max(kept_s, recording.kept_s)
        assert kept_s == pytest.approx(LOOK_BACK_S, abs=0.11)
        recording.hold_from(recording.end_t - 2)
        async for _ in recording.keep(speech(*[("", "")] * 100)):
            pass
        assert recording.kept_s == pytest.approx(12, abs=0.11)
        assert len(recording.wav(8, 20)) == 44 + 12 * 32_000
        recording.let_go()
        assert recording.kept_s == pytest.approx(LOOK_BACK_S, abs=0.11)

    run_virtual(main)


def test_stt_cancellation_closes_the_request() -> None:
    async def test(server: StandIn) -> None:
        server.think_s = 5
        stt = OpenAISTT(vad=vad, base_url=server.url)
        async with aclosing(stt(speech(*TWO_SPEECHES))) as stream:
            await anext(stream)
            await server.busy.wait()
        await server.idle()
        assert server.closed_early >= 1
        await stt.aclose()

    run(test)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (401, "the API key"),
        (429, "too many requests"),
        (500, "500"),
        ("hang", "no answer for 1 s"),
        ("stall", "no answer for 1 s"),
        ("truncate", "it broke"),
        ("garbage", ""),
        ("html", "no text"),
        ("empty", ""),
        ("cut", "no text"),
    ],
)
def test_stt_failures_end_the_stream_at_once(fault: int | str, words: str) -> None:
    async def endless() -> AsyncIterator[AudioFrame]:
        async for frame in speech(*TWO_SPEECHES):
            yield frame
        await asyncio.sleep(600)

    async def test(server: StandIn) -> None:
        server.faults.append(fault)
        stt = OpenAISTT(vad=vad, model="some-model", base_url=server.url, **once(fault))
        with pytest.raises(ModelRequestError) as failed:
            async for _ in stt(endless()):
                pass
        assert "some-model" in str(failed.value) and words in str(failed.value)
        events = [event async for event in stt(speech(*TWO_SPEECHES))]
        assert len(events) == 6
        await stt.aclose()

    run(test)
