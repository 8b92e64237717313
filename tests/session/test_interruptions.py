"""The user's voice and the agent's."""

from __future__ import annotations

import asyncio

import pytest

from kit import Tuning
from kit.session.journal import SpeechFinished, TurnCommitted, TurnDropped, UserInterrupted
from tests.session.scenes import Scene, hold

LONG = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen."


async def barge_in(scene: Scene, *, words: str = "stop it now", duration_s: float = 1.0, **say: bool) -> None:
    scene.session.say(LONG, **say)
    await asyncio.sleep(2.2)
    await scene.ask(words, duration_s)
    await asyncio.sleep(12)


def test_a_user_who_speaks_interrupts_the_agent() -> None:
    scene = hold(barge_in)
    (interrupted,) = scene.of(UserInterrupted)
    first = scene.of(SpeechFinished)[0]
    assert interrupted.t == first.t == pytest.approx(2.7, abs=1e-6)  # after interruption.min_duration_s of speech
    assert first.interrupted and first.played_s == pytest.approx(2.5, abs=1e-6)
    roles = [role for role, _ in scene.said()]
    assert roles == ["assistant", "user", "assistant"]
    assert LONG.startswith(scene.said()[0][1]) and scene.said()[0][1] != LONG


def test_speech_that_forbids_it_goes_on_and_the_turn_is_remembered() -> None:
    scene = hold(lambda scene: barge_in(scene, allow_interruptions=False))
    assert scene.of(UserInterrupted) == []
    assert not scene.of(SpeechFinished)[0].interrupted
    assert [record.reason for record in scene.of(TurnDropped)] == ["agent_uninterruptible"]
    assert ("user", "stop it now") in scene.said()


def test_interruptions_turned_off() -> None:
    scene = hold(barge_in, tuning=Tuning().replace({"interruption.enabled": False}))
    assert scene.of(UserInterrupted) == []


def test_a_short_sound_does_not_interrupt() -> None:
    async def act(scene: Scene) -> None:
        await barge_in(scene, words="", duration_s=0.15)

    assert hold(act).of(UserInterrupted) == []


def test_too_few_words_are_no_turn_while_the_agent_speaks() -> None:
    tuning = Tuning().replace({"interruption.min_words": 2})
    scene = hold(lambda scene: barge_in(scene, words="okay"), tuning=tuning)
    assert scene.of(UserInterrupted) == [] and scene.of(TurnCommitted) == []
    assert scene.said() == [("assistant", LONG)]


def test_enough_words_interrupt_when_they_are_known() -> None:
    tuning = Tuning().replace({"interruption.min_words": 2})
    scene = hold(lambda scene: barge_in(scene, words="please stop"), tuning=tuning)
    assert scene.of(UserInterrupted)[0].t == pytest.approx(3.3, abs=1e-6)  # the words come 0.1 s after the speech
    assert len(scene.of(TurnCommitted)) == 1


def test_the_shortest_duration_can_be_changed_while_the_user_speaks() -> None:
    async def act(scene: Scene) -> None:
        scene.session.say(LONG)
        await asyncio.sleep(2.2)
        scene.user.speak("stop it now", 1.0)
        await asyncio.sleep(0.3)
        scene.session.tuning = scene.session.tuning.replace({"interruption.min_duration_s": 0.2})
        await asyncio.sleep(8)

    assert hold(act).of(UserInterrupted)[0].t == pytest.approx(2.5, abs=1e-6)


def test_a_new_turn_takes_the_place_of_an_unheard_answer() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask("first question")
        await asyncio.sleep(0.7)  # the answer is being made
        await scene.ask("second question")
        await asyncio.sleep(6)

    scene = hold(act, ttft=3.0)
    assert [text for role, text in scene.said() if role == "user"] == ["first question", "second question"]
    assert len([role for role, _ in scene.said() if role == "assistant"]) == 1
