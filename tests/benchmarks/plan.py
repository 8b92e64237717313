"""What is measured, how often, and what is to be reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Party = Literal["kit", "the seed", "livekit-agents", "pipecat", "limit"]
PARTIES: tuple[Party, ...] = ("kit", "the seed", "livekit-agents", "pipecat", "limit")
SESSION_PARTIES: tuple[Party, ...] = ("kit", "livekit-agents", "limit")
Options = Mapping[str, Any]

SESSION = "A session"
"""The topic of the rows below: each topic has a table."""


@dataclass(frozen=True, slots=True)
class Run:
    """A job of `jobs.py` or `sound_jobs.py` with each party's options.

    The parties take turns, `rounds` times, each in a fresh process. `with_files`: the job is also told the `folder` of
    the sound files.
    """

    job: str
    options: Mapping[Party, Options]
    rounds: int = 3
    with_files: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A bound for the kit's figure; or for how many times better it is than another's, if `of` says so."""

    bound: float
    of: Literal["figure", "times better"] = "figure"
    than: Party = "livekit-agents"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `keys` leads to the figure in what the run gives."""

    title: str
    run: str
    keys: tuple[str, ...]
    unit: str = ""
    better: Literal["lower", "higher"] = "lower"
    target: Target | Sequence[Target] | None = None
    topic: str = SESSION

    @property
    def targets(self) -> Sequence[Target]:
        if self.target is None:
            return ()
        return (self.target,) if isinstance(self.target, Target) else self.target


@dataclass(slots=True)
class Result:
    row: Row
    figures: dict[Party, float] = field(default_factory=dict)

    @property
    def times_better(self) -> float | None:
        """The kit against the best of the others, the limit aside; below 1 is worse."""
        ratios = [self.times_better_than(party) for party in PARTIES if party not in ("kit", "limit")]
        return min((ratio for ratio in ratios if ratio is not None), default=None)

    def times_better_than(self, party: Party) -> float | None:
        """Below 1 the kit is worse. None where one of both is 0, or was not measured."""
        kit, peer = self.figures.get("kit"), self.figures.get(party)
        if not kit or not peer:
            return None
        return peer / kit if self.row.better == "lower" else kit / peer

    @property
    def reached(self) -> bool | None:
        """None where there is no target. What could not be measured is not reached."""
        targets = self.row.targets
        return all(self._reaches(target) for target in targets) if targets else None

    def _reaches(self, target: Target) -> bool:
        if target.of == "times better":
            ratio = self.times_better_than(target.than)
            return ratio is not None and ratio >= target.bound
        figure = self.figures.get("kit")
        if figure is None:
            return False
        return figure <= target.bound if self.row.better == "lower" else figure >= target.bound


def each(*parties: Party, **options: Any) -> dict[Party, Options]:
    """The same options for each of the parties; by default, of those that have sessions."""
    return dict.fromkeys(parties or SESSION_PARTIES, options)


RUNS: Mapping[str, Run] = {
    "first audio": Run("first_audio", each(turns=200, rest_s=0.001, pause_s=0.0)),
    "first audio, rested": Run("first_audio", each(turns=80, rest_s=0.008, pause_s=0.002)),
    "lifecycle": Run(
        "lifecycle", {"kit": {"sessions": 50}, "livekit-agents": {"sessions": 2}, "limit": {"sessions": 50}}, rounds=2
    ),
    "turns": Run("virtual", each(turns=200, frame_in_s=0)),
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
