"""Runs scenarios through both parties: the kit here, livekit-agents meanwhile in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

from tests.peers import kit_side
from tests.peers.record import Outcome
from tests.peers.scenario import Scenario

ROOT = Path(__file__).resolve().parents[2]
TIME_LIMIT_S = 300
PROCESSES = 2
"""Most of a run's time is livekit-agents' own work."""


class PeerFailed(RuntimeError):
    """The process that runs livekit-agents ended badly."""


def of_livekit(names: Sequence[str]) -> dict[str, Outcome]:
    """Outcomes by scenario, in the order of the names."""
    shares = [names[number::PROCESSES] for number in range(min(PROCESSES, len(names)))]
    with ThreadPoolExecutor(PROCESSES) as pool:
        outcomes = {name: outcome for share in pool.map(_run, shares) for name, outcome in share.items()}
    return {name: outcomes[name] for name in names}


def _run(names: Sequence[str]) -> dict[str, Outcome]:
    path = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(ROOT))))
    done = subprocess.run(
        [sys.executable, "-m", "tests.peers.livekit_process", *names],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
        check=False,
    )
    if done.returncode:
        raise PeerFailed(f"livekit-agents: exit code {done.returncode}\n{done.stderr.strip()[-3000:]}")
    outcomes: dict[str, Outcome] = json.loads(done.stdout)
    return outcomes


def of_kit(scenarios: Sequence[Scenario]) -> dict[str, Outcome]:
    return {scenario.name: kit_side.run(scenario) for scenario in scenarios}


def livekit_version() -> str:
    return version("livekit-agents")
