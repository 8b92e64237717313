"""What it takes to hold a conversation again: its settings, models and words, and the evidence for the settings.

A findings file and a script are two ways to write it. As TOML the settings are tables of their own, which
`Tuning.load` reads; the evidence stands above them as comments, and the rest is the table `findings`.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..models.latency import LatencyProfile
from ..tuning import FINDINGS, Tuning, TuningError, read_settings
from .cues import Say, Typed, Words, plain
from .origins import Origins
from .saving import save_text


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that makes the agent sound as it did.

    Attributes:
        evidence: What speaks for the settings, some lines of text; "" where nothing was measured.
        models: By port, as the session recorded them.
        seed: Of all that was random.
        latency: The simulated delays, as `LatencyProfile.load` reads them; "" for none.
        instructions: The agent's.
        said: The words of the conversation.
        origins: Who answered, and what detected the end of the turns.
    """

    tuning: Tuning
    evidence: str = ""
    models: tuple[tuple[str, str], ...] = ()
    seed: int = 0
    latency: str = ""
    instructions: str = ""
    said: tuple[Words, ...] = ()
    origins: Origins = field(default_factory=Origins)

    def to_toml(self) -> str:
        """Settings that `Tuning.load` reads, with the evidence as comments and the rest as the table `findings`."""
        import tomlkit

        rest = {
            "seed": self.seed,
            "latency": self.latency,
            "instructions": self.instructions,
            "agent_class": self.origins.agent_class,
            "turn_detection": self.origins.turn_detection,
            "knew_before": self.origins.knew_before,
        }
        table: dict[str, Any] = {name: value for name, value in rest.items() if value}
        table |= {"models": dict(self.models)} if self.models else {}
        table |= {"said": plain(self.said)} if self.said else {}
        head = "".join(f"# {line}".rstrip() + "\n" for line in printable(self.evidence).splitlines())
        end = "\n" + tomlkit.dumps({FINDINGS: table}) if table else ""
        return "\n".join(filter(None, [head, self.tuning.to_toml()])) + end

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the TOML.

        Raises:
            SaveError: the file is there, or cannot be written.
        """
        return save_text(path, self.to_toml(), overwrite=overwrite)

    @classmethod
    def from_toml(cls, text: str) -> Recipe:
        """What `to_toml` wrote, or settings alone.

        Raises:
            TuningError: it is no such TOML.
        """
        tuning = Tuning.from_toml(text)
        table = _table(tomllib.loads(text), FINDINGS)
        head = itertools.takewhile(lambda line: line.startswith("#"), text.splitlines())
        latency = _text(table, "latency")
        if latency:
            LatencyProfile.load(latency)
        return cls(
            tuning=tuning,
            evidence="".join(f"{line[2:]}\n" for line in head),
            models=tuple((port, _text(_table(table, "models"), port)) for port in _table(table, "models")),
            seed=_seed(table),
            latency=latency,
            instructions=_text(table, "instructions"),
            said=_said(table),
            origins=Origins(
                agent_class=_text(table, "agent_class"),
                turn_detection=_text(table, "turn_detection"),
                knew_before=table.get("knew_before") is True,
            ),
        )

    @classmethod
    def load(cls, path: str | Path) -> Recipe:
        """Read a file that `Findings.save`, `Recipe.save` or `Tuning.save` wrote. Errors name it.

        Raises:
            TuningError: it cannot be read, or is no such file.
        """
        return read_settings(path, cls.from_toml)


def printable(text: str) -> str:
    """The text with a blank for all that does not show, or turns the direction of writing; its lines are kept."""
    return "\n".join("".join(c if c.isprintable() else " " for c in line) for line in text.split("\n"))


def _table(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = table.get(name, {})
    if not isinstance(value, Mapping):
        raise TuningError(f"{name} is a table, not {value!r}")
    return value


def _text(table: Mapping[str, Any], name: str) -> str:
    value = table.get(name, "")
    if not isinstance(value, str):
        raise TuningError(f"{name} in {FINDINGS} is a text, not {value!r}")
    return value


def _seed(table: Mapping[str, Any]) -> int:
    value = table.get("seed", 0)
    if not isinstance(value, int) or isinstance(value, bool):
        raise TuningError(f"{FINDINGS}.seed is a whole number, not {value!r}")
    return value


def _said(table: Mapping[str, Any]) -> tuple[Words, ...]:
    entries = table.get("said", [])
    if not isinstance(entries, list):
        raise TuningError(f"{FINDINGS}.said is a list, not {entries!r}")
    return tuple(map(_words, entries))


def _words(entry: object) -> Words:
    kinds = {"user": Typed, "agent": Say}
    if isinstance(entry, Mapping) and len(entry) == 1:
        (who, text), *_ = entry.items()
        if who in kinds and isinstance(text, str):
            return kinds[who](text)
    raise TuningError(f"an entry of {FINDINGS}.said has `user` or `agent` with a text, not {entry!r}")
