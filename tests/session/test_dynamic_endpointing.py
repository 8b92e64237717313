"""The shortest endpointing delay is learned from the user's pauses, and settings hold from the moment they are changed.

Every turn here is in two parts with a pause between; d_vad is 0.3 s, so that the second part's end is known then. The
LLM is slow, so that the agent is not heard in the pause unless the test says so.
"""

from __future__ import annotations

import asyncio

import pytest

from kit import Tuning
from kit.session.records import SpeechStarted, TurnCommitted
from tests.session.scenes import Scene, hold

DYNAMIC = Tuning().replace({"endpointing.mode": "dynamic", "endpointing.alpha": 0.5})
SLOW = 60.0


async def in_two_parts(scene: Scene, pause_s: float, *, wait_s: float = 6.0) -> float:
    """The user speaks, pauses and goes on. Returns the end of the speech."""
    await scene.ask("what is")
    await asyncio.sleep(pause_s)
    await scene.ask("the weather")
    ended_t = asyncio.get_running_loop().time()
    await asyncio.sleep(wait_s)
    return ended_t


def last_delay_s(scene: Scene) -> float:
    """How long after the end of the speech the last turn was committed."""
    turn = scene.of(TurnCommitted)[-1]
    return turn.t - turn.audio_t


def delay_after(pauses_s: list[float], tuning: Tuning, **options: float) -> float:
    """The delay of the turn whose pause is the last of these."""

    async def act(scene: Scene) -> None:
        for pause_s in pauses_s:
            await in_two_parts(scene, pause_s)

    return last_delay_s(hold(act, tuning=tuning, **{"ttft": SLOW, **options}))


def test_a_pause_within_a_turn_is_learned() -> None:
    assert delay_after([0.9], DYNAMIC) == pytest.approx(0.5 * 0.5 + 0.5 * 0.9, abs=1e-6)


def test_a_short_pause_never_lowers_it_below_the_setting() -> None:
    assert delay_after([0.4], DYNAMIC) == pytest.approx(0.5, abs=1e-6)


def test_it_grows_with_each_pause() -> None:
    """The silence between two turns, here of 6 s, is a pause too where the agent did not speak in it."""
    tuning = DYNAMIC.replace({"endpointing.alpha": 0.9, "endpointing.max_delay_s": 10.0})
    first = 0.9 * 0.5 + 0.1 * 0.9
    between = 0.9 * first + 0.1 * 6.0
    second = 0.9 * between + 0.1 * 0.9
    assert delay_after([0.9], tuning) == pytest.approx(first, abs=1e-6)
    assert delay_after([0.9, 0.9], tuning) == pytest.approx(second, abs=1e-6)


def test_it_never_grows_above_the_longest_delay() -> None:
    tuning = DYNAMIC.replace({"endpointing.max_delay_s": 1.0})
    assert delay_after([2.5], tuning) == pytest.approx(1.0, abs=1e-6)
    assert delay_after([2.5, 2.5, 2.5], tuning) == pytest.approx(1.0, abs=1e-6)


def test_it_shrinks_again() -> None:
    """A user who pauses for long, then for short: the mean follows, at once once it is below the longest delay."""
    tuning = DYNAMIC.replace({"endpointing.max_delay_s": 1.0})

    async def act(scene: Scene) -> None:
        await in_two_parts(scene, 0.9, wait_s=0.6)
        for _ in range(6):
            await scene.ask("and", 0.4)
            await asyncio.sleep(0.4)
        await scene.ask("that is all", 0.4)
        await asyncio.sleep(6.0)

    assert last_delay_s(hold(act, tuning=tuning, ttft=SLOW)) == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize("alpha", [0.0, 0.25, 0.9, 1.0])
def test_alpha_is_the_weight_of_what_was_before(alpha: float) -> None:
    tuning = DYNAMIC.replace({"endpointing.alpha": alpha})
    assert delay_after([0.9], tuning) == pytest.approx(alpha * 0.5 + (1 - alpha) * 0.9, abs=1e-6)


def test_a_fixed_delay_learns_nothing() -> None:
    assert delay_after([0.9], Tuning()) == pytest.approx(0.5, abs=1e-6)
    assert delay_after([0.9, 0.9, 0.9], Tuning()) == pytest.approx(0.5, abs=1e-6)


def test_the_silence_in_which_the_agent_answers_is_no_pause() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask()
        await asyncio.sleep(5.0)  # the answer is heard from 2.05 to 3.45
        await scene.ask("and tomorrow")
        await asyncio.sleep(5.0)

    scene = hold(act, tuning=DYNAMIC)
    assert [turn.t - turn.audio_t for turn in scene.of(TurnCommitted)] == [pytest.approx(0.5, abs=1e-6)] * 2


