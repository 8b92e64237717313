"""Tools and speech: what a tool says, what is said while it runs, who may stop what, and what follows from its result.

The user's question ends at 1.0 and is committed at 1.5; the LLM calls the tool at 1.85.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kit import Agent, ChatContext, Limits, RunContext, StopResponse, Tuning, function_tool
from kit.chat import ChatMessage, FunctionCall, FunctionCallOutput
from kit.models.simulated import Reply, SimulatedLLM
from kit.session.records import (
    AgentState,
    Error,
    LlmRequested,
    SessionClosed,
    SpeechFinished,
    SpeechStarted,
    ToolCalled,
    ToolReturned,
)
from tests.session.scenes import Scene, hold

CALLED_T = 1.85
CALL = FunctionCall("", "look", "{}")
ANSWER = "It rains."
MOMENT = "One moment."
MOMENT_S = len(MOMENT) / 15
Work = Callable[[RunContext], Awaitable[Any]]


class Looks(Agent):
    """Has a tool `look` that does what it is given to do."""

    def __init__(self, work: Work) -> None:
        super().__init__(instructions="Be brief.")
        self._work = work

    @function_tool
    async def look(self, ctx: RunContext) -> Any:
        """Look at the weather."""
        return await self._work(ctx)


class Asked:
    """An LLM that keeps what it was asked: each request's items and its tool choice."""

    def __init__(self, replies: Any) -> None:
        self.requests: list[tuple[list[Any], str]] = []
        self._llm = SimulatedLLM(replies, ttft=0.35)

    def __call__(self, chat_ctx: ChatContext, tools: Any, /, *, tool_choice: Any = "auto") -> Any:
        self.requests.append((chat_ctx.items, tool_choice))
        return self._llm(chat_ctx, tools, tool_choice=tool_choice)


def looking(work: Work, act: Callable[[Scene], Awaitable[Any]] | None = None, **options: Any) -> Scene:
    """The user asks; `act` follows 1.0 s after the beginning."""

    async def whole(scene: Scene) -> None:
        await scene.ask()
        await (act(scene) if act is not None else asyncio.sleep(10.0))

    return hold(whole, agent=Looks(work), **{"replies": [CALL, ANSWER], **options})


def for_s(seconds: float, result: Any = "rain") -> Work:
    async def work(ctx: RunContext) -> Any:
        await asyncio.sleep(seconds)
        return result

    return work


def starts(scene: Scene) -> list[float]:
    return [record.t for record in scene.of(SpeechStarted)]


def assistant(scene: Scene) -> list[str]:
    return [text for role, text in scene.said() if role == "assistant"]


def outputs(scene: Scene) -> list[FunctionCallOutput]:
    return [item for item in scene.session.history if isinstance(item, FunctionCallOutput)]


def errors(scene: Scene) -> list[tuple[str, str]]:
    return [(error.source, error.message) for error in scene.of(Error)]


# what a tool says


def test_say_is_heard_at_once_and_can_be_awaited() -> None:
    async def work(ctx: RunContext) -> str:
        await ctx.session.say(MOMENT)
        return "rain"

    scene = looking(work)
    said_t = CALLED_T + 0.2
    assert [(r.name, r.t) for r in scene.of(ToolReturned)] == [("look", pytest.approx(said_t + MOMENT_S, abs=1e-4))]
    assert starts(scene) == [
        pytest.approx(said_t, abs=1e-6),
        pytest.approx(said_t + MOMENT_S + 0.35 + 0.2, abs=1e-4),
    ]
    assert assistant(scene) == [MOMENT, ANSWER]
    assert errors(scene) == []


def test_say_that_is_not_awaited_is_heard_before_the_answer() -> None:
    async def work(ctx: RunContext) -> str:
        ctx.session.say(MOMENT)
        return "rain"

    scene = looking(work)
    first, second = starts(scene)
    assert first == pytest.approx(CALLED_T + 0.2, abs=1e-6)
    ended_t = first + MOMENT_S
    assert second >= ended_t - 1e-6
    assert assistant(scene) == [MOMENT, ANSWER]


