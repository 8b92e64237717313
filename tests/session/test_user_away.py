"""The user is away once both have only listened for a while, and is back by speaking."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kit.models.simulated import SimulatedSTT
from kit.ports import SpeechEventType
from kit.session.records import UserState
from tests.session.scenes import Scene, hold

TIMEOUT_S = 5.0
LONG = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen."
LONG_S = len(LONG) / 15
ANSWERED_S = 0.5 + 0.35 + 0.2 + len("It is sunny in Paris.") / 15
"""From the end of the user's speech to the end of the answer."""


def states(scene: Scene) -> list[tuple[str, float]]:
    """The user's states, each with the time since which it holds."""
    return [(record.new, record.t) for record in scene.of(UserState)]


def away_at(scene: Scene) -> list[float]:
    return [t for state, t in states(scene) if state == "away"]


def test_after_fifteen_seconds_where_nothing_else_is_said() -> None:
    assert away_at(hold(lambda scene: asyncio.sleep(14.99))) == []
    assert away_at(hold(lambda scene: asyncio.sleep(15.01))) == [pytest.approx(15.0, abs=1e-6)]


def test_the_application_and_the_journal_are_told() -> None:
    told: list[tuple[str, str, float]] = []

    async def act(scene: Scene) -> None:
        now = asyncio.get_running_loop().time
        scene.session.on("user_state_changed", lambda event: told.append((event.old_state, event.new_state, now())))
        await asyncio.sleep(TIMEOUT_S - 0.01)
        assert scene.session.user_state == "listening"
        await asyncio.sleep(0.02)
        assert scene.session.user_state == "away"

    scene = hold(act, user_away_timeout=TIMEOUT_S)
    assert told == [("listening", "away", pytest.approx(TIMEOUT_S, abs=1e-6))]
    (record,) = scene.of(UserState)
    assert (record.old, record.new, record.t) == ("listening", "away", pytest.approx(TIMEOUT_S, abs=1e-6))


def test_none_turns_it_off() -> None:
    assert hold(lambda scene: asyncio.sleep(3600.0), user_away_timeout=None).of(UserState) == []


def test_it_is_told_once() -> None:
    scene = hold(lambda scene: asyncio.sleep(60.0), user_away_timeout=TIMEOUT_S)
    assert len(scene.of(UserState)) == 1


def test_back_by_speech_and_away_again() -> None:
    async def act(scene: Scene) -> None:
        await asyncio.sleep(7.0)
        await scene.ask()
        await asyncio.sleep(20.0)

    scene = hold(act, user_away_timeout=TIMEOUT_S)
    spoke_t = scene.of(UserState)[1].t
    assert states(scene) == [
        ("away", pytest.approx(5.0, abs=1e-6)),
        ("speaking", pytest.approx(spoke_t)),
        ("listening", pytest.approx(8.3, abs=1e-6)),
        ("away", pytest.approx(8.0 + ANSWERED_S + TIMEOUT_S, abs=1e-3)),
    ]
    assert 7.0 <= spoke_t <= 7.1 + 1e-6  # with the frame that the speech begins in


def test_it_counts_from_the_end_of_the_agents_speech() -> None:
    async def act(scene: Scene) -> None:
        await asyncio.sleep(4.0)
        scene.session.say(LONG)
        await asyncio.sleep(20.0)

    scene = hold(act, user_away_timeout=TIMEOUT_S)
    assert away_at(scene) == [pytest.approx(4.0 + 0.2 + LONG_S + TIMEOUT_S, abs=1e-3)]


def test_not_while_the_agent_speaks() -> None:
    scene = hold(lambda scene: scene.session.say(LONG).wait_for_playout(), user_away_timeout=1.0)
    assert scene.of(UserState) == []


def test_not_while_the_agent_thinks() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask()
        await asyncio.sleep(8.0)  # the turn is committed 0.5 s after the speech, the answer takes 9 s
        assert scene.session.agent_state == "thinking"

    scene = hold(act, user_away_timeout=1.0, ttft=9.0)
    assert away_at(scene) == []


def test_not_while_the_user_speaks() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask("a long story", 8.0)

    assert away_at(hold(act, user_away_timeout=1.0)) == []


def test_a_voice_without_words_counts_too() -> None:
    async def act(scene: Scene) -> None:
        await asyncio.sleep(3.0)
        await scene.ask("", 0.5)
        await asyncio.sleep(10.0)

    scene = hold(act, user_away_timeout=TIMEOUT_S)
    assert away_at(scene) == [pytest.approx(3.5 + 0.3 + TIMEOUT_S, abs=1e-6)]


def test_each_activity_counts_anew() -> None:
    async def act(scene: Scene) -> None:
        for _ in range(5):
            await scene.ask("", 0.2)
            await asyncio.sleep(4.5)
        await asyncio.sleep(10.0)

    scene = hold(act, user_away_timeout=TIMEOUT_S)
    assert away_at(scene) == [pytest.approx(4 * 4.7 + 0.2 + 0.3 + TIMEOUT_S, abs=1e-6)]


def test_a_user_who_is_away_stays_so_while_the_agent_asks_for_them() -> None:
    async def act(scene: Scene) -> None:
        await asyncio.sleep(6.0)
        await scene.session.say("Are you still there?")
        await asyncio.sleep(20.0)

    scene = hold(act, user_away_timeout=TIMEOUT_S)
    assert [state for state, _ in states(scene)] == ["away"]


def test_the_agent_may_ask_for_the_user_when_told() -> None:
    async def act(scene: Scene) -> None:
        def ask(event: Any) -> None:
            if event.new_state == "away":
                scene.session.generate_reply(instructions="Ask whether the user is still there.")

        scene.session.on("user_state_changed", ask)
        await asyncio.sleep(10.0)

    scene = hold(act, user_away_timeout=TIMEOUT_S, replies="Are you still there?")
    assert scene.said() == [("assistant", "Are you still there?")]


async def only_words(frames: Any) -> Any:
    """Speech to text that tells no beginning and no end of speech."""
    async for event in SimulatedSTT(0.1)(frames):
        if event.type is SpeechEventType.FINAL_TRANSCRIPT:
            yield event


def test_words_that_the_vad_has_missed_bring_the_user_back() -> None:
    async def act(scene: Scene) -> None:
        await asyncio.sleep(7.0)
        await scene.ask()
        await asyncio.sleep(0.2)
        assert scene.session.user_state == "listening"

    scene = hold(act, user_away_timeout=TIMEOUT_S, vad=None, stt=only_words)
    assert [state for state, _ in states(scene)] == ["away", "listening"]


def test_words_that_the_vad_has_missed_count_as_activity() -> None:
    async def act(scene: Scene) -> None:
        await asyncio.sleep(3.0)
        await scene.ask()
        await asyncio.sleep(4.0)

    scene = hold(act, user_away_timeout=TIMEOUT_S, vad=None, stt=only_words, llm=None)
    assert away_at(scene) == []


@pytest.mark.parametrize("seconds", [0.1, 1 / 3, 7.3])
def test_any_timeout(seconds: float) -> None:
    scene = hold(lambda scene: asyncio.sleep(seconds + 0.01), user_away_timeout=seconds)
    assert away_at(scene) == [pytest.approx(seconds, abs=1e-6)]


def test_nobody_is_away_after_the_close() -> None:
    async def act(scene: Scene) -> None:
        await asyncio.sleep(1.0)
        await scene.session.aclose()
        await asyncio.sleep(60.0)

    assert hold(act, user_away_timeout=TIMEOUT_S).of(UserState) == []
