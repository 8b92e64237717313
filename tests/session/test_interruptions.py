"""The user's voice and the agent's."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from kit import Agent, Tuning
from kit.models.simulated import SimulatedSTT
from kit.session.records import (
    FalseInterruption,
    PreemptionStarted,
    SpeechFinished,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    TurnCommitted,
    TurnDropped,
    UserInterrupted,
)
from tests.session.scenes import ON, Scene, hold

LONG = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen."
LONG_S = len(LONG) / 15
NO_PAUSE = Tuning().replace({"interruption.resume_false_interruption": False})


async def barge_in(scene: Scene, *, words: str = "stop it now", duration_s: float = 1.0, **say: bool) -> None:
    scene.session.say(LONG, **say)
    await asyncio.sleep(2.2)
    await scene.ask(words, duration_s)
    await asyncio.sleep(15)


def test_a_user_who_speaks_pauses_the_agent_and_final_words_end_it() -> None:
    scene = hold(barge_in)
    (paused,), (interrupted,) = scene.of(SpeechPaused), scene.of(UserInterrupted)
    first = scene.of(SpeechFinished)[0]
    assert paused.t == pytest.approx(2.7, abs=1e-6)  # after interruption.min_duration_s of speech
    assert interrupted.t == first.t == pytest.approx(3.3, abs=1e-6)  # the words come 0.1 s after the speech
    assert first.interrupted and first.played_s == pytest.approx(2.5, abs=1e-6)
    roles = [role for role, _ in scene.said()]
    assert roles == ["assistant", "user", "assistant"]
    assert LONG.startswith(scene.said()[0][1]) and scene.said()[0][1] != LONG


def test_the_agent_is_silent_from_the_pause_on() -> None:
    scene = hold(barge_in)
    heard_s = [t for t, frame in scene.heard if t < 3.3 for _ in [frame]]
    assert max(heard_s) < 2.7


def test_without_a_pause_the_voice_ends_the_speech() -> None:
    scene = hold(barge_in, tuning=NO_PAUSE)
    (interrupted,) = scene.of(UserInterrupted)
    first = scene.of(SpeechFinished)[0]
    assert interrupted.t == first.t == pytest.approx(2.7, abs=1e-6)
    assert first.interrupted and first.played_s == pytest.approx(2.5, abs=1e-6)
    assert scene.of(SpeechPaused) == [] and scene.of(FalseInterruption) == []


def test_a_voice_without_words_was_no_interruption() -> None:
    told = []

    async def act(scene: Scene) -> None:
        scene.session.on("agent_false_interruption", told.append)
        await barge_in(scene, words="", duration_s=0.8)

    scene = hold(act)
    (paused,), (resumed,), (false,) = scene.of(SpeechPaused), scene.of(SpeechResumed), scene.of(FalseInterruption)
    silence_known_t = 2.2 + 0.8 + 0.3
    assert (paused.t, paused.played_s) == pytest.approx((2.7, 2.5), abs=1e-6)
    assert (resumed.t, resumed.played_s) == pytest.approx((silence_known_t + 2.0, 2.5), abs=1e-6)
    assert false.resumed and [event.resumed for event in told] == [True]
    assert scene.said() == [("assistant", LONG)]
    (finished,) = scene.of(SpeechFinished)
    assert not finished.interrupted
    assert finished.t == pytest.approx(0.2 + LONG_S + (resumed.t - paused.t), abs=1e-3)


def test_what_is_heard_around_a_pause_is_the_speech_without_a_gap() -> None:
    paused = hold(lambda scene: barge_in(scene, words="", duration_s=0.8))
    as_it_is = hold(lambda scene: scene.session.say(LONG).wait_for_playout())
    sound, whole = (
        np.concatenate([np.frombuffer(frame.data, dtype=np.int16) for _, frame in scene.heard])
        for scene in (paused, as_it_is)
    )
    assert np.array_equal(sound, whole)


def test_states_around_a_pause() -> None:
    states = []

    async def act(scene: Scene) -> None:
        scene.session.on("agent_state_changed", lambda event: states.append(event.new_state))
        await barge_in(scene, words="", duration_s=0.8)

    hold(act)
    assert states == ["speaking", "listening", "speaking", "listening", "idle"]


def test_the_timeout_counts_from_the_last_silence() -> None:
    async def act(scene: Scene) -> None:
        scene.session.say(LONG)
        await asyncio.sleep(2.2)
        await scene.ask("", 0.8)
        await asyncio.sleep(1.0)
        await scene.ask("", 0.8)
        await asyncio.sleep(12)

    scene = hold(act)
    assert len(scene.of(SpeechPaused)) == len(scene.of(SpeechResumed)) == 1
    assert scene.of(SpeechResumed)[0].t == pytest.approx(2.2 + 0.8 + 1.0 + 0.8 + 0.3 + 2.0, abs=1e-6)


def test_a_cut_without_words_is_told_too() -> None:
    scene = hold(lambda scene: barge_in(scene, words="", duration_s=0.8), tuning=NO_PAUSE)
    (false,) = scene.of(FalseInterruption)
    assert not false.resumed and false.t == pytest.approx(2.2 + 0.8 + 0.3 + 2.0, abs=1e-6)
    assert scene.of(SpeechFinished)[0].interrupted


def test_turning_pauses_off_resumes_what_is_paused() -> None:
    async def act(scene: Scene) -> None:
        scene.session.say(LONG)
        await asyncio.sleep(2.2)
        await scene.ask("", 0.8)
        await asyncio.sleep(0.5)
        scene.session.tuning = NO_PAUSE
        await asyncio.sleep(12)

    assert hold(act).of(SpeechResumed)[0].t == pytest.approx(3.5, abs=1e-6)


def test_an_answer_that_is_not_heard_yet_waits_for_the_user() -> None:
    """The user coughs while the answer is being made: it begins when the cough is over."""

    async def act(scene: Scene) -> None:
        await scene.ask("first question")
        await asyncio.sleep(0.9)
        await scene.ask("", 0.9)
        await asyncio.sleep(8)

    scene = hold(act)
    assert scene.of(SpeechStarted)[0].t == pytest.approx(1.9 + 0.9 + 0.3 + 2.0, abs=1e-6)
    assert scene.of(UserInterrupted) == []
    short = hold(lambda scene: cough(scene, 0.15))
    assert short.of(SpeechStarted)[0].t == pytest.approx(1.9 + 0.15 + 0.3, abs=1e-6)
    assert short.of(FalseInterruption) == []


async def cough(scene: Scene, duration_s: float) -> None:
    await scene.ask("first question")
    await asyncio.sleep(0.9)
    await scene.ask("", duration_s)
    await asyncio.sleep(8)


def test_an_attempt_begins_while_the_agent_is_paused() -> None:
    scene = hold(barge_in, tuning=ON)
    (attempt,) = scene.of(PreemptionStarted)
    assert attempt.t == pytest.approx(3.3, abs=1e-6)
    second = scene.of(SpeechStarted)[1]
    assert second.t == pytest.approx(max(3.2 + 0.5, 3.3 + 0.35) + 0.2, abs=1e-6)


def test_speech_that_forbids_it_goes_on_and_the_turn_is_remembered() -> None:
    scene = hold(lambda scene: barge_in(scene, allow_interruptions=False))
    assert scene.of(UserInterrupted) == [] and scene.of(SpeechPaused) == []
    assert not scene.of(SpeechFinished)[0].interrupted
    assert [record.reason for record in scene.of(TurnDropped)] == ["agent_uninterruptible"]
    assert ("user", "stop it now") in scene.said()


def test_interruptions_turned_off() -> None:
    scene = hold(barge_in, tuning=Tuning().replace({"interruption.enabled": False}))
    assert scene.of(UserInterrupted) == [] and scene.of(SpeechPaused) == []
    assert [record.reason for record in scene.of(TurnDropped)] == ["agent_uninterruptible"]


def test_a_short_sound_does_not_interrupt() -> None:
    scene = hold(lambda scene: barge_in(scene, words="", duration_s=0.15))
    assert scene.of(UserInterrupted) == [] and scene.of(SpeechPaused) == []


def test_short_words_interrupt_when_they_are_final() -> None:
    scene = hold(lambda scene: barge_in(scene, words="stop", duration_s=0.15))
    assert scene.of(UserInterrupted)[0].t == pytest.approx(2.2 + 0.15 + 0.1, abs=1e-6)


@pytest.mark.parametrize("sound", [("mhm", 0.3), ("okay", 1.0)])
def test_too_few_words_are_no_turn_while_the_agent_speaks(sound: tuple[str, float]) -> None:
    words, duration_s = sound
    tuning = Tuning().replace({"interruption.min_words": 2})
    scene = hold(lambda scene: barge_in(scene, words=words, duration_s=duration_s), tuning=tuning)
    assert scene.of(UserInterrupted) == [] and scene.of(TurnCommitted) == [] and scene.of(SpeechPaused) == []
    assert scene.said() == [("assistant", LONG)]


def test_enough_words_interrupt_when_they_are_known() -> None:
    tuning = Tuning().replace({"interruption.min_words": 2})
    scene = hold(lambda scene: barge_in(scene, words="please stop"), tuning=tuning)
    assert scene.of(UserInterrupted)[0].t == pytest.approx(3.3, abs=1e-6)
    assert len(scene.of(TurnCommitted)) == 1


def test_the_shortest_duration_can_be_changed_while_the_user_speaks() -> None:
    async def act(scene: Scene) -> None:
        scene.session.say(LONG)
        await asyncio.sleep(2.2)
        scene.user.speak("stop it now", 1.0)
        await asyncio.sleep(0.3)
        scene.session.tuning = scene.session.tuning.replace({"interruption.min_duration_s": 0.2})
        await asyncio.sleep(8)

    assert hold(act).of(SpeechPaused)[0].t == pytest.approx(2.5, abs=1e-6)


def test_words_alone_interrupt_where_there_is_no_voice_activity_detection() -> None:
    scene = hold(
        lambda scene: barge_in(scene, words="stop it now please"), vad=None, stt=SimulatedSTT(0.1, interim=True)
    )
    (paused,) = scene.of(SpeechPaused)
    assert 2.2 < paused.t < 3.2
    assert scene.of(UserInterrupted)[0].t == pytest.approx(3.3, abs=1e-6)


def test_a_pause_by_words_that_stay_interim_ends_too() -> None:
    async def stt(frames):  # type: ignore[no-untyped-def]
        async for event in SimulatedSTT(0.1, interim=True)(frames):
            if event.type == "interim_transcript":
                yield event

    scene = hold(lambda scene: barge_in(scene, words="stop it now please"), vad=None, stt=stt)
    assert len(scene.of(SpeechResumed)) == 1
    assert scene.said() == [("assistant", LONG)]


def test_by_hand_only_a_committed_turn_interrupts() -> None:
    async def act(scene: Scene) -> None:
        scene.session.say(LONG)
        await asyncio.sleep(2.2)
        await scene.ask("stop it now")
        await asyncio.sleep(0.5)
        scene.session.commit_user_turn()
        await asyncio.sleep(6)

    scene = hold(act, turn_detection="manual")
    assert scene.of(SpeechPaused) == []
    assert scene.of(UserInterrupted)[0].t == pytest.approx(3.7, abs=1e-6)


def test_a_new_turn_takes_the_place_of_an_unheard_answer() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask("first question")
        await asyncio.sleep(0.7)  # the answer is being made
        await scene.ask("second question")
        await asyncio.sleep(6)

    scene = hold(act, ttft=3.0)
    assert [text for role, text in scene.said() if role == "user"] == ["first question", "second question"]
    assert len([role for role, _ in scene.said() if role == "assistant"]) == 1


def test_interrupting_by_hand_while_paused() -> None:
    async def act(scene: Scene) -> None:
        first = scene.session.say(LONG)
        await asyncio.sleep(2.2)
        await scene.ask("", 0.8)
        first.interrupt()
        assert scene.said()[0][0] == "assistant"  # what was heard is known at once
        await scene.session.say("Go on.")
        assert first.interrupted and first.done()

    scene = hold(act)
    assert scene.said()[-1] == ("assistant", "Go on.")
    assert scene.of(FalseInterruption) == []


class Spelling(Agent):
    async def tts_node(self, text, model_settings):  # type: ignore[no-untyped-def]
        async def spelled():  # type: ignore[no-untyped-def]
            async for chunk in text:
                yield chunk.replace("kubectl", "kube control").replace("API", "A P I")

        async for frame in Agent.default.tts_node(self, spelled(), model_settings):
            yield frame


@pytest.mark.parametrize(
    ("spoken", "heard"),
    [
        ("Use kube", "Use kubectl"),
        ("Use kube control with the A", "Use kubectl with the API."),
        ("Use kube control with", "Use kubectl with"),
    ],
)
def test_what_was_heard_is_told_in_the_words_that_were_written(spoken: str, heard: str) -> None:
    async def act(scene: Scene) -> None:
        handle = scene.session.say("Use kubectl with the API. Then go home.")
        await asyncio.sleep(0.2 + len(spoken) / 15 - 0.02)
        handle.interrupt()
        await handle

    assert hold(act, agent=Spelling()).said() == [("assistant", heard)]