def test_the_answer_is_ready_when_what_the_tool_said_ends() -> None:
    async def work(ctx: RunContext) -> str:
        ctx.session.say(MOMENT)
        return "rain"

    scene = looking(work)
    first, second = starts(scene)
    assert second == pytest.approx(first + MOMENT_S, abs=1e-3)


def test_the_llm_knows_what_was_said_meanwhile() -> None:
    async def work(ctx: RunContext) -> str:
        await ctx.session.say(MOMENT)
        return "rain"

    llm = Asked([CALL, ANSWER])
    looking(work, llm=llm)
    (items, _) = llm.requests[-1]
    assert MOMENT in [item.content for item in items if isinstance(item, ChatMessage)]


def test_generate_reply_is_heard_at_once_and_calls_no_tools() -> None:
    async def work(ctx: RunContext) -> str:
        await ctx.session.generate_reply(instructions="Ask for patience.")
        return "rain"

    def reply(chat_ctx: ChatContext) -> Any:
        contents = [getattr(item, "content", "") for item in chat_ctx]
        if "Ask for patience." in contents:
            return Reply("Patience please.", (CALL,))
        return ANSWER if any(isinstance(item, FunctionCallOutput) for item in chat_ctx) else CALL

    llm = Asked(reply)
    scene = looking(work, llm=llm)
    assert [choice for _, choice in llm.requests] == ["auto", "none", "auto"]
    assert len(scene.of(ToolCalled)) == 1
    assert starts(scene)[0] == pytest.approx(CALLED_T + 0.35 + 0.2, abs=1e-6)
    assert assistant(scene) == ["Patience please.", ANSWER]


def test_tool_choice_can_be_asked_for_inside_a_tool() -> None:
    async def work(ctx: RunContext) -> str:
        await ctx.session.generate_reply(instructions="Once more.", tool_choice="auto")
        return "rain"

    llm = Asked([CALL, "Once more."])
    looking(work, llm=llm)
    assert llm.requests[1][1] == "auto"


def test_both_are_awaited_one_after_the_other_for_ever_so_long() -> None:
    async def work(ctx: RunContext) -> str:
        for number in range(5):
            await ctx.session.say(f"Step {number}.")
            await asyncio.sleep(0.5)
        return "rain"

    scene = looking(work, lambda scene: asyncio.sleep(20.0))
    assert assistant(scene) == [*(f"Step {number}." for number in range(5)), ANSWER]


def test_words_before_the_call_then_the_tools_then_the_answer() -> None:
    before = "Let me look."

    async def work(ctx: RunContext) -> str:
        await ctx.session.say(MOMENT)
        return "rain"

    scene = looking(work, replies=[Reply(before, (CALL,)), ANSWER])
    assert assistant(scene) == [before, MOMENT, ANSWER]
    assert starts(scene)[1] == pytest.approx(2.05 + len(before) / 15 + 0.2, abs=1e-3)


def test_what_the_application_says_during_a_long_tool_is_heard_at_once() -> None:
    async def act(scene: Scene) -> None:
        await asyncio.sleep(1.5)
        handle = scene.session.say(MOMENT)
        await handle
        assert asyncio.get_running_loop().time() < CALLED_T + 3.0
        await asyncio.sleep(8.0)

    scene = looking(for_s(3.0), act)
    assert starts(scene) == [
        pytest.approx(2.5 + 0.2, abs=1e-6),
        pytest.approx(CALLED_T + 3.0 + 0.35 + 0.2, abs=1e-6),
    ]
    assert assistant(scene) == [MOMENT, ANSWER]


