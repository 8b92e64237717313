"""Plays in any order by the thousand, on every core, each kind of failure told once and as short as it can be made.

The plays are those of `tests/session/any_order`. A seed is a run of Hypothesis: the same seed, the same plays.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.benchmarks.gauges import cpu
from tests.session.any_order.plan import Plan, plans
from tests.session.any_order.shrinking import Failure, describe, shrink, written
from tests.session.any_order.stage import play

PLAYS_A_SEED = 250
STUCK_S = 600.0
"""Real seconds for the plays of a seed. A loop without an end, which virtual time cannot see, is ended by that."""


@dataclass
class Tally:
    """What came of some plays. `failures`: by kind, each with the seed that it came from."""

    plays: int = 0
    failed: int = 0
    turns: int = 0
    speeches: int = 0
    errors: int = 0
    virtual_s: float = 0.0
    cpu_s: float = 0.0
    failures: dict[str, tuple[int, Failure]] = field(default_factory=dict)

    def add(self, other: Tally) -> None:
        for name in ("plays", "failed", "turns", "speeches", "errors", "virtual_s", "cpu_s"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.failures = other.failures | self.failures

    def count(self, records: Iterable[Any]) -> None:
        for record in records:
            self.turns += record.type == "turn_committed"
            self.speeches += record.type == "speech_created"
            self.errors += record.type == "error"
            last_t = record.t
        self.virtual_s += last_t


def run_all(count: int, first_seed: int, jobs: int, progress: Callable[[Tally], None]) -> Tally:
    """At least `count` plays, by seeds from `first_seed` on. The failures in it are shrunk."""
    whole = Tally()
    seeds = range(first_seed, first_seed + -(-count // PLAYS_A_SEED))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        running = {pool.submit(run_seed, number, PLAYS_A_SEED): number for number in seeds}
        for done in as_completed(running):
            try:
                whole.add(done.result())
            except BrokenProcessPool:
                number = running[done]
                raise RuntimeError(f"a process ended in the middle, perhaps in the plays of seed {number}") from None
            progress(whole)
        shrunk = {pool.submit(shrink, failure): (kind, number) for kind, (number, failure) in whole.failures.items()}
        for done in as_completed(shrunk):
            kind, number = shrunk[done]
            whole.failures[kind] = (number, done.result())
    return whole


def run_seed(number: int, count: int) -> Tally:
    """So many plays of one seed. A failure is kept, the shortest of its kind, and the next play goes on."""
    faulthandler.dump_traceback_later(STUCK_S, exit=True)
    tally, start = Tally(), cpu()

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(plans)
    def run(plan: Plan) -> None:
        tally.plays += 1
        try:
            tally.count(play(plan).session.journal)
        except Exception as error:
            tally.failed += 1
            failure = Failure(*describe(error), plan)
            known = tally.failures.get(failure.kind)
            if known is None or len(plan.steps) < len(known[1].plan.steps):
                tally.failures[failure.kind] = (number, failure)

    run()
    tally.cpu_s = cpu() - start
    faulthandler.cancel_dump_traceback_later()
    return tally


def told(failures: dict[str, tuple[int, Failure]]) -> list[dict[str, Any]]:
    return [
        {"seed": number, "message": failure.message, "play": written(failure.plan)}
        for number, failure in failures.values()
    ]
