"""Attempts at words that may still change: begun once those have held still, and what that brings and costs.

The user speaks from 0.0 to 1.0; the VAD knows the end at 1.3, the final words come at 1.4, the turn is committed at
1.5. The LLM takes 0.35 s and the voice 0.2 s, so that an answer begun at the final words is heard at 1.95.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from kit import Tuning
from kit.lab.ledger import ledger
from kit.ports import SpeechEvent, SpeechEventType
from kit.session.records import (
    LlmDone,
    PreemptionAdopted,
    PreemptionDiscarded,
    PreemptionStarted,
    SpeechStarted,
    TurnCommitted,
)
from tests.session.scenes import ON, Scene, hold

INTERIM = ON.replace({"preemption.trigger": "interim", "preemption.interim_still_s": 0.2})
WITH_TTS = INTERIM.replace({"preemption.preemptive_tts": True})
WORDS, FINAL_T = "what is the weather", 1.4
ANSWER = "It is sunny in Paris."


def tells(*events: tuple[float, str, bool]) -> Callable[[Any], AsyncIterator[SpeechEvent]]:
    """Speech to text that tells these words at these times: (time, text, final). It hears nothing."""

    async def stt(frames: Any) -> AsyncIterator[SpeechEvent]:
        loop = asyncio.get_running_loop()
        for t, text, final in events:
            if t < loop.time():  # it was opened anew
                continue
            await asyncio.sleep(t - loop.time())
            kind = SpeechEventType.FINAL_TRANSCRIPT if final else SpeechEventType.INTERIM_TRANSCRIPT
            yield SpeechEvent(kind, text)
        async for _ in frames:
            pass

    return stt


def turn(*interims: tuple[float, str], tuning: Tuning = INTERIM, final: str = WORDS, **options: Any) -> Scene:
    """One turn whose words are shown so, and are final at 1.4 s."""

    async def act(scene: Scene) -> None:
        await scene.ask(final)
        await asyncio.sleep(5.0)

    events = [(t, text, False) for t, text in interims]
    return hold(act, tuning=tuning, stt=tells(*events, (FINAL_T, final, True)), **options)


def begun(scene: Scene) -> list[float]:
    return [record.t for record in scene.of(PreemptionStarted)]


def first_audio_t(scene: Scene) -> float:
    return scene.of(SpeechStarted)[0].t  # type: ignore[no-any-return]


def test_an_attempt_begins_when_the_words_have_held_still() -> None:
    scene = turn((0.95, WORDS))
    assert begun(scene) == [pytest.approx(0.95 + 0.2, abs=1e-6)]
    (adopted,) = scene.of(PreemptionAdopted)
    assert adopted.lead_s == pytest.approx(1.5 - 1.15, abs=1e-6)
    assert scene.of(PreemptionDiscarded) == []
    assert scene.said() == [("user", WORDS), ("assistant", ANSWER)]


def test_how_much_earlier_the_answer_is_heard() -> None:
    final, interim, with_tts = (turn((0.95, WORDS), tuning=tuning) for tuning in (ON, INTERIM, WITH_TTS))
    assert begun(final) == [pytest.approx(FINAL_T, abs=1e-6)]
    assert first_audio_t(final) == pytest.approx(max(1.5, 1.4 + 0.35) + 0.2, abs=1e-6)
    assert first_audio_t(interim) == pytest.approx(max(1.5, 1.15 + 0.35) + 0.2, abs=1e-6)
    assert first_audio_t(with_tts) == pytest.approx(max(1.5, 1.15 + 0.35 + 0.2), abs=1e-6)
    assert first_audio_t(final) - first_audio_t(interim) == pytest.approx(0.25, abs=1e-6)


def test_with_a_slow_recogniser_the_whole_llm_is_hidden() -> None:
    """The final words come at 1.4, and end the turn at once where the shortest delay is over by then."""
    tuning = {"endpointing.min_delay_s": 0.3}
    final, interim = (turn((0.8, WORDS), tuning=t.replace(tuning)) for t in (ON, INTERIM))
    assert begun(final) == [] and first_audio_t(final) == pytest.approx(1.4 + 0.55, abs=1e-6)
    assert begun(interim) == [pytest.approx(1.0, abs=1e-6)]
    assert first_audio_t(interim) == pytest.approx(1.4 + 0.2, abs=1e-6)


def test_words_that_change_begin_to_hold_still_anew() -> None:
    scene = turn((0.5, "what"), (0.65, "what is"), (0.8, "what is the"), (0.95, WORDS))
    assert begun(scene) == [pytest.approx(1.15, abs=1e-6)]


def test_words_that_are_shown_again_unchanged_go_on_holding_still() -> None:
    scene = turn((0.9, WORDS), (1.0, WORDS), (1.05, "What is the weather?"))
    assert begun(scene) == [pytest.approx(1.1, abs=1e-6)]


def test_words_that_go_back_and_forth_do_not_hold_still() -> None:
    scene = turn((0.7, WORDS), (0.85, "what is the"), (1.0, WORDS))
    assert begun(scene) == [pytest.approx(1.2, abs=1e-6)]


@pytest.mark.parametrize("still_s", [0.0, 0.1, 0.4])
def test_how_long_is_a_setting(still_s: float) -> None:
    scene = turn((0.95, WORDS), tuning=INTERIM.replace({"preemption.interim_still_s": still_s}))
    assert begun(scene) == [pytest.approx(0.95 + still_s, abs=1e-6)]
    assert len(scene.of(PreemptionAdopted)) == 1


def test_words_that_are_final_before_they_held_still() -> None:
    scene = turn((1.3, WORDS))
    assert begun(scene) == [pytest.approx(FINAL_T, abs=1e-6)]
    assert len(scene.of(PreemptionAdopted)) == 1


def test_case_and_punctuation_are_no_change() -> None:
    scene = turn((0.95, WORDS), final="What is the weather?")
    assert len(begun(scene)) == 1 and len(scene.of(PreemptionAdopted)) == 1
    assert scene.said()[0] == ("user", "What is the weather?")


def test_other_final_words_discard_it() -> None:
    scene = turn((0.95, "what is the whether"), ttft=0.1)
    assert begun(scene) == [pytest.approx(1.15, abs=1e-6), pytest.approx(FINAL_T, abs=1e-6)]
    (discarded,), (adopted,) = scene.of(PreemptionDiscarded), scene.of(PreemptionAdopted)
    assert (discarded.attempt, discarded.reason) == (1, "transcript_changed")
    assert discarded.t == pytest.approx(FINAL_T, abs=1e-6)
    assert adopted.attempt == 2
    assert scene.said() == [("user", WORDS), ("assistant", ANSWER)]
    assert first_audio_t(scene) == pytest.approx(max(1.5, 1.4 + 0.1) + 0.2, abs=1e-6)


def test_it_is_never_later_than_with_final_words_only() -> None:
    wrong = turn((0.95, "what is the whether"))
    assert first_audio_t(wrong) == pytest.approx(first_audio_t(turn(tuning=ON)), abs=1e-6)


def test_other_interim_words_discard_it_once_they_hold_still() -> None:
    scene = turn((0.5, "what is"), (0.95, WORDS))
    assert begun(scene) == [pytest.approx(0.7, abs=1e-6), pytest.approx(1.15, abs=1e-6)]
    assert [record.reason for record in scene.of(PreemptionDiscarded)] == ["transcript_changed"]
    assert [record.attempt for record in scene.of(PreemptionAdopted)] == [2]


def test_every_one_of_them_counts_against_the_limit() -> None:
    words = ((0.1, "what"), (0.4, "what is"), (0.7, "what is the"), (1.0, "what is the whether"))
    for most in (0, 1, 2, 4, 5):
        scene = turn(*words, tuning=INTERIM.replace({"preemption.max_retries": most}))
        expected = [0.3, 0.6, 0.9, 1.2, 1.4][:most]
        assert begun(scene) == [pytest.approx(t, abs=1e-6) for t in expected]
        late = 1.5 if most < 5 else 1.4
        assert first_audio_t(scene) == pytest.approx(late + 0.35 + 0.2, abs=1e-6)


def test_the_ledger_shows_what_it_cost() -> None:
    scene = turn((0.5, "what is"), (0.95, "what is the whether"), tuning=WITH_TTS, ttft=0.1, ttfb=0.05)
    account = ledger(scene.session.journal)
    assert [row.outcome for row in account.rows] == ["discarded", "discarded", "adopted"]
    assert account.reasons == {"transcript_changed": 2}
    # the prompts: "Be brief." and the words; the answer: 5 words, all of which had come
    assert account.burned_prompt_tokens == (2 + 2) + (2 + 4)
    assert account.burned_completion_tokens == 5 + 5
    assert account.burned_characters == 2 * len(ANSWER)
    assert not account.tokens_estimated
    assert account.rows[-1].lead_s == pytest.approx(0.1, abs=1e-6)


def test_what_is_cancelled_in_its_middle_is_estimated() -> None:
    scene = turn((0.95, "what is the whether"), ttft=0.35)
    assert [done.cancelled for done in scene.of(LlmDone)] == [True, False]
    account = ledger(scene.session.journal)
    assert account.tokens_estimated and account.burned_completion_tokens == 0
    assert account.burned_prompt_tokens > 0


def test_it_saves_what_the_ledger_says() -> None:
    scene = turn((0.95, WORDS))
    (row,) = ledger(scene.session.journal).rows
    without = turn((0.95, WORDS), tuning=Tuning())
    assert row.saved_s == pytest.approx(first_audio_t(without) - first_audio_t(scene), abs=1e-6)


def test_with_final_words_only_interim_ones_begin_nothing() -> None:
    assert begun(turn((0.2, WORDS), tuning=ON)) == [pytest.approx(FINAL_T, abs=1e-6)]
    assert begun(turn((0.2, WORDS), tuning=Tuning())) == []
    off = INTERIM.replace({"preemption.enabled": False})
    assert begun(turn((0.2, WORDS), tuning=off)) == []


@pytest.mark.parametrize(
    "changes",
    [{"preemption.trigger": "final"}, {"preemption.enabled": False}],
)
def test_turned_off_while_the_words_hold_still(changes: dict[str, Any]) -> None:
    async def act(scene: Scene) -> None:
        scene.user.speak(WORDS, 1.0)
        await asyncio.sleep(1.0)
        scene.session.tuning = scene.session.tuning.replace(changes)
        await asyncio.sleep(5.0)

    scene = hold(act, tuning=INTERIM, stt=tells((0.95, WORDS, False), (FINAL_T, WORDS, True)))
    assert begun(scene) == ([pytest.approx(FINAL_T, abs=1e-6)] if "preemption.trigger" in changes else [])


def test_the_length_of_the_speech_counts_for_it_too() -> None:
    tuning = INTERIM.replace({"preemption.max_speech_duration_s": 0.5})
    assert begun(turn((0.1, "what"), (0.95, WORDS), tuning=tuning)) == [pytest.approx(0.3, abs=1e-6)]


def test_a_turn_cleared_while_the_words_hold_still() -> None:
    async def act(scene: Scene) -> None:
        scene.user.speak(WORDS, 1.0)
        await asyncio.sleep(1.05)
        scene.session.clear_user_turn()
        await asyncio.sleep(5.0)

    scene = hold(act, tuning=INTERIM, stt=tells((0.95, WORDS, False)))
    assert begun(scene) == [] and scene.of(TurnCommitted) == []


def test_final_words_and_interim_ones_behind_them() -> None:
    """A long turn: its first sentence is final, the second one is shown. The attempt answers both."""

    async def act(scene: Scene) -> None:
        await scene.ask("a b", 1.0)
        await asyncio.sleep(5.0)

    stt = tells((0.4, "what is", True), (0.95, "the weather", False), (FINAL_T, "the weather", True))
    scene = hold(act, tuning=INTERIM, stt=stt)
    assert begun(scene) == [pytest.approx(0.4, abs=1e-6), pytest.approx(1.15, abs=1e-6)]
    assert len(scene.of(PreemptionAdopted)) == 1
    assert scene.said()[0] == ("user", WORDS)


def test_no_attempt_while_the_agent_speaks() -> None:
    async def act(scene: Scene) -> None:
        scene.session.say("One two three four five six seven eight nine ten eleven.", allow_interruptions=False)
        await asyncio.sleep(0.0)
        await scene.ask(WORDS)
        await asyncio.sleep(6.0)

    scene = hold(act, tuning=INTERIM, stt=tells((0.95, WORDS, False), (FINAL_T, WORDS, True)))
    assert begun(scene) == []