def test_what_is_left_to_be_said_when_the_tool_ends_is_said_before_its_answer() -> None:
    long = "One two three four five six seven eight nine ten."

    async def act(scene: Scene) -> None:
        await asyncio.sleep(1.5)
        scene.session.say(long)
        scene.session.say("And more.")
        await asyncio.sleep(12.0)

    scene = looking(for_s(1.0), act)
    assert sorted(assistant(scene)) == sorted([long, "And more.", ANSWER])
    assert [record.interrupted for record in scene.of(SpeechFinished)] == [False] * 3
    assert assistant(scene)[0] == long


# states


def test_the_agent_thinks_while_a_tool_runs() -> None:
    scene = looking(for_s(3.0), replies=[Reply("Let me look.", (CALL,)), ANSWER])
    said_s = len("Let me look.") / 15
    times = [(record.new, record.t) for record in scene.of(AgentState)]
    assert times[:5] == [
        ("listening", 0.0),
        ("thinking", pytest.approx(1.5, abs=1e-6)),
        ("speaking", pytest.approx(2.05, abs=1e-6)),
        ("thinking", pytest.approx(2.05 + said_s, abs=1e-3)),
        ("speaking", pytest.approx(CALLED_T + 3.0 + 0.35 + 0.2, abs=1e-6)),
    ]
    assert [state for state, _ in times[5:]] == ["listening", "idle"]


def test_and_after_what_is_said_while_it_runs() -> None:
    async def work(ctx: RunContext) -> str:
        await ctx.session.say(MOMENT)
        await asyncio.sleep(2.0)
        return "rain"

    states = [record.new for record in looking(work).of(AgentState)]
    assert states == ["listening", "thinking", "speaking", "thinking", "speaking", "listening", "idle"]


def test_the_current_speech_in_a_tool_is_its_own() -> None:
    seen: list[bool] = []

    async def work(ctx: RunContext) -> str:
        seen.append(ctx.session.current_speech is ctx.speech_handle)
        return "rain"

    looking(work, replies=[Reply("Let me look.", (CALL,)), ANSWER])
    assert seen == [True]


# the user meanwhile


def test_a_tool_is_run_to_its_end_when_the_user_goes_on() -> None:
    done: list[float] = []

    async def work(ctx: RunContext) -> str:
        await asyncio.sleep(5.0)
        done.append(asyncio.get_running_loop().time())
        return "rain"

    async def act(scene: Scene) -> None:
        await asyncio.sleep(1.5)
        await scene.ask("never mind")
        await asyncio.sleep(8.0)

    llm = Asked([CALL, "As you like."])
    scene = looking(work, act, llm=llm)
    assert done == [pytest.approx(CALLED_T + 5.0, abs=1e-6)]
    assert assistant(scene) == ["As you like."]
    assert starts(scene) == [pytest.approx(3.5 + 0.5 + 0.35 + 0.2, abs=1e-6)]
    (output,) = outputs(scene)
    assert (output.output, output.is_error) == ("rain", False)
    assert [record.t for record in scene.of(ToolReturned)] == [pytest.approx(CALLED_T + 5.0, abs=1e-6)]
    assert len(llm.requests) == 2  # the tool's result asks for nothing


def test_a_call_stands_before_its_output_in_the_history_and_both_in_the_next_prompt() -> None:
    async def act(scene: Scene) -> None:
        await asyncio.sleep(1.5)
        await scene.ask("never mind")
        await asyncio.sleep(6.0)
        await scene.ask("and now")
        await asyncio.sleep(4.0)

    llm = Asked([CALL, "As you like.", "It is now."])
    scene = looking(for_s(5.0), act, llm=llm)
    kinds = [type(item).__name__ for item in llm.requests[-1][0] if not isinstance(item, ChatMessage)]
    assert kinds == ["FunctionCall", "FunctionCallOutput"]
    assert assistant(scene)[-1] == "It is now."


def test_the_application_is_told_of_the_tools_of_an_interrupted_speech() -> None:
    executed: list[Any] = []

    async def act(scene: Scene) -> None:
        scene.session.on("function_tools_executed", executed.append)
        await asyncio.sleep(1.0)
        scene.session.interrupt()
        await asyncio.sleep(6.0)

    looking(for_s(3.0), act)
    assert [[output.output for output in event.function_call_outputs] for event in executed] == [["rain"]]


