"""A session with a realtime model: it hears and speaks by itself, exactly in virtual time."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
from livekit.rtc import AudioFrame

from kit import Agent, AgentSession, Limits, RunContext, function_tool
from kit.chat import FunctionCall, FunctionCallOutput
from kit.models.simulated import Reply, SimulatedRealtime, SimulatedVAD, faulty
from kit.session.records import (
    Error,
    LlmDone,
    LlmRequested,
    SpeechFinished,
    SpeechStarted,
    ToolReturned,
    Transcript,
    TurnCommitted,
    TurnDropped,
    UserInterrupted,
)
from kit.timing import run_virtual
from tests.session.scenes import Scene, hold

SENTENCE = "It is sunny in Paris."


def talk(act: Any, model: Any = None, **options: Any) -> Scene:
    """A conversation through a realtime model, without a recogniser or a TTS of the session's own."""
    model = SimulatedRealtime(SENTENCE) if model is None else model
    return hold(act, **{"llm": model, "stt": None, "vad": None, "tts": None, **options})


async def one_turn(scene: Scene) -> None:
    await scene.ask()
    await asyncio.sleep(6)


def test_a_turn_is_heard_and_answered_by_the_model() -> None:
    scene = talk(one_turn)
    (committed,), (started,) = scene.of(TurnCommitted), scene.of(SpeechStarted)
    assert started.t == pytest.approx(1.0 + 0.5 + 0.5, abs=1e-6)
    assert (committed.turn, committed.audio_t) == (1, pytest.approx(1.0, abs=1e-6))
    assert scene.said() == [("user", "what is the weather"), ("assistant", SENTENCE)]
    assert [record.turn for record in scene.of(LlmRequested)] == [1]
    assert scene.of(LlmDone)[0].completion_tokens == len(SENTENCE.split())


@pytest.mark.parametrize("stt_delay", [0.1, 5.0])
def test_words_that_come_late_stand_before_their_answer(stt_delay: float) -> None:
    scene = talk(one_turn, SimulatedRealtime(SENTENCE, stt_delay=stt_delay))
    assert scene.said() == [("user", "what is the weather"), ("assistant", SENTENCE)]
    assert len(scene.of(Transcript)) == 1


def test_generate_reply_goes_through_the_model() -> None:
    asked: list[Any] = []

    def reply(chat_ctx: Any) -> str:
        asked.append([item.content for item in chat_ctx])
        return SENTENCE

    async def act(scene: Scene) -> None:
        handle = await scene.session.generate_reply(instructions="Greet.", user_input="Hello.")
        assert [item.content for item in handle.chat_items] == [SENTENCE]

    scene = talk(act, SimulatedRealtime(reply), agent=Agent(instructions="Be kind."))
    assert scene.said() == [("user", "Hello."), ("assistant", SENTENCE)]
    (context,) = asked
    assert context[0].startswith("Be kind.") and "Greet." in context[0] and context[1] == "Hello."


def test_one_response_at_a_time() -> None:
    async def act(scene: Scene) -> None:
        first, second = scene.session.generate_reply(), scene.session.generate_reply()
        await first
        await second

    scene = talk(act, SimulatedRealtime(["One.", "Two."]))
    assert scene.of(Error) == []
    assert [text for _, text in scene.said()] == ["One.", "Two."]


def test_say_needs_a_tts_beside_it() -> None:
    async def act(scene: Scene) -> None:
        with pytest.raises(RuntimeError, match=r"AgentSession\(tts=...\)"):
            scene.session.say("Hello.")

    talk(act)


def test_say_with_a_tts_beside_it() -> None:
    from kit.models.simulated import SimulatedTTS

    model = SimulatedRealtime(lambda chat_ctx: " / ".join(item.content for item in chat_ctx))

    async def act(scene: Scene) -> None:
        await scene.session.say("Hello.")
        await scene.session.generate_reply(user_input="And?")

    scene = talk(act, model, tts=SimulatedTTS(0.2), agent=Agent())
    assert scene.said() == [("assistant", "Hello."), ("user", "And?"), ("assistant", "Hello. / And?")]


class Quiet(Agent):
    """Halves the model's speech."""

    async def realtime_audio_output_node(self, audio, model_settings):  # type: ignore[no-untyped-def]
        async for frame in Agent.default.realtime_audio_output_node(self, audio, model_settings):
            samples = np.frombuffer(frame.data, dtype=np.int16) // 2
            yield AudioFrame(samples.tobytes(), frame.sample_rate, 1, frame.samples_per_channel)


def test_the_output_node_is_what_is_heard() -> None:
    loud, quiet = talk(one_turn), talk(one_turn, agent=Quiet())
    peaks = [max(int(np.abs(np.asarray(f.data, dtype=int)).max()) for _, f in scene.heard) for scene in (loud, quiet)]
    assert peaks[1] == pytest.approx(peaks[0] / 2, abs=1)


class Clerk(Agent):
    def __init__(self) -> None:
        super().__init__(instructions="Be brief.")
        self.volume = 0

    @function_tool
    async def set_volume(self, ctx: RunContext, volume: int) -> str:
        """Set the volume."""
        await ctx.session.current_speech.wait_for_playout()
        self.volume = volume
        return f"it is {volume}"


def test_tools_are_called_and_their_results_answered() -> None:
    agent = Clerk()
    replies = [Reply("One moment.", (FunctionCall("", "set_volume", '{"volume": 7}'),)), "It is done."]
    scene = talk(one_turn, SimulatedRealtime(replies), agent=agent)
    assert agent.volume == 7
    assert [text for role, text in scene.said() if role == "assistant"] == ["One moment.", "It is done."]
    (output,) = [item for item in scene.session.history if isinstance(item, FunctionCallOutput)]
    assert output.output == "it is 7"
    assert len(scene.of(SpeechFinished)) == 1 and len(scene.of(ToolReturned)) == 1


