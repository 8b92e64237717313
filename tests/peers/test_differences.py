"""Whoever moves an agent from the kit to livekit-agents may trust what was seen: every difference is known, with its
reason, and every difference that is known is still there."""

from __future__ import annotations

import dataclasses

import pytest

from tests.peers.parties import livekit_version, of_kit, of_livekit
from tests.peers.record import Outcome, differences
from tests.peers.scenarios import SCENARIOS
from tests.peers.table import Entry, Lines, Reason, Table

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
HOW = (
    "Look at both (python -m tests.peers --outcome NAME). If it is right: python -m tests.peers --write, then reasons."
)


@pytest.fixture(scope="module")
def table() -> Table:
    return Table.load()


@pytest.fixture(scope="module")
def livekit() -> dict[str, Outcome]:
    """All scenarios at once, since importing livekit-agents takes seconds."""
    return of_livekit(list(BY_NAME))


def test_the_table_is_of_this_livekit_agents(table: Table) -> None:
    assert table.livekit_agents == livekit_version(), "measure again: python -m tests.peers --write"


def test_every_difference_has_its_reason(table: Table) -> None:
    assert table.problems() == []
    assert [name for name in table.entries if name not in BY_NAME] == []


@pytest.mark.parametrize("name", BY_NAME)
def test_scenario(name: str, table: Table, livekit: dict[str, Outcome]) -> None:
    (ours,) = of_kit([BY_NAME[name]]).values()
    found, known = differences(ours, livekit[name]), table.known(name)
    assert found == known, f"{name}\n{told(found, known)}\n{HOW}"


def told(found: dict[str, Lines], known: dict[str, Lines]) -> str:
    """Both sides of what is not in the table, and of what is no longer so."""
    lines = []
    for state, these, others in (("new", found, known), ("gone", known, found)):
        for field, (ours, theirs) in these.items():
            if others.get(field) != (ours, theirs):
                lines += [f"  {state}: {field}", f"    kit:            {ours}", f"    livekit-agents: {theirs}"]
    return "\n".join(lines)


def test_a_run_of_the_kit_is_the_same_again() -> None:
    scenario = BY_NAME["barge-in: a question"]
    assert of_kit([scenario]) == of_kit([scenario])


def test_a_difference_is_seen(livekit: dict[str, Outcome]) -> None:
    """A kit that answers 10 ms later than it does would fail."""
    scenario = BY_NAME["timing: transcript after 100 ms, preemption off"]
    models = dataclasses.replace(scenario.models, ttft_s=scenario.models.ttft_s + 0.01)
    (later,) = of_kit([dataclasses.replace(scenario, models=models)]).values()
    assert set(differences(later, livekit[scenario.name])) == {"heard", "speeches", "agent_state"}


def test_what_is_new_is_refused_until_a_person_gives_a_reason() -> None:
    before = Table(
        "1", {"slow": Reason("deliberate", "It is slow.")}, {"a": [Entry(["slow"], {"heard": (["1"], ["2"])})]}
    )
    same = before.updated({"a": {"heard": (["1"], ["2"])}})
    assert same.problems() == [] and same.known("a") == {"heard": (["1"], ["2"])}
    changed = before.updated({"a": {"heard": (["1"], ["3"])}, "b": {}})
    assert "'a': no reason is given for heard" in changed.problems()
    assert "nothing differs because of 'slow'" in changed.problems()
    kept = before.updated({"a": {"heard": (["1"], ["3"])}}, keep=True)
    assert kept.problems() == []


def test_a_table_is_read_as_it_was_written(table: Table, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("table") / "again.toml"
    table.save(path)
    assert Table.load(path) == table