def test_a_tool_that_disallows_interruptions_keeps_its_speech() -> None:
    async def work(ctx: RunContext) -> str:
        ctx.disallow_interruptions()
        await asyncio.sleep(3.0)
        return "rain"

    async def act(scene: Scene) -> None:
        await asyncio.sleep(1.0)
        await scene.ask("never mind")
        await asyncio.sleep(6.0)

    scene = looking(work, act)
    assert assistant(scene) == [ANSWER]
    assert ("user", "never mind") in scene.said()


def test_the_tools_of_a_turn_see_the_users_words_while_the_agent_waits() -> None:
    """A cough during a tool stops nothing."""

    async def act(scene: Scene) -> None:
        await asyncio.sleep(1.0)
        await scene.ask("", 0.8)
        await asyncio.sleep(8.0)

    scene = looking(for_s(4.0), act)
    assert assistant(scene) == [ANSWER]
    assert [record.interrupted for record in scene.of(SpeechFinished)] == [False]


# several tools


class Several(Agent):
    @function_tool
    async def slow(self) -> str:
        """Take two seconds."""
        await asyncio.sleep(2.0)
        return "slow"

    @function_tool
    async def quick(self) -> str:
        """Take a second."""
        await asyncio.sleep(1.0)
        return "quick"

    @function_tool
    async def silent(self) -> None:
        """Want no reply."""
        raise StopResponse

    @function_tool
    async def nothing(self) -> None:
        """Return nothing."""

    @function_tool
    async def broken(self) -> str:
        """Fail."""
        raise KeyError("broken")


def several(*names: str, **options: Any) -> Scene:
    async def act(scene: Scene) -> None:
        await scene.ask()
        await asyncio.sleep(8.0)

    calls = tuple(FunctionCall("", name, "{}") for name in names)
    replies = [Reply("", calls), ANSWER]
    return hold(act, agent=Several(instructions="Be brief."), **{"replies": replies, **options})


def test_they_run_side_by_side_and_are_answered_once() -> None:
    scene = several("slow", "quick")
    assert [(record.name, record.t) for record in scene.of(ToolReturned)] == [
        ("quick", pytest.approx(CALLED_T + 1.0, abs=1e-6)),
        ("slow", pytest.approx(CALLED_T + 2.0, abs=1e-6)),
    ]
    assert [output.name for output in outputs(scene)] == ["slow", "quick"]
    assert starts(scene) == [pytest.approx(CALLED_T + 2.0 + 0.55, abs=1e-6)]
    assert len(scene.of(LlmRequested)) == 2


@pytest.mark.parametrize("other", ["quick", "broken"])
@pytest.mark.parametrize("unanswered", ["silent", "nothing"])
def test_one_that_wants_no_reply_does_not_silence_the_other(other: str, unanswered: str) -> None:
    scene = several(unanswered, other)
    assert assistant(scene) == [ANSWER]
    assert [output.name for output in outputs(scene)] == [unanswered, other]


@pytest.mark.parametrize("names", [("silent",), ("nothing",), ("silent", "nothing"), ("nothing", "nothing")])
def test_without_a_result_there_is_no_reply(names: tuple[str, ...]) -> None:
    scene = several(*names)
    assert assistant(scene) == [] and len(scene.of(LlmRequested)) == 1
    assert [record.new for record in scene.of(AgentState)][-2:] == ["listening", "idle"]
    assert len(outputs(scene)) == len(names)


def test_a_failure_is_answered() -> None:
    scene = several("broken")
    (output,) = outputs(scene)
    assert output.is_error
    assert assistant(scene) == [ANSWER]
    assert [source for source, _ in errors(scene)] == ["tool"]


