"""The scripted model: what it answers, and that it says what it is."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.chat import ChatContext, ChatItem, ChatMessage, FunctionCall, FunctionCallOutput
from kit.models.scripted import ScriptedLLM, answer
from kit.timing import run_virtual


def reply(heard: str) -> str:
    return answer(ChatContext([ChatMessage("system", "Be brief."), ChatMessage("user", heard)]))


@pytest.mark.parametrize(
    ("heard", "says"),
    [
        ("Hello there.", "I am a script, not a language model"),
        ("who are you", "not a language model"),
        ("what is the weather in paris", "weather in Paris"),
        ("What's the weather like?", "weather where you are"),
        ("what time is it", "no clock"),
        ("ten of clubs", "The ten of clubs, a black card."),
        ("four queen of hearts", "The queen of hearts, a red card."),
        ("go forward ten meters", "All right, going forward ten meters."),
        ("please move back a bit, please", "All right, moving back a bit."),
        ("Turn left please.", "All right, turning left."),
        ("Thanks!", "You are welcome."),
        ("bye", "Goodbye!"),
        ("he was not an ill disposed young man", "You said: he was not an ill disposed young man."),
        ("Can pigs fly?", "You ask: Can pigs fly?"),
        ("  ", "I heard nothing."),
    ],
)
def test_answers(heard: str, says: str) -> None:
    assert says in reply(heard)


@given(st.text(max_size=300))
def test_every_answer_is_short_and_stays_the_same(heard: str) -> None:
    said = reply(heard)
    assert said.strip() and said == reply(heard)
    assert len(said.split()) < 60


def test_a_long_speech_is_not_repeated_whole() -> None:
    assert reply("blah " * 500).count("blah") == 30


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (ChatMessage("system", "Tell the user we're working on it."), "We're working on it."),
        (ChatMessage("developer", 'Say: "one moment"'), "One moment"),
        (ChatMessage("system", "Greet the user."), "Hello!"),
        (FunctionCallOutput("1", "weather", "rain"), "Here is what I got: rain"),
        (FunctionCallOutput("1", "weather", "no network", is_error=True), "That failed: no network"),
        (FunctionCall("1", "weather", "{}"), "Hello!"),
    ],
)
def test_answers_without_a_user(item: ChatItem, says: str) -> None:
    assert says in answer(ChatContext([ChatMessage("system", "Say everything twice."), item]))


def test_the_beginning_is_a_greeting_whatever_the_instructions_say() -> None:
    assert answer(ChatContext([ChatMessage("system", "Say everything twice.")])).startswith("Hello!")
    assert answer(ChatContext()).startswith("Hello!")


def test_words_come_one_by_one_at_their_rate() -> None:
    async def main() -> list[tuple[float, str]]:
        loop = asyncio.get_running_loop()
        chat_ctx = ChatContext([ChatMessage("user", "ten of clubs")])
        return [(loop.time(), chunk.text) async for chunk in ScriptedLLM(words_per_s=4)(chat_ctx, ())]

    assert run_virtual(main) == [
        (n / 4, word) for n, word in enumerate(["The ", "ten ", "of ", "clubs, ", "a ", "black ", "card."])
    ]


def test_a_wrong_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="words_per_s"):
        ScriptedLLM(words_per_s=0)
