"""The OpenAI plugin's realtime model as the kit's, where it differs from others: settings, failures and connections.

What holds for every realtime model is in the contract.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from livekit.agents import APIConnectOptions, llm
from livekit.plugins import openai
from openai.types.beta.realtime.session import TurnDetection

from kit.chat import ChatContext, ChatMessage, FunctionCall, FunctionCallOutput
from kit.models.livekit_plugin import LiveKitRealtime, adapt
from kit.models.openai import ModelRequestError
from kit.realtime import (
    AddItem,
    CancelResponse,
    Configure,
    RealtimeWarning,
    Respond,
    ResponseDone,
    ResponseStarted,
    Truncate,
    UserSpeechStarted,
)
from kit.timing import run_virtual
from tests.contracts.audio import audio
from tests.contracts.livekit_plugins import RealtimePlugin
from tests.contracts.openai_realtime_stand_in import KEY, RealtimeStandIn
from tests.contracts.realtime_talk import Talk
from tests.contracts.test_llm_contract import Weather
from tests.models.recordings import recording

BRIEF = Configure("Be brief.")
HELLO = AddItem(ChatMessage("user", "Hello."))
ONCE = APIConnectOptions(max_retry=0)


def model(server: RealtimeStandIn, *, detects_turns: bool | None = None, **options: Any) -> LiveKitRealtime:
    adapted: LiveKitRealtime = adapt(RealtimePlugin(server.url, **options), detects_turns=detects_turns)
    return adapted


def run(test: Callable[[RealtimeStandIn], Awaitable[None]], **options: Any) -> None:
    async def main() -> None:
        async with asyncio.timeout(60), RealtimeStandIn(**options) as server:
            await test(server)
            await server.idle()
        for _ in range(5):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


# Settings


def test_who_detects_turns_is_as_the_plugin_was_made_or_as_it_is_told() -> None:
    made = openai.realtime.RealtimeModel(api_key=KEY)
    without = openai.realtime.RealtimeModel(api_key=KEY, turn_detection=None)
    assert [adapt(made).detects_turns, adapt(without).detects_turns] == [True, False]
    assert not adapt(made, detects_turns=False).detects_turns
    with pytest.raises(ValueError, match="does not detect turns"):
        adapt(without, detects_turns=True)
    fixed = openai.realtime.RealtimeModel(api_key=KEY, turn_detection=TurnDetection(type="server_vad"))
    with pytest.raises(ValueError, match="turn_detection=None"):
        adapt(fixed, detects_turns=False)


def test_only_what_has_changed_is_configured_again() -> None:
    before = ChatContext([ChatMessage("user", "hello"), ChatMessage("assistant", "good day")])
    before.append(FunctionCall("c", "weather", "{}"))
    before.append(FunctionCallOutput("c", "weather", "sun"))
    after = before.copy()
    after.replace(1, ChatMessage("assistant", "good"))

    async def test(server: RealtimeStandIn) -> None:
        async with Talk(model(server)) as talk:
            talk.tell(Configure("Be brief.", [Weather()], before), Respond("one", tool_choice="none"))
            await talk.until(ResponseDone)
            (session,) = server.sessions
            (tool,) = session.config["tools"]
            assert (tool["name"], tool["parameters"]) == ("weather", Weather().parameters)
            assert session.told("response.create")[0]["response"]["tool_choice"] == "none"
            sent = len(session.received)
            talk.tell(Configure("Be kind.", [Weather()], after), Respond("two"))
            await talk.until(ResponseDone)
            changes = [event["type"] for event in session.received[sent:]]
            assert changes == [
                "session.update",
                "conversation.item.delete",  # the answer that the model gave, as it is not in what it is told
                "conversation.item.delete",
                "conversation.item.create",
                "response.create",
            ]
            assert session.received[sent]["session"]["instructions"] == "Be kind."

    run(test)


def test_a_call_that_the_model_made_is_not_added_again() -> None:
    async def test(server: RealtimeStandIn) -> None:
        async with Talk(model(server)) as talk:
            question = AddItem(ChatMessage("user", "How is the weather?"))
            talk.tell(Configure("Be brief.", [Weather()]), question, Respond("one"))
            await talk.until(ResponseDone)
            (call,) = [event.call for event in talk.events if hasattr(event, "call")]
            output = FunctionCallOutput(call.call_id, "weather", "rain")
            talk.tell(AddItem(call), AddItem(output), AddItem(ChatMessage("user", "")), Respond("two"))
            await talk.until(ResponseDone, status="completed")
            created = [event["item"]["type"] for event in server.sessions[0].told("conversation.item.create")]
            assert created == ["message", "function_call_output"]

    run(test)


# Failures


def test_a_response_that_fails_says_why() -> None:
    async def test(server: RealtimeStandIn) -> None:
        server.faults.append("fail")
        async with Talk(model(server)) as talk:
            talk.tell(BRIEF, HELLO, Respond("one"))
            done = await talk.until(ResponseDone)
            assert done.status == "failed" and "the model ran out of memory" in done.error
            assert done.usage is not None
            assert not talk.all(RealtimeWarning)

    run(test)


def test_an_error_that_belongs_to_nothing_is_warned_of_without_the_key() -> None:
    async def test(server: RealtimeStandIn) -> None:
        server.faults.append("error")
        async with Talk(model(server)) as talk:
            talk.tell(BRIEF, HELLO, Respond("one"))
            await talk.until(ResponseDone, status="completed")
            (warning,) = talk.all(RealtimeWarning)
            assert "it is warm in here, Bearer ***" in warning.message
            assert KEY not in warning.message

    run(test)


@pytest.mark.parametrize("fault", ["drop", "goodbye"])
def test_a_lost_connection_is_restored_and_its_response_has_failed(fault: str) -> None:
    async def test(server: RealtimeStandIn) -> None:
        server.faults.append(fault)
        async with Talk(model(server)) as talk:
            talk.tell(BRIEF, HELLO, *audio(1.0), Respond("one"))
            done = await talk.until(ResponseDone)
            assert done.status == "failed" and "connection" in done.error
            assert any("connection" in warning.message for warning in talk.all(RealtimeWarning))
            talk.tell(Respond("two"), Truncate(done.response, 0.1))
            again = await talk.until(ResponseDone)
            assert again.status == "completed" and talk.text(again.response).startswith("You said: Hello.")
            assert server.sessions[1].config["instructions"] == "Be brief."

    run(test)


def test_the_times_of_the_user_s_speech_count_on_over_a_lost_connection(speech_dir: Path) -> None:
    clubs = recording(speech_dir, "cards-001")

    async def test(server: RealtimeStandIn) -> None:
        server.faults.append("drop")
        async with Talk(model(server)) as talk:
            talk.tell(BRIEF, *audio(2.0), HELLO, Respond("one"))
            await talk.until(ResponseDone, status="failed")
            talk.tell(*audio(0.6, (clubs, ""), 1.5))
            started = await talk.until(UserSpeechStarted)
            assert started.audio_t == pytest.approx(2.6, abs=0.4)

    run(test)


def test_while_a_request_is_not_answered_no_other_is_made() -> None:
    async def test(server: RealtimeStandIn) -> None:
        server.faults.append("mute")
        async with Talk(model(server)) as talk:
            talk.tell(BRIEF, HELLO, Respond("one"), Respond("two"))
            refused = await talk.until(ResponseDone)
            assert "already_has_active_response" in refused.error
            assert [event.request for event in talk.all(ResponseStarted)] == ["two"]

    run(test)


@pytest.mark.parametrize("fault", [401, 404, 500])
def test_no_connection_is_raised_without_the_key(fault: int) -> None:
    async def test(server: RealtimeStandIn) -> None:
        server.faults.append(fault)
        async with Talk(model(server, conn_options=ONCE)) as talk:
            talk.tell(BRIEF, Respond("one"))
            with pytest.raises(ModelRequestError, match="RealtimePlugin m: ") as failed:
                await talk.rest()
        assert KEY not in "".join(traceback.format_exception(failed.value))

    run(test)


def test_a_server_that_hangs_keeps_nobody_from_leaving() -> None:
    async def test(server: RealtimeStandIn) -> None:
        server.faults.append("hang")
        async with Talk(model(server)) as talk:
            talk.tell(BRIEF, HELLO, Respond("one"))
            await asyncio.sleep(0.1)
            talk.finish()
            await talk.rest()
        assert talk.events == []

    run(test)


def test_virtual_time_is_refused() -> None:
    async def main() -> None:
        async with Talk(adapt(openai.realtime.RealtimeModel(api_key=KEY))) as talk:
            await talk.next()

    with pytest.raises(ModelRequestError, match="virtual time"):
        run_virtual(main)


# A plugin that is made otherwise


class AnsweringPlugin(llm.RealtimeModel):
    """A stand-in for a plugin that can do little, answers tools' outputs by itself and measures nothing."""

    def __init__(self) -> None:
        super().__init__(
            capabilities=llm.RealtimeCapabilities(
                message_truncation=False,
                turn_detection=False,
                user_transcription=False,
                auto_tool_reply_generation=True,
                audio_output=True,
                manual_function_calls=False,
            )
        )
        self.made: list[AnsweringSession] = []

    def session(self, *, turn_detection_disabled: bool = False) -> AnsweringSession:
        self.made.append(AnsweringSession(self))
        return self.made[-1]

    async def aclose(self) -> None: ...