def test_two_that_speak_are_heard_one_after_the_other() -> None:
    class Talkative(Agent):
        @function_tool
        async def one(self, ctx: RunContext) -> str:
            """Say one."""
            await ctx.session.say("One one one.")
            return "1"

        @function_tool
        async def two(self, ctx: RunContext) -> str:
            """Say two."""
            await ctx.session.say("Two two two.")
            return "2"

    async def act(scene: Scene) -> None:
        await scene.ask()
        await asyncio.sleep(8.0)

    calls = Reply("", (FunctionCall("", "one", "{}"), FunctionCall("", "two", "{}")))
    scene = hold(act, agent=Talkative(), replies=[calls, ANSWER])
    assert assistant(scene) == ["One one one.", "Two two two.", ANSWER]


# what a tool does to its own speech, and to the session


@pytest.mark.parametrize("way", ["context", "handle", "await"])
def test_a_tool_waits_for_what_was_said_before_it(way: str) -> None:
    waited: list[float] = []

    async def work(ctx: RunContext) -> str:
        if way == "context":
            await ctx.wait_for_playout()
        elif way == "handle":
            await ctx.speech_handle.wait_for_playout()
        else:
            await ctx.speech_handle
        waited.append(asyncio.get_running_loop().time())
        return "rain"

    scene = looking(work, replies=[Reply("Let me look.", (CALL,)), ANSWER])
    assert waited == [pytest.approx(2.05 + len("Let me look.") / 15, abs=1e-3)]
    assert assistant(scene) == ["Let me look.", ANSWER]


def test_it_does_not_wait_where_nothing_was_said() -> None:
    waited: list[float] = []

    async def work(ctx: RunContext) -> str:
        await ctx.wait_for_playout()
        waited.append(asyncio.get_running_loop().time())
        return "rain"

    scene = looking(work)
    assert waited == [pytest.approx(CALLED_T, abs=1e-6)]
    assert assistant(scene) == [ANSWER]


def test_it_waits_no_longer_than_the_words_are_heard() -> None:
    """The user stops them: the tool goes on at once."""
    waited: list[float] = []

    async def work(ctx: RunContext) -> str:
        await ctx.wait_for_playout()
        waited.append(asyncio.get_running_loop().time())
        return "rain"

    async def act(scene: Scene) -> None:
        await asyncio.sleep(2.0)
        scene.session.interrupt()
        await asyncio.sleep(5.0)

    looking(work, act, replies=[Reply("Let me look for a long time at it.", (CALL,)), ANSWER])
    assert waited == [pytest.approx(3.0, abs=1e-6)]


def test_a_tool_may_interrupt_its_own_speech() -> None:
    done: list[str] = []

    async def work(ctx: RunContext) -> str:
        ctx.speech_handle.interrupt()
        await asyncio.sleep(1.0)
        done.append("done")
        return "rain"

    async def act(scene: Scene) -> None:
        await asyncio.sleep(4.0)
        again = scene.session.say("And on.")
        await again

    scene = looking(work, act, replies=[Reply("Let me look for a long time at it.", (CALL,)), "Never said."])
    assert done == ["done"]
    assert [output.output for output in outputs(scene)] == ["rain"]
    assert assistant(scene) == ["And on."]
    assert errors(scene) == []


def test_a_tool_may_await_the_interruption_of_everything() -> None:
    async def work(ctx: RunContext) -> str:
        await ctx.session.interrupt()
        return "rain"

    async def act(scene: Scene) -> None:
        await asyncio.sleep(4.0)
        await scene.session.say("And on.")

    scene = looking(work, act, replies=[Reply("Let me look for a long time at it.", (CALL,)), "Never said."])
    assert assistant(scene)[-1] == "And on."
    assert len(scene.of(LlmRequested)) == 1


def test_a_tool_may_say_something_after_it_has_interrupted_its_speech() -> None:
    async def work(ctx: RunContext) -> None:
        ctx.speech_handle.interrupt()
        await ctx.session.say("Something else.")

    scene = looking(work, replies=[Reply("Let me look for a long time at it.", (CALL,)), "Never said."])
    assert assistant(scene)[-1] == "Something else."


