"""A plugin as the kit's language model: what its provider is sent, and what comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from livekit.agents import llm
from livekit.agents.llm import ChatChunk as PluginChunk
from livekit.agents.llm import ChoiceDelta, CompletionUsage, FunctionToolCall

from kit.chat import ChatContext, ChatMessage, FunctionCall, FunctionCallOutput
from kit.models.livekit_plugin import adapt
from kit.models.livekit_plugin.messages import CallExtras, as_chat_context
from kit.ports import ChatChunk, TokenUsage
from kit.session.tools import function_tool
from tests.contracts.livekit_plugins import openai_llm
from tests.contracts.openai_stand_in import StandIn
from tests.contracts.streams import taken


@dataclass
class Tool:
    name: str
    description: str = "Tells the weather."
    parameters: dict[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})


def asked(text: str = "Hello?") -> ChatContext:
    return ChatContext([ChatMessage("system", "Be brief."), ChatMessage("user", text)])


def run(test: Callable[[StandIn], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(60), StandIn() as stand_in:
            await test(stand_in)
            await stand_in.idle()

    asyncio.run(main())


def test_text_comes_as_it_is_generated_then_usage() -> None:
    async def test(server: StandIn) -> None:
        model = adapt(openai_llm(server.url, temperature=0.5))
        chunks = await taken(model(asked(), ()))
        await model.aclose()
        assert "".join(chunk.text for chunk in chunks) == "You are the user of 2 messages: Hello? "
        assert chunks[-1] == ChatChunk(usage=TokenUsage(2, 9)) and len(chunks) == 9
        sent = server.requests[0].fields
        assert (sent["model"], sent["temperature"]) == ("m", 0.5)
        assert sent["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello?"}]
        assert "tools" not in sent and "tool_choice" not in sent

    run(test)


def test_the_first_text_does_not_wait_for_more() -> None:
    async def test(server: StandIn) -> None:
        server.token_s = 0.05
        async with aclosing(adapt(openai_llm(server.url))(asked(), ())) as stream:
            assert await anext(stream) == ChatChunk("You ")
            assert server.open == 1

    run(test)


def test_tools_are_shown_as_they_are_declared_and_calls_come_whole() -> None:
    @function_tool
    async def weather(city: str) -> str:
        """Tells the weather.

        Args:
            city: Where.
        """
        return "sun"

    async def test(server: StandIn) -> None:
        model = adapt(openai_llm(server.url))
        chunks = await taken(model(asked(), [weather, Tool("tides")], tool_choice="required"))
        calls = [call for chunk in chunks for call in chunk.tool_calls]
        assert calls == [
            FunctionCall("id-weather", "weather", '{"city": "Paris"}'),
            FunctionCall("id-tides", "tides", '{"city": "Paris"}'),
        ]
        sent = server.requests[0].fields
        assert sent["tool_choice"] == "required"
        assert sent["tools"][0]["function"] | {"strict": None} == {
            "name": "weather",
            "description": "Tells the weather.",
            "parameters": weather.parameters,
            "strict": None,
        }
        await taken(model(asked(), [Tool("tides")], tool_choice="none"))
        assert server.requests[1].fields["tool_choice"] == "none"
        await model.aclose()

    run(test)


def test_calls_go_to_the_provider_with_their_outputs_and_nothing_else_does() -> None:
    chat_ctx = ChatContext(
        [
            ChatMessage("user", "Weather here and there?"),
            FunctionCall("1", "weather", '{"city":"here"}'),
            FunctionCall("2", "weather", ""),
            FunctionCall("3", "interrupted", "{}"),
            ChatMessage("assistant", ""),
            FunctionCallOutput("2", "weather", "rain"),
            FunctionCallOutput("1", "weather", "sun", is_error=True),
            FunctionCallOutput("9", "weather", "for nobody"),
            ChatMessage("assistant", "It depends.", interrupted=True),
            ChatMessage("developer", "Hurry."),
            ChatMessage("user", "Quick!"),
        ]
    )

    async def test(server: StandIn) -> None:
        model = adapt(openai_llm(server.url))
        await taken(model(chat_ctx, ()))
        await model.aclose()
        first, calls, *rest = server.requests[0].fields["messages"]
        assert first == {"role": "user", "content": "Weather here and there?"}
        assert [(call["id"], call["function"]["arguments"]) for call in calls["tool_calls"]] == [
            ("1", '{"city":"here"}'),
            ("2", "{}"),
        ]
        assert [(message["role"], message["content"]) for message in rest] == [
            ("tool", "rain"),
            ("tool", "sun"),
            ("assistant", "It depends."),
            ("developer", "Hurry."),
            ("user", "Quick!"),
        ]

    run(test)


def test_cancellation_closes_the_request() -> None:
    async def test(server: StandIn) -> None:
        server.token_s = 0.05
        model = adapt(openai_llm(server.url))
        async with aclosing(model(asked(), ())) as stream:
            await anext(stream)
        await server.idle()
        assert server.closed_early == 1
        await model.aclose()

    run(test)


# A provider that wants back what it gave


class SigningPlugin(llm.LLM):
    """A stand-in for a plugin whose provider signs its calls, and tells its usage as it goes."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[llm.ChatContext] = []

    def chat(self, *, chat_ctx: llm.ChatContext, conn_options: Any, **_: Any) -> Any:
        self.asked.append(chat_ctx)
        return SigningStream(self, chat_ctx=chat_ctx, tools=[], conn_options=conn_options)


