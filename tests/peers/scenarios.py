"""All scenarios."""

from __future__ import annotations

from tests.peers import cases_interruptions, cases_speeches, cases_tools, cases_turns
from tests.peers.scenario import Scenario

SCENARIOS: tuple[Scenario, ...] = (
    *cases_turns.CASES,
    *cases_interruptions.CASES,
    *cases_speeches.CASES,
    *cases_tools.CASES,
)
assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS), "two scenarios have one name"
