"""`kit say`: a text, spoken as the agent would speak it, into a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from ..lab.speaking import speak
from ..text.lexicon import Lexicon
from ..tuning import Tuning, parse_assignment


def command(
    text: Annotated[str, typer.Argument(help="What to say.", show_default=False)],
    lexicon: Annotated[
        list[Path] | None,
        typer.Option(
            "--lexicon",
            "-l",
            metavar="FILE",
            help="Words to say differently: .pls, .toml or .json. May be given again.",
        ),
    ] = None,
    volume: Annotated[float | None, typer.Option("--volume", min=0, max=100, help="How loud, in percent.")] = None,
    background: Annotated[
        str | None,
        typer.Option(
            "--background", "-b", metavar="SOUND", help="What plays behind it: office, a clip's name, or a file."
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The WAV file to write.")] = Path("speech.wav"),
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change a setting, as volume.level=70.")
    ] = None,
    tts: Annotated[str, typer.Option(help="Text to speech, as `kit doctor` names them.")] = "espeak",
) -> None:
    """Speak a text into a WAV file: its words as a lexicon says them, at a volume, with a background."""
    asked: dict[str, Any] = {}
    if lexicon:
        asked["pronunciation.terms"] = {t: said for file in lexicon for t, said in Lexicon.load(file).terms.items()}
    if volume is not None:
        asked["volume.level"] = volume
    if background is not None:
        asked["background.ambient"] = background
    tuning = Tuning().replace({**asked, **dict(parse_assignment(setting) for setting in settings or [])})
    spoken = speak(text, tts=tts, tuning=tuning)
    spoken.save(out)
    Console().print(f"{escape(str(out))}: {spoken.duration_s:.2f} s, {spoken.sample_rate} Hz", highlight=False)
