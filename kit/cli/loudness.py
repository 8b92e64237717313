"""`kit loudness`: how loud audio files are, by the standards."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..audio.errors import AudioFileError
from ..audio.loudness import Loudness, measure_file

_BLOCK_S = 0.4
_WINDOW_S = 3.0


def command(
    files: Annotated[list[Path], typer.Argument(help="Audio files of any kind.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON; null where there is no level.")] = False,
) -> None:
    """Measure the loudness (ITU-R BS.1770, EBU R 128), its range and the true peak of audio files."""
    measured: list[tuple[Path, Loudness]] = []
    failures: list[AudioFileError] = []
    for file in files:
        try:
            measured.append((file, measure_file(file)))
        except AudioFileError as error:
            failures.append(error)
    if as_json:
        typer.echo(json.dumps([_plain(file, loudness) for file, loudness in measured], indent=2, ensure_ascii=False))
    elif measured:
        Console().print(_table(measured))
    for failure in failures[:-1]:
        Console(stderr=True).print(f"[bold red]error:[/] {escape(str(failure))}", highlight=False)
    if failures:
        raise failures[-1]


def _plain(file: Path, loudness: Loudness) -> dict[str, Any]:
    values = {name: value if math.isfinite(value) else None for name, value in asdict(loudness).items()}
    return {"file": str(file), **values}


def _table(measured: list[tuple[Path, Loudness]]) -> Table:
    table = Table()
    table.add_column("file", overflow="fold")
    for column in (
        "loudness\nLUFS",
        "range\nLU",
        "true peak\ndBTP",
        "peak\ndBFS",
        "duration\ns",
        "rate\nHz",
        "channels",
    ):
        table.add_column(column, justify="right")
    for file, loudness in measured:
        table.add_row(
            escape(str(file)),
            _loudness(loudness),
            "too short" if loudness.duration_s < _WINDOW_S else f"{loudness.range_lu:.1f}",
            _level(loudness.true_peak_dbtp),
            _level(loudness.sample_peak_dbfs),
            f"{loudness.duration_s:.2f}",
            str(loudness.sample_rate),
            str(loudness.num_channels),
        )
    return table


def _loudness(loudness: Loudness) -> str:
    if loudness.duration_s < _BLOCK_S:
        return "too short"
    return f"{loudness.integrated_lufs:.1f}" if math.isfinite(loudness.integrated_lufs) else "below -70"


def _level(value: float) -> str:
    return f"{value:.1f}" if math.isfinite(value) else "silent"
