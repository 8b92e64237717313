"""Providers and nodes that fail: an error event, the turn ends, the session goes on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from livekit.rtc import AudioFrame

from kit import Agent, AgentSession, Limits, function_tool
from kit.chat import FunctionCall
from kit.models.simulated import SimulatedLLM, SimulatedSTT, SimulatedTTS, SimulatedVAD, faulty
from kit.session.records import Error, SpeechFinished, SpeechStarted
from kit.timing import run_virtual
from kit.transports.playout import PacedOutput
from kit.transports.simulated import SimulatedUser
from tests.session.scenes import ON, Scene, hold

FAULTS = ["raise", "hang", "stop", "empty"]
LIMITS = Limits(llm_s=2.0, tts_s=2.0, retry_s=0.2)


async def two_turns(scene: Scene) -> None:
    for words in ("first question", "second question"):
        await scene.ask(words)
        await asyncio.sleep(12)


@pytest.mark.parametrize("tuning", [None, ON])
@pytest.mark.parametrize("fault", FAULTS)
def test_the_llm(fault: str, tuning: object) -> None:
    llm = faulty(SimulatedLLM("It is sunny."), fault, at={0, 1, 2, 3})
    scene = hold(two_turns, llm=llm, limits=LIMITS, tuning=tuning)
    errors = scene.of(Error)
    assert [(error.source, error.recoverable) for error in errors] == [("llm", True)] * 3 + [("llm", False)]
    assert all(error.message for error in errors)
    assert scene.said()[-1] == ("assistant", "It is sunny.")
    assert scene.session.agent_state == "idle"


@pytest.mark.parametrize("fault", FAULTS)
def test_the_tts(fault: str) -> None:
    tts = faulty(SimulatedTTS(0.2), fault, at={0, 1, 2, 3})
    scene = hold(two_turns, tts=tts, limits=LIMITS)
    assert [(error.source, error.recoverable) for error in scene.of(Error)] == [("tts", True)] * 3 + [("tts", False)]
    assert scene.said()[-1] == ("assistant", "It is sunny in Paris.")
    assert len(scene.of(SpeechFinished)) == 2


@pytest.mark.parametrize(
    ("model", "fault", "late_s"),
    [
        *(("llm", fault, 0.1) for fault in ("raise", "stop", "empty")),
        ("llm", "hang", 2.1),
        ("tts", "raise", 0.0),  # it fails, and is asked again, before there is a text
        ("tts", "hang", 2.1 - 0.35),  # and it hangs from then on
    ],
)
def test_what_fails_before_it_gave_anything_is_asked_again(model: str, fault: str, late_s: float) -> None:
    working = {"llm": SimulatedLLM("It is sunny.", ttft=0.35), "tts": SimulatedTTS(0.2)}[model]
    scene = hold(two_turns, **{model: faulty(working, fault, at={0})}, limits=LIMITS, replies="It is sunny.")
    assert [(error.source, error.recoverable) for error in scene.of(Error)] == [(model, True)]
    assert [text for role, text in scene.said() if role == "assistant"] == ["It is sunny.", "It is sunny."]
    assert scene.of(SpeechStarted)[0].t == pytest.approx(1.0 + 0.5 + 0.35 + 0.2 + late_s, abs=1e-6)


@pytest.mark.parametrize("model", ["llm", "tts"])
def test_what_has_given_something_is_not_asked_again(model: str) -> None:
    working = {"llm": SimulatedLLM("It is sunny. It is warm."), "tts": SimulatedTTS(0.2)}[model]
    scene = hold(two_turns, **{model: faulty(working, "raise", at={0}, after=3)}, limits=LIMITS)
    assert [(error.source, error.recoverable) for error in scene.of(Error)] == [(model, False)]
    assert len(scene.of(SpeechStarted)) == 2


def test_a_text_that_was_taken_is_spoken_by_the_next_try() -> None:
    spoken: list[str] = []

    async def tts(text):  # type: ignore[no-untyped-def]
        pieces = [piece async for piece in text]
        spoken.append("".join(pieces))
        if len(spoken) < 3:
            raise OSError("the line went dead")
        yield AudioFrame.create(16_000, 1, 1600)

    async def pieces() -> AsyncIterator[str]:
        for piece in ("One ", "two ", "three."):
            yield piece
            await asyncio.sleep(0.1)

    async def act(scene: Scene) -> None:
        await scene.session.say(pieces())

    scene = hold(act, tts=tts, limits=LIMITS)
    assert spoken == ["One two three."] * 3
    assert scene.said() == [("assistant", "One two three.")]


@pytest.mark.parametrize("fault", ["raise", "stop", "empty"])
@pytest.mark.parametrize("source", ["stt", "vad"])
def test_the_ears(source: str, fault: str) -> None:
    model = {"stt": SimulatedSTT(0.1), "vad": SimulatedVAD(0.3)}[source]
    scene = hold(two_turns, **{source: faulty(model, fault, at={0})}, limits=LIMITS)
    assert {error.source for error in scene.of(Error)} == {source}
    assert ("user", "second question") in scene.said()
    assert scene.said()[-1] == ("assistant", "It is sunny in Paris.")


def test_a_recogniser_that_hangs_is_opened_again() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask("nobody hears this")
        await asyncio.sleep(12)
        await scene.ask("but this")
        await asyncio.sleep(6)

    scene = hold(act, stt=faulty(SimulatedSTT(0.1), "hang", at={0}), limits=LIMITS)
    assert "stt" in {error.source for error in scene.of(Error)}
    assert ("user", "but this") in scene.said()


@pytest.mark.parametrize("fault", ["raise", "stop", "hang"])
def test_a_detector_that_is_lost_while_the_user_speaks(fault: str) -> None:
    async def act(scene: Scene) -> None:
        await scene.ask("first question")
        await asyncio.sleep(25)
        await scene.ask("second question")
        await asyncio.sleep(6)

    scene = hold(act, vad=faulty(SimulatedVAD(0.3), fault, at={0}, after=1), limits=LIMITS)
    assert "vad" in {error.source for error in scene.of(Error)}
    assert [text for role, text in scene.said() if role == "user"] == ["first question", "second question"]
    assert len([role for role, _ in scene.said() if role == "assistant"]) == 2


def test_a_recogniser_that_hears_nothing_is_opened_again() -> None:
    opened = []

    async def stt(frames):  # type: ignore[no-untyped-def]
        opened.append(1)
        if len(opened) == 1:
            async for _ in frames:
                pass
        async for event in SimulatedSTT(0.1)(frames):
            yield event

    async def act(scene: Scene) -> None:
        await scene.ask(duration_s=2.0)
        await asyncio.sleep(8)
        await scene.ask("second question")
        await asyncio.sleep(6)

    scene = hold(act, stt=stt)
    assert [error.source for error in scene.of(Error)] == ["stt"]
    assert scene.said()[0] == ("user", "second question")


def test_a_loudspeaker_that_takes_nothing() -> None:
    class Deaf(PacedOutput):
        async def capture_frame(self, frame):  # type: ignore[no-untyped-def]
            await asyncio.get_running_loop().create_future()

    async def main() -> list[Error]:
        session = AgentSession(tts=SimulatedTTS(0.2))
        await session.start(Agent(), audio_out=Deaf())
        handle = await session.say("Hello.")
        assert handle.exception() is not None
        await session.aclose()
        return session.journal.of(Error)

    (error,) = run_virtual(main)
    assert error.source == "audio_out" and "10 s" in error.message


@pytest.mark.parametrize("hook", ["on_enter", "on_exit", "on_user_turn_completed"])
def test_a_hook_that_never_ends_and_resists(hook: str) -> None:
    class Stubborn(Agent):
        pass

    async def resist(self, *args):  # type: ignore[no-untyped-def]
        while asyncio.get_running_loop().time() < 300:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(1000)

    setattr(Stubborn, hook, resist)

    async def main() -> float:
        session = AgentSession(
            stt=SimulatedSTT(0.1), llm=SimulatedLLM("Fine."), tts=SimulatedTTS(0.2), limits=Limits(hook_s=1.0)
        )
        user = SimulatedUser()
        await session.start(Stubborn(), audio_in=user)
        user.speak("hello", 1.0)
        await asyncio.sleep(5)
        began = asyncio.get_running_loop().time()
        await session.aclose()
        took_s = asyncio.get_running_loop().time() - began
        assert "node" in [error.source for error in session.journal.of(Error)]
        await asyncio.sleep(2000)
        return took_s

    assert run_virtual(main) <= 1.0 + 3 * 1.0


def test_drain_ends_where_a_tool_never_does() -> None:
    class Waiting(Agent):
        @function_tool
        async def wait(self) -> None:
            """Never ends."""
            await asyncio.get_running_loop().create_future()

    async def act(scene: Scene) -> None:
        handle = scene.session.generate_reply(user_input="Wait.")
        began = asyncio.get_running_loop().time()
        await scene.session.drain()
        assert asyncio.get_running_loop().time() - began <= 2 * LIMITS.drain_s + 5
        assert handle.interrupted and handle.done()

    scene = hold(act, agent=Waiting(), replies=FunctionCall("", "wait", "{}"), limits=LIMITS)
    assert [error.source for error in scene.of(Error)] == ["close"]


def test_the_error_is_told_to_the_application() -> None:
    events = []

    async def act(scene: Scene) -> None:
        scene.session.on("error", events.append)
        await scene.session.say("Hello.")

    hold(act, tts=faulty(SimulatedTTS(0.2), "raise", at={0, 1, 2, 3}))
    assert [(event.source, event.recoverable) for event in events] == [("tts", True)] * 3 + [("tts", False)]


def test_the_handle_knows_what_failed() -> None:
    async def act(scene: Scene) -> None:
        handle = await scene.session.say("Hello.")
        assert handle.exception() is not None and handle.chat_items == []

    hold(act, tts=faulty(SimulatedTTS(0.2), "raise", at={0, 1, 2, 3}))


async def breaks_off() -> AsyncIterator[str]:
    yield "Hello. "
    yield "I was going to say. "
    raise OSError("the line went dead")


def test_text_that_breaks_off_ends_its_speech_and_not_the_next() -> None:
    async def act(scene: Scene) -> None:
        first, second = scene.session.say(breaks_off()), scene.session.say("Here again.")
        await first
        assert isinstance(first.exception(), OSError)
        await second

    scene = hold(act)
    assert scene.said()[-1] == ("assistant", "Here again.")


class BrokenNodes(Agent):
    async def llm_node(self, chat_ctx, tools, model_settings):  # type: ignore[no-untyped-def]
        raise KeyError("broken node")


def test_a_node_that_raises() -> None:
    scene = hold(two_turns, agent=BrokenNodes())
    assert [error.source for error in scene.of(Error)] == ["llm", "llm"]
    assert scene.of(SpeechStarted) == []


def test_no_tts_is_said_when_a_turn_needs_it() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask()
        await asyncio.sleep(4)

    (error,) = hold(act, tts=None).of(Error)
    assert error.source == "tts" and "AgentSession(tts=" in error.message


def test_speech_without_words_is_an_error_of_the_recogniser() -> None:
    async def deaf(frames):  # type: ignore[no-untyped-def]
        async for _ in frames:
            pass
        return
        yield

    async def act(scene: Scene) -> None:
        await scene.ask(duration_s=2.0)
        await asyncio.sleep(8)

    (error,) = hold(act, stt=deaf).of(Error)
    assert error.source == "stt" and error.message == "no words came for 2.0 s of speech"


def test_a_close_in_the_middle_of_everything() -> None:
    async def act(scene: Scene) -> None:
        handles = [scene.session.say("One two three four five."), scene.session.generate_reply(user_input="And?")]
        scene.user.speak("a question", 1.0)
        await asyncio.sleep(0.7)
        await scene.session.aclose()
        assert all(handle.done() for handle in handles)
        with pytest.raises(RuntimeError, match="closed"):
            scene.session.say("Anyone?")

    hold(act, tuning=ON)


def test_a_provider_that_ignores_cancellation_does_not_hold_up_the_close() -> None:
    async def stubborn(text):  # type: ignore[no-untyped-def]
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                if asyncio.get_running_loop().time() > 100:
                    raise
        yield

    async def main() -> float:
        session = AgentSession(tts=stubborn, limits=Limits(close_s=0.5))  # type: ignore[arg-type]
        await session.start(Agent())
        session.say("Hello.")
        await asyncio.sleep(1)
        began = asyncio.get_running_loop().time()
        await session.aclose()
        took_s = asyncio.get_running_loop().time() - began
        await asyncio.sleep(200)
        return took_s

    assert run_virtual(main) < 3.0


def test_a_voice_that_ignores_its_interruption_is_not_heard_after_it() -> None:
    class Stubborn(Agent):
        async def tts_node(self, text, model_settings):  # type: ignore[no-untyped-def, override]
            async for _ in text:
                pass
            for _ in range(20):
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.sleep(0.1)
                yield AudioFrame(bytes(4800), 24_000, 1, 2400)

    async def act(scene: Scene) -> None:
        handle = scene.session.say("Hello.")
        await asyncio.sleep(0.55)
        handle.interrupt()
        await handle
        await asyncio.sleep(3)

    scene = hold(act, agent=Stubborn())
    assert max(t + frame.duration for t, frame in scene.heard) == pytest.approx(0.55)
    assert not scene.of(Error)
