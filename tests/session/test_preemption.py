"""Attempts: when they are begun, adopted or discarded, what they cost, and that only what is heard is announced."""

from __future__ import annotations

import asyncio

import pytest

from kit import Agent, Limits, StopResponse, Tuning, function_tool
from kit.models.simulated import SimulatedLLM, faulty
from kit.session.records import (
    Error,
    LlmDone,
    LlmRequested,
    PreemptionAdopted,
    PreemptionDiscarded,
    PreemptionStarted,
    SpeechCreated,
    SpeechStarted,
    TurnCommitted,
    TurnDropped,
)
from tests.session.scenes import ON, Scene, hold

WITH_TTS = ON.replace({"preemption.preemptive_tts": True})


async def one_turn(scene: Scene) -> None:
    await scene.ask()
    await asyncio.sleep(6)


def test_it_is_off_by_default() -> None:
    assert hold(one_turn).of(PreemptionStarted) == []


def test_an_adopted_attempt() -> None:
    created = []

    async def act(scene: Scene) -> None:
        scene.session.on("speech_created", lambda event: created.append(asyncio.get_running_loop().time()))
        await one_turn(scene)

    scene = hold(act, tuning=ON)
    (started,), (adopted,) = scene.of(PreemptionStarted), scene.of(PreemptionAdopted)
    (turn,) = scene.of(TurnCommitted)
    assert (started.turn, adopted.turn) == (1, 1)
    assert adopted.lead_s == pytest.approx(turn.t - started.t) == pytest.approx(0.4)
    assert created == [pytest.approx(turn.t)]
    assert len(scene.of(LlmRequested)) == 1
    assert scene.said() == [("user", "what is the weather"), ("assistant", "It is sunny in Paris.")]


async def two_part_turn(scene: Scene) -> None:
    await scene.ask("what is", 0.6)
    await asyncio.sleep(0.25)
    await scene.ask("the weather", 0.6)
    await asyncio.sleep(6)


def test_more_words_discard_the_attempt() -> None:
    scene = hold(two_part_turn, tuning=ON)
    (discarded,), (adopted,) = scene.of(PreemptionDiscarded), scene.of(PreemptionAdopted)
    assert (discarded.attempt, discarded.reason, discarded.turn) == (1, "transcript_changed", 1)
    assert discarded.prompt_tokens > 0
    assert adopted.attempt == 2
    assert [record.speech for record in scene.of(SpeechCreated)] == [scene.of(SpeechStarted)[0].speech]
    assert [done.cancelled for done in scene.of(LlmDone)] == [False, False]  # it was done before the words came
    assert scene.said()[0] == ("user", "what is the weather")


def test_a_cancelled_attempt_is_not_reported_as_complete() -> None:
    scene = hold(two_part_turn, tuning=ON, ttft=2.0)
    assert [done.cancelled for done in scene.of(LlmDone)] == [True, False]
    (discarded,) = scene.of(PreemptionDiscarded)
    assert discarded.completion_tokens == 0 and discarded.prompt_tokens > 0


def test_what_was_synthesised_for_nothing_is_counted() -> None:
    (discarded,) = hold(two_part_turn, tuning=WITH_TTS, ttft=0.1, ttfb=0.1).of(PreemptionDiscarded)
    assert discarded.characters == len("It is sunny in Paris.")


def test_the_number_of_attempts_is_limited() -> None:
    async def act(scene: Scene) -> None:
        for word in ("one", "two", "three"):
            await scene.ask(word, 0.4)
            await asyncio.sleep(0.25)
        await asyncio.sleep(6)

    scene = hold(act, tuning=ON.replace({"preemption.max_retries": 2}))
    assert len(scene.of(PreemptionStarted)) == 2
    assert len(scene.of(SpeechStarted)) == 1


def test_long_speech_gets_no_attempt() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask("a long story", 3.0)
        await asyncio.sleep(6)

    assert hold(act, tuning=ON.replace({"preemption.max_speech_duration_s": 2.5})).of(PreemptionStarted) == []
    assert len(hold(act, tuning=ON.replace({"preemption.max_speech_duration_s": 3.5})).of(PreemptionStarted)) == 1


class ChangesContext(Agent):
    async def on_user_turn_completed(self, turn_ctx, new_message):  # type: ignore[no-untyped-def]
        turn_ctx.add_message(role="system", content="It rains.")


class ChangesWords(Agent):
    async def on_user_turn_completed(self, turn_ctx, new_message):  # type: ignore[no-untyped-def]
        new_message.content = "something else"


class Punctuates(Agent):
    async def on_user_turn_completed(self, turn_ctx, new_message):  # type: ignore[no-untyped-def]
        new_message.content = "What is the weather?"


class ChangesTools(Agent):
    async def on_user_turn_completed(self, turn_ctx, new_message):  # type: ignore[no-untyped-def]
        @function_tool
        def look() -> str:
            """Look."""
            return "rain"

        await self.update_tools([look])


class Refuses(Agent):
    async def on_user_turn_completed(self, turn_ctx, new_message):  # type: ignore[no-untyped-def]
        raise StopResponse