class SigningStream(llm.LLMStream):
    async def _run(self) -> None:
        call = FunctionToolCall(name="weather", arguments="{}", call_id="c1", extra={"maker": {"signature": "xyz"}})
        for delta, tokens in ((ChoiceDelta(content="Well. "), 1), (None, 2), (ChoiceDelta(tool_calls=[call]), 3)):
            usage = CompletionUsage(completion_tokens=tokens, prompt_tokens=7, total_tokens=7 + tokens)
            self._event_ch.send_nowait(PluginChunk(id="1", delta=delta, usage=usage))


def test_what_a_provider_added_to_a_call_goes_back_to_it() -> None:
    async def main() -> None:
        plugin = SigningPlugin()
        model = adapt(plugin)
        chat_ctx = asked()
        chunks = await taken(model(chat_ctx, ()))
        assert chunks == [
            ChatChunk("Well. "),
            ChatChunk(tool_calls=(FunctionCall("c1", "weather", "{}"),)),
            ChatChunk(usage=TokenUsage(7, 3)),
        ]
        chat_ctx.append(chunks[1].tool_calls[0])
        chat_ctx.append(FunctionCallOutput("c1", "weather", "sun"))
        await taken(model(chat_ctx, ()))
        (call,) = [item for item in plugin.asked[1].items if item.type == "function_call"]
        assert call.extra == {"maker": {"signature": "xyz"}}

    asyncio.run(main())


def test_extras_of_old_calls_are_forgotten() -> None:
    extras = CallExtras()
    for number in range(2000):
        extras.taken_from(FunctionToolCall(name="f", arguments="", call_id=str(number), extra={"n": number}))
    assert extras.of("0") == {} and extras.of("1999") == {"n": 1999}


def test_what_a_plugin_knows_already_keeps_its_name_there() -> None:
    items = [ChatMessage("user", "a"), ChatMessage("assistant", "b"), ChatMessage("user", "a")]
    known = as_chat_context(items, CallExtras()).items
    changed = as_chat_context([items[0], ChatMessage("assistant", "c"), items[2]], CallExtras(), known).items
    assert [item.id for item in changed][::2] == [known[0].id, known[2].id]
    assert changed[1].id not in {item.id for item in known}
    assert [item.id for item in as_chat_context(items[2:], CallExtras(), known).items] == [known[0].id]
