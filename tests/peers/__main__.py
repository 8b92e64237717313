"""Shows where the kit and livekit-agents differ: `python -m tests.peers [PART OF A NAME...]`.

Without names, the reasons, and how many scenarios differ because of each.

--all       every difference
--write     measure, and bring differences.toml up to date; what is new or has changed has no reason then
--keep      with --write: what has other values now keeps its reasons
--outcome   both whole outcomes, not only what differs
--mend      only what the kit should mend
"""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from tests.peers.parties import livekit_version, of_kit, of_livekit
from tests.peers.record import FIELDS, Outcome, differences
from tests.peers.scenarios import SCENARIOS
from tests.peers.table import STATUSES, Table


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.peers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*")
    for flag in ("all", "write", "keep", "outcome", "mend"):
        parser.add_argument(f"--{flag}", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    chosen = [s for s in SCENARIOS if not asked.names or any(name in s.name for name in asked.names)]
    table = Table.load()
    console = Console()
    if asked.write or asked.outcome:
        names = [scenario.name for scenario in chosen]
        kit, livekit = of_kit(chosen), of_livekit(names)
        if asked.outcome:
            show_outcomes(console, kit, livekit)
        if asked.write:
            table = table.updated({name: differences(kit[name], livekit[name]) for name in names}, keep=asked.keep)
            if not asked.names:
                table.livekit_agents = livekit_version()
                table.entries = {name: entries for name, entries in table.entries.items() if name in names}
            table.save()
            for problem in table.problems():
                console.print(Text(problem, style="yellow"))
    if not (asked.names or asked.all or asked.mend):
        overview(console, table, len(chosen))
    elif not asked.outcome:
        show(console, table, {scenario.name for scenario in chosen}, only_mend=asked.mend)


def overview(console: Console, table: Table, scenarios: int) -> None:
    grid = Grid("", "scenarios", "because", expand=True, show_lines=True)
    order = list(STATUSES)
    for name, reason in sorted(table.reasons.items(), key=lambda item: (order.index(item[1].status), item[0])):
        differing = {scenario for scenario, found in table.entries.items() if any(name in e.because for e in found)}
        grid.add_row(Text(reason.status), Text(str(len(differing))), Text(reason.why))
    console.print(grid)
    console.print(f"{scenarios} scenarios, {scenarios - len(table.entries)} without any difference")


def show(console: Console, table: Table, names: set[str], *, only_mend: bool) -> None:
    shown = 0
    for scenario, entries in table.entries.items():
        for entry in entries:
            reasons = [table.reasons[name] for name in entry.because if name in table.reasons]
            if scenario not in names or (only_mend and not any(r.status == "kit to mend" for r in reasons)):
                continue
            shown += 1
            grid = Grid("", "kit", "livekit-agents", title=Text(scenario), title_justify="left", expand=True)
            for name, (ours, theirs) in entry.fields.items():
                grid.add_row(Text(name), Text("\n".join(ours) or "–"), Text("\n".join(theirs) or "–"))
            console.print(grid)
            for reason in reasons:
                console.print(Text(f"{reason.status}: {reason.why}", style="italic"))
            console.print()
    same = sum(name not in table.entries for name in names)
    console.print(f"{len(names)} scenarios, {same} without any difference, {shown} entries shown")


def show_outcomes(console: Console, kit: dict[str, Outcome], livekit: dict[str, Outcome]) -> None:
    for name, ours in kit.items():
        theirs = livekit[name]
        grid = Grid("", "kit", "livekit-agents", title=Text(name), title_justify="left", expand=True)
        for row in FIELDS:
            if ours.get(row) or theirs.get(row):
                style = "" if ours.get(row, []) == theirs.get(row, []) else "bold"
                sides = (Text("\n".join(side.get(row, [])), style=style) for side in (ours, theirs))
                grid.add_row(Text(row), *sides)
        console.print(grid)


if __name__ == "__main__":
    main()
