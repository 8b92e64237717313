"""The soak, for a few minutes: it runs, it counts, and it sees what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from kit.session.journal import Journal
from tests.soak import day as soak
from tests.soak.plays import run_seed, told


def test_an_hour_has_faults_and_an_end() -> None:
    day = soak.live(turns=100, hours=0.2, seed=3)
    assert day.turns >= 100 and day.virtual_s >= 720
    assert day.counts["turn_committed"] == day.turns
    assert all(sum(faults.values()) > 0 for faults in day.faults.values()), "every model fails"
    assert all(sum(day.faults[name].values()) <= calls for name, calls in day.calls.items())
    assert day.counts["preemption_adopted"] and day.counts["user_interrupted"] and day.counts["tool_called"]
    assert 0 < day.longest_s < soak.LONGEST_S


def test_two_runs_of_a_seed_are_the_same() -> None:
    def lived() -> dict[str, Any]:
        return vars(soak.live(turns=30, hours=0.0, seed=5)) | {"cpu_s": 0.0, "kib_a_turn": 0.0}

    assert lived() == lived()


def test_it_sees_a_session_that_forgets_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """One end of a request in fifty is left out of the journal."""
    append, ends = Journal.append, []

    def forgetful(self: Journal, record: Any) -> None:
        if record.type == "llm_done":
            ends.append(record)
            if len(ends) % 50 == 0:
                return
        append(self, record)

    monkeypatch.setattr(Journal, "append", forgetful)
    with pytest.raises(AssertionError, match="requests without a whole life"):
        soak.live(turns=60, hours=0.0, seed=3)
    failures = told(run_seed(1, 60).failures)
    assert failures and "requests without a whole life" in failures[0]["message"]
    assert failures[0]["play"].startswith("Plan(")
