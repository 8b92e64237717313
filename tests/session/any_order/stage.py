"""Runs a play in virtual time, and says what was wrong.

A play is judged by `rules` and by the journal's rules. Besides: no task is left, time moves, whoever waits for a speech
comes to see its end, the close is short, and nothing crashes out of sight.
"""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections.abc import Callable, Coroutine, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from livekit.rtc import AudioFrame

from kit import Agent, AgentSession, Limits, Tuning
from kit.chat import ChatContext
from kit.timing import run_virtual
from kit.timing.virtual import VirtualLoop
from kit.transports.playout import PacedOutput
from kit.transports.simulated import SimulatedUser
from tests.session.any_order.cast import Mischief, for_ever, make_agent
from tests.session.any_order.engines import detection_of, models_of
from tests.session.any_order.plan import Plan
from tests.session.journal_rules import check_journal

LIMITS = Limits(
    llm_s=1.0, tts_s=1.0, turn_detector_s=0.5, audio_out_s=2.0, hook_s=1.0, retry_s=0.2, close_s=0.5, drain_s=10.0
)
CLOSE_S = LIMITS.hook_s + 4 * LIMITS.close_s
BLOCK_S = 0.1
"""The longest frame of the user's sound."""
SETTLE_S = 40.0
"""Longer than the user speaks, and than a session waits for anything."""
PATIENCE = 250
"""Seconds more for all to be said, one thing after another, with every tool called as often as it may be."""
STEPS_AT_ONCE = 20_000
"""Of the loop, without time moving on: more than that is no work but a spin."""
TAG = "tests.tag"


class Spins(AssertionError):
    pass


class WatchfulLoop(VirtualLoop):
    """Time must move, and what nobody catches is kept."""

    def __init__(self) -> None:
        super().__init__()
        self._steps, self._steps_at = 0, -1.0
        self.uncaught: list[str] = []
        self.set_exception_handler(lambda _, context: self.uncaught.append(str(context)))

    def _run_once(self) -> None:
        super()._run_once()
        now = self.time()
        self._steps = self._steps + 1 if now == self._steps_at else 0
        self._steps_at = now
        if self._steps > STEPS_AT_ONCE:
            raise Spins(f"time stands still at {now} s: {sorted(task.get_name() for task in asyncio.all_tasks(self))}")


@dataclass
class Heard:
    """A part of the agent's sound: when it was heard, and which request or ready sound it is of."""

    t: float
    duration_s: float
    tag: str


