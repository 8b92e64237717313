"""What every language model holds to."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from kit.chat import ChatContext, ChatMessage, FunctionCall, FunctionCallOutput
from kit.ports import LLM, ChatChunk, TokenUsage
from tests.contracts.engines import LLM as ENGINES
from tests.contracts.engines import Case, cases, threads
from tests.contracts.streams import cancelled_after, closed_after, taken


@dataclass
class Weather:
    name: str = "weather"
    description: str = "Tells the weather."
    parameters: dict[str, Any] = field(
        default_factory=lambda: {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    )


def asked(text: str) -> ChatContext:
    return ChatContext([ChatMessage("system", "Be brief."), ChatMessage("user", text)])


def said(chunks: list[ChatChunk]) -> str:
    return "".join(chunk.text for chunk in chunks)


@cases(ENGINES)
def test_chunks(case: Case, url: str) -> None:
    chunks: list[ChatChunk] = case.run(lambda llm: taken(llm(asked("Go forward ten meters."), ())), url)
    assert all(type(chunk) is ChatChunk for chunk in chunks)
    assert all(chunk.text or chunk.tool_calls or chunk.usage for chunk in chunks)
    assert len([chunk for chunk in chunks if chunk.text]) > 1
    assert said(chunks).strip()
    assert not any(chunk.tool_calls for chunk in chunks)
    usages = [chunk.usage for chunk in chunks if chunk.usage is not None]
    if usages:
        assert usages == [chunks[-1].usage]
        assert type(usages[0]) is TokenUsage and min(usages[0].prompt_tokens, usages[0].completion_tokens) > 0


@cases(ENGINES)
def test_the_same_question_gets_the_same_answer_and_another_one_another(case: Case, url: str) -> None:
    def answer(text: str) -> str:
        return said(case.run(lambda llm: taken(llm(asked(text), ())), url))

    assert answer("Go forward ten meters.") == answer("Go forward ten meters.") != answer("Turn left.")


@cases(ENGINES)
def test_the_conversation_is_left_as_it_was(case: Case, url: str) -> None:
    chat_ctx = asked("Hello?")
    before = chat_ctx.items
    case.run(lambda llm: taken(llm(chat_ctx, [Weather()])), url)
    assert chat_ctx.items == before


@cases(ENGINES)
def test_tool_calls_are_whole_and_none_where_none_are_wanted(case: Case, url: str) -> None:
    question = asked("How is the weather?")
    chunks: list[ChatChunk] = case.run(lambda llm: taken(llm(question, [Weather()])), url)
    for call in [call for chunk in chunks for call in chunk.tool_calls]:
        assert type(call) is FunctionCall and call.call_id
        assert call.name == "weather"
        assert json.loads(call.arguments) == {"city": "Paris"}
    chunks = case.run(lambda llm: taken(llm(question, [Weather()], tool_choice="none")), url)
    assert not any(chunk.tool_calls for chunk in chunks)
    assert said(chunks).strip()


@cases(ENGINES)
def test_a_tool_s_output_is_answered(case: Case, url: str) -> None:
    chat_ctx = asked("How is it?")
    chat_ctx.append(FunctionCall("1", "weather", '{"city": "Paris"}'))
    chat_ctx.append(FunctionCallOutput("1", "weather", "rain"))
    assert said(case.run(lambda llm: taken(llm(chat_ctx, [Weather()])), url)).strip()


@cases(ENGINES)
def test_a_stream_can_be_closed_or_cancelled_anywhere_and_the_engine_goes_on(case: Case, url: str) -> None:
    question = asked("Go forward ten meters.")

    async def test(llm: LLM) -> None:
        whole = await taken(llm(question, ()))
        before = threads()
        for count in range(len(whole)):
            assert await closed_after(llm(question, ()), count) == whole[:count]
        for steps in (0, 1, 2, 5, 20):
            await cancelled_after(llm(question, ()), steps)
            await cancelled_after(llm(question, ()), steps, 0.002 if case.live else 0.05)
        assert threads() <= before
        assert await taken(llm(question, ())) == whole

    case.run(test, url)


@cases(ENGINES)
def test_two_streams_at_once_do_not_mix(case: Case, url: str) -> None:
    one, other = asked("Go forward ten meters."), asked("Turn left.")

    async def together(llm: LLM) -> tuple[list[ChatChunk], list[ChatChunk]]:
        return await asyncio.gather(taken(llm(one, ())), taken(llm(other, ())))

    first, second = case.run(together, url)
    assert said(first) == said(case.run(lambda llm: taken(llm(one, ())), url))
    assert said(second) == said(case.run(lambda llm: taken(llm(other, ())), url))
