"""Providers and nodes that fail: an error event, the turn ends, the session goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from kit import Agent, Limits
from kit.models.simulated import SimulatedLLM, SimulatedSTT, SimulatedTTS, SimulatedVAD, faulty
from kit.session.journal import Error, SpeechFinished, SpeechStarted
from tests.session.scenes import ON, Scene, hold

FAULTS = ["raise", "hang", "stop", "empty"]
LIMITS = Limits(llm_s=2.0, tts_s=2.0, retry_s=0.1)


async def two_turns(scene: Scene) -> None:
    for words in ("first question", "second question"):
        await scene.ask(words)
        await asyncio.sleep(8)


@pytest.mark.parametrize("tuning", [None, ON])
@pytest.mark.parametrize("fault", FAULTS)
def test_the_llm(fault: str, tuning: object) -> None:
    llm = faulty(SimulatedLLM("It is sunny."), fault, at={0})
    scene = hold(two_turns, llm=llm, limits=LIMITS, tuning=tuning)
    errors = scene.of(Error)
    if fault != "stop":
        assert [error.source for error in errors] == ["llm"]
        assert all(error.message for error in errors)
    assert scene.said()[-1] == ("assistant", "It is sunny.")
    assert scene.session.agent_state == "idle"


@pytest.mark.parametrize("fault", FAULTS)
def test_the_tts(fault: str) -> None:
    tts = faulty(SimulatedTTS(0.2), fault, at={0})
    scene = hold(two_turns, tts=tts, limits=LIMITS)
    if fault != "stop":
        assert [error.source for error in scene.of(Error)] == ["tts"]
    assert scene.said()[-1] == ("assistant", "It is sunny in Paris.")
    assert len(scene.of(SpeechFinished)) == 2


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


def test_the_error_is_told_to_the_application() -> None:
    events = []

    async def act(scene: Scene) -> None:
        scene.session.on("error", events.append)
        await scene.session.say("Hello.")

    hold(act, tts=faulty(SimulatedTTS(0.2), "raise", at={0}))
    assert [(event.source, event.recoverable) for event in events] == [("tts", True)]


def test_the_handle_knows_what_failed() -> None:
    async def act(scene: Scene) -> None:
        handle = await scene.session.say("Hello.")
        assert handle.exception() is not None and handle.chat_items == []

    hold(act, tts=faulty(SimulatedTTS(0.2), "raise", at={0}))


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
        from kit import AgentSession

        session = AgentSession(tts=stubborn, limits=Limits(close_s=0.5))  # type: ignore[arg-type]
        await session.start(Agent())
        session.say("Hello.")
        await asyncio.sleep(1)
        began = asyncio.get_running_loop().time()
        await session.aclose()
        took_s = asyncio.get_running_loop().time() - began
        await asyncio.sleep(200)
        return took_s

    from kit.timing import run_virtual

    assert run_virtual(main) < 3.0