class Breaks(Agent):
    async def on_user_turn_completed(self, turn_ctx, new_message):  # type: ignore[no-untyped-def]
        raise ValueError("broken hook")


@pytest.mark.parametrize(
    ("agent", "reason"),
    [(ChangesContext, "context_changed"), (ChangesWords, "transcript_changed"), (ChangesTools, "tools_changed")],
)
def test_what_the_hook_changes_makes_a_new_reply(agent: type[Agent], reason: str) -> None:
    scene = hold(one_turn, tuning=ON, agent=agent(instructions="Be brief."))
    (discarded,) = scene.of(PreemptionDiscarded)
    (turn,) = scene.of(TurnCommitted)
    assert discarded.reason == reason
    assert scene.of(PreemptionAdopted) == []
    assert len(scene.of(LlmRequested)) == 2
    assert scene.of(SpeechStarted)[0].t - turn.t == pytest.approx(0.55, abs=1e-6)


def test_what_the_hook_adds_lasts_for_that_turn_only() -> None:
    contexts: list[list[str]] = []

    def reply(chat_ctx) -> str:  # type: ignore[no-untyped-def]
        contexts.append([item.content for item in chat_ctx])
        return "Fine."

    async def act(scene: Scene) -> None:
        await scene.ask("first")
        await asyncio.sleep(4)
        await scene.ask("second")
        await asyncio.sleep(4)

    scene = hold(act, agent=ChangesContext(instructions="Be brief."), llm=SimulatedLLM(reply))
    assert contexts == [
        ["Be brief.", "It rains.", "first"],
        ["Be brief.", "first", "Fine.", "It rains.", "second"],
    ]
    assert [text for _, text in scene.said()] == ["first", "Fine.", "second", "Fine."]


def test_punctuation_is_no_change_and_is_kept() -> None:
    scene = hold(one_turn, tuning=ON, agent=Punctuates())
    assert len(scene.of(PreemptionAdopted)) == 1
    assert scene.said()[0] == ("user", "What is the weather?")


@pytest.mark.parametrize(("agent", "reason"), [(Refuses, "stop_response"), (Breaks, "hook_failed")])
@pytest.mark.parametrize("tuning", [Tuning(), ON, WITH_TTS])
def test_a_turn_without_a_reply(agent: type[Agent], reason: str, tuning: Tuning) -> None:
    scene = hold(one_turn, tuning=tuning, agent=agent())
    assert [record.reason for record in scene.of(TurnDropped)] == [reason]
    assert [record.reason for record in scene.of(PreemptionDiscarded)] == ([reason] if tuning != Tuning() else [])
    assert scene.of(SpeechCreated) == [] and scene.heard == []
    assert [error.message for error in scene.of(Error)] == (["broken hook"] if agent is Breaks else [])
    assert scene.session.agent_state == "idle"


def test_a_failed_attempt_is_not_adopted() -> None:
    llm = faulty(SimulatedLLM("It is sunny."), "raise", at={0})
    scene = hold(one_turn, tuning=ON, llm=llm, limits=Limits(max_retries=0))
    assert [record.reason for record in scene.of(PreemptionDiscarded)] == ["failed"]
    assert scene.said()[-1] == ("assistant", "It is sunny.")


def test_turning_it_off_throws_the_attempt_away() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask()
        await asyncio.sleep(0.2)
        scene.session.tuning = scene.session.tuning.replace({"preemption.enabled": False})
        await asyncio.sleep(6)

    scene = hold(act, tuning=ON)
    assert [record.reason for record in scene.of(PreemptionDiscarded)] == ["setting_changed"]
    assert len(scene.of(SpeechStarted)) == 1


def test_an_attempt_at_the_close() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask()
        await asyncio.sleep(0.2)

    scene = hold(act, tuning=WITH_TTS)
    assert [record.reason for record in scene.of(PreemptionDiscarded)] == ["session_closed"]


def test_a_tool_call_of_an_attempt_waits_for_its_adoption() -> None:
    called: list[float] = []

    @function_tool
    async def look(city: str) -> str:
        """Look at the weather."""
        called.append(asyncio.get_running_loop().time())
        return f"rain in {city}"

    from kit.chat import FunctionCall

    replies = [FunctionCall("", "look", '{"city": "Paris"}'), "It rains."]
    scene = hold(one_turn, tuning=ON, agent=Agent(tools=[look]), replies=replies, ttft=0.05)
    (turn,) = scene.of(TurnCommitted)
    assert called == [pytest.approx(turn.t)]
    assert scene.said()[-1] == ("assistant", "It rains.")


def test_no_attempt_is_made_for_words_that_end_the_turn_at_once() -> None:
    assert hold(one_turn, tuning=ON, d_stt=0.7).of(PreemptionStarted) == []


@pytest.mark.parametrize(
    "options", [True, {"enabled": True}, {"enabled": True, "max_retries": 1, "max_speech_duration": 5.0}]
)
def test_the_session_takes_it_as_an_option(options: object) -> None:
    assert len(hold(one_turn, preemptive_generation=options).of(PreemptionAdopted)) == 1


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(ValueError, match="'retries'"):
        hold(one_turn, preemptive_generation={"retries": 3})