async def barge_in(scene: Scene) -> None:
    await scene.ask("tell me a story")
    await asyncio.sleep(3)
    await scene.ask("stop")
    await asyncio.sleep(4)


STORY = "Once upon a time there was a very small town. Nobody ever left it. Nobody ever came."


def test_the_users_voice_stops_it_and_the_model_is_told_what_was_heard() -> None:
    model = SimulatedRealtime([STORY, "All right."])
    scene = talk(barge_in, model)
    (interrupted,) = scene.of(UserInterrupted)
    first = scene.of(SpeechFinished)[0]
    assert interrupted.t == first.t == pytest.approx(4.0, abs=0.101)
    assert first.interrupted and first.played_s == pytest.approx(4.0 - 2.0, abs=0.101)
    heard = next(text for role, text in scene.said() if role == "assistant")
    assert STORY.startswith(heard) and 0 < len(heard) < len(STORY)
    kept = next(item.content for item in model.chat_ctx if getattr(item, "role", "") == "assistant")
    assert STORY.startswith(kept) and abs(len(kept) - len(heard)) < 15
    assert scene.said()[-1] == ("assistant", "All right.")


def test_the_sessions_own_turn_taking_asks_a_model_that_detects_no_turns() -> None:
    scene = talk(one_turn, SimulatedRealtime(SENTENCE, detects_turns=False), vad=SimulatedVAD(0.3))
    assert scene.of(TurnCommitted)[0].t == pytest.approx(1.5, abs=1e-6)
    assert scene.of(SpeechStarted)[0].t == pytest.approx(2.0, abs=1e-6)
    assert scene.said() == [("user", "what is the weather"), ("assistant", SENTENCE)]


def test_by_hand() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask()
        await asyncio.sleep(2)
        scene.session.commit_user_turn()
        await asyncio.sleep(5)

    model = SimulatedRealtime(SENTENCE, detects_turns=False)
    scene = talk(act, model, turn_detection="manual", vad=SimulatedVAD(0.3))
    assert scene.of(TurnCommitted)[0].t == pytest.approx(3.0, abs=1e-6)
    assert len(scene.of(SpeechStarted)) == 1


def test_the_hook_may_want_no_reply() -> None:
    from kit import StopResponse

    class Silent(Agent):
        async def on_user_turn_completed(self, turn_ctx, new_message):  # type: ignore[no-untyped-def]
            raise StopResponse

    model = SimulatedRealtime(SENTENCE, detects_turns=False)
    scene = talk(one_turn, model, vad=SimulatedVAD(0.3), agent=Silent())
    assert [record.reason for record in scene.of(TurnDropped)] == ["stop_response"]
    assert scene.said() == [("user", "what is the weather")]


def test_a_model_that_detects_turns_leaves_them_to_nobody_else() -> None:
    async def main() -> None:
        session = AgentSession(llm=SimulatedRealtime(), turn_detection="manual")
        with pytest.raises(ValueError, match="detects the turns itself"):
            await session.start(Agent())

    run_virtual(main)


@pytest.mark.parametrize("fault", ["raise", "hang", "stop", "empty"])
@pytest.mark.parametrize("after", [0, 4])
def test_a_stream_that_fails_is_opened_again(fault: Any, after: int) -> None:
    async def act(scene: Scene) -> None:
        handle = scene.session.generate_reply(user_input="Hello.")
        await handle
        assert handle.exception() is not None or after
        await asyncio.sleep(3)
        await scene.ask("second question")
        await asyncio.sleep(6)

    model = faulty(SimulatedRealtime(SENTENCE), fault, at={0}, after=after)
    scene = talk(act, model, limits=Limits(llm_s=2.0))
    assert "realtime" in {error.source for error in scene.of(Error)}
    assert ("user", "second question") in scene.said()
    assert scene.said()[-1] == ("assistant", SENTENCE)


def test_a_response_that_fails_ends_its_handle() -> None:
    def fail(chat_ctx: Any) -> str:
        raise LookupError("nothing comes to mind")

    async def act(scene: Scene) -> None:
        handle = await scene.session.generate_reply()
        assert "nothing comes to mind" in str(handle.exception())

    scene = talk(act, SimulatedRealtime(fail))
    assert [error.source for error in scene.of(Error)] == ["realtime"]


def test_a_hand_over_tells_the_model_who_it_is_now() -> None:
    model = SimulatedRealtime(lambda chat_ctx: chat_ctx[0].content)

    class Second(Agent):
        async def on_enter(self) -> None:
            self.session.generate_reply()

    async def act(scene: Scene) -> None:
        await scene.session.generate_reply()
        scene.session.update_agent(Second(instructions="I am the second."))
        await asyncio.sleep(5)

    scene = talk(act, model, agent=Agent(instructions="I am the first."))
    assert [text for _, text in scene.said()] == ["I am the first.", "I am the second."]


def test_new_instructions_reach_the_model() -> None:
    async def act(scene: Scene) -> None:
        await scene.session.current_agent.update_instructions("Now I am another.")
        await scene.session.generate_reply()

    scene = talk(act, SimulatedRealtime(lambda chat_ctx: chat_ctx[0].content), agent=Agent(instructions="I am one."))
    assert scene.said() == [("assistant", "Now I am another.")]