def test_an_answer_that_the_user_speaks_over_at_once_came_too_early() -> None:
    """It begins 1.05 s after the first part, the user goes on 0.2 s later: the pause was 1.25 s."""

    async def act(scene: Scene) -> None:
        await in_two_parts(scene, 1.25)

    scene = hold(act, tuning=DYNAMIC)
    assert scene.of(SpeechStarted)[0].t == pytest.approx(2.05, abs=1e-6)
    assert last_delay_s(scene) == pytest.approx(0.5 * 0.5 + 0.5 * 1.25, abs=1e-6)


def test_an_answer_that_the_user_interrupts_later_did_not() -> None:
    async def act(scene: Scene) -> None:
        await in_two_parts(scene, 1.05 + 0.8)

    assert last_delay_s(hold(act, tuning=DYNAMIC)) == pytest.approx(0.5, abs=1e-6)


def test_what_was_learned_lasts_over_a_hand_over() -> None:
    from kit import Agent

    async def act(scene: Scene) -> None:
        await in_two_parts(scene, 0.9, wait_s=1.0)
        scene.session.update_agent(Agent(id="second"))
        await asyncio.sleep(0.5)
        await scene.ask("go on")
        await asyncio.sleep(6.0)

    tuning = DYNAMIC.replace({"endpointing.alpha": 1.0})
    plain = last_delay_s(hold(act, tuning=tuning, ttft=SLOW))
    learned = last_delay_s(hold(act, tuning=DYNAMIC, ttft=SLOW))
    assert plain == pytest.approx(0.5, abs=1e-6)
    assert learned == pytest.approx(0.5 * 0.7 + 0.5 * 1.5, abs=1e-6)


# settings changed live


def changed_while_waiting(changes: dict[str, object], after_s: float, tuning: Tuning) -> float:
    """The delay of a turn in which the settings are changed `after_s` after the end of the speech."""

    async def act(scene: Scene) -> None:
        await in_two_parts(scene, 0.9, wait_s=after_s)
        scene.session.tuning = scene.session.tuning.replace(changes)
        await asyncio.sleep(6.0)

    return last_delay_s(hold(act, tuning=tuning, ttft=SLOW))


def test_to_fixed_while_the_turn_waits() -> None:
    assert changed_while_waiting({"endpointing.mode": "fixed"}, 0.4, DYNAMIC) == pytest.approx(0.5, abs=1e-6)
    assert changed_while_waiting({"endpointing.mode": "fixed"}, 0.6, DYNAMIC) == pytest.approx(0.6, abs=1e-6)


def test_to_dynamic_and_back_keeps_what_was_learned() -> None:
    async def act(scene: Scene) -> None:
        dynamic = scene.session.tuning
        await in_two_parts(scene, 0.9, wait_s=0.4)
        scene.session.tuning = dynamic.replace({"endpointing.mode": "fixed"})
        scene.session.tuning = dynamic
        await asyncio.sleep(6.0)

    assert last_delay_s(hold(act, tuning=DYNAMIC, ttft=SLOW)) == pytest.approx(0.7, abs=1e-6)


def test_nothing_is_learned_while_it_is_fixed() -> None:
    async def act(scene: Scene) -> None:
        await in_two_parts(scene, 0.9, wait_s=2.0)
        scene.session.tuning = DYNAMIC.replace({"endpointing.alpha": 1.0})
        await scene.ask("go on")
        await asyncio.sleep(6.0)

    assert last_delay_s(hold(act, tuning=Tuning(), ttft=SLOW)) == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize(("min_delay_s", "after_s", "expected_s"), [(1.5, 0.4, 1.5), (0.35, 0.4, 0.4), (0.0, 0.4, 0.4)])
@pytest.mark.parametrize("mode", ["fixed", "dynamic"])
def test_the_shortest_delay_while_the_turn_waits(
    mode: str, min_delay_s: float, after_s: float, expected_s: float
) -> None:
    tuning = Tuning().replace({"endpointing.mode": mode, "endpointing.alpha": 1.0})
    changed = changed_while_waiting({"endpointing.min_delay_s": min_delay_s}, after_s, tuning)
    floor_s = 0.5 if mode == "dynamic" else 0.0  # what was learned is at least what was set then
    assert changed == pytest.approx(max(expected_s, floor_s), abs=1e-6)


def test_the_longest_delay_bounds_what_was_learned_at_once() -> None:
    changes = {"endpointing.max_delay_s": 0.6}
    assert changed_while_waiting(changes, 0.4, DYNAMIC) == pytest.approx(0.6, abs=1e-6)