class AnsweringSession(llm.RealtimeSession):
    def __init__(self, plugin: AnsweringPlugin) -> None:
        super().__init__(plugin)
        self.calls: list[Any] = []
        self.context = llm.ChatContext.empty()

    @property
    def chat_ctx(self) -> llm.ChatContext:
        return self.context

    @property
    def tools(self) -> llm.ToolContext:
        return llm.ToolContext.empty()

    async def update_instructions(self, instructions: str) -> None:
        self.calls.append(instructions)

    async def update_chat_ctx(self, chat_ctx: llm.ChatContext) -> None:
        self.context = chat_ctx
        last = chat_ctx.items[-1]
        if last.type == "function_call_output":
            self.emit("generation_created", self.generation(last.output, user_initiated=False))
        elif last.text_content == "refuse":
            raise llm.RealtimeError("no more items")

    async def update_tools(self, tools: list[llm.Tool]) -> None: ...

    def generate_reply(self, **options: Any) -> asyncio.Future[llm.GenerationCreatedEvent]:
        self.calls.append(options)
        asked = asyncio.get_running_loop().create_future()
        generation = self.generation("asked", user_initiated=True)
        self.emit("generation_created", generation)
        asked.set_result(generation)
        return asked

    def generation(self, text: str, *, user_initiated: bool) -> llm.GenerationCreatedEvent:
        modalities = asyncio.get_running_loop().create_future()
        modalities.set_result(["text"])
        message = llm.MessageGeneration("m", _all(text), _all(), modalities)
        return llm.GenerationCreatedEvent(_all(message), _all(), user_initiated)

    def interrupt(self) -> None:
        self.calls.append("interrupt")

    def truncate(self, **options: Any) -> None:
        self.calls.append(options)

    def push_audio(self, frame: Any) -> None: ...
    def push_video(self, frame: Any) -> None: ...
    def commit_audio(self) -> None: ...
    def clear_audio(self) -> None: ...
    def update_options(self, **options: Any) -> None: ...
    async def aclose(self) -> None: ...


async def _all(*items: Any) -> Any:
    for item in items:
        yield item


def test_a_plugin_that_answers_outputs_by_itself_is_not_asked_to() -> None:
    async def main() -> None:
        plugin = AnsweringPlugin()
        async with Talk(adapt(plugin)) as talk:
            talk.tell(BRIEF, Respond("one", instructions="Sing.", tool_choice="none"))
            done = await talk.until(ResponseDone)
            assert (talk.all(ResponseStarted)[0].request, talk.text(done.response)) == ("one", "asked")
            talk.tell(Truncate(done.response, 0.1), CancelResponse(done.response))
            talk.tell(AddItem(FunctionCallOutput("c", "weather", "rain")), Respond("two"))
            done = await talk.until(ResponseDone)
            assert talk.text(done.response) == "rain"
            talk.tell(AddItem(ChatMessage("user", "refuse")))
            assert "no more items" in (await talk.until(RealtimeWarning)).message
        assert plugin.made[0].calls == ["Be brief.", {"instructions": "Sing."}]

    asyncio.run(main())
