"""The dotted paths of settings, such as "endpointing.min_delay_s": which there are, and what is at each."""

from __future__ import annotations

import difflib
from dataclasses import fields
from typing import Any, get_type_hints

from .groups import Background, Endpointing, Interruption, Preemption, Pronunciation, Volume
from .setting import SettingInfo, TuningError

GROUPS: dict[str, type] = {
    kind.__name__.lower(): kind for kind in (Volume, Pronunciation, Preemption, Endpointing, Interruption, Background)
}
"""The groups by their names, in the order in which they are shown."""


def _settings(kind: Any) -> dict[str, tuple[SettingInfo, Any]]:
    hints = get_type_hints(kind)
    return {one.name: (one.metadata["info"], hints[one.name]) for one in fields(kind)}


SETTINGS = {name: _settings(kind) for name, kind in GROUPS.items()}
"""By group and name: what a person needs to know of a setting, and its type."""


def info(path: str) -> SettingInfo:
    """What a person needs to know of the setting at a dotted path."""
    group, name = split(path)
    return SETTINGS[group][name][0]


def paths() -> list[str]:
    """Every dotted path, in order."""
    return [f"{group}.{name}" for group, names in SETTINGS.items() for name in names]


def split(path: str) -> tuple[str, str]:
    """
    Raises:
        TuningError: no such path.
    """
    group, _, name = path.partition(".")
    if name not in SETTINGS.get(group, {}):
        raise TuningError(f"there is no setting {path!r}{nearest(path, paths())}")
    return group, name


def nearest(word: str, known: list[str]) -> str:
    """A word for an error's text: what may have been meant."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.4)
    return f"; did you mean {close[0]!r}?" if close else ""
