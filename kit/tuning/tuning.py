"""Everything a person can turn, as one immutable value.

A widget edits it, a running session applies it, a sweep varies it, an export writes it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from .groups import Background, Endpointing, Interruption, Preemption, Pronunciation, Volume
from .paths import GROUPS, SETTINGS, nearest, split
from .setting import TuningError
from .values import check, coerce, plain

T = TypeVar("T")

FINDINGS = "findings"
"""The table of a settings file that holds what else was found; it is not read here."""


@dataclass(frozen=True, slots=True)
class Change:
    path: str
    old: Any
    new: Any

    def __str__(self) -> str:
        return f"{self.path} {self.old} → {self.new}"


@dataclass(frozen=True, slots=True)
class Tuning:
    """All settings. Immutable: `replace` makes a changed one.

    Raises:
        TuningError: a value is out of its range, or of the wrong type.
    """

    volume: Volume = field(default_factory=Volume)
    pronunciation: Pronunciation = field(default_factory=Pronunciation)
    preemption: Preemption = field(default_factory=Preemption)
    endpointing: Endpointing = field(default_factory=Endpointing)
    interruption: Interruption = field(default_factory=Interruption)
    background: Background = field(default_factory=Background)

    def __post_init__(self) -> None:
        for group in fields(self):
            value = getattr(self, group.name)
            if not isinstance(value, GROUPS[group.name]):
                raise TuningError(f"{group.name} must be a {GROUPS[group.name].__name__}, not {value!r}")
            for name in SETTINGS[group.name]:
                check(f"{group.name}.{name}", getattr(value, name))
        if self.endpointing.max_delay_s < self.endpointing.min_delay_s:
            raise TuningError(
                f"endpointing.max_delay_s ({self.endpointing.max_delay_s:g} s) is below "
                f"endpointing.min_delay_s ({self.endpointing.min_delay_s:g} s)"
            )

    def get(self, path: str) -> Any:
        """The value at a dotted path."""
        group, name = split(path)
        return getattr(getattr(self, group), name)

    def replace(self, changes: Mapping[str, Any]) -> Tuning:
        """A tuning with the values at these dotted paths changed, all of them or none."""
        groups: dict[str, dict[str, Any]] = {}
        for path, value in changes.items():
            group, name = split(path)
            groups.setdefault(group, {})[name] = coerce(path, value)
        return replace(self, **{group: replace(getattr(self, group), **values) for group, values in groups.items()})

    def diff(self, other: Tuning) -> list[Change]:
        """What `other` has changed against this tuning, in the order of the settings."""
        changed = ((path, old, other.get(path)) for path, old in self.walk())
        return [Change(path, plain(old), plain(new)) for path, old, new in changed if new is not old and new != old]

    def walk(self) -> Iterator[tuple[str, Any]]:
        """Every dotted path with its value."""
        for group, names in SETTINGS.items():
            value = getattr(self, group)
            for name in names:
                yield f"{group}.{name}", getattr(value, name)

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """Nested plain values, as JSON and TOML hold them."""
        return {
            group: {name: plain(getattr(getattr(self, group), name)) for name in names}
            for group, names in SETTINGS.items()
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Tuning:
        """A tuning from nested values; what is left out has its default."""
        changes: dict[str, Any] = {}
        for group, settings in values.items():
            if group not in SETTINGS:
                raise TuningError(f"there is no group {group!r}{nearest(group, list(SETTINGS))}")
            if not isinstance(settings, Mapping):
                raise TuningError(f"{group} is a group of settings, not {settings!r}")
            changes.update({f"{group}.{name}": value for name, value in settings.items()})
        return cls().replace(changes)

    def to_toml(self) -> str:
        import tomlkit

        return tomlkit.dumps(self.as_dict())

    @classmethod
    def from_toml(cls, text: str) -> Tuning:
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise TuningError(f"not TOML: {error}") from error
        return cls.from_dict({group: value for group, value in values.items() if group != FINDINGS})

    @classmethod
    def load(cls, path: str | Path) -> Tuning:
        """Read a TOML file. Errors name the file."""
        return read_settings(path, cls.from_toml)

    def save(self, path: str | Path) -> None:
        Path(path).write_text(self.to_toml(), encoding="utf-8")


def read_settings(path: str | Path, read: Callable[[str], T]) -> T:
    """What `read` makes of a file's text. Errors name the file.

    Raises:
        TuningError: it cannot be read, or holds something else.
    """
    try:
        return read(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise TuningError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise TuningError(f"{path}: {error}") from error
