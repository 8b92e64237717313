"""Each measurement in a process of its own, the parties taking turns."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from gauges import wall
from plan import HEAVY_MODULES, IMPORT_ROUNDS, IMPORTS, PARTIES, Party, Run

ROOT = Path(__file__).resolve().parents[2]
WORKER = Path(__file__).with_name("worker.py")
TIME_LIMIT_S = 180
Figures = dict[str, Any]


class MeasurementFailed(RuntimeError):
    """A process ended badly. Says which, and how."""


def python(*arguments: str, hash_seed: str = "0", interpreter: str = sys.executable) -> str:
    """Run this Python with the project on its path, or another without, and return what it prints."""
    project = str(ROOT) if interpreter == sys.executable else ""
    environment = os.environ | {"PYTHONPATH": project, "PYTHONHASHSEED": hash_seed}
    try:
        done = subprocess.run(
            [interpreter, *arguments],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise MeasurementFailed(f"{' '.join(arguments)}: no result after {TIME_LIMIT_S} s") from error
    if done.returncode:
        raise MeasurementFailed(f"{' '.join(arguments)}: exit code {done.returncode}\n{done.stderr.strip()[-2000:]}")
    return done.stdout


def worker(
    party: Party, job: str, options: Mapping[str, Any], *, hash_seed: str = "0", interpreter: str = sys.executable
) -> Figures:
    printed = python(str(WORKER), party, job, json.dumps(options), hash_seed=hash_seed, interpreter=interpreter)
    lines = printed.strip().splitlines()
    if not lines:
        raise MeasurementFailed(f"{party}, {job}: no figures")
    figures: Figures = json.loads(lines[-1])
    return figures


class Preparation(Protocol):
    """See `stage.Stage`."""

    def folder(self) -> str: ...
    def interpreter(self, party: Party) -> str | None: ...


def rounds(run: Run, count: int, stage: Preparation) -> Iterator[tuple[Party, Figures]]:
    """Every party's figures, round by round; the first to go changes with each round."""
    interpreters = {party: stage.interpreter(party) for party in PARTIES if party in run.options}
    parties = [party for party, interpreter in interpreters.items() if interpreter]
    files = {"folder": stage.folder()} if run.with_files else {}
    for number in range(count):
        for party in _rotated(parties, number):
            interpreter = interpreters[party] or sys.executable
            yield party, worker(party, run.job, {**run.options[party], **files}, interpreter=interpreter)


def import_rounds(count: int = IMPORT_ROUNDS) -> Iterator[tuple[Party, Figures]]:
    """The wall time of `python -c IMPORT`, less that of a bare interpreter in the same round."""
    parties = list(IMPORTS)
    yield from ((party, _loaded(party)) for party in parties)
    for number in range(count):
        bare_s = _wall_s("pass")
        for party in _rotated(parties, number):
            yield party, {"wall_ms": (_wall_s(IMPORTS[party]) - bare_s) * 1e3, "bare_ms": bare_s * 1e3}


def determinism() -> Figures:
    """Two processes with one seed, and with different hash seeds, must leave the same bytes."""
    runs = [
        worker("kit", "fingerprint", {"seed": 7, "simulated": True}, hash_seed=hash_seed) for hash_seed in ("0", "1")
    ]
    other = worker("kit", "fingerprint", {"seed": 8, "simulated": True})
    for run in (*runs, other):
        run.pop("peak_rss_kib")
    if other["journal"] == runs[0]["journal"]:
        raise MeasurementFailed("determinism: another seed gave the same journal, so the comparison shows nothing")
    return {"differing_runs": int(runs[0] != runs[1]), "runs": runs}


def medians(samples: Sequence[Figures]) -> Figures:
    """The median of every number, at the same place in each sample; of anything else, the first."""
    first = samples[0]
    merged: Figures = {}
    for key in dict.fromkeys(key for sample in samples for key in sample):
        values = [sample[key] for sample in samples if key in sample]
        if isinstance(values[0], Mapping):
            merged[key] = medians(values)
        elif isinstance(values[0], int | float):
            merged[key] = statistics.median(values)
        else:
            merged[key] = first.get(key, values[0])
    return merged


def _rotated(parties: Sequence[Party], by: int) -> list[Party]:
    at = by % max(1, len(parties))
    return [*parties[at:], *parties[:at]]


def _wall_s(code: str) -> float:
    start = wall()
    python("-c", code)
    return wall() - start


def _loaded(party: Party) -> Figures:
    """Peak memory and loaded modules after the import. This run also warms the caches of the timed ones."""
    code = (
        f"{IMPORTS[party]}\nimport sys, json\n"
        "peak = [l for l in open('/proc/self/status') if l.startswith('VmHWM')][0].split()[1]\n"
        "print(json.dumps([int(peak), sorted(sys.modules)]))"
    )
    peak_kib, modules = json.loads(python("-c", code))
    heavy = [name for name in HEAVY_MODULES if any(m == name or m.startswith(name + ".") for m in modules)]
    return {
        "peak_rss_mb": peak_kib * 1024 / 1e6,
        "modules": len(modules),
        "heavy_modules": len(heavy),
        "heavy_module_names": heavy,
    }
