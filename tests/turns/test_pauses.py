"""What a dynamic delay learns: from which silences, how much, and between which bounds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.tuning import Endpointing as Settings
from kit.turns.pauses import Pauses

DYNAMIC = Settings(min_delay_s=0.5, max_delay_s=3.0, mode="dynamic", alpha=0.9)

settings = st.builds(
    Settings,
    min_delay_s=st.floats(0, 1),
    max_delay_s=st.floats(1, 5),
    mode=st.just("dynamic"),
    alpha=st.floats(0, 1),
)


@dataclass(frozen=True)
class Silence:
    """Between two speeches of the user. `agent`: when the agent begins to speak in it, as a part of it, if it does;
    `ends`: whether it says all that it wants before the user goes on."""

    length_s: float
    agent: float | None = None
    ends: bool = True


silences = st.lists(
    st.one_of(
        st.builds(Silence, st.floats(0.01, 10)),
        st.builds(Silence, st.floats(0.01, 10), st.floats(0.01, 0.99), st.booleans()),
    ),
    min_size=1,
    max_size=8,
)


def live(pauses: Pauses, silence: Silence, t: float, rules: Settings) -> float:
    """The user has fallen silent at `t`, and speaks for a second after the silence. Returns when that is over."""
    if silence.agent is not None:
        pauses.agent_started(t + silence.agent * silence.length_s)
        if silence.ends:
            pauses.agent_ended()
    pauses.speech_started(t + silence.length_s)
    pauses.speech_ended(t + silence.length_s + 1.0, rules)
    return t + silence.length_s + 1.0


def begun(rules: Settings) -> Pauses:
    """A user who has spoken from 0 to 1."""
    pauses = Pauses()
    pauses.speech_started(0.0)
    pauses.speech_ended(1.0, rules)
    return pauses


def clamped(value_s: float, rules: Settings) -> float:
    return min(max(value_s, rules.min_delay_s), rules.max_delay_s)


@given(silences, settings, settings)
def test_it_keeps_between_its_bounds_whatever_is_learned(
    spoken: list[Silence], rules: Settings, later: Settings
) -> None:
    pauses, t = begun(rules), 1.0
    for silence in spoken:
        t = live(pauses, silence, t, rules)
        for asked in (rules, later):
            assert asked.min_delay_s <= pauses.shortest_delay_s(asked) <= asked.max_delay_s


@given(silences, settings)
def test_it_is_fixed_where_it_is_not_dynamic(spoken: list[Silence], rules: Settings) -> None:
    fixed = replace(rules, mode="fixed")
    pauses, t = begun(fixed), 1.0
    for silence in spoken:
        t = live(pauses, silence, t, fixed)
        assert pauses.shortest_delay_s(fixed) == rules.min_delay_s
    assert pauses.shortest_delay_s(rules) == rules.min_delay_s, "nothing is learned while it is fixed"


@given(st.lists(st.floats(0.01, 10), min_size=1, max_size=8), settings)
def test_each_pause_moves_it_towards_that_pause(lengths: list[float], rules: Settings) -> None:
    pauses, t = begun(rules), 1.0
    for length_s in lengths:
        before_s = pauses.shortest_delay_s(rules)
        t = live(pauses, Silence(length_s), t, rules)
        after_s, wanted_s = pauses.shortest_delay_s(rules), clamped(length_s, rules)
        assert abs(after_s - wanted_s) <= abs(before_s - wanted_s) + 1e-9
        assert min(before_s, wanted_s) - 1e-9 <= after_s <= max(before_s, wanted_s) + 1e-9


@given(st.floats(0.6, 2.9))
def test_it_comes_to_the_pauses_that_a_user_always_makes(length_s: float) -> None:
    pauses, t = begun(DYNAMIC), 1.0
    for _ in range(80):
        t = live(pauses, Silence(length_s), t, DYNAMIC)
    assert pauses.shortest_delay_s(DYNAMIC) == pytest.approx(length_s, abs=0.01)


@given(st.floats(0.01, 10), settings)
def test_alpha_is_the_weight_of_what_was_before(length_s: float, rules: Settings) -> None:
    pauses = begun(rules)
    live(pauses, Silence(length_s), 1.0, rules)
    mean_s = rules.alpha * rules.min_delay_s + (1 - rules.alpha) * length_s
    assert pauses.shortest_delay_s(rules) == pytest.approx(clamped(mean_s, rules))


@given(st.floats(0.01, 10), st.floats(0.01, 0.99), settings)
def test_a_silence_that_the_agent_filled_teaches_nothing(length_s: float, agent: float, rules: Settings) -> None:
    pauses = begun(rules)
    live(pauses, Silence(length_s, agent, ends=True), 1.0, rules)
    assert pauses.shortest_delay_s(rules) == rules.min_delay_s


@pytest.mark.parametrize(("went_on_after_s", "learned"), [(0.3, True), (0.5, True), (0.7, False)])
def test_a_silence_that_the_agent_cut_short_was_a_pause_if_the_user_goes_on_at_once(
    went_on_after_s: float, learned: bool
) -> None:
    """Within the delay: a user who had said all would have listened."""
    pauses = begun(DYNAMIC)
    pauses.agent_started(2.0)
    pauses.speech_started(2.0 + went_on_after_s)
    pauses.speech_ended(4.0, DYNAMIC)
    expected_s = 0.9 * 0.5 + 0.1 * (1.0 + went_on_after_s) if learned else 0.5
    assert pauses.shortest_delay_s(DYNAMIC) == pytest.approx(expected_s)


def test_speech_that_goes_on_has_no_pause() -> None:
    """A beginning at or before the last end, as two detectors may tell it."""
    pauses = begun(DYNAMIC)
    pauses.speech_started(1.0)
    pauses.speech_ended(2.0, DYNAMIC)
    pauses.speech_started(1.5)
    pauses.speech_ended(3.0, DYNAMIC)
    assert pauses.shortest_delay_s(DYNAMIC) == 0.5


@given(silences, settings)
def test_what_is_told_twice_is_learned_once(spoken: list[Silence], rules: Settings) -> None:
    once, twice, t = begun(rules), begun(rules), 1.0
    for silence in spoken:
        live(once, silence, t, rules)
        if silence.agent is not None:
            for _ in range(2):
                twice.agent_started(t + silence.agent * silence.length_s)
            for _ in range(2 * silence.ends):
                twice.agent_ended()
        start = t + silence.length_s
        for _ in range(2):
            twice.speech_started(start)
        for _ in range(2):
            twice.speech_ended(start + 1.0, rules)
        t = start + 1.0
        assert once.shortest_delay_s(rules) == twice.shortest_delay_s(rules)


@given(silences, settings, st.integers(1, 5))
def test_asking_teaches_nothing(spoken: list[Silence], rules: Settings, times: int) -> None:
    asked, silent, t = begun(rules), begun(rules), 1.0
    for silence in spoken:
        live(silent, silence, t, rules)
        t = live(asked, silence, t, rules)
        assert {asked.shortest_delay_s(rules) for _ in range(times)} == {silent.shortest_delay_s(rules)}
