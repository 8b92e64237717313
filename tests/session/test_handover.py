"""One agent hands the conversation over to another: when, with what words, with what memory and with which models."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from kit import Agent, ChatContext, RunContext, Tuning, function_tool
from kit.chat import FunctionCall, FunctionCallOutput
from kit.models.simulated import Reply, SimulatedLLM, SimulatedSTT, SimulatedTTS
from kit.session.records import (
    AgentHandoff,
    Error,
    LlmRequested,
    PreemptionDiscarded,
    SpeechFinished,
    SpeechResumed,
    SpeechStarted,
    ToolCalled,
    TtsRequested,
    TurnCommitted,
    TurnDropped,
    UserInterrupted,
)
from tests.session.scenes import ON, Scene, hold

LONG = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen."
LONG_S = len(LONG) / 15
GREETING, GOODBYE = "Sales here.", "Goodbye."
GOODBYE_S = len(GOODBYE) / 15


class Sales(Agent):
    """Greets when it takes over, if it is told to."""

    def __init__(self, *, greets: bool = True, id: str = "sales", **options: Any) -> None:
        super().__init__(instructions="You sell.", id=id, **options)
        self.greets = greets
        self.entered: list[float] = []
        self.left = 0

    async def on_enter(self) -> None:
        self.entered.append(asyncio.get_running_loop().time())
        if self.greets:
            await self.session.say(GREETING)

    async def on_exit(self) -> None:
        self.left += 1


class Polite(Agent):
    """Says goodbye. Waits for `last_s` before it lets go."""

    def __init__(self, *, last_s: float = 0.0, goodbye: str = GOODBYE, **options: Any) -> None:
        super().__init__(instructions="Be brief.", id="front", **options)
        self.last_s = last_s
        self.goodbye = goodbye
        self.begun = self.done = 0

    async def on_exit(self) -> None:
        self.begun += 1
        if self.goodbye:
            await self.session.say(self.goodbye)
        await asyncio.sleep(self.last_s)
        self.done += 1


class Desk(Agent):
    """Puts the caller through by a tool, whose result is given."""

    def __init__(self, result: Callable[[], Any], *, takes_s: float = 0.0) -> None:
        super().__init__(instructions="Be brief.", id="desk")
        self._result = result
        self._takes_s = takes_s

    @function_tool
    async def transfer(self) -> Any:
        """Put the caller through."""
        await asyncio.sleep(self._takes_s)
        return self._result()


class Asked:
    """An LLM that keeps what it was asked: the instructions, the words and the tool choice of each request."""

    def __init__(self, replies: Any = "It is sunny in Paris.", ttft: float = 0.35) -> None:
        self.requests: list[tuple[list[str], str]] = []
        self._llm = SimulatedLLM(replies, ttft=ttft)

    def __call__(self, chat_ctx: ChatContext, tools: Any, /, *, tool_choice: Any = "auto") -> Any:
        words = [getattr(item, "content", type(item).__name__) for item in chat_ctx]
        self.requests.append((words, tool_choice))
        return self._llm(chat_ctx, tools, tool_choice=tool_choice)


CALL = FunctionCall("", "transfer", "{}")


def starts(scene: Scene) -> list[float]:
    return [record.t for record in scene.of(SpeechStarted)]


def assistant(scene: Scene) -> list[str]:
    return [text for role, text in scene.said() if role == "assistant"]


def handoffs(scene: Scene) -> list[tuple[str, str, float]]:
    return [(record.old, record.new, record.t) for record in scene.of(AgentHandoff)]


def no_errors(scene: Scene) -> None:
    assert [(error.source, error.message) for error in scene.of(Error)] == []


def test_the_application_hands_over() -> None:
    sales = Sales()

    async def act(scene: Scene) -> None:
        await asyncio.sleep(1.0)
        scene.session.update_agent(sales)
        await asyncio.sleep(3.0)
        assert scene.session.current_agent is sales and sales.session is scene.session

    scene = hold(act, agent=Polite(goodbye=""))
    assert handoffs(scene) == [("front", "sales", pytest.approx(1.0, abs=1e-6))]
    assert sales.entered == [pytest.approx(1.0, abs=1e-6)]
    assert starts(scene) == [pytest.approx(1.2, abs=1e-6)]
    assert assistant(scene) == [GREETING]
    no_errors(scene)


def test_the_agent_that_was_left_is_in_no_session() -> None:
    front = Polite(goodbye="")

    async def act(scene: Scene) -> None:
        scene.session.update_agent(Sales())
        await asyncio.sleep(1.0)
        with pytest.raises(RuntimeError, match="not in a session"):
            _ = front.session

    hold(act, agent=front)


def test_the_goodbye_is_heard_before_the_new_agent_begins() -> None:
    async def act(scene: Scene) -> None:
        await asyncio.sleep(1.0)
        scene.session.update_agent(Sales())
        await asyncio.sleep(5.0)

    scene = hold(act, agent=Polite())
    assert assistant(scene) == [GOODBYE, GREETING]
    assert starts(scene)[0] == pytest.approx(1.2, abs=1e-6)
    (_, _, handed_over_t) = handoffs(scene)[0]
    assert handed_over_t == pytest.approx(1.2 + GOODBYE_S, abs=1e-4)
    assert starts(scene)[1] == pytest.approx(handed_over_t + 0.2, abs=1e-6)


def test_a_goodbye_that_nobody_awaits_is_heard_out_too() -> None:
    class Curt(Agent):
        async def on_exit(self) -> None:
            self.session.say(GOODBYE)

    async def act(scene: Scene) -> None:
        scene.session.update_agent(Sales())
        await asyncio.sleep(5.0)

    scene = hold(act, agent=Curt(id="front"))
    assert assistant(scene) == [GOODBYE, GREETING]
    assert handoffs(scene)[0][2] == pytest.approx(0.2 + GOODBYE_S, abs=1e-4)


def test_what_is_said_and_what_waits_is_heard_first() -> None:
    async def act(scene: Scene) -> None:
        scene.session.say("First sentence.")
        scene.session.say("Second sentence.")
        scene.session.update_agent(Sales())
        await asyncio.sleep(8.0)

    scene = hold(act, agent=Polite())
    assert assistant(scene) == ["First sentence.", "Second sentence.", GOODBYE, GREETING]


def test_what_is_said_while_the_new_agent_is_awaited_is_heard_first() -> None:
    async def act(scene: Scene) -> None:
        scene.session.update_agent(Sales())
        await asyncio.sleep(0.5)
        scene.session.say("By the way.")
        await asyncio.sleep(8.0)

    assert assistant(hold(act, agent=Polite())) == [GOODBYE, "By the way.", GREETING]


def test_to_itself_an_agent_enters_again() -> None:
    sales = Sales()

    async def act(scene: Scene) -> None:
        await asyncio.sleep(3.0)
        scene.session.update_agent(sales)
        await asyncio.sleep(3.0)

    scene = hold(act, agent=sales)
    assert sales.entered == [0.0, pytest.approx(3.0, abs=1e-6)]
    assert sales.left == 2  # once for the hand-over, once for the close
    assert assistant(scene) == [GREETING, GREETING]


def test_it_needs_a_running_session() -> None:
    from kit import AgentSession

    with pytest.raises(RuntimeError, match="not running"):
        AgentSession().update_agent(Sales())


# by a tool


def test_a_tool_that_returns_an_agent_hands_over_without_a_reply() -> None:
    llm = Asked([CALL, "Never said."])
    sales = Sales()

    async def act(scene: Scene) -> None:
        await scene.ask("sales please")
        await asyncio.sleep(6.0)

    scene = hold(act, agent=Desk(lambda: sales), llm=llm)
    assert len(llm.requests) == 1
    assert handoffs(scene) == [("desk", "sales", pytest.approx(1.85, abs=1e-6))]
    assert starts(scene) == [pytest.approx(2.05, abs=1e-6)]
    assert scene.said() == [("user", "sales please"), ("assistant", GREETING)]
    kinds = [type(item).__name__ for item in scene.session.history]
    assert kinds == ["ChatMessage", "FunctionCall", "FunctionCallOutput", "ChatMessage"]
    (output,) = [item for item in scene.session.history if isinstance(item, FunctionCallOutput)]
    assert (output.output, output.is_error) == ("", False)
    no_errors(scene)


def test_words_before_the_call_are_heard_before_the_new_agent() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask("sales please")
        await asyncio.sleep(8.0)

    before = "One moment please."
    scene = hold(act, agent=Desk(Sales), replies=[Reply(before, (CALL,)), "Never said."])
    assert assistant(scene) == [before, GREETING]
    assert handoffs(scene)[0][2] == pytest.approx(2.05 + len(before) / 15, abs=1e-4)


def test_with_a_text_the_old_agent_replies_first_and_calls_no_tools() -> None:
    llm = Asked([CALL, "I put you through."])

    async def act(scene: Scene) -> None:
        await scene.ask("sales please")
        await asyncio.sleep(8.0)

    scene = hold(act, agent=Desk(lambda: (Sales(), "the line is free")), llm=llm)
    assert [choice for _, choice in llm.requests] == ["auto", "none"]
    assert [words[0] for words, _ in llm.requests] == ["Be brief.", "Be brief."]
    assert assistant(scene) == ["I put you through.", GREETING]
    replied_t = 1.85 + 0.35 + 0.2
    assert starts(scene)[0] == pytest.approx(replied_t, abs=1e-6)
    assert handoffs(scene)[0][2] == pytest.approx(replied_t + len("I put you through.") / 15, abs=1e-4)
    (output,) = [item for item in scene.session.history if isinstance(item, FunctionCallOutput)]
    assert output.output == "the line is free"


def test_a_tool_hands_over_to_one_agent_only() -> None:
    llm = Asked([CALL, "I cannot do that."])

    async def act(scene: Scene) -> None:
        await scene.ask("sales please")
        await asyncio.sleep(6.0)

    scene = hold(act, agent=Desk(lambda: (Sales(), Sales(id="more"))), llm=llm)
    (output,) = [item for item in scene.session.history if isinstance(item, FunctionCallOutput)]
    assert output.is_error
    assert scene.of(AgentHandoff) == []
    assert assistant(scene) == ["I cannot do that."]


def test_of_two_tools_that_return_agents_the_first_counts() -> None:
    class Two(Desk):
        @function_tool
        async def other(self) -> Agent:
            """Put the caller through to somebody else."""
            return Sales(id="other")

    async def act(scene: Scene) -> None:
        await scene.ask("sales please")
        await asyncio.sleep(6.0)

    calls = Reply("", (FunctionCall("", "transfer", "{}"), FunctionCall("", "other", "{}")))
    scene = hold(act, agent=Two(Sales), replies=[calls, "Never said."])
    assert [new for _, new, _ in handoffs(scene)] == ["sales"]


def test_a_tool_may_call_update_agent_itself() -> None:
    class Asks(Agent):
        @function_tool
        async def transfer(self, ctx: RunContext) -> str:
            """Put the caller through."""
            ctx.session.update_agent(Sales())
            return "done"

    async def act(scene: Scene) -> None:
        await scene.ask("sales please")
        await asyncio.sleep(8.0)

    scene = hold(act, agent=Asks(instructions="Be brief.", id="asks"), replies=[CALL, "Here you go."])
    assert assistant(scene) == ["Here you go.", GREETING]
    no_errors(scene)


@pytest.mark.parametrize("by", ["update_agent", "return"])
def test_the_new_agents_first_reply_may_call_tools(by: str) -> None:
    """`generate_reply` inside a tool calls no tools; what the new agent says on its entry is not inside that tool."""

    class Eager(Agent):
        async def on_enter(self) -> None:
            await self.session.generate_reply(instructions="Greet.")

    class Asks(Agent):
        @function_tool
        async def transfer(self, ctx: RunContext) -> Any:
            """Put the caller through."""
            if by == "return":
                return Eager(instructions="You sell.")
            ctx.session.update_agent(Eager(instructions="You sell."))
            return None

    llm = Asked([CALL, "Hello."])

    async def act(scene: Scene) -> None:
        await scene.ask("sales please")
        await asyncio.sleep(8.0)

    hold(act, agent=Asks(instructions="Be brief."), llm=llm)
    (words, choice) = llm.requests[-1]
    assert words[0] == "You sell."
    assert choice == "auto"


def test_the_hand_over_of_an_interrupted_tool_does_not_happen() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask("sales please")
        await asyncio.sleep(1.5)
        await scene.ask("never mind")
        await asyncio.sleep(6.0)

    replies = [CALL, "As you like."]
    scene = hold(act, agent=Desk(Sales, takes_s=4.0), replies=replies)
    assert scene.of(AgentHandoff) == []
    (output,) = [item for item in scene.session.history if isinstance(item, FunctionCallOutput)]
    assert output.is_error and "not handed over" in output.output
    assert assistant(scene) == ["As you like."]


# the user meanwhile


def test_a_turn_that_ends_meanwhile_is_answered_by_the_new_agent() -> None:
    llm = Asked()

    async def act(scene: Scene) -> None:
        scene.session.update_agent(Sales(greets=False))
        await scene.ask("what do you sell")
        await asyncio.sleep(6.0)

    scene = hold(act, agent=Polite(goodbye="", last_s=3.0), llm=llm)
    (turn,) = scene.of(TurnCommitted)
    assert turn.t == pytest.approx(1.5, abs=1e-6)
    assert handoffs(scene)[0][2] == pytest.approx(3.0, abs=1e-6)
    assert [words for words, _ in llm.requests] == [["You sell.", "what do you sell"]]
    assert starts(scene) == [pytest.approx(3.0 + 0.35 + 0.2, abs=1e-6)]
    assert scene.of(TurnDropped) == []


def test_the_hook_that_is_asked_of_such_a_turn_is_the_new_agents() -> None:
    asked: list[str] = []

    class Hooked(Sales):
        async def on_user_turn_completed(self, turn_ctx: ChatContext, new_message: Any) -> None:
            asked.append(new_message.content)

    class Old(Polite):
        async def on_user_turn_completed(self, turn_ctx: ChatContext, new_message: Any) -> None:
            asked.append("the old one's")

    async def act(scene: Scene) -> None:
        scene.session.update_agent(Hooked(greets=False))
        await scene.ask("what do you sell")
        await asyncio.sleep(6.0)

    hold(act, agent=Old(goodbye="", last_s=3.0))
    assert asked == ["what do you sell"]


def test_a_greeting_comes_before_the_answer_to_such_a_turn() -> None:
    async def act(scene: Scene) -> None:
        scene.session.update_agent(Sales())
        await scene.ask("what do you sell")
        await asyncio.sleep(8.0)

    scene = hold(act, agent=Polite(goodbye="", last_s=3.0))
    assert sorted(assistant(scene)) == ["It is sunny in Paris.", GREETING]
    assert [record.interrupted for record in scene.of(SpeechFinished)] == [False, False]


def test_no_attempt_of_the_old_agent_answers_for_the_new_one() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask("what do you sell")
        await asyncio.sleep(0.2)  # an attempt is under way, the turn is not committed
        scene.session.update_agent(Sales(greets=False))
        await asyncio.sleep(6.0)

    llm = Asked()
    scene = hold(act, agent=Polite(goodbye=""), tuning=ON, llm=llm)
    assert [record.reason for record in scene.of(PreemptionDiscarded)] == ["agent_changed"]
    assert llm.requests[-1][0] == ["You sell.", "what do you sell"]
    assert starts(scene) == [pytest.approx(1.5 + 0.35 + 0.2, abs=1e-6)]


def test_while_the_user_has_paused_the_agent_its_speech_is_heard_out_first() -> None:
    async def act(scene: Scene) -> None:
        scene.session.say(LONG)
        await asyncio.sleep(2.2)
        await scene.ask("", 0.8)
        scene.session.update_agent(Sales())
        await asyncio.sleep(12.0)

    scene = hold(act, agent=Polite(goodbye=""))
    assert [record.t for record in scene.of(SpeechResumed)] == [pytest.approx(5.3, abs=1e-6)]
    ended_t = 0.2 + LONG_S + (5.3 - 2.7)
    assert handoffs(scene)[0][2] == pytest.approx(ended_t, abs=1e-3)
    assert assistant(scene) == [LONG, GREETING]


def test_words_that_end_the_old_agents_speech_are_the_new_ones_to_answer() -> None:
    llm = Asked()

    async def act(scene: Scene) -> None:
        scene.session.say(LONG)
        await asyncio.sleep(1.0)
        scene.session.update_agent(Sales(greets=False))
        await asyncio.sleep(1.2)
        await scene.ask("stop it now")
        await asyncio.sleep(6.0)

    scene = hold(act, agent=Polite(goodbye=""), llm=llm)
    assert [record.t for record in scene.of(UserInterrupted)] == [pytest.approx(3.3, abs=1e-6)]
    assert handoffs(scene)[0][2] == pytest.approx(3.3, abs=1e-6)
    assert [words for words, _ in llm.requests] == [["You sell.", "stop it now"]]
    assert assistant(scene)[-1] == "It is sunny in Paris."


# one after another


def test_two_in_a_row() -> None:
    first, second = Sales(id="first"), Sales(id="second")

    async def act(scene: Scene) -> None:
        scene.session.update_agent(first)
        scene.session.update_agent(second)
        await asyncio.sleep(6.0)

    scene = hold(act, agent=Polite())
    assert [(old, new) for old, new, _ in handoffs(scene)] == [("front", "first"), ("first", "second")]
    assert assistant(scene) == [GOODBYE, GREETING, GREETING]
    assert (len(first.entered), first.left, len(second.entered)) == (1, 1, 1)
    no_errors(scene)


def test_a_turn_meanwhile_is_answered_by_the_last_of_them() -> None:
    llm = Asked()

    async def act(scene: Scene) -> None:
        scene.session.update_agent(Sales(id="first", greets=False))
        scene.session.update_agent(Agent(instructions="You repair.", id="second"))
        await scene.ask("what do you do")
        await asyncio.sleep(6.0)

    hold(act, agent=Polite(goodbye="", last_s=3.0), llm=llm)
    assert [words for words, _ in llm.requests] == [["You repair.", "what do you do"]]


def test_from_on_enter() -> None:
    class Passes(Agent):
        async def on_enter(self) -> None:
            await self.session.say("Welcome.")
            self.session.update_agent(Sales())

    scene = hold(lambda scene: asyncio.sleep(5.0), agent=Passes(id="passes"))
    assert assistant(scene) == ["Welcome.", GREETING]
    assert [(old, new) for old, new, _ in handoffs(scene)] == [("passes", "sales")]
    no_errors(scene)


def test_on_enter_may_go_on_after_it_has_handed_over() -> None:
    class Passes(Agent):
        async def on_enter(self) -> None:
            self.session.update_agent(Sales())
            await self.session.say("Welcome.")

    scene = hold(lambda scene: asyncio.sleep(5.0), agent=Passes(id="passes"))
    assert assistant(scene) == ["Welcome.", GREETING]
    no_errors(scene)


def test_from_on_exit_the_next_but_one_takes_over() -> None:
    class Stubborn(Agent):
        async def on_exit(self) -> None:
            self.session.update_agent(Sales(id="second"))

    async def act(scene: Scene) -> None:
        scene.session.update_agent(Sales(id="first", greets=False))
        await asyncio.sleep(5.0)

    scene = hold(act, agent=Stubborn(id="front"))
    assert [new for _, new, _ in handoffs(scene)] == ["first", "second"]


def test_an_on_exit_that_fails_does_not_stop_it() -> None:
    class Broken(Agent):
        async def on_exit(self) -> None:
            raise ValueError("broken exit")

    async def act(scene: Scene) -> None:
        scene.session.update_agent(Sales())
        await asyncio.sleep(3.0)

    scene = hold(act, agent=Broken())
    assert assistant(scene) == [GREETING]
    assert [error.message for error in scene.of(Error)] == ["broken exit"]


# what the new agent knows, and which models it uses


def test_contexts_are_apart_and_the_history_is_whole() -> None:
    front, sales = Agent(instructions="Be brief.", id="front"), Sales()

    async def act(scene: Scene) -> None:
        await scene.ask("what is the weather")
        await asyncio.sleep(4.0)
        scene.session.update_agent(sales)
        await asyncio.sleep(2.0)
        await scene.ask("what do you sell")
        await asyncio.sleep(4.0)

    scene = hold(
        act, agent=front, replies=lambda ctx: "Umbrellas." if ctx[0].content == "You sell." else "It is sunny."
    )
    assert [item.content for item in front.chat_ctx] == ["Be brief.", "what is the weather", "It is sunny."]
    assert [item.content for item in sales.chat_ctx] == ["You sell.", GREETING, "what do you sell", "Umbrellas."]
    assert [text for _, text in scene.said()] == [
        "what is the weather",
        "It is sunny.",
        GREETING,
        "what do you sell",
        "Umbrellas.",
    ]


def test_a_context_may_be_handed_on() -> None:
    llm = Asked()

    async def act(scene: Scene) -> None:
        await scene.ask("what is the weather")
        await asyncio.sleep(4.0)
        scene.session.update_agent(Sales(greets=False, chat_ctx=scene.session.history))
        await asyncio.sleep(1.0)
        await scene.ask("and now")
        await asyncio.sleep(4.0)

    scene = hold(act, llm=llm)
    assert llm.requests[-1][0] == ["You sell.", "what is the weather", "It is sunny in Paris.", "and now"]
    assert len(scene.said()) == 4  # what was handed on is not in the history twice


def test_the_new_agents_tools_are_the_ones_that_are_called() -> None:
    class Shop(Sales):
        @function_tool
        async def price(self) -> str:
            """What it costs."""
            return "ten"

    async def act(scene: Scene) -> None:
        scene.session.update_agent(Shop(greets=False))
        await asyncio.sleep(0.5)
        await scene.ask("what does it cost")
        await asyncio.sleep(6.0)

    scene = hold(act, agent=Polite(goodbye=""), replies=[FunctionCall("", "price", "{}"), "Ten."])
    assert [record.name for record in scene.of(ToolCalled)] == ["price"]
    assert assistant(scene) == ["Ten."]


class Named:
    """A TTS that keeps what it was given."""

    def __init__(self, ttfb: float = 0.2) -> None:
        self.given: list[str] = []
        self._tts = SimulatedTTS(ttfb)
        self.sample_rate = self._tts.sample_rate

    def __call__(self, text: Any, /) -> Any:
        async def noted() -> Any:
            async for piece in text:
                self.given.append(piece)
                yield piece

        return self._tts(noted())


def test_an_agents_own_voice_and_mind_are_used() -> None:
    shared, own = Named(), Named(ttfb=0.4)
    shared_llm, own_llm = Asked(), Asked("Umbrellas.", ttft=0.1)

    async def act(scene: Scene) -> None:
        await scene.session.say("Hello.")
        scene.session.update_agent(Sales(tts=own, llm=own_llm))
        await asyncio.sleep(3.0)
        await scene.ask("what do you sell")
        await asyncio.sleep(4.0)

    scene = hold(act, agent=Polite(), tts=shared, llm=shared_llm)
    assert "".join(shared.given) == "Hello." + GOODBYE
    assert "".join(own.given) == GREETING + "Umbrellas."
    assert (len(shared_llm.requests), len(own_llm.requests)) == (0, 1)
    (turn,) = scene.of(TurnCommitted)
    assert starts(scene)[-1] - turn.t == pytest.approx(0.1 + 0.4, abs=1e-6)


def test_a_session_without_models_lives_by_its_agents_own() -> None:
    async def act(scene: Scene) -> None:
        with pytest.raises(RuntimeError, match="needs a TTS"):
            scene.session.say("Hello.")
        scene.session.update_agent(Sales(tts=Named(), llm=Asked("Umbrellas.")))
        await asyncio.sleep(2.0)
        await scene.ask("what do you sell")
        await asyncio.sleep(4.0)

    scene = hold(act, tts=None, llm=None)
    assert assistant(scene) == [GREETING, "Umbrellas."]


class Ears:
    """Speech to text that counts how often it was opened."""

    def __init__(self, delay: float = 0.1) -> None:
        self.opened: list[float] = []
        self._stt = SimulatedSTT(delay)

    def __call__(self, frames: Any, /) -> Any:
        self.opened.append(round(asyncio.get_running_loop().time(), 6))
        return self._stt(frames)


class Listens(Sales):
    def stt_node(self, audio: Any, model_settings: Any) -> Any:
        return Agent.default.stt_node(self, audio, model_settings)


@pytest.mark.parametrize(("agent", "shared", "own"), [(Sales, 1, 0), (Listens, 2, 0), ("own", 1, 1)])
def test_the_users_words_are_heard_anew_only_where_they_are_heard_differently(
    agent: Any, shared: int, own: int
) -> None:
    session_stt, own_stt = Ears(), Ears(0.2)
    new = Sales(greets=False, stt=own_stt) if agent == "own" else agent(greets=False)

    async def act(scene: Scene) -> None:
        await asyncio.sleep(1.0)
        scene.session.update_agent(new)
        await asyncio.sleep(1.0)
        await scene.ask("what do you sell")
        await asyncio.sleep(4.0)

    scene = hold(act, agent=Polite(goodbye=""), stt=session_stt)
    assert (len(session_stt.opened), len(own_stt.opened)) == (shared, own)
    assert all(opened == pytest.approx(1.0, abs=0.01) for opened in session_stt.opened[1:] + own_stt.opened)
    assert scene.said()[0] == ("user", "what do you sell")
    assert len(scene.of(TurnCommitted)) == 1


def test_a_session_hears_by_the_stt_that_its_second_agent_brings() -> None:
    async def act(scene: Scene) -> None:
        scene.session.update_agent(Sales(greets=False, stt=SimulatedSTT(0.1)))
        await asyncio.sleep(1.0)
        await scene.ask("what do you sell")
        await asyncio.sleep(4.0)

    scene = hold(act, agent=Polite(goodbye=""), stt=None)
    assert scene.said()[0] == ("user", "what do you sell")


def test_an_agent_that_no_stt_is_there_for_is_not_an_error_for_ever() -> None:
    async def act(scene: Scene) -> None:
        scene.session.update_agent(Sales(greets=False))
        await asyncio.sleep(5.0)

    scene = hold(act, agent=Agent(id="front", stt=SimulatedSTT(0.1)), stt=None)
    assert [error.source for error in scene.of(Error)] in ([], ["stt"])


# the close


def test_a_close_meanwhile_runs_on_exit_once() -> None:
    front = Polite(goodbye="", last_s=3.0)
    sales = Sales()

    async def act(scene: Scene) -> None:
        scene.session.update_agent(sales)
        await asyncio.sleep(1.0)

    scene = hold(act, agent=front)
    assert front.begun == 1
    assert sales.entered == [] and sales.left == 0
    assert scene.of(AgentHandoff) == []
    no_errors(scene)


def test_a_close_meanwhile_lets_on_exit_end() -> None:
    """What it does there, as to store what was agreed, is not broken off by a hand-over that came before the close."""
    front = Polite(goodbye="", last_s=3.0)

    async def act(scene: Scene) -> None:
        scene.session.update_agent(Sales())
        await asyncio.sleep(1.0)

    hold(act, agent=front)
    assert front.done == 1


def test_a_close_while_the_last_words_are_heard() -> None:
    front, sales = Polite(goodbye=""), Sales()

    async def act(scene: Scene) -> None:
        scene.session.say(LONG)
        scene.session.update_agent(sales)
        await asyncio.sleep(1.0)

    scene = hold(act, agent=front)
    assert (front.begun, front.done) == (1, 1)
    assert sales.entered == [] and sales.left == 0
    assert scene.of(AgentHandoff) == []
    no_errors(scene)


def test_after_a_hand_over_the_close_lets_the_new_agent_say_goodbye() -> None:
    front, last = Polite(goodbye=""), Polite(goodbye="So long.")

    async def act(scene: Scene) -> None:
        scene.session.update_agent(last)
        await asyncio.sleep(1.0)

    scene = hold(act, agent=front)
    assert (front.begun, last.begun, last.done) == (1, 1, 1)
    assert assistant(scene) == ["So long."]


def test_nothing_is_left_of_a_hand_over_that_ends_with_the_session() -> None:
    """A tool returns an agent, and the session is closed in the same instant."""

    async def act(scene: Scene) -> None:
        await scene.ask("sales please")
        await asyncio.sleep(0.85)

    scene = hold(act, agent=Desk(Sales), replies=[CALL, "Never said."])
    no_errors(scene)


def test_a_hand_over_ends_no_silence_by_itself() -> None:
    """Nothing was asked for, so nothing is asked of the models."""

    async def act(scene: Scene) -> None:
        scene.session.update_agent(Sales(greets=False))
        await asyncio.sleep(3.0)

    scene = hold(act, tuning=Tuning())
    assert scene.of(LlmRequested) == [] and scene.of(TtsRequested) == []
