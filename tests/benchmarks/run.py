"""The kit beside its peers and beside the limit, on the same work: `python tests/benchmarks/run.py`.

The peers are livekit-agents, pipecat, and the code of the document that the kit began with. Prints tables and writes
build/bench.json. Ends with 0 also where a target is missed, unless --strict is given; with 2 where something could not
be measured.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import plan
import sound_plan
from gauges import wall
from plan import IMPORT_ROUNDS, PARTIES, Party, Result
from processes import ROOT, Figures, MeasurementFailed, determinism, import_rounds, medians, rounds
from report import as_json, environment, print_results, print_timing, print_verdict
from rich.console import Console
from stage import Stage

RUNS = {**plan.RUNS, **sound_plan.RUNS}
ROWS = (*plan.ROWS, *sound_plan.ROWS)
Samples = dict[str, dict[Party, list[Figures]]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strict", action="store_true", help="end with 1 if a target is missed")
    parser.add_argument("--quick", action="store_true", help="one round of everything")
    parser.add_argument("--only", metavar="NAME", action="append", help="only the runs whose name contains NAME")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench.json", help="where the figures go")
    arguments = parser.parse_args()
    start = wall()
    console = Console(width=None if sys.stdout.isatty() else 144)
    with tempfile.TemporaryDirectory(prefix="kit-bench-") as folder:
        stage = Stage(Path(folder))
        samples, failures = measure(console, stage, only=arguments.only, quick=arguments.quick)
    figures = {run: {party: medians(taken) for party, taken in by.items()} for run, by in samples.items()}
    results = [result for result in find(figures) if result.row.run in samples]
    print_results(console, results, stage.missing)
    if "timing" in figures:
        print_timing(console, figures["timing"])
    print_verdict(console, results)
    for failure in failures:
        console.print(f"[bold red]not measured:[/] {failure}", highlight=False)
    record = {"environment": environment(), "results": as_json(results), "medians": figures, "samples": samples}
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(record | {"took_s": wall() - start, "failures": failures}, indent=1))
    console.print(f"{wall() - start:.0f} s; all figures are in {arguments.out}")
    if failures:
        return 2
    return int(arguments.strict and any(result.reached is False for result in results))


def measure(console: Console, stage: Stage, *, only: list[str] | None, quick: bool) -> tuple[Samples, list[str]]:
    """Everything, run by run. A failure ends its run and is told at the end, as is a party that is not there."""
    samples: Samples = {}
    failures: list[str] = []
    for name, figures in all_runs(stage, quick=quick):
        if only and not any(wanted in name for wanted in only):
            continue
        taken: dict[Party, list[Figures]] = samples.setdefault(name, {})
        with console.status(name) as status:
            try:
                for party, sample in figures:
                    taken.setdefault(party, []).append(sample)
                    status.update(f"{name}: {party}")
            except MeasurementFailed as error:
                failures.append(str(error))
    return samples, [*failures, *(f"{party}: {reason}" for party, reason in stage.missing.items())]


def all_runs(stage: Stage, *, quick: bool) -> Iterator[tuple[str, Iterable[tuple[Party, Figures]]]]:
    """Every run's name, and its figures as they are asked for."""
    yield "import", import_rounds(1 if quick else IMPORT_ROUNDS)
    for name, run in RUNS.items():
        yield name, rounds(run, 1 if quick else run.rounds, stage)
    yield "determinism", (("kit", determinism()) for _ in range(1))


def find(figures: dict[str, dict[Party, Figures]]) -> Iterator[Result]:
    for row in ROWS:
        result = Result(row)
        for party in PARTIES:
            value: Any = figures.get(row.run, {}).get(party)
            for key in row.keys:
                value = value.get(key) if isinstance(value, dict) else None
            if isinstance(value, int | float):
                result.figures[party] = float(value)
        yield result


if __name__ == "__main__":
    sys.exit(main())
