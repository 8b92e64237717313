"""Which of the speeches that wait is the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from kit import SpeechHandle
from kit.session.records import SpeechFinished, SpeechStarted
from tests.session.scenes import Scene, hold

LOW, NORMAL, HIGH = (
    SpeechHandle.SPEECH_PRIORITY_LOW,
    SpeechHandle.SPEECH_PRIORITY_NORMAL,
    SpeechHandle.SPEECH_PRIORITY_HIGH,
)


def order(act: Callable[[Scene], None], **options: object) -> list[str]:
    async def whole(scene: Scene) -> None:
        act(scene)
        await scene.session.drain()

    return [text for _, text in hold(whole, **options).said()]  # type: ignore[arg-type]


def test_the_names_that_livekit_gives_them() -> None:
    assert LOW < NORMAL < HIGH


def test_high_comes_before_those_that_wait_and_after_the_one_that_is_heard() -> None:
    def act(scene: Scene) -> None:
        scene.session.say("Present.")
        scene.session.say("Normal.")
        scene.session.say("High.", priority=HIGH)

    assert order(act) == ["Present.", "High.", "Normal."]


def test_within_a_priority_the_first_asked_for_is_the_first_heard() -> None:
    def act(scene: Scene) -> None:
        scene.session.say("Present.")
        for text, priority in [
            ("n1.", NORMAL),
            ("l1.", LOW),
            ("h1.", HIGH),
            ("n2.", NORMAL),
            ("h2.", HIGH),
            ("l2.", LOW),
            ("n3.", NORMAL),
        ]:
            scene.session.say(text, priority=priority)

    assert order(act) == ["Present.", "h1.", "h2.", "n1.", "n2.", "n3.", "l1.", "l2."]


def test_any_number_is_a_priority() -> None:
    def act(scene: Scene) -> None:
        scene.session.say("Present.")
        for priority in (3, -1, 7, 100):
            scene.session.say(f"Number {priority}.", priority=priority)

    assert order(act) == ["Present.", "Number 100.", "Number 7.", "Number 3.", "Number -1."]


def test_the_present_one_is_not_stopped_and_nothing_is_heard_at_once() -> None:
    async def act(scene: Scene) -> None:
        scene.session.say("One two three four five.")
        await asyncio.sleep(1.0)
        await scene.session.say("High.", priority=HIGH)

    scene = hold(act)
    first = scene.of(SpeechFinished)[0]
    assert not first.interrupted
    starts = [record.t for record in scene.of(SpeechStarted)]
    assert starts == [pytest.approx(0.2, abs=1e-6), pytest.approx(first.t + 0.2, abs=1e-6)]
    times = [t for t, _ in scene.heard]
    assert times == sorted(times)
    for (t, frame), (after, _) in zip(scene.heard, scene.heard[1:], strict=False):
        assert t + frame.samples_per_channel / frame.sample_rate <= after + 1e-6


def test_replies_have_priorities_too() -> None:
    def act(scene: Scene) -> None:
        scene.session.say("Present.")
        scene.session.say("Normal.")
        scene.session.generate_reply(instructions="Go.", priority=HIGH)
        scene.session.generate_reply(instructions="Go.", priority=LOW)

    assert order(act, replies="Reply.") == ["Present.", "Reply.", "Normal.", "Reply."]


def test_one_that_waits_may_be_stopped_and_the_others_keep_their_order() -> None:
    def act(scene: Scene) -> None:
        scene.session.say("Present.")
        scene.session.say("One.")
        stopped = scene.session.say("High.", priority=HIGH)
        scene.session.say("Two.")
        scene.session.say("High too.", priority=HIGH)
        stopped.interrupt()
        assert stopped.interrupted

    assert order(act) == ["Present.", "High too.", "One.", "Two."]


def test_one_that_comes_while_the_others_are_heard_overtakes_those_that_are_left() -> None:
    async def act(scene: Scene) -> None:
        for number in ("One", "Two", "Three"):
            scene.session.say(f"{number}.")
        await asyncio.sleep(0.7)  # "Two." is heard
        await scene.session.say("High.", priority=HIGH)
        await scene.session.drain()

    assert [text for _, text in hold(act).said()] == ["One.", "Two.", "High.", "Three."]


def test_an_answer_to_the_user_stops_what_has_a_higher_priority() -> None:
    async def act(scene: Scene) -> None:
        waiting = scene.session.say("One two three four five six seven eight nine ten eleven.", priority=HIGH)
        await asyncio.sleep(1.0)
        await scene.ask("stop it now")
        await asyncio.sleep(4.0)
        assert waiting.interrupted

    assert hold(act).said()[-1] == ("assistant", "It is sunny in Paris.")


def test_one_that_the_user_may_not_stop_is_not_held_back_by_one_that_waits_for_their_silence() -> None:
    """While the user speaks only what may not be interrupted begins, whatever waits before it."""

    async def act(scene: Scene) -> None:
        scene.user.speak("let me think about it", 4.0)
        await asyncio.sleep(0.5)
        scene.session.say("Take your time.")
        firm = scene.session.say("The line closes.", allow_interruptions=False, priority=HIGH)
        await asyncio.sleep(2.5)
        assert firm.done()

    scene = hold(act, llm=None)
    assert scene.of(SpeechStarted)[0].t == pytest.approx(0.7, abs=1e-6)
