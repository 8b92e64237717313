"""What was measured, as tables for people and as JSON for machines."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Mapping, Sequence
from typing import Any

from conversation import EXPECTED_MS
from plan import PARTIES, Party, Result, Target
from rich.console import Console
from rich.table import Table

PREEMPTION_NAMES = ("off", "on", "on + preemptive_tts")


def environment() -> dict[str, Any]:
    packages = ("livekit", "livekit-agents", "numpy")
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg(),
        **{package: importlib.metadata.version(package) for package in packages},
    }


def as_json(results: Sequence[Result]) -> list[dict[str, Any]]:
    return [
        {
            "job": result.row.title,
            "unit": result.row.unit,
            "better": result.row.better,
            **{party: result.figures.get(party) for party in PARTIES},
            "times_better": result.times_better,
            "target": None if result.row.target is None else _target(result),
            "reached": result.reached,
        }
        for result in results
    ]


def print_results(console: Console, results: Sequence[Result]) -> None:
    table = Table(title="The kit, livekit-agents, and the limit: bare asyncio and numpy")
    table.add_column("job", no_wrap=True)
    for party in PARTIES:
        table.add_column(party, justify="right", no_wrap=True)
    table.add_column("ratio", justify="right")
    table.add_column("target", justify="right")
    table.add_column("reached")
    for result in results:
        ratio = result.times_better
        table.add_row(
            f"{result.row.title}{f', {result.row.unit}' if result.row.unit else ''}",
            *(_figure(result.figures.get(party)) for party in PARTIES),
            "" if ratio is None else f"{_figure(ratio)}×",
            _target(result),
            {None: "", True: "[green]yes", False: "[bold red]no"}[result.reached],
        )
    table.caption = "ratio: how many times better the kit is than livekit-agents"
    console.print(table)


def print_timing(console: Console, figures: Mapping[Party, Mapping[str, Any]]) -> None:
    """`figures`: by party, what the timing job gave."""
    table = Table(title="First audio after the end of the user's speech, ms: expected, the kit's, livekit-agents'")
    table.add_column("final transcript after")
    for name in PREEMPTION_NAMES:
        table.add_column(name, justify="right")
    for d_stt_ms, expected in EXPECTED_MS.items():
        cells = [f"{d_stt_ms} ms"]
        for column, value in enumerate(expected):
            measured = (figures[party]["measured_ms"][str(d_stt_ms)][column] for party in PARTIES if party in figures)
            cells.append(" / ".join([f"{value}", *(f"{ms:.3f}" for ms in measured)]))
        table.add_row(*cells)
    console.print(table)


def print_verdict(console: Console, results: Sequence[Result]) -> None:
    missed = [result for result in results if result.reached is False]
    targets = sum(result.row.target is not None for result in results)
    if not missed:
        console.print(f"[green]All {targets} targets are reached.")
        return
    console.print(f"[bold red]{len(missed)} of {targets} targets are missed:")
    for result in missed:
        console.print(
            f"  {result.row.title}: {_figure(result.figures.get('kit'))} {result.row.unit}, {_target(result)}"
        )


def _target(result: Result) -> str:
    target: Target | None = result.row.target
    if target is None:
        return ""
    if target.of == "times better":
        return f"ratio ≥ {target.bound:g}×"
    if not target.bound:
        return "none"
    return f"{'≤' if result.row.better == 'lower' else '≥'} {target.bound:,g}"


def _figure(value: float | None) -> str:
    """Three significant digits, whole numbers above 100."""
    if value is None:
        return "–"
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.0e}"