@dataclass
class Stage:
    plan: Plan
    session: AgentSession
    user: SimulatedUser
    agents: list[Agent] = field(default_factory=list)
    handles: list[Any] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    prompts: list[ChatContext] = field(default_factory=list)
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)
    speech_of: dict[str, str] = field(default_factory=dict)
    called_back: dict[int, int] = field(default_factory=dict)
    closing: bool = False
    draining: bool = False
    problems: list[str] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    @property
    def agent(self) -> Agent:
        """The present one, or the last one of a session that is over."""
        present = [agent for agent in self.agents if agent._session is not None]
        return present[-1] if present else self.agents[-1]

    def number(self, kind: str) -> int:
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return self._numbers[kind]

    def words(self, kind: str) -> str:
        """A text like no other: its first word tells it."""
        return f"{kind}-{self.number(kind)} has words. This is a sentence."

    def tag(self, kind: str) -> dict[str, Any]:
        return {TAG: f"{kind}-{self.number(kind)}"}

    def next_agent(self) -> Agent:
        traits = self.plan.agents[len(self.agents) % len(self.plan.agents)]
        agent = make_agent(traits, f"agent-{len(self.agents)}", self)
        self.agents.append(agent)
        return agent

    def allowed(self, call: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Call the session. It may refuse only what it must refuse."""
        try:
            return call(*args, **options)
        except RuntimeError as error:
            reason = str(error)
            expected = (
                ("session is closed" in reason and self.closing)
                or ("does not allow interruptions" in reason and options.get("force") is False)
                or ("is draining" in reason and self.draining)
                or ("does not allow interruptions" in reason and options.get("force") is False)
                or ("needs an LLM" in reason and self.plan.missing == "llm")
                or ("needs a TTS" in reason and self.plan.missing == "tts")
            )
            if not expected:
                raise
            return None

    def speech(self, call: Callable[..., Any], *args: Any, **options: Any) -> None:
        handle = self.allowed(call, *args, **options)
        assert handle is None or handle in self.handles, "there was no event for a new speech"

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        self.tasks.append(asyncio.get_running_loop().create_task(work))

    def watch(self, handle: Any) -> None:
        number = len(self.called_back)
        self.called_back[number] = 0

        def call_back(of: Any) -> None:
            self.called_back[number] += 1
            raise Mischief("a callback broke")

        handle.add_done_callback(call_back)


def play(plan: Plan) -> Stage:
    """Run it. Raises what was wrong."""
    with _quiet(), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", RuntimeWarning)
        stage = run_virtual(_play, plan, loop_factory=WatchfulLoop)
    assert not warned, f"Python warned of {[str(warning.message) for warning in warned]}"
    return stage


async def _play(plan: Plan) -> Stage:
    from tests.session.any_order.rules import check, check_quiet

    loop: Any = asyncio.get_running_loop()
    stage = Stage(plan, None, SimulatedUser(block_s=BLOCK_S))  # type: ignore[arg-type]
    stage.session = session = AgentSession(
        **models_of(plan, stage), limits=LIMITS, tuning=Tuning().replace(plan.tuning), turn_detection=detection_of(plan)
    )
    session.on("speech_created", lambda event: stage.handles.append(event.speech_handle))
    session.on("agent_state_changed", _breaks)
    output = _NotingOutput(stage)
    await session.start(stage.next_agent(), audio_in=stage.user, audio_out=output)
    try:
        for action, wait_s in plan.steps:
            action.do(stage)
            if wait_s:
                await asyncio.sleep(wait_s)
        await _end(stage, check_quiet)
    finally:
        closed_at = loop.time()
        await session.aclose()
    assert loop.time() - closed_at <= CLOSE_S + 1e-6, f"the close took {loop.time() - closed_at} s"
    await _settle(stage.tasks)
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert not left, f"tasks were left: {left}"
    assert not loop.uncaught, f"nobody caught: {loop.uncaught}"
    check_journal(list(session.journal))
    check(stage)
    return stage


async def _end(stage: Stage, check_quiet: Callable[[Stage], None]) -> None:
    session, end = stage.session, stage.plan.end
    if stage.closing or end == "aclose":
        return
    if end == "drain":
        stage.draining = True
        async with asyncio.timeout(600):
            await session.drain()
    elif end == "shutdown":
        session.shutdown()
        closed = asyncio.get_running_loop().create_future()
        session.once("close", lambda event: closed.set_result(None))
        async with asyncio.timeout(600):
            await closed
    else:
        await asyncio.sleep(SETTLE_S)
        for _ in range(PATIENCE):
            if all(handle.done() for handle in stage.handles):
                break
            await asyncio.sleep(1.0)
        check_quiet(stage)


async def _settle(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Who waited for something of the session sees its end as soon as the session is closed."""
    await asyncio.sleep(0.001)
    for task in tasks:
        assert task.done(), f"still waiting after the close: {task}"
        error = None if task.cancelled() else task.exception()
        if error is not None and not (isinstance(error, RuntimeError) and "session is closed" in str(error)):
            raise error


class _NotingOutput(PacedOutput):
    """A loudspeaker that keeps what was heard, and whose sound it was."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(on_played=lambda t, frame: _hear(stage, t, frame))
        self._stage = stage
        self._captured = 0
        self._faults = [fault for fault in stage.plan.faults if fault.model == "out"]

    async def capture_frame(self, frame: AudioFrame, /) -> None:
        tag, speech = frame.userdata[TAG], self._stage.session.current_speech
        name = "" if speech is None or speech.interrupted else speech.id
        known = self._stage.speech_of.setdefault(tag, name)
        if not name or known != name:  # an exception would be taken for a fault of the loudspeaker
            self._stage.problems.append(f"{tag} of {known or 'nobody'} is played while {name or 'nobody'} speaks")
        self._captured += 1
        for fault in self._faults:
            if self._captured - 10 * fault.after in fault.calls:
                if fault.kind == "hang":
                    await for_ever()
                raise Mischief("the loudspeaker broke")
        await super().capture_frame(frame)


def _hear(stage: Stage, t: float, frame: AudioFrame) -> None:
    """Behind a cut a frame has lost its userdata: it is of what its first part was of."""
    tag = frame.userdata.get(TAG) or (stage.heard[-1].tag if stage.heard else "")
    stage.heard.append(Heard(t, frame.samples_per_channel / frame.sample_rate, tag))


def _breaks(_: Any) -> None:
    raise Mischief("a listener broke")


@contextmanager
def _quiet() -> Any:
    """The session logs callbacks that raise; here they are meant to."""
    logger = logging.getLogger("kit")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
