"""The handle of a speech: waiting, stopping, callbacks, and what it tells of the end."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from kit import Agent, Limits, SpeechHandle
from kit.chat import ChatMessage, FunctionCall, FunctionCallOutput
from kit.models.simulated import Reply, SimulatedFault, SimulatedLLM, SimulatedTTS, faulty
from kit.session.records import SpeechFinished, SpeechStarted, UserInterrupted
from kit.session.tools import function_tool
from tests.session.scenes import Scene, hold

LONG = "One two three four five six seven eight nine ten."
LONG_S = len(LONG) / 15


async def settle() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


# callbacks


def test_a_callback_is_called_once_with_the_handle_after_the_end() -> None:
    calls: list[tuple[Any, bool, float]] = []

    async def act(scene: Scene) -> None:
        handle = scene.session.say("Hi.")
        handle.add_done_callback(lambda h: calls.append((h, h.done(), asyncio.get_running_loop().time())))
        await handle
        await settle()
        await asyncio.sleep(5.0)
        assert calls == [(handle, True, pytest.approx(0.2 + 3 / 15, abs=1e-6))]

    hold(act)
    assert len(calls) == 1


def test_they_are_called_in_the_order_in_which_they_were_added() -> None:
    calls: list[int] = []

    async def act(scene: Scene) -> None:
        handle = scene.session.say("Hi.")
        for number in range(5):
            handle.add_done_callback(lambda _, number=number: calls.append(number))
        await handle
        await settle()

    hold(act)
    assert calls == [0, 1, 2, 3, 4]


def test_after_the_end_it_is_called_soon_but_not_at_once() -> None:
    calls: list[SpeechHandle] = []

    async def act(scene: Scene) -> None:
        handle = await scene.session.say("Hi.")
        handle.add_done_callback(calls.append)
        assert calls == []
        await settle()
        assert calls == [handle]

    hold(act)


def test_removed_callbacks() -> None:
    calls: list[str] = []

    def note(handle: SpeechHandle) -> None:
        calls.append("note")

    async def act(scene: Scene) -> None:
        handle = scene.session.say("Hi.")
        handle.add_done_callback(note)
        handle.add_done_callback(note)
        handle.add_done_callback(lambda _: calls.append("kept"))
        assert handle.remove_done_callback(note) == 2
        assert handle.remove_done_callback(note) == 0
        await handle
        assert handle.remove_done_callback(note) == 0
        await settle()

    hold(act)
    assert calls == ["kept"]


def test_a_callback_that_raises_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[str] = []

    def breaks(handle: SpeechHandle) -> None:
        raise ValueError("broken callback")

    async def act(scene: Scene) -> None:
        handle = scene.session.say("Hi.")
        handle.add_done_callback(breaks)
        handle.add_done_callback(lambda _: calls.append("after"))
        await handle
        await settle()
        handle.add_done_callback(breaks)
        await settle()
        await scene.session.say("And on.")

    with caplog.at_level(logging.ERROR, logger="kit"):
        scene = hold(act)
    assert calls == ["after"]
    assert [text for _, text in scene.said()] == ["Hi.", "And on."]
    assert [record.message for record in caplog.records] == ["a done callback of speech_1 raised"] * 2


def test_a_callback_may_speak_again() -> None:
    async def act(scene: Scene) -> None:
        scene.session.say("One.").add_done_callback(lambda _: scene.session.say("Two."))
        await asyncio.sleep(3.0)

    assert [text for _, text in hold(act).said()] == ["One.", "Two."]


def test_every_way_to_end_calls_them() -> None:
    calls: list[str] = []

    async def act(scene: Scene) -> None:
        heard = scene.session.say("Hi.")
        waiting = scene.session.say("Never heard.")
        for name, handle in (("heard", heard), ("waiting", waiting)):
            handle.add_done_callback(lambda _, name=name: calls.append(name))
        waiting.interrupt()
        await settle()
        assert calls == ["waiting"]
        await heard
        last = scene.session.say(LONG)
        last.add_done_callback(lambda _: calls.append("closed"))

    hold(act)
    assert calls == ["waiting", "heard", "closed"]


# stopping


def test_interrupt_is_idempotent() -> None:
    async def act(scene: Scene) -> None:
        handle = scene.session.say(LONG)
        await asyncio.sleep(1.0)
        assert handle.interrupt() is handle.interrupt() is handle
        assert handle.interrupted
        await handle
        assert handle.interrupt() is handle

    scene = hold(act)
    assert len(scene.of(SpeechFinished)) == 1


def test_interrupt_has_no_effect_on_what_was_heard_whole() -> None:
    async def act(scene: Scene) -> None:
        handle = await scene.session.say("Hi.")
        handle.interrupt()
        assert not handle.interrupted

    scene = hold(act)
    assert not scene.of(SpeechFinished)[0].interrupted
    assert scene.said() == [("assistant", "Hi.")]


def test_by_hand_what_the_user_may_not_interrupt_can_be_stopped_by_force() -> None:
    async def act(scene: Scene) -> None:
        handle = scene.session.say(LONG, allow_interruptions=False)
        assert not handle.allow_interruptions
        await asyncio.sleep(1.2)
        await scene.session.interrupt(force=True)
        assert handle.interrupted and handle.done()

    scene = hold(act)
    assert scene.of(SpeechFinished)[0].played_s == pytest.approx(1.0, abs=1e-6)
    assert scene.of(UserInterrupted) == []


def test_whether_the_user_may_interrupt_can_be_changed() -> None:
    async def act(scene: Scene) -> None:
        handle = scene.session.say(LONG)
        handle.allow_interruptions = False
        await asyncio.sleep(1.0)
        await scene.ask("stop it now")
        await asyncio.sleep(5.0)
        assert not handle.interrupted

    assert ("assistant", LONG) in hold(act).said()


def test_interrupting_one_that_waits_leaves_the_others() -> None:
    async def act(scene: Scene) -> None:
        handles = [scene.session.say(f"Number {n}.") for n in range(3)]
        handles[1].interrupt()
        assert handles[1].done() and handles[1].interrupted
        await handles[2]

    assert [text for _, text in hold(act).said()] == ["Number 0.", "Number 2."]


def test_interrupted_in_the_instant_of_its_creation() -> None:
    async def act(scene: Scene) -> None:
        handle = scene.session.say("Never heard.").interrupt()
        await handle
        assert handle.done() and handle.interrupted
        await scene.session.say("Heard.")

    scene = hold(act)
    assert scene.said() == [("assistant", "Heard.")]
    assert len(scene.of(SpeechStarted)) == 1


def test_interrupting_in_a_done_callback_of_another() -> None:
    async def act(scene: Scene) -> None:
        first, second = scene.session.say("One."), scene.session.say(LONG)
        first.add_done_callback(lambda _: second.interrupt())
        await second
        assert second.interrupted

    assert hold(act).said() == [("assistant", "One.")]


# waiting


def test_it_can_be_awaited_by_many_and_many_times() -> None:
    async def act(scene: Scene) -> None:
        handle = scene.session.say("Hi there.")

        async def wait() -> Any:
            return await handle

        results = await asyncio.gather(*(wait() for _ in range(5)), handle.wait_for_playout())
        assert results == [handle] * 5 + [None]
        assert await handle is handle
        await handle.wait_for_playout()

    hold(act)


def test_cancelling_who_waits_does_not_stop_the_speech() -> None:
    async def act(scene: Scene) -> None:
        handle = scene.session.say(LONG)

        async def wait() -> None:
            await handle

        waiting = asyncio.create_task(wait())
        await asyncio.sleep(1.0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(handle.wait_for_playout(), 0.5)
        assert not handle.done()
        await handle
        assert not handle.interrupted

    scene = hold(act)
    assert scene.said() == [("assistant", LONG)]
    assert scene.of(SpeechFinished)[0].played_s == pytest.approx(LONG_S, abs=1e-3)


def test_awaiting_returns_at_the_last_sample() -> None:
    async def act(scene: Scene) -> None:
        await scene.session.say(LONG)
        assert asyncio.get_running_loop().time() == pytest.approx(0.2 + LONG_S, abs=1e-3)

    hold(act)


def test_awaiting_an_interrupted_one_returns_at_once() -> None:
    async def act(scene: Scene) -> None:
        handle = scene.session.say(LONG)
        await asyncio.sleep(1.0)
        handle.interrupt()
        await handle
        assert asyncio.get_running_loop().time() == pytest.approx(1.0, abs=1e-6)

    hold(act)


# failures


def test_exception_needs_the_end() -> None:
    async def act(scene: Scene) -> None:
        handle = scene.session.say("Hi.")
        with pytest.raises(asyncio.InvalidStateError, match="speech_1 is not done yet"):
            handle.exception()
        await handle
        assert handle.exception() is None

    hold(act)


def test_a_voice_that_fails_for_good() -> None:
    async def act(scene: Scene) -> None:
        handle = await scene.session.say("Hi.")  # does not raise
        assert isinstance(handle.exception(), SimulatedFault)
        assert not handle.interrupted

    scene = hold(act, tts=faulty(SimulatedTTS(0.2)), limits=Limits(max_retries=0))
    assert scene.said() == []


def test_an_llm_that_fails_for_good() -> None:
    async def act(scene: Scene) -> None:
        handle = await scene.session.generate_reply(user_input="Hello")
        assert isinstance(handle.exception(), SimulatedFault)

    scene = hold(act, llm=faulty(SimulatedLLM("Hi.")), limits=Limits(max_retries=0))
    assert scene.said() == [("user", "Hello")]


def test_an_interrupted_one_has_not_failed() -> None:
    async def act(scene: Scene) -> None:
        handle = scene.session.say(LONG)
        await asyncio.sleep(1.0)
        await handle.interrupt()
        assert handle.exception() is None

    hold(act)


def test_a_voice_that_breaks_off_is_remembered_as_broken_off() -> None:
    """Of ten words some were heard: the LLM must not read them as the whole."""

    async def act(scene: Scene) -> None:
        handle = await scene.session.say(LONG)
        assert isinstance(handle.exception(), SimulatedFault)
        (item,) = handle.chat_items
        assert isinstance(item, ChatMessage)
        assert LONG.startswith(item.content) and item.content != LONG
        assert item.interrupted

    hold(act, tts=faulty(SimulatedTTS(0.2), after=10))


# what it added to the history


def test_chat_items_of_a_reply_with_a_tool() -> None:
    class Looks(Agent):
        @function_tool
        async def look(self) -> str:
            """Look."""
            return "rain"

    async def act(scene: Scene) -> None:
        handle = scene.session.generate_reply(user_input="What is the weather?")
        assert handle.chat_items == []
        await handle
        kinds = [type(item) for item in handle.chat_items]
        assert kinds == [ChatMessage, FunctionCall, FunctionCallOutput, ChatMessage]
        assert list(scene.session.history)[1:] == handle.chat_items
        handle.chat_items.clear()
        assert len(handle.chat_items) == 4

    replies = [Reply("Let me look.", (FunctionCall("", "look", "{}"),)), "It rains."]
    hold(act, agent=Looks(), replies=replies)


def test_chat_items_of_an_interrupted_one_are_what_was_heard() -> None:
    async def act(scene: Scene) -> None:
        handle = scene.session.say(LONG)
        await asyncio.sleep(0.2 + len("One two thr") / 15)
        handle.interrupt()
        (item,) = handle.chat_items  # at once
        assert isinstance(item, ChatMessage)
        assert (item.content, item.interrupted) == ("One two three", True)

    hold(act)


def test_chat_items_of_one_that_is_to_leave_no_trace() -> None:
    async def act(scene: Scene) -> None:
        handle = await scene.session.say("Hi.", add_to_chat_ctx=False)
        assert handle.chat_items == []

    hold(act)


def test_what_it_shows_of_itself() -> None:
    async def act(scene: Scene) -> None:
        handle = scene.session.say(LONG)
        assert repr(handle) == "<SpeechHandle speech_1 pending>"
        await asyncio.sleep(0.5)
        handle.interrupt()
        assert repr(handle) in ("<SpeechHandle speech_1 interrupted>", "<SpeechHandle speech_1 done>")
        await handle
        assert repr(handle) == "<SpeechHandle speech_1 done>"
        assert handle.id == "speech_1" and scene.session.say("Hi.").id == "speech_2"

    hold(act)
