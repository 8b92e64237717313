"""`kit say`: a text, spoken as the agent would speak it, into a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from ..lab.speaking import speak
from ..tuning import Tuning, parse_assignment


def command(
    text: Annotated[str, typer.Argument(help="What to say.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="The WAV file to write.")] = Path("speech.wav"),
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change a setting, as volume.level=70.")
    ] = None,
    tts: Annotated[str, typer.Option(help="Text to speech, as `kit doctor` names them.")] = "espeak",
) -> None:
    """Speak a text into a WAV file, with the settings' volume and pronunciation."""
    tuning = Tuning().replace(dict(parse_assignment(setting) for setting in settings or []))
    spoken = speak(text, tts=tts, tuning=tuning)
    spoken.save(out)
    Console().print(f"{escape(str(out))}: {spoken.duration_s:.2f} s, {spoken.sample_rate} Hz", highlight=False)