def test_a_tool_may_close_the_session() -> None:
    reached: list[str] = []

    async def work(ctx: RunContext) -> str:
        await ctx.session.aclose("hung up")
        reached.append("after")
        return "rain"

    scene = looking(work)
    (closed,) = scene.of(SessionClosed)
    assert (closed.reason, closed.t) == ("hung up", pytest.approx(CALLED_T, abs=1e-6))
    assert assistant(scene) == []
    assert [record.name for record in scene.of(ToolReturned)] == ["look"]
    assert len(outputs(scene)) == 1


def test_a_tool_may_say_goodbye_and_then_close_the_session() -> None:
    async def work(ctx: RunContext) -> None:
        await ctx.session.say("Goodbye.")
        await ctx.session.aclose()

    scene = looking(work)
    assert assistant(scene) == ["Goodbye."]
    (closed,) = scene.of(SessionClosed)
    assert closed.t == pytest.approx(CALLED_T + 0.2 + len("Goodbye.") / 15, abs=1e-3)


def test_a_tool_may_shut_the_session_down_after_its_answer() -> None:
    class HangsUp(Agent):
        @function_tool
        async def look(self) -> str:
            """Hang up."""
            session: Any = self.session
            session.shutdown()
            return "rain"

    async def act(scene: Scene) -> None:
        await scene.ask()
        await asyncio.sleep(8.0)

    scene = hold(act, agent=HangsUp(), replies=[CALL, ANSWER])
    assert assistant(scene) == [ANSWER]
    (closed,) = scene.of(SessionClosed)
    assert closed.t == pytest.approx(CALLED_T + 0.55 + len(ANSWER) / 15, abs=1e-3)


def test_draining_in_a_tool_does_not_hang() -> None:
    """It waits for what others say, not for the speech that waits for the tool."""
    drained: list[float] = []

    async def work(ctx: RunContext) -> str:
        ctx.session.say(MOMENT)
        await ctx.session.drain()
        drained.append(asyncio.get_running_loop().time())
        return "rain"

    scene = looking(work, lambda scene: asyncio.sleep(10.0), limits=Limits(drain_s=60.0))
    assert drained == [pytest.approx(CALLED_T + 0.2 + MOMENT_S, abs=1e-3)]
    assert assistant(scene) == [MOMENT, ANSWER]
    assert errors(scene) == []


def test_draining_in_a_tool_ends_at_the_latest_with_the_limit() -> None:
    drained: list[float] = []

    async def work(ctx: RunContext) -> str:
        await ctx.session.drain()
        drained.append(asyncio.get_running_loop().time())
        return "rain"

    looking(work, lambda scene: asyncio.sleep(30.0), limits=Limits(drain_s=5.0))
    assert len(drained) == 1 and drained[0] <= CALLED_T + 2 * 5.0 + 1e-6


def test_events_after_a_tool_has_spoken_are_not_inside_it() -> None:
    """An application that has the agent ask for the user who is away may let it call tools, whatever ran before."""

    async def work(ctx: RunContext) -> None:
        ctx.speech_handle.interrupt()
        await asyncio.sleep(0.1)
        ctx.session.say(MOMENT)

    async def act(scene: Scene) -> None:
        def away(event: Any) -> None:
            if event.new_state == "away":
                scene.session.generate_reply(instructions="Ask whether the user is there.")

        scene.session.on("user_state_changed", away)
        await asyncio.sleep(10.0)

    llm = Asked([CALL, "Are you there?"])
    looking(work, act, llm=llm, user_away_timeout=3.0)
    assert llm.requests[-1][1] == "auto"


def test_tools_run_with_the_settings_of_the_moment() -> None:
    seen: list[float] = []

    async def work(ctx: RunContext) -> str:
        ctx.session.tuning = ctx.session.tuning.replace({"volume.level": 40})
        seen.append(ctx.session.tuning.volume.level)
        return "rain"

    scene = looking(work, tuning=Tuning())
    assert seen == [40] and scene.session.tuning.volume.level == 40
