"""The agent's nodes, hooks and tools."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable

import numpy as np
import pytest
from livekit.rtc import AudioFrame

from kit import Agent, ChatContext, Limits, ModelSettings, RunContext, StopResponse, ToolError, function_tool
from kit.chat import FunctionCall, FunctionCallOutput
from kit.session.records import Error, SpeechFinished, ToolCalled, ToolReturned
from kit.session.tools import tools_of
from tests.session.scenes import Scene, hold


class Upper(Agent):
    """Every kind of node: an async generator, a coroutine that returns an iterable, a plain function."""

    async def stt_node(self, audio, model_settings):  # type: ignore[no-untyped-def]
        async for event in Agent.default.stt_node(self, audio, model_settings):
            event.text = event.text.replace("weather", "forecast")
            yield event

    async def llm_node(self, chat_ctx, tools, model_settings):  # type: ignore[no-untyped-def]
        assert model_settings == ModelSettings("auto")
        return Agent.default.llm_node(self, chat_ctx, tools, model_settings)

    def tts_node(self, text, model_settings):  # type: ignore[no-untyped-def]
        async def shout() -> AsyncIterable[str]:
            async for chunk in text:
                yield chunk.upper()

        return Agent.default.tts_node(self, shout(), model_settings)


async def one_turn(scene: Scene) -> None:
    await scene.ask()
    await asyncio.sleep(6)


def test_nodes_wrap_their_models_and_the_history_keeps_the_text() -> None:
    given: list[str] = []

    async def tts(text):  # type: ignore[no-untyped-def]
        async for chunk in text:
            given.append(chunk)
        yield AudioFrame.create(16_000, 1, 1600)

    scene = hold(one_turn, agent=Upper(), tts=tts)
    assert scene.said() == [("user", "what is the forecast"), ("assistant", "It is sunny in Paris.")]
    assert "".join(given) == "IT IS SUNNY IN PARIS."


@pytest.mark.parametrize("answer", ["Plainly.", None])
def test_an_llm_node_may_return_text_or_nothing(answer: str | None) -> None:
    class Plain(Agent):
        async def llm_node(self, chat_ctx, tools, model_settings):  # type: ignore[no-untyped-def]
            return answer

    scene = hold(one_turn, agent=Plain())
    assert [text for role, text in scene.said() if role == "assistant"] == ([answer] if answer else [])
    assert scene.of(Error) == []


def test_on_enter_may_greet() -> None:
    class Greeter(Agent):
        async def on_enter(self) -> None:
            await self.session.say("Welcome.")

    scene = hold(lambda scene: asyncio.sleep(3), agent=Greeter())
    assert scene.said() == [("assistant", "Welcome.")]


def test_on_exit_may_say_goodbye() -> None:
    class Polite(Agent):
        async def on_exit(self) -> None:
            await self.session.say("Goodbye.")

    assert hold(lambda scene: asyncio.sleep(1), agent=Polite()).said() == [("assistant", "Goodbye.")]


def test_a_tool_may_close_the_session() -> None:
    class HangsUp(Agent):
        @function_tool
        async def end_call(self, ctx: RunContext) -> None:
            """End the call."""
            await ctx.speech_handle.wait_for_playout()
            await ctx.session.aclose("the user hung up")

    from kit.models.simulated import Reply
    from kit.session.records import SessionClosed

    replies = [Reply("Goodbye then.", (FunctionCall("", "end_call", "{}"),)), "Never said."]
    scene = hold(one_turn, agent=HangsUp(), replies=replies)
    assert scene.said()[-1] == ("assistant", "Goodbye then.")
    (closed,) = scene.of(SessionClosed)
    assert closed.reason == "the user hung up" and closed.t < 4


def test_on_enter_that_raises_is_an_error() -> None:
    class Broken(Agent):
        async def on_enter(self) -> None:
            raise ValueError("broken entry")

    scene = hold(lambda scene: asyncio.sleep(3), agent=Broken())
    assert [error.message for error in scene.of(Error)] == ["broken entry"]


def test_pronunciation_reaches_the_tts_and_not_the_history() -> None:
    given: list[str] = []

    async def tts(text):  # type: ignore[no-untyped-def]
        async for chunk in text:
            given.append(chunk)
        yield AudioFrame.create(16_000, 1, 1600)

    async def act(scene: Scene) -> None:
        terms = {"kubectl": "kube control"}
        scene.session.tuning = scene.session.tuning.replace({"pronunciation.terms": terms})
        await scene.session.say("Run kubectl now.")

    scene = hold(act, tts=tts)
    assert "".join(given) == "Run kube control now."
    assert scene.said() == [("assistant", "Run kubectl now.")]


def test_volume_changes_what_is_heard_from_the_next_frame() -> None:
    async def act(scene: Scene) -> None:
        handle = scene.session.say("One two three four five six seven.")
        await asyncio.sleep(1.0)
        scene.session.tuning = scene.session.tuning.replace({"volume.level": 0})
        await handle

    scene = hold(act)
    level = [(t, int(np.abs(np.frombuffer(bytes(frame.data), np.int16).astype(int)).max())) for t, frame in scene.heard]
    assert all(peak > 1000 for t, peak in level if t < 1.0)
    assert all(peak == 0 for t, peak in level if t > 1.25)


class Clerk(Agent):
    def __init__(self) -> None:
        super().__init__(instructions="Help.")
        self.calls: list[object] = []

    @function_tool()
    async def set_volume(self, volume: int) -> str:
        """Set the volume of the audio output.

        Args:
            volume (int): The volume level to set. Must be between 0 and 100.
        """
        self.calls.append(volume)
        return "done"

    @function_tool
    async def end_call(self, ctx: RunContext) -> None:
        """The user wants to end the call."""
        speech = ctx.session.current_speech
        assert speech is ctx.speech_handle
        await speech.wait_for_playout()
        self.calls.append(("ended", asyncio.get_running_loop().time()))

    @function_tool(name="fail")
    def fails(self, kind: str) -> None:
        """Fail."""
        if kind == "stop":
            raise StopResponse
        raise ToolError("no such thing") if kind == "tool" else KeyError(kind)


def test_the_schema_of_a_tool() -> None:
    tools = {tool.name: tool for tool in tools_of(Clerk())}
    assert list(tools) == ["set_volume", "end_call", "fail"]
    tool = tools["set_volume"]
    assert tool.description == "Set the volume of the audio output."
    assert tool.parameters["required"] == ["volume"]
    assert tool.parameters["properties"]["volume"]["type"] == "integer"
    assert tool.parameters["properties"]["volume"]["description"].startswith("The volume level")
    assert tools["end_call"].parameters["properties"] == {}


def call_then(name: str, arguments: str, text: str = "It is done.") -> list[object]:
    return [FunctionCall("", name, arguments), text]


def test_a_tool_is_run_and_its_result_answered() -> None:
    agent = Clerk()
    executed = []

    async def act(scene: Scene) -> None:
        scene.session.on("function_tools_executed", executed.append)
        await one_turn(scene)

    scene = hold(act, agent=agent, replies=call_then("set_volume", '{"volume": 30}'))
    assert agent.calls == [30]
    (call,), (returned,) = scene.of(ToolCalled), scene.of(ToolReturned)
    assert (call.name, returned.call, returned.error) == ("set_volume", call.call, "")
    kinds = [type(item).__name__ for item in scene.session.history]
    assert kinds == ["ChatMessage", "FunctionCall", "FunctionCallOutput", "ChatMessage"]
    assert scene.said()[-1] == ("assistant", "It is done.")
    assert [call.name for call in executed[0].function_calls] == ["set_volume"]


@pytest.mark.parametrize(
    ("name", "arguments", "output"),
    [
        ("set_volume", '{"volume": "loud"}', "set_volume: volume: Input should be a valid integer"),
        ("set_volume", "{", "set_volume: arguments: Invalid JSON"),
        ("fail", '{"kind": "tool"}', "no such thing"),
        ("fail", '{"kind": "key"}', "an internal error occurred"),
        ("nothing", "{}", "there is no tool nothing"),
    ],
)
def test_a_tools_error_goes_to_the_llm(name: str, arguments: str, output: str) -> None:
    scene = hold(one_turn, agent=Clerk(), replies=call_then(name, arguments))
    (result,) = [item for item in scene.session.history if isinstance(item, FunctionCallOutput)]
    assert result.is_error and result.output.startswith(output)
    assert scene.said()[-1] == ("assistant", "It is done.")


def test_a_tool_may_want_no_reply() -> None:
    scene = hold(one_turn, agent=Clerk(), replies=call_then("fail", '{"kind": "stop"}'))
    assert [role for role, _ in scene.said()] == ["user"]
    assert len(scene.of(SpeechFinished)) == 1


def test_a_tool_may_wait_for_what_its_own_speech_has_said() -> None:
    from kit.models.simulated import Reply

    agent = Clerk()
    replies = [Reply("Goodbye then.", (FunctionCall("", "end_call", "{}"),)), "It is over."]
    scene = hold(one_turn, agent=agent, replies=replies)
    (ended,) = agent.calls
    spoken_s = len("Goodbye then.") / 15
    assert ended[1] == pytest.approx(1.0 + 0.5 + 0.35 + 0.2 + spoken_s, abs=1e-3)
    assert [text for role, text in scene.said() if role == "assistant"] == ["Goodbye then."]


def test_tool_steps_are_limited() -> None:
    agent = Clerk()
    again = FunctionCall("", "set_volume", '{"volume": 1}')
    hold(one_turn, agent=agent, replies=lambda chat_ctx: again)
    assert len(agent.calls) == 1 + Limits().max_tool_steps


def test_instructions_and_context_can_be_updated() -> None:
    agent = Agent(instructions="A", chat_ctx=ChatContext())

    async def act(scene: Scene) -> None:
        await agent.update_instructions("B")
        await scene.session.say("Hi.")
        await agent.update_instructions("")

    hold(act, agent=agent)
    assert [item.content for item in agent.chat_ctx] == ["Hi."]
