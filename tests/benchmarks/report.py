"""What was measured, as tables for people and as JSON for machines."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Container, Mapping, Sequence
from typing import Any

from conversation import EXPECTED_MS
from plan import PARTIES, Party, Result, Target
from rich.console import Console
from rich.table import Table

PREEMPTION_NAMES = ("off", "on", "on + preemptive_tts")


def environment() -> dict[str, Any]:
    packages = ("livekit", "livekit-agents", "numpy", "av", "soxr")
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
            "target": _targets(result) or None,
            "reached": result.reached,
        }
        for result in results
    ]


def print_results(console: Console, results: Sequence[Result], missing: Container[Party] = ()) -> None:
    """A table for each topic, with a column for each party that has one of its jobs, or is `missing`."""
    for topic in dict.fromkeys(result.row.topic for result in results):
        rows = [result for result in results if result.row.topic == topic]
        parties = [party for party in PARTIES if any(party in result.figures for result in rows)]
        _print_topic(console, topic, rows, parties, [party for party in PARTIES if party in missing])


def _print_topic(
    console: Console, topic: str, results: Sequence[Result], parties: Sequence[Party], missing: Sequence[Party]
) -> None:
    table = Table(title=topic)
    table.add_column("job", no_wrap=True)
    for party in parties:
        table.add_column(party, justify="right", no_wrap=True)
    for party in missing:
        table.add_column(f"{party}:\nnot there", justify="right")
    table.add_column("ratio", justify="right")
    table.add_column("target", justify="right")
    table.add_column("reached")
    for result in results:
        ratio = result.times_better
        table.add_row(
            f"{result.row.title}{f', {result.row.unit}' if result.row.unit else ''}",
            *(_figure(result.figures.get(party)) for party in parties),
            *("" for _ in missing),
            "" if ratio is None else f"{_figure(ratio)}×",
            _targets(result),
            {None: "", True: "[green]yes", False: "[bold red]no"}[result.reached],
        )
    table.caption = "ratio: how many times better the kit is than the best of the others; limit: bare Python parts"
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
    targets = sum(result.reached is not None for result in results)
    if not missed:
        console.print(f"[green]All {targets} targets are reached.")
        return
    console.print(f"[bold red]{len(missed)} of {targets} targets are missed:")
    for result in missed:
        console.print(
            f"  {result.row.title}: {_figure(result.figures.get('kit'))} {result.row.unit}, {_targets(result)}"
        )


def _targets(result: Result) -> str:
    return ", ".join(_target(target, result.row.better) for target in result.row.targets)


def _target(target: Target, better: str) -> str:
    if target.of == "times better":
        if target.than == "livekit-agents":
            return f"ratio ≥ {target.bound:g}×"
        if better == "lower":
            return f"≤ {1 / target.bound:g}× {target.than}"
        return f"≥ {target.bound:g}× {target.than}"
    if not target.bound:
        return "none"
    return f"{'≤' if better == 'lower' else '≥'} {target.bound:,g}"


def _figure(value: float | None) -> str:
    """Three significant digits, whole numbers above 100."""
    if value is None:
        return "–"
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.0e}"
