"""The simulated language model: exactly on time, and the same answer at the same place of a conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.chat import ChatContext, ChatItem, ChatMessage, FunctionCall, FunctionCallOutput
from kit.models.simulated import Reply, SimulatedLLM
from kit.models.simulated.tally import ContextTally
from kit.ports import ChatChunk, TokenUsage
from kit.timing import run_virtual


def user(text: str = "Hello?") -> ChatMessage:
    return ChatMessage("user", text)


def agent(text: str = "Yes.") -> ChatMessage:
    return ChatMessage("assistant", text)


def output(call_id: str = "1") -> FunctionCallOutput:
    return FunctionCallOutput(call_id, "tool", "done")


def chunks(llm: SimulatedLLM, *items: ChatItem, **options: Any) -> list[tuple[float, ChatChunk]]:
    async def main() -> list[tuple[float, ChatChunk]]:
        loop = asyncio.get_running_loop()
        return [(round(loop.time(), 9), chunk) async for chunk in llm(ChatContext(items), (), **options)]

    return run_virtual(main)


def answer(llm: SimulatedLLM, *items: ChatItem) -> str:
    return "".join(chunk.text for _, chunk in chunks(llm, *items))


def test_the_first_word_comes_after_ttft_and_usage_last() -> None:
    got = chunks(SimulatedLLM("It is sunny."), ChatMessage("system", "Be brief."), user("How is the weather?"))
    assert [(t, chunk.text) for t, chunk in got] == [(0.35, "It "), (0.35, "is "), (0.35, "sunny."), (0.35, "")]
    assert got[-1][1].usage == TokenUsage(prompt_tokens=6, completion_tokens=3)


def test_words_come_at_their_rate_from_the_request_on_without_drift() -> None:
    got = chunks(SimulatedLLM("a " * 1000, ttft=0.1, tokens_per_s=30), user())
    assert [t for t, _ in got[:-1]] == [round(0.1 + n / 30, 9) for n in range(1000)]


@given(st.text())
def test_the_words_are_the_text(text: str) -> None:
    assert answer(SimulatedLLM(text), user()) == text


def test_a_list_is_answered_in_turn_and_again_from_its_start() -> None:
    llm = SimulatedLLM(["One.", "Two."])
    said: list[ChatItem] = []
    for expected in ("One.", "Two.", "One."):
        said.append(user())
        assert answer(llm, *said) == expected
        said.append(agent(expected))


def test_asked_again_at_the_same_place_it_answers_the_same_in_the_same_time() -> None:
    llm = SimulatedLLM(["One.", "Two."], ttft="lognormal:0.3,0.5", seed=5)
    history = [user("a"), agent("b")]
    assert answer(llm, user("a")) == "One."
    first = chunks(llm, *history, user("How is"))
    again = chunks(llm, *history, ChatMessage("system", "It rains."), user("How is the weather?"))
    assert first[0] == again[0] and first[0][1].text == "Two."
    later = chunks(llm, *history, user("How is"), agent(), user("And now?"))
    assert later[0][0] != first[0][0] and later[0][1].text == "One."


def test_replies_that_nobody_asked_for_go_on_in_the_list() -> None:
    llm = SimulatedLLM(["One.", "Two.", "Three."])
    assert [answer(llm), answer(llm, agent()), answer(llm, agent(), user())] == ["One.", "Two.", "Three."]


def test_tool_calls_come_whole_with_an_id_each_and_the_next_answer_follows_their_output() -> None:
    weather = FunctionCall("", "weather", "{}")
    llm = SimulatedLLM([Reply("Let me see.", (weather, weather)), "It is sunny."])
    got = [chunk for _, chunk in chunks(llm, user())]
    assert [call.call_id for call in got[-2].tool_calls] == ["call_1", "call_2"]
    assert weather.call_id == ""
    outputs = [output("call_1"), output("call_2")]
    assert answer(llm, user(), *got[-2].tool_calls, *outputs) == "It is sunny."
    assert answer(llm, user(), *got[-2].tool_calls, *outputs) == "It is sunny."


def test_a_tool_call_can_stand_for_a_reply_and_is_left_out_where_tools_are_not_wanted() -> None:
    call = FunctionCall("mine", "weather", "{}")
    assert [chunk.tool_calls for _, chunk in chunks(SimulatedLLM(call), user())] == [(call,), ()]
    assert [chunk.tool_calls for _, chunk in chunks(SimulatedLLM(call), user(), tool_choice="none")] == [()]


def test_a_function_sees_the_conversation() -> None:
    llm = SimulatedLLM(lambda chat_ctx: f"{len(chat_ctx)} items, the last: {chat_ctx[-1].content}")
    assert answer(llm, agent(), user("Hi!")) == "2 items, the last: Hi!"


@pytest.mark.parametrize("options", [{"replies": []}, {"tokens_per_s": 0}, {"ttft": -1}])
def test_wrong_arguments_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options)) if "ttft" not in options else "latency"):
        SimulatedLLM(**options)


items = st.one_of(
    st.builds(ChatMessage, st.sampled_from(["system", "user", "assistant"]), st.text("ab ", max_size=9)),
    st.builds(FunctionCall, st.just("1"), st.just("tool"), st.text("ab ", max_size=9)),
    st.builds(FunctionCallOutput, st.just("1"), st.just("tool"), st.text("ab ", max_size=9)),
)
changes: st.SearchStrategy[Callable[[ChatContext], object]] = st.one_of(
    items.map(lambda item: lambda chat_ctx: chat_ctx.append(item)),
    items.map(lambda item: lambda chat_ctx: chat_ctx.insert(0, item)),
    st.integers(0, 3).map(lambda kept: lambda chat_ctx: chat_ctx.truncate(max_items=kept)),
)


@given(st.lists(st.tuples(changes, st.booleans()), max_size=30))
def test_counting_on_gives_what_counting_anew_gives(steps: list[tuple[Callable[[ChatContext], object], bool]]) -> None:
    tally, chat_ctx = ContextTally(), ChatContext()
    for change, kept in steps:
        changed = chat_ctx.copy()
        change(changed)
        assert tally.count(changed) == ContextTally().count(changed)
        if kept:
            chat_ctx = changed


def test_a_long_conversation_costs_what_a_short_one_does() -> None:
    class Counted(ChatContext):
        looked_at = 0

        def __getitem__(self, index: int) -> ChatItem:
            Counted.looked_at += 1
            return super().__getitem__(index)

    tally, chat_ctx = ContextTally(), Counted()
    for turn in range(2000):
        chat_ctx.append(user())
        tally.count(chat_ctx)
        chat_ctx.append(agent())
        assert Counted.looked_at <= 5 * (turn + 1)
