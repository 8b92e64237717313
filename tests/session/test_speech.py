"""say, generate_reply, and the handle of a speech."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from livekit.rtc import AudioFrame

from kit import Agent, AgentSession
from kit.models.simulated import SimulatedLLM
from kit.session.records import LlmRequested, SpeechCreated, SpeechFinished, SpeechStarted, TtsRequested
from tests.session.scenes import Scene, hold


async def words(*chunks: str) -> AsyncIterator[str]:
    for chunk in chunks:
        await asyncio.sleep(0.1)
        yield chunk


async def tone(seconds: float) -> AsyncIterator[AudioFrame]:
    for _ in range(round(seconds * 10)):
        yield AudioFrame(b"\x00\x10" * 1600, 16_000, 1, 1600)


def test_say_is_heard_and_remembered() -> None:
    async def act(scene: Scene) -> None:
        handle = scene.session.say("Hello. How can I help you?")
        assert scene.session.current_speech is handle
        assert await handle is handle
        assert handle.done() and not handle.interrupted and handle.exception() is None
        assert [item.content for item in handle.chat_items] == ["Hello. How can I help you?"]
        assert scene.session.current_speech is None

    scene = hold(act)
    assert scene.said() == [("assistant", "Hello. How can I help you?")]
    assert [record.source for record in scene.of(SpeechCreated)] == ["say"]
    assert scene.of(LlmRequested) == []
    (started,), (finished,) = scene.of(SpeechStarted), scene.of(SpeechFinished)
    assert started.t == pytest.approx(0.2, abs=1e-6)
    assert finished.t - started.t == pytest.approx(finished.played_s, abs=1e-6)


def test_say_takes_text_as_it_comes() -> None:
    scene = hold(lambda scene: scene.session.say(words("Hello ", "there. ", "Good ", "day.")).wait_for_playout())
    assert scene.said() == [("assistant", "Hello there. Good day.")]


def test_say_plays_ready_audio_without_the_tts() -> None:
    async def act(scene: Scene) -> None:
        await scene.session.say("Ding dong", audio=tone(0.5))

    scene = hold(act, tts=None)
    assert scene.of(TtsRequested) == []
    assert scene.of(SpeechStarted)[0].t == 0.0
    assert scene.of(SpeechFinished)[0].played_s == pytest.approx(0.5)
    assert scene.said() == [("assistant", "Ding dong")]


def test_say_can_leave_no_trace_in_the_history() -> None:
    async def act(scene: Scene) -> None:
        await scene.session.say("Testing.", add_to_chat_ctx=False)

    assert hold(act).said() == []


def test_speeches_wait_for_each_other() -> None:
    async def act(scene: Scene) -> None:
        first, second = scene.session.say("One two three."), scene.session.say("Four.")
        assert scene.session.current_speech is first
        await second
        assert first.done()

    scene = hold(act)
    assert [text for _, text in scene.said()] == ["One two three.", "Four."]


def test_user_input_is_recorded_and_instructions_are_not() -> None:
    async def act(scene: Scene) -> None:
        await scene.session.generate_reply(user_input="How is the weather?", instructions="Answer in rhyme.")

    seen: list[list[str]] = []

    def reply(chat_ctx) -> str:  # type: ignore[no-untyped-def]
        seen.append([item.content for item in chat_ctx])
        return "Fine."

    scene = hold(act, llm=SimulatedLLM(reply))
    assert scene.said() == [("user", "How is the weather?"), ("assistant", "Fine.")]
    assert seen == [["Be brief.", "How is the weather?", "Answer in rhyme."]]


def test_speech_created_tells_the_source() -> None:
    events = []

    async def act(scene: Scene) -> None:
        scene.session.on("speech_created", events.append)
        await scene.session.say("Hi.")
        await scene.session.generate_reply(user_input="Hello")
        await scene.ask()
        await asyncio.sleep(4)

    hold(act)
    assert [(event.source, event.user_initiated) for event in events] == [
        ("say", True),
        ("generate_reply", True),
        ("turn", False),
    ]


def test_done_callbacks() -> None:
    calls: list[str] = []

    async def act(scene: Scene) -> None:
        handle = scene.session.say("Hi.")
        removed = lambda _: calls.append("removed")  # noqa: E731
        handle.add_done_callback(lambda _: 1 // 0)
        handle.add_done_callback(lambda h: calls.append(h.id))
        handle.add_done_callback(removed)
        assert handle.remove_done_callback(removed) == 1
        await handle
        handle.add_done_callback(lambda _: calls.append("late"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    hold(act)
    assert calls == ["speech_1", "late"]


def test_interrupt_keeps_what_was_heard() -> None:
    async def act(scene: Scene) -> None:
        handle = scene.session.say("One two three four five six seven eight nine ten.", allow_interruptions=False)
        await asyncio.sleep(1.2)
        assert handle.interrupt() is handle
        handle.interrupt()
        await handle
        assert handle.interrupted and scene.session.current_speech is None

    scene = hold(act)
    (finished,) = scene.of(SpeechFinished)
    assert finished.interrupted and finished.played_s == pytest.approx(1.0, abs=1e-6)
    assert scene.said() == [("assistant", "One two three four")]  # "four" begins 0.93 s in, "five" at 1.27 s
    heard_s = sum(frame.samples_per_channel / frame.sample_rate for _, frame in scene.heard)
    assert heard_s == pytest.approx(1.0, abs=1e-4)


def test_a_speech_that_is_interrupted_before_it_is_heard_is_no_message() -> None:
    async def act(scene: Scene) -> None:
        handle = scene.session.say("Hello.")
        await asyncio.sleep(0.05)
        handle.interrupt()
        await handle

    scene = hold(act)
    assert scene.said() == [] and scene.heard == []


def test_session_interrupt_ends_the_queue_too() -> None:
    async def act(scene: Scene) -> None:
        handles = [scene.session.say(f"Number {n}.") for n in range(3)]
        await asyncio.sleep(0.5)
        await scene.session.interrupt()
        assert all(handle.done() and handle.interrupted for handle in handles)
        again = scene.session.say("And on.")
        await again
        assert not again.interrupted

    assert hold(act).said()[-1] == ("assistant", "And on.")


def test_a_say_that_may_be_interrupted_waits_for_the_user() -> None:
    async def act(scene: Scene) -> None:
        scene.user.speak("let me think", 2.0)
        await asyncio.sleep(0.5)
        polite = scene.session.say("Take your time.")
        firm = scene.session.say("Excuse me.", allow_interruptions=False)
        await asyncio.sleep(0.1)
        assert scene.session.current_speech is None or scene.session.current_speech is firm
        await asyncio.sleep(10)
        assert polite.done() and firm.done()

    scene = hold(act, llm=None)
    assert scene.of(SpeechStarted)[-1].t >= 2.0


def test_the_handle_of_a_running_session_only() -> None:
    session = AgentSession()
    with pytest.raises(RuntimeError, match="not running"):
        session.say("Hi.")
    with pytest.raises(RuntimeError, match="not running"):
        session.generate_reply()
    with pytest.raises(RuntimeError, match="not running"):
        session.interrupt()


def test_what_needs_a_model_says_which() -> None:
    async def act(scene: Scene) -> None:
        with pytest.raises(RuntimeError, match=r"AgentSession\(tts="):
            scene.session.say("Hi.")
        with pytest.raises(RuntimeError, match=r"AgentSession\(llm="):
            scene.session.generate_reply(user_input="Hi")

    hold(act, tts=None, llm=None)


def test_a_session_starts_once() -> None:
    async def act(scene: Scene) -> None:
        with pytest.raises(RuntimeError, match="starts once"):
            await scene.session.start(Agent())

    hold(act)
