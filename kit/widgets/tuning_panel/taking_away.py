"""What a panel saves and exports: the settings with what speaks for them, where a conversation was held under them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .homes import Home

FILES = {"save": "tuning.toml", "export": "agent.py"}
"""Where they go, unless another file is named."""


def take_away(how: str, home: Home, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write the settings as TOML ("save"), or a script that speaks by them ("export"). Returns the file.

    Raises:
        SaveError: the file is there and `overwrite` is not given, or it cannot be written.
        ValueError: no file is named, or there is no such way.
    """
    from ... import export

    if how not in FILES:
        raise ValueError(f"there is no way {how!r}; there are {', '.join(FILES)}")
    if not str(path).strip():
        raise ValueError(f"a file name is needed, such as {FILES[how]}")
    recipe, file = _recipe(home), Path(str(path).strip()).expanduser()
    if how == "save":
        return Path(recipe.save(file, overwrite=overwrite))
    return Path(export.script(recipe, file, overwrite=overwrite))


def _recipe(home: Home) -> Any:
    """The settings of now, and the conversation; its figures only where they were measured under these settings."""
    from dataclasses import replace

    from ...lab.findings import Findings
    from ...lab.recipe import Recipe

    session, tuning = home.session, home.tuning
    if session is None or session.loop is None:
        return Recipe(tuning)
    findings = Findings.of(session)
    recipe = findings.recipe()
    return recipe if findings.tuning == tuning else replace(recipe, tuning=tuning, evidence="")
