"""The verdict of the benchmarks, and what can be held of them without a clock."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.plan import HEAVY_MODULES, ROWS, RUNS, Party, Result, Row, Target


def result(kit: float | None, peer: float | None, target: Target | None, better: str = "lower") -> Result:
    figures: dict[Party, float] = {}
    if kit is not None:
        figures["kit"] = kit
    if peer is not None:
        figures["livekit-agents"] = peer
    return Result(Row("a job", "a run", ("a",), better=better, target=target), figures)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kit", "peer", "better", "times"),
    [(2, 8, "lower", 4), (8, 2, "higher", 4), (8, 2, "lower", 0.25), (None, 2, "lower", None), (0, 2, "lower", None)],
)
def test_the_ratio_says_how_many_times_better(kit: float | None, peer: float, better: str, times: float | None) -> None:
    assert result(kit, peer, None, better).times_better == times


@pytest.mark.parametrize(
    ("kit", "better", "bound", "reached"),
    [(2, "lower", 2, True), (2.1, "lower", 2, False), (2, "higher", 2, True), (1.9, "higher", 2, False)],
)
def test_a_target_is_a_bound_that_may_be_touched(kit: float, better: str, bound: float, reached: bool) -> None:
    assert result(kit, None, Target(bound), better).reached is reached


def test_a_target_may_be_a_ratio() -> None:
    target = Target(6, "times better")
    assert result(1, 6, target).reached is True
    assert result(1, 5.9, target).reached is False


def test_what_was_not_measured_is_not_reached() -> None:
    assert result(None, 1, Target(1)).reached is False
    assert result(1, None, Target(6, "times better")).reached is False
    assert result(1, None, None).reached is None


def test_every_row_has_its_run() -> None:
    assert {row.run for row in ROWS} == {"import", "determinism", *RUNS}


def test_the_import_loads_nothing_heavy(root: Path) -> None:
    code = "import json, sys; from kit import AgentSession; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert loaded.isdisjoint({*HEAVY_MODULES, "livekit", "numpy", "pydantic"})
