"""A long time in a short one: `python -m tests.soak`, or `make soak`.

First a day in one session, with faults; then plays in any order, by the thousand, on every core; then texts with SSML,
good and bad; texts through lexicons; broken audio files. Prints tables and writes build/soak.json. Ends with 1 where
something went wrong or took more memory than it may.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from tests.benchmarks.gauges import wall
from tests.soak import audio_files
from tests.soak.day import Day, live
from tests.soak.lexicon_texts import run_all_lexicon_texts
from tests.soak.plays import Tally, run_all, told
from tests.soak.ssml import run_all_texts

ROOT = Path(__file__).resolve().parents[2]
MOST_KIB_A_TURN = 8.0


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=float, default=24.0, help="how long the day is, in virtual time; 0: no day")
    parser.add_argument("--turns", type=int, default=10_000, help="how many turns it has at least")
    parser.add_argument("--plays", type=int, default=20_000, help="how many plays in any order; 0: none")
    parser.add_argument("--ssml", type=int, default=60_000, help="how many texts with SSML; 0: none")
    parser.add_argument("--lexicon", type=int, default=100_000, help="how many texts through lexicons; 0: none")
    parser.add_argument("--files", type=int, default=20_000, help="how many broken audio files; 0: none")
    parser.add_argument("--seed", type=int, default=0, help="of the day, and the first one of the plays and texts")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at once")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "soak.json", help="where the figures go")
    asked = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 120)
    figures: dict[str, Any] = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg(),
        "seed": asked.seed,
    }
    problems: list[str] = []
    if asked.hours > 0:
        figures["day"], wrong = the_day(console, asked)
        problems += wrong
    if asked.plays > 0:
        figures["plays"], wrong = the_plays(console, asked)
        problems += wrong
    if asked.ssml > 0:
        figures["ssml"], wrong = the_ssml(console, asked)
        problems += wrong
    if asked.lexicon > 0:
        figures["lexicon"], wrong = the_lexicons(console, asked)
        problems += wrong
    if asked.files > 0:
        figures["files"], wrong = the_files(console, asked)
        problems += wrong
    figures["problems"] = problems
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(figures, indent=1))
    console.print(f"all figures are in {asked.out}")
    for problem in problems:
        console.print(problem, style="bold red", highlight=False, markup=False)
    return int(bool(problems))


def the_day(console: Console, asked: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    start = wall()
    with bar(console) as progress:
        task = progress.add_task("a day in one session", total=1.0)

        def move(part: float, turns: int) -> None:
            progress.update(task, completed=part, description=f"a day in one session: {turns} turns")

        try:
            day = live(asked.turns, asked.hours, asked.seed, move)
        except Exception as error:
            return {"failed": repr(error)}, [f"the day of seed {asked.seed}: {error!r}"]
    show_day(console, day)
    figures = vars(day) | {"took_s": wall() - start, "memory": "resident set of the process, garbage collected"}
    if day.kib_a_turn > MOST_KIB_A_TURN:
        return figures, [f"a turn keeps {day.kib_a_turn:.1f} KiB, more than {MOST_KIB_A_TURN:g}"]
    return figures, []


def show_day(console: Console, day: Day) -> None:
    counts = day.counts
    table = Table(title="A day in one session", show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", overflow="fold")
    rows: dict[str, Any] = {
        "virtual time": f"{day.virtual_s / 3600:.1f} h",
        "questions; turns": f"{day.questions}; {day.turns}",
        "questions that were not heard": f"{day.lost}",
        "answered; dropped": f"{counts['speech_created']} speeches; {counts['turn_dropped']} turns",
        "attempts adopted; discarded": f"{counts['preemption_adopted']}; {counts['preemption_discarded']}",
        "interruptions; false ones": f"{counts['user_interrupted']}; {counts['false_interruption']}",
        "tools called; hand-overs": f"{counts['tool_called']}; {counts['agent_handoff']}",
        "longest wait for quiet": f"{day.longest_s:.1f} s",
        "records in the journal": f"{day.records}",
        "memory kept a turn (RSS)": f"{day.kib_a_turn:.2f} KiB",
        "CPU; a turn": f"{day.cpu_s:.0f} s; {day.cpu_s / day.turns * 1e3:.1f} ms",
        "times real time": f"{day.virtual_s / day.cpu_s:.0f}",
    }
    for name, calls in day.calls.items():
        faults = day.faults[name]
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(faults.items()))
        rows[f"{name}: calls; faults"] = f"{calls}; {sum(faults.values())} ({kinds})"
    for name, value in rows.items():
        table.add_row(name, value)
    console.print(table)


def the_plays(console: Console, asked: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    start = wall()
    with bar(console) as progress:
        task = progress.add_task("plays in any order", total=asked.plays)

        def move(tally: Tally) -> None:
            wrong = f", {tally.failed} wrong" if tally.failed else ""
            progress.update(task, completed=tally.plays, description=f"plays in any order: {tally.plays}{wrong}")

        tally = run_all(asked.plays, asked.seed, asked.jobs, move)
    table = Table(title="Plays in any order", show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right")
    for name, value in {
        "plays; that went wrong": f"{tally.plays}; {tally.failed}",
        "turns; speeches; errors told": f"{tally.turns}; {tally.speeches}; {tally.errors}",
        "virtual time": f"{tally.virtual_s / 3600:.1f} h",
        "CPU; a play": f"{tally.cpu_s:.0f} s; {tally.cpu_s / tally.plays * 1e3:.0f} ms",
    }.items():
        table.add_row(name, value)
    console.print(table)
    failures = told(tally.failures)
    problems = [f"seed {f['seed']}: {f['message']}\nplay({f['play']})" for f in failures]
    figures = vars(tally) | {"failures": failures, "took_s": wall() - start}
    return figures, problems


def the_ssml(console: Console, asked: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    return texts(console, "texts with SSML", run_all_texts, asked.ssml, asked)


def the_lexicons(console: Console, asked: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    return texts(console, "texts through lexicons", run_all_lexicon_texts, asked.lexicon, asked)


def texts(
    console: Console, title: str, run: Callable[..., Any], count: int, asked: argparse.Namespace
) -> tuple[dict[str, Any], list[str]]:
    start = wall()
    with bar(console) as progress:
        task = progress.add_task(title, total=count)
        tally = run(count, asked.seed, asked.jobs, lambda so_far: progress.update(task, completed=so_far.texts))
    console.print(
        f"{title}; that went wrong: {tally.texts}; {tally.failed} ({tally.cpu_s:.0f} s of CPU)", highlight=False
    )
    return vars(tally) | {"took_s": wall() - start}, tally.failures


def the_files(console: Console, asked: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    start = wall()
    with bar(console) as progress:
        task = progress.add_task("broken audio files", total=asked.files)

        def move(outcome: audio_files.Outcome) -> None:
            progress.update(task, completed=outcome.files, description=f"broken audio files: {outcome.files}")

        outcome = audio_files.run_all(asked.files, asked.seed * asked.files, asked.jobs, move)
    table = Table(title="Broken audio files", show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right")
    for name, value in {
        "files; that went wrong": f"{outcome.files}; {len(outcome.wrong)}",
        "read; refused, for so many reasons": f"{outcome.read}; {outcome.refused}, {len(outcome.reasons)}",
        "slowest; most memory for one": f"{outcome.slowest_s:.2f} s; {outcome.grown_mib:.0f} MiB",
        "CPU; a file": f"{outcome.cpu_s:.0f} s; {outcome.cpu_s / max(1, outcome.files) * 1e3:.1f} ms",
    }.items():
        table.add_row(name, value)
    console.print(table)
    figures = vars(outcome) | {"reasons": dict(outcome.reasons.most_common()), "took_s": wall() - start}
    return figures, [f"file {told}" for told in outcome.wrong[:20]]


def bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


if __name__ == "__main__":
    sys.exit(main())
