"""The command line: hold a conversation over recordings, take it away as a script, speak a text, measure sound, see
which parts are here."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from ..audio.errors import AudioFileError
from ..lab.saving import SaveError
from ..lab.speaking import NothingToSay
from ..models import EngineMissing, LatencyError, ModelError
from ..session.journal import JournalError
from ..text.lexicon import LexiconError
from ..transports.recording import RecordingError
from ..tuning import TuningError
from ..version import __version__
from . import converse, doctor, export, lexicon, loudness, say

USER_ERRORS = (
    AudioFileError,
    EngineMissing,
    JournalError,
    LatencyError,
    LexiconError,
    ModelError,
    NothingToSay,
    RecordingError,
    SaveError,
    TuningError,
)
"""What a person can mend: shown as a sentence, without a traceback."""

app = typer.Typer(
    name="kit",
    help="Hear and measure what a setting does to a voice agent.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("converse")(converse.command)
app.command("say")(say.command)
app.command("loudness")(loudness.command)
app.add_typer(lexicon.app, name="lexicon")
app.command("export")(export.command)
app.command("doctor")(doctor.command)


@app.callback(invoke_without_command=True)
def _version(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if version:
        Console().print(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line; ends the process with 0, 2 for what a person can mend, or 130 for Ctrl-C."""
    try:
        app()
    except USER_ERRORS as error:
        Console(stderr=True).print(f"[bold red]error:[/] {_plain(error)}", highlight=False)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def _plain(error: Exception) -> str:
    from rich.markup import escape

    return escape(str(error))
