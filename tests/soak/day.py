"""A day in one session: some ten thousand turns in virtual time, with a fault in every twentieth call of a model.

The user asks, pauses, interrupts and coughs; the agent calls tools, some of which fail, and hands over to others;
answers are begun ahead. Recognisers listen for as long as they can: their calls are streams, and what is broken there
is a stream in every twentieth utterance. At the end everything has ended, and the memory that it took is known.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kit import Agent, AgentSession, ChatContext, RunContext, ToolError, Tuning, function_tool
from kit.chat import FunctionCall, FunctionCallOutput
from kit.models.latency import LogNormal
from kit.models.simulated import Reply, SimulatedLLM, SimulatedSTT, SimulatedTTS, SimulatedVAD
from kit.timing import run_virtual
from kit.transports.playout import PacedOutput
from kit.transports.simulated import SimulatedUser
from tests.benchmarks.gauges import cpu, settled_rss_kib
from tests.session.any_order.rules import check_items
from tests.session.any_order.stage import WatchfulLoop
from tests.session.journal_rules import check_journal
from tests.soak.flaky import Flaky

WARM_UP_TURNS = 500
"""Before the memory is first looked at."""
LONGEST_S = 120.0
"""From the end of a question until all is quiet again. Each of four tries of a model may hang for ten seconds."""
QUIET_S = 0.6
LOOK_S = 0.2
REMEMBERED = 20
"""Items of the conversation that the next agent is told."""


class Clerk(Agent):
    """Has tools that work, dawdle, fail, speak, and hand over to a colleague."""

    @function_tool
    async def look_up(self, what: str) -> str:
        """Looks something up."""
        return f"{what} is in the third drawer."

    @function_tool
    async def dawdle(self) -> str:
        """Takes its time."""
        await asyncio.sleep(1.5)
        return "It took a while."

    @function_tool
    async def note(self) -> None:
        """Wants no reply."""

    @function_tool
    async def fail(self) -> str:
        """Fails."""
        raise ToolError("the drawer is stuck")

    @function_tool
    async def crash(self) -> str:
        """Fails badly."""
        raise ValueError("there is no drawer")

    @function_tool
    async def announce(self, context: RunContext) -> str:
        """Speaks before it has a result."""
        await context.session.say("One moment, please.")
        return "Thank you for waiting."

    @function_tool
    async def hand_over(self) -> Agent:
        """Gives the conversation to a colleague, who knows the last things that were said."""
        return Clerk(instructions="Be brief.", chat_ctx=_end_of(self.chat_ctx))


def _end_of(chat_ctx: ChatContext) -> ChatContext:
    """The latest items, without the results of calls that are not among them."""
    items = chat_ctx.items[1:][-REMEMBERED:]
    while items and isinstance(items[0], FunctionCallOutput):
        del items[0]
    return ChatContext(items)


CALLS = {
    "look_up": 8,
    "dawdle": 3,
    "note": 1,
    "fail": 2,
    "crash": 1,
    "announce": 2,
    "hand_over": 1,
}
"""How often, in a hundred answers, each tool is called."""
TEXTS = (
    "It is in the third drawer.",
    "All right. I have noted that for you.",
    "Yes.",
    "That was the last one, I think.",
)
WAYS = {"ask": 60, "pause": 10, "interrupt": 10, "cough": 8, "announce": 4, "tune": 4, "ask_twice": 4}
"""How often, in a hundred questions, the user and the application do what."""
TUNED = {
    "preemption.trigger": ("final", "interim"),
    "preemption.preemptive_tts": (False, True),
    "endpointing.mode": ("fixed", "dynamic"),
    "interruption.resume_false_interruption": (True, True, False),
    "interruption.min_words": (0, 0, 0, 1),
    "volume.level": (100.0, 40.0),
}


@dataclass
class Day:
    """What came of it. `lost`: questions that a failing recogniser did not hear.

    Memory is the resident set of the whole process: journal, history, models and user included.
    """

    questions: int = 0
    lost: int = 0
    turns: int = 0
    virtual_s: float = 0.0
    cpu_s: float = 0.0
    kib_a_turn: float = 0.0
    records: int = 0
    longest_s: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    calls: dict[str, int] = field(default_factory=dict)
    faults: dict[str, dict[str, int]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)


class Life:
    """The user and the application of one session."""

    def __init__(self, session: AgentSession, user: SimulatedUser, dice: random.Random) -> None:
        self.session = session
        self.user = user
        self.dice = dice
        self.turns = 0
        self.lost = 0
        self.longest_s = 0.0
        session.journal.subscribe(self._count)

    def _count(self, record: Any) -> None:
        self.turns += record.type == "turn_committed"

    async def question(self, number: int) -> None:
        """One thing that happens, until all is quiet again."""
        way = self.dice.choices(list(WAYS), WAYS.values())[0]
        turns = self.turns
        if way == "announce":
            self.session.say("The office closes soon.")
        if way == "tune":
            path = self.dice.choice(list(TUNED))
            self.session.tuning = self.session.tuning.replace({path: self.dice.choice(TUNED[path])})
        await self._speak(f"question {number} please")
        if way == "pause":
            await asyncio.sleep(self.dice.uniform(0.2, 0.9))
            await self._speak("and one thing more")
        if way == "ask_twice":
            await self._until(lambda: self.turns > turns, 4.0)
            await self._speak("and another question")
        if way in ("interrupt", "cough"):
            await self._until(lambda: self.session.agent_state == "speaking", 5.0)
            await asyncio.sleep(self.dice.uniform(0.1, 0.8))
            await self._speak("no the other one" if way == "interrupt" else "")
        await self._quiet(turns)

    async def _speak(self, text: str) -> None:
        await self.user.speak(text, self.dice.uniform(0.6, 1.4)).wait()

    async def _quiet(self, turns: int) -> None:
        """Until the question was answered, or was lost in a recogniser that failed, and nobody speaks."""
        time = asyncio.get_running_loop().time
        started = time()
        await self._until(lambda: self.turns > turns, 4.0)
        self.lost += self.turns == turns
        since = time()
        while time() - since < QUIET_S:
            await asyncio.sleep(LOOK_S)
            session = self.session
            if session.current_speech is not None or (session.agent_state, session.user_state) not in (
                ("listening", "listening"),
                ("listening", "away"),
            ):
                since = time()
            assert time() - started < LONGEST_S, f"not quiet for {LONGEST_S} s: {self._state()}"
        self.longest_s = max(self.longest_s, time() - started)

    async def _until(self, so: Callable[[], bool], limit_s: float) -> None:
        for _ in range(round(limit_s / LOOK_S)):
            if so():
                return
            await asyncio.sleep(LOOK_S)

    def _state(self) -> str:
        session = self.session
        last = "\n".join(str(record) for record in list(session.journal)[-20:])
        return f"{session.current_speech}, agent {session.agent_state}, user {session.user_state}\n{last}"


def live(turns: int, hours: float, seed: int, progress: Callable[[float, int], None] = lambda part, turns: None) -> Day:
    """At least so many turns and so many hours.

    Raises:
        AssertionError: something did not end, a rule of the journal was broken, or the history is not whole.
    """
    return run_virtual(_live, turns, hours, seed, progress, seed=seed, loop_factory=WatchfulLoop)


async def _live(turns: int, hours: float, seed: int, progress: Callable[[float, int], None]) -> Day:
    dice, loop = random.Random(seed), asyncio.get_running_loop()
    models, handles = _models(dice), _Handles()
    session = AgentSession(
        **models,
        tuning=Tuning().replace({"preemption.enabled": True}),
    )
    session.on("speech_created", lambda event: handles.add(event.speech_handle))
    life = Life(session, SimulatedUser(), dice)
    await session.start(Clerk(instructions="Be brief."), audio_in=life.user, audio_out=PacedOutput())
    day, start, kib, counted = Day(), cpu(), 0.0, 0
    while life.turns < turns or loop.time() < hours * 3600:
        if not counted and life.turns >= min(WARM_UP_TURNS, turns // 2):
            kib, counted = settled_rss_kib(), life.turns
        day.questions += 1
        await life.question(day.questions)
        if day.questions % 50 == 0:
            progress(min(life.turns / turns, loop.time() / max(hours * 3600, 1e-9)), life.turns)
    day.kib_a_turn = (settled_rss_kib() - kib) / max(1, life.turns - counted)
    day.turns, day.lost, day.virtual_s, day.longest_s = life.turns, life.lost, loop.time(), life.longest_s
    await session.aclose()
    day.cpu_s = cpu() - start
    _judge(day, session, handles)
    for name, model in models.items():
        day.calls[name], day.faults[name] = model.calls, dict(model.faults)
    return day


class _Handles:
    """Which speeches have not ended. Those that have are not kept."""

    def __init__(self) -> None:
        self.open: set[str] = set()

    def add(self, handle: Any) -> None:
        self.open.add(handle.id)
        handle.add_done_callback(lambda ended: self.open.discard(ended.id))


def _judge(day: Day, session: AgentSession, handles: _Handles) -> None:
    records = list(session.journal)
    check_journal(records)
    check_items(session.history.items)
    assert not handles.open, f"speeches that did not end: {handles.open}"
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert not left, f"tasks were left: {left}"
    loop: Any = asyncio.get_running_loop()
    assert not loop.uncaught, f"nobody caught: {loop.uncaught}"
    day.records = len(records)
    day.counts = Counter(record.type for record in records)
    day.counts["false_interruption_resumed"] = sum(r.type == "false_interruption" and r.resumed for r in records)
    day.errors = Counter(record.source for record in records if record.type == "error")


def _models(dice: random.Random) -> dict[str, Flaky]:
    """Streams tell two boundaries an utterance, and the recogniser some six words and boundaries."""
    return {
        "stt": Flaky(SimulatedSTT(LogNormal(0.25, 0.3), interim=True, seed=1), dice, every=20 * 6),
        "vad": Flaky(SimulatedVAD(0.3), dice, every=20 * 2),
        "llm": Flaky(SimulatedLLM(_Replies(dice), ttft=0.35), dice, rate=0.05),
        "tts": Flaky(SimulatedTTS(0.2), dice, rate=0.05),
    }


class _Replies:
    def __init__(self, dice: random.Random) -> None:
        self._dice = dice

    def __call__(self, chat_ctx: ChatContext) -> Reply:
        dice, text = self._dice, self._dice.choice(TEXTS)
        if isinstance(chat_ctx[-1], FunctionCallOutput) or dice.random() >= sum(CALLS.values()) / 100:
            return Reply(text)
        name = dice.choices(list(CALLS), CALLS.values())[0]
        arguments = '{"what": "The key"}' if name == "look_up" else "{}"
        return Reply(text if dice.random() < 0.5 else "", (FunctionCall("", name, arguments),))
