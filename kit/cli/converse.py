"""`kit converse`: the recordings of a person go in, and a report of when the agent answered comes out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from .. import export
from ..lab import Conversation, converse
from ..session.records import Record, Transcript, TurnCommitted
from ..tuning import Tuning, TuningError, info, parse_assignment, paths

OUT = Path("conversation")
DEFAULT_LATENCY = "typical"


def command(
    files: Annotated[list[Path], typer.Argument(help="Recordings of the user, one turn each.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the recording and the report.")] = OUT,
    compare: Annotated[
        str | None,
        typer.Option(
            help="Hold it twice, with this setting off and on: `preemption`, or any setting that is on or off."
        ),
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change a setting, as volume.level=70.")
    ] = None,
    tuning: Annotated[Path | None, typer.Option(help="Start from the settings of this TOML file.")] = None,
    latency: Annotated[
        str | None,
        typer.Option(
            help="Delays to add to the models: a profile (zero, typical, ...) or stt=0.2,llm=0.35,tts=0.2. "
            f"By default {DEFAULT_LATENCY} in virtual time, none in real time."
        ),
    ] = None,
    stt: Annotated[str | None, typer.Option(help="Speech to text, as `kit doctor` names them.")] = None,
    llm: Annotated[str | None, typer.Option(help="Language model, as scripted or openai:MODEL.")] = None,
    tts: Annotated[str | None, typer.Option(help="Text to speech.")] = None,
    vad: Annotated[str | None, typer.Option(help="Voice activity detection.")] = None,
    virtual: Annotated[
        bool, typer.Option("--virtual/--real-time", help="As fast as it can be computed, or as long as it lasts.")
    ] = True,
    seed: Annotated[int, typer.Option(help="Of all that is random.")] = 0,
    overwrite: Annotated[bool, typer.Option(help="Replace a recording that is there.")] = False,
) -> None:
    """Hold a conversation over recordings; write what was heard, and when and why the agent spoke."""
    console = Console()
    base = _tuning(tuning, settings or [])
    variants = {"": base} if compare is None else _variants(base, compare)
    options: dict[str, Any] = {
        "latency": latency if latency is not None else (DEFAULT_LATENCY if virtual else None),
        "virtual": virtual,
        "seed": seed,
        "overwrite": overwrite,
        **{port: name for port, name in (("stt", stt), ("llm", llm), ("tts", tts), ("vad", vad)) if name},
    }
    held = [_hold(console, files, out, name, tuned, options) for name, tuned in variants.items()]
    report = export.write_report(out / "report.html", held)
    console.print(export.conversation_table(held))
    for name in {str(recording) for one in held for recording in one.unanswered}:
        console.print(f"[yellow]no answer:[/] nothing was understood in {escape(name)}", highlight=False)
    console.print(f"report: {escape(str(report))}", highlight=False, soft_wrap=True)


def _hold(
    console: Console, files: list[Path], out: Path, name: str, tuning: Tuning, options: dict[str, Any]
) -> Conversation:
    folder = out / name if name else out
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task(name or "conversation", total=len(files))

        def show(record: Record) -> None:
            if isinstance(record, Transcript | TurnCommitted):
                progress.update(bar, description=escape(f"{name or 'conversation'} · {record.text[:40]}"))

        try:
            return converse(
                files,
                tuning=tuning,
                out=folder,
                name=name,
                on_progress=lambda done, of: progress.update(bar, completed=done, total=of),
                on_record=show,
                **options,
            )
        except KeyboardInterrupt:
            console.print(f"stopped; what was said so far is in {escape(str(folder))}", highlight=False)
            raise


def _tuning(path: Path | None, settings: list[str]) -> Tuning:
    tuning = Tuning() if path is None else Tuning.load(path)
    return tuning.replace(dict(parse_assignment(setting) for setting in settings))


def _variants(base: Tuning, compare: str) -> dict[str, Tuning]:
    path = {"preemption": "preemption.enabled"}.get(compare, compare)
    if not isinstance(base.get(path), bool):
        switches = ", ".join(name for name in paths() if isinstance(base.get(name), bool))
        raise TuningError(f"{path} ({info(path).question}) cannot be compared off and on; these can: {switches}")
    return {"off": base.replace({path: False}), "on": base.replace({path: True})}
