"""The table of differences: read, compared with what is measured, and written.

`differences.toml` has the reasons, each with who is right, and by scenario what differs because of them. An entry says
which lines of a field only the kit has and which only livekit-agents has. A field of a scenario is in one entry.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("differences.toml")
STATUSES = {
    "deliberate": "the kit means to differ",
    "livekit defect": "livekit-agents does something that nobody can want",
    "kit to mend": "the kit should do as livekit-agents does, and does not yet",
}
Lines = tuple[list[str], list[str]]
"""What only the kit has, and what only livekit-agents has."""


@dataclass
class Reason:
    status: str
    why: str


@dataclass
class Entry:
    because: list[str]
    fields: dict[str, Lines]


@dataclass
class Table:
    livekit_agents: str = ""
    reasons: dict[str, Reason] = field(default_factory=dict)
    entries: dict[str, list[Entry]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path = PATH) -> Table:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        reasons = {name: Reason(**reason) for name, reason in content.get("reasons", {}).items()}
        return cls(
            content["livekit_agents"],
            reasons,
            {name: [_entry(entry) for entry in entries] for name, entries in content.get("scenarios", {}).items()},
        )

    def save(self, path: Path = PATH) -> None:
        path.write_text(self.as_toml(), encoding="utf-8")

    def as_toml(self) -> str:
        blocks = [f"{HEAD}\nlivekit_agents = {_text(self.livekit_agents)}"]
        for name, reason in sorted(self.reasons.items()):
            blocks.append(f"[reasons.{name}]\nstatus = {_text(reason.status)}\nwhy = {_text(reason.why)}")
        for scenario, entries in self.entries.items():
            for entry in entries:
                lines = [f"[[scenarios.{_text(scenario)}]]", f"because = {_list(entry.because)}"]
                for name, (ours, theirs) in entry.fields.items():
                    lines += [f"{name}.kit = {_list(ours)}", f"{name}.livekit = {_list(theirs)}"]
                blocks.append("\n".join(lines))
        return "\n\n".join(blocks) + "\n"

    def known(self, scenario: str) -> dict[str, Lines]:
        """What the table says of a scenario, by field."""
        return {name: lines for entry in self.entries.get(scenario, []) for name, lines in entry.fields.items()}

    def updated(self, measured: Mapping[str, Mapping[str, Lines]], *, keep: bool = False) -> Table:
        """A table of what was measured. Of what is the same as before, the reasons stay; the rest has none.

        `keep`: what has other values now keeps its reasons too.
        """
        entries = {**self.entries}
        for scenario, found in measured.items():
            entries[scenario] = _regrouped(self.entries.get(scenario, []), found, keep=keep)
        order = {name: number for number, name in enumerate(measured)}
        ordered = sorted(entries.items(), key=lambda item: order.get(item[0], len(order)))
        return Table(self.livekit_agents, self.reasons, {name: some for name, some in ordered if some})

    def problems(self) -> list[str]:
        """What a person still has to do."""
        found = [
            f"the reason {name!r} has the status {reason.status!r}; there are {', '.join(STATUSES)}"
            for name, reason in self.reasons.items()
            if reason.status not in STATUSES
        ]
        used: set[str] = set()
        for scenario, entries in self.entries.items():
            fields = [name for entry in entries for name in entry.fields]
            twice = sorted({name for name in fields if fields.count(name) > 1})
            found += [f"{scenario!r}: {name} is in two entries" for name in twice]
            for entry in entries:
                used.update(entry.because)
                names = ", ".join(entry.fields)
                if not entry.because:
                    found.append(f"{scenario!r}: no reason is given for {names}")
                unknown = [name for name in entry.because if name not in self.reasons]
                found += [f"{scenario!r}: there is no reason {name!r}" for name in unknown]
        return found + [f"nothing differs because of {name!r}" for name in self.reasons if name not in used]


HEAD = """\
# Where the kit and livekit-agents differ in the scenarios of tests/peers, and why.
# The test fails on every difference that is not here, and on every one here that is no longer there.
# After a change: python -m tests.peers --write, and then give the reasons of the entries that have none."""


def _entry(entry: Mapping[str, Any]) -> Entry:
    fields = {name: (value["kit"], value["livekit"]) for name, value in entry.items() if name != "because"}
    return Entry(list(entry["because"]), fields)


def _regrouped(before: Iterable[Entry], found: Mapping[str, Lines], *, keep: bool) -> list[Entry]:
    left = dict(found)
    entries = []
    for entry in before:
        same = {
            name: left.pop(name)
            for name, lines in entry.fields.items()
            if name in left and (keep or tuple(left[name]) == tuple(lines))
        }
        if same:
            entries.append(Entry(entry.because, same))
    if left:
        entries.append(Entry([], left))
    return entries


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"
