"""What is measured, how often, and what is to be reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Party = Literal["kit", "livekit-agents", "limit"]
PARTIES: tuple[Party, ...] = ("kit", "livekit-agents", "limit")
Options = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """A job of `jobs.py` with each party's options. The parties take turns, `rounds` times, each in a fresh process."""

    job: str
    options: Mapping[Party, Options]
    rounds: int = 3


@dataclass(frozen=True, slots=True)
class Target:
    """A bound for the kit's figure; or for how many times better it is than livekit-agents', if `of` says so."""

    bound: float
    of: Literal["figure", "times better"] = "figure"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `keys` leads to the figure in what the run gives."""

    title: str
    run: str
    keys: tuple[str, ...]
    unit: str = ""
    better: Literal["lower", "higher"] = "lower"
    target: Target | None = None


@dataclass(slots=True)
class Result:
    row: Row
    figures: dict[Party, float] = field(default_factory=dict)

    @property
    def times_better(self) -> float | None:
        """The kit against livekit-agents; below 1 is worse."""
        kit, peer = self.figures.get("kit"), self.figures.get("livekit-agents")
        if not kit or not peer:
            return None
        return peer / kit if self.row.better == "lower" else kit / peer

    @property
    def reached(self) -> bool | None:
        """None where there is no target. What could not be measured is not reached."""
        target = self.row.target
        if target is None:
            return None
        if target.of == "times better":
            return self.times_better is not None and self.times_better >= target.bound
        figure = self.figures.get("kit")
        if figure is None:
            return False
        return figure <= target.bound if self.row.better == "lower" else figure >= target.bound


def _each(**options: Any) -> dict[Party, Options]:
    return dict.fromkeys(PARTIES, options)


RUNS: Mapping[str, Run] = {
    "first audio": Run("first_audio", _each(turns=200, rest_s=0.001, pause_s=0.0)),
    "first audio, rested": Run("first_audio", _each(turns=80, rest_s=0.008, pause_s=0.002)),
    "lifecycle": Run(
        "lifecycle", {"kit": {"sessions": 50}, "livekit-agents": {"sessions": 2}, "limit": {"sessions": 50}}, rounds=2
    ),
    "turns": Run("virtual", _each(turns=200, frame_in_s=0)),
    "audio": Run(
        "virtual",
        {
            "kit": {"turns": 300, "frame_in_s": 0.1, "simulated": True},
            "livekit-agents": {"turns": 60, "frame_in_s": 0.02},
            "limit": {"turns": 300, "frame_in_s": 0.1},
        },
    ),
    "audio, same frames": Run(
        "virtual",
        {
            "kit": {"turns": 300, "frame_in_s": 0.1, "simulated": True},
            "livekit-agents": {"turns": 60, "frame_in_s": 0.1},
            "limit": {"turns": 300, "frame_in_s": 0.1},
        },
        rounds=1,
    ),
    "memory": Run(
        "memory",
        {
            "kit": {"turns": 10_000, "traced": False},
            "livekit-agents": {"turns": 300, "traced": False},
            "limit": {"turns": 10_000, "traced": False},
        },
        rounds=1,
    ),
    "objects": Run(
        "memory",
        {
            "kit": {"turns": 1_000, "traced": True},
            "livekit-agents": {"turns": 100, "traced": True},
            "limit": {"turns": 1_000, "traced": True},
        },
        rounds=1,
    ),
    "timing": Run("timing", {"kit": {"simulated": True}, "livekit-agents": {}}, rounds=1),
}

IMPORT_ROUNDS = 7

IMPORTS: Mapping[Party, str] = {
    "kit": "from kit import AgentSession",
    "livekit-agents": "from livekit.agents import AgentSession",
    "limit": "import asyncio",
}

HEAVY_MODULES = ("jupyter", "IPython", "matplotlib", "av", "pandas", "scipy")
"""What `from kit import AgentSession` must not load."""

ROWS: Sequence[Row] = (
    Row("import of AgentSession", "import", ("wall_ms",), "ms", target=Target(6, "times better")),
    Row("import, peak memory", "import", ("peak_rss_mb",), "MB", target=Target(50)),
    Row("import, heavy modules loaded", "import", ("heavy_modules",), target=Target(0)),
    Row("first audio, voice turn, p50", "first audio", ("instant_turn", "p50_ms"), "ms", target=Target(0.5)),
    Row("first audio, voice turn, p95", "first audio", ("instant_turn", "p95_ms"), "ms"),
    Row("first audio, voice turn, worst", "first audio", ("instant_turn", "max_ms"), "ms"),
    Row("CPU a voice turn", "first audio", ("instant_turn", "cpu_ms"), "ms", target=Target(0.7)),
    Row("after a rest: first audio, p50", "first audio, rested", ("instant_turn", "p50_ms"), "ms", target=Target(0.5)),
    Row("after a rest: CPU a voice turn", "first audio, rested", ("instant_turn", "cpu_ms"), "ms"),
    Row("first audio, say(), p50", "first audio", ("say", "p50_ms"), "ms", target=Target(0.5)),
    Row("first audio, generate_reply(), p50", "first audio", ("generate_reply", "p50_ms"), "ms", target=Target(0.5)),
    Row("open a session, p50", "lifecycle", ("open", "p50_ms"), "ms", target=Target(2)),
    Row("close a session, p50", "lifecycle", ("close", "p50_ms"), "ms", target=Target(2)),
    Row("virtual time", "turns", ("turns_per_cpu_s",), "turns/CPU s", "higher", Target(2000)),
    Row("virtual time, audio in and out", "audio", ("times_real",), "× real time", "higher", Target(2000)),
    Row("the same, livekit-agents in 0.1 s frames too", "audio, same frames", ("times_real",), "× real time", "higher"),
    Row("memory, resident", "memory", ("kib_per_turn",), "KiB a turn", target=Target(8)),
    Row("memory, Python objects", "objects", ("kib_per_turn",), "KiB a turn", target=Target(8)),
    Row("tasks left after the close", "memory", ("tasks_left",), target=Target(0)),
    Row("timing table, largest error", "timing", ("max_error_us",), "µs", target=Target(1)),
    Row("same seed, runs that differ", "determinism", ("differing_runs",), target=Target(0)),
)
