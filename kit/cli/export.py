"""`kit export`: a recording, or a file of findings, becomes a script that speaks as it did."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from ..export import script
from ..lab import Conversation, Findings, Recipe
from ..transports.recording import JOURNAL


def command(
    source: Annotated[
        Path,
        typer.Argument(
            help="The folder of a recording, or a TOML file of findings or settings.", exists=True, show_default=False
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The script; with .toml behind its name, the findings are written.")
    ] = Path("agent.py"),
    versus: Annotated[
        Path | None,
        typer.Option(
            help="The folder of the recording to compare with.", exists=True, file_okay=False, show_default=False
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace a file that is there.")] = False,
) -> None:
    """Write a Python script that holds a conversation again, with its settings and what speaks for them in its head."""
    recipe = _recipe(source, versus)
    if out.suffix.lower() == ".toml":
        recipe.save(out, overwrite=overwrite)
        told = f"{out}: kit export {out} makes a script of it"
    else:
        told = f"{script(recipe, out, overwrite=overwrite)}: run it with python, in any folder"
    Console().print(escape(told), highlight=False, soft_wrap=True)


def _recipe(source: Path, versus: Path | None) -> Recipe:
    if source.is_dir():
        if not (source / JOURNAL).exists():
            raise typer.BadParameter(
                f"{source} holds no recording: give the folder that `kit converse --out` or a notebook wrote"
            )
        other = None if versus is None else Conversation.load(versus)
        return Findings.of(Conversation.load(source), other).recipe()
    if versus is not None:
        raise typer.BadParameter(
            f"{source} is a file, without turns to compare: give the folder of its recording", param_hint="--versus"
        )
    return Recipe.load(source)
