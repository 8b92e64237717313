"""What a view sends to the page: one script and one style sheet, put together from the parts in `static/`.

A part is plain JavaScript whose top-level names are its own; the last part of a view exports it. The colours are those
of the plots, so that one thing has one colour everywhere.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from ..plots import palette

SHARED = ("dom",)
"""The parts that every view begins with."""


def script(*parts: str) -> str:
    """The module of a view: the shared parts, then `static/PART.js` of each."""
    return "\n".join([_colours_for_script(), *(_read(f"{part}.js") for part in (*SHARED, *parts))])


def style(*parts: str) -> str:
    """The style sheet of a view: the theme, then `static/PART.css` of each."""
    return "\n".join([_colours_for_style(), *(_read(f"{part}.css") for part in ("theme", *parts))])


@cache
def _read(name: str) -> str:
    return (files(__package__) / "static" / name).read_text(encoding="utf-8")


def _colours() -> dict[str, str]:
    speakers = {"user": palette.USER, "agent": palette.AGENT, "background": palette.BACKGROUND}
    return {**speakers, **palette.STAGES, "on": palette.ON_COLOR}


def _colours_for_script() -> str:
    return (
        f"const KIT_COLOURS = {json.dumps(_colours())};\n"
        f"const KIT_STAGES = {json.dumps(list(palette.STAGES))};\n"
        f"const KIT_STAGE_LABELS = {json.dumps(dict(palette.STAGE_LABELS))};"
    )


def _colours_for_style() -> str:
    variables = "".join(f"  --kit-{name}: {value};\n" for name, value in _colours().items())
    return f".kit-view {{\n{variables}}}"
