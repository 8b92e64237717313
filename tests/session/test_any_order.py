"""Calls and speech in any order, with failures among them: every handle ends, and the journal stays well formed.

`hold` checks the journal's invariants and that no task is left.
"""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kit import Agent, Limits, StopResponse, Tuning
from kit.chat import FunctionCall
from kit.models.simulated import SimulatedLLM, SimulatedSTT, SimulatedTTS, SimulatedVAD, faulty
from tests.session.scenes import Scene, hold
from tests.session.test_agent import Clerk

seconds = st.integers(0, 30).map(lambda tenths: tenths / 10)
action = st.one_of(
    st.tuples(st.just("say"), st.booleans()),
    st.tuples(st.just("reply"), st.booleans()),
    st.tuples(st.just("speak"), st.sampled_from(["yes", "what is the weather", "go on please"])),
    st.tuples(st.just("interrupt"), st.none()),
    st.tuples(st.just("stop"), st.integers(0, 5)),
    st.tuples(st.just("tune"), st.sampled_from(["preemption.enabled", "preemption.preemptive_tts"])),
    st.tuples(st.just("commit"), st.none()),
    st.tuples(st.just("clear"), st.none()),
)
fault = st.sampled_from(["none", "raise", "hang", "stop", "empty"])


class Moody(Clerk):
    """Now and then wants no reply, or changes the context."""

    async def on_user_turn_completed(self, turn_ctx: Any, new_message: Any) -> None:
        if "yes" in new_message.content:
            raise StopResponse
        if "go on" in new_message.content:
            turn_ctx.add_message(role="system", content="Go on.")


def perform(scene: Scene, handles: list[Any], kind: str, argument: Any) -> None:
    session = scene.session
    if kind == "say":
        handles.append(session.say("One two three. Four five six.", allow_interruptions=argument))
    elif kind == "reply":
        handles.append(session.generate_reply(user_input="And then?", allow_interruptions=argument))
    elif kind == "speak":
        scene.user.speak(argument, 0.2 * len(argument.split()))
    elif kind == "interrupt":
        session.interrupt()
    elif kind == "stop" and handles:
        handles[argument % len(handles)].interrupt()
    elif kind == "tune":
        session.tuning = session.tuning.replace({argument: not session.tuning.get(argument)})
    elif kind == "commit":
        session.commit_user_turn()
    elif kind == "clear":
        session.clear_user_turn()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(action, seconds), min_size=1, max_size=12),
    st.tuples(fault, fault, fault),
    st.integers(0, 3),
    st.sampled_from([Agent, Moody]),
    seconds,
)
def test_any_order(
    steps: list[tuple[tuple[str, Any], float]],
    faults: tuple[str, str, str],
    failing: int,
    agent: type[Agent],
    end_s: float,
) -> None:
    handles: list[Any] = []

    async def act(scene: Scene) -> None:
        scene.session.on("speech_created", lambda event: handles.append(event.speech_handle))
        for (kind, argument), wait_s in steps:
            perform(scene, handles, kind, argument)
            await asyncio.sleep(wait_s)
        await asyncio.sleep(end_s)

    replies: Any = ["Fine so far.", FunctionCall("", "set_volume", '{"volume": 5}'), "That is that."]
    models: dict[str, Any] = {
        "stt": SimulatedSTT(0.1),
        "llm": SimulatedLLM(replies, ttft=0.3),
        "tts": SimulatedTTS(0.2),
    }
    for (name, model), kind in zip(list(models.items()), faults, strict=True):
        if kind != "none":
            models[name] = faulty(model, kind, at={failing}, after=0)  # type: ignore[arg-type]
    limits = Limits(llm_s=1.0, tts_s=1.0, hook_s=1.0, retry_s=0.1, close_s=0.5)
    hold(act, agent=agent(), vad=SimulatedVAD(0.3), limits=limits, tuning=Tuning(), **models)
    assert all(handle.done() for handle in handles)
