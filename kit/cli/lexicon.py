"""`kit lexicon`: what is wrong with a lexicon, and what its terms sound like before and after."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..audio.errors import AudioFileError
from ..text.lexicon import Entry, Finding, Lexicon, LexiconError, Preview, lint, preview
from ..text.lexicon.markup import spoken

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..models.espeak import EspeakTTS

PAUSE_S = 0.4
"""Between a term as it is and as it will be."""
GAP_S = 1.0
"""Between two terms."""
_STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan"}

app = typer.Typer(help="Check and hear how a lexicon's terms are said.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="A lexicon: .pls, .xml, .toml or .json.", show_default=False)]
Voice = Annotated[str, typer.Option(help="The eSpeak NG voice to compare with, as en-us or de.")]
Language = Annotated[str | None, typer.Option(help="Only entries for this language, as en-US, and those for all.")]


@app.command("lint")
def lint_command(
    file: File,
    voice: Voice = "en-us",
    language: Language = None,
    listen: Annotated[
        bool, typer.Option("--listen/--no-listen", help="Also find what the voice already says so, with eSpeak NG.")
    ] = True,
    strict: Annotated[bool, typer.Option(help="End with 1 for warnings too.")] = False,
) -> None:
    """Find entries that are shadowed, double, unreachable, looping, misspelt or needless. Ends with 1 for errors."""
    lexicon = Lexicon.load(file, language=language)
    findings = lint(lexicon.entries, _voice(voice).phonemes if listen else None)
    console = Console()
    for finding in findings:
        console.print(_told(finding), highlight=False)
    counts = {kind: sum(finding.severity == kind for finding in findings) for kind in _STYLES}
    told = ", ".join(f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in counts.items() if count)
    console.print(f"{escape(str(file))}: {len(lexicon)} entries, {told or 'nothing to say'}", highlight=False)
    if counts["error"] or (strict and counts["warning"]):
        raise typer.Exit(1)


@app.command("preview")
def preview_command(
    file: File,
    voice: Voice = "en-us",
    language: Language = None,
    term: Annotated[list[str] | None, typer.Option(help="Only this term; may be given again.")] = None,
    out: Annotated[Path | None, typer.Option(help="A folder for one WAV file a term, before and after.")] = None,
    play_to: Annotated[Path | None, typer.Option(help="One WAV file with all terms, before and after.")] = None,
) -> None:
    """Show in IPA how the voice says each term now and how it will, and speak both into files."""
    entries = _chosen(Lexicon.load(file, language=language), term or [])
    tts = _voice(voice)
    table = Table(title=f"{file.name}, by {voice}", title_justify="left")
    for column in ("term", "now", "then", ""):
        table.add_column(column, overflow="fold")
    for row in preview(entries, tts.phonemes):
        then = row.then or f"({row.entry.say_as or 'silent'})"
        table.add_row(*map(escape, (row.entry.term, row.now, then, _remark(row, tts))))
    console = Console()
    console.print(table)
    if out is not None or play_to is not None:
        for path in _speak(entries, tts, out, play_to):
            console.print(escape(str(path)), highlight=False)


def _told(finding: Finding) -> str:
    place = f"line {finding.entry.line}: " if finding.entry.line else ""
    style = _STYLES[finding.severity]
    told = escape(f"{finding.entry.term!r} {finding.reason}; {finding.advice}")
    return f"{place}[{style}]{finding.severity}[/] {told} [dim]({finding.code})[/]"


def _voice(name: str) -> EspeakTTS:
    from ..models.espeak import EspeakTTS

    try:
        return EspeakTTS(name)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--voice") from error


def _chosen(lexicon: Lexicon, terms: list[str]) -> list[Entry]:
    known = {entry.term for entry in lexicon.entries}
    if missing := [term for term in terms if term not in known]:
        raise LexiconError(f"{', '.join(map(repr, missing))} is no term of the lexicon")
    return [entry for entry in lexicon.entries if entry.term.strip() and (not terms or entry.term in terms)]


def _remark(row: Preview, tts: EspeakTTS) -> str:
    if dropped := _dropped(row.entry, tts):
        return f"not by this voice: {dropped}"
    if row.same:
        return "as it is"
    return "stress only" if row.same_but_for_stress else ""


def _dropped(entry: Entry, tts: EspeakTTS) -> str:
    """Why the voice cannot say it so; "" if it can."""
    from ..text.ssml import dialect, write

    reasons: list[str] = []
    write(spoken(entry, entry.term), dialect(tts.markup), lambda _, reason: reasons.append(reason))
    return reasons[0] if reasons else ""


def _speak(entries: list[Entry], tts: EspeakTTS, out: Path | None, play_to: Path | None) -> list[Path]:
    """Write the terms before and after; the paths of the files."""
    from ..audio.wav import write_wav

    paths: list[Path] = []
    all_of_them: list[NDArray[np.int16]] = []
    if out is not None:
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise AudioFileError(out, f"is no folder to write to: {error.strerror or error}") from error
    for number, entry in enumerate(entries, 1):
        sound = np.concatenate([_said(entry.term, tts), _silence(PAUSE_S, tts), _said(spoken(entry, entry.term), tts)])
        if out is not None:
            paths.append(out / f"{number:03d}-{_slug(entry.term)}.wav")
            write_wav(paths[-1], sound, tts.sample_rate)
        all_of_them += [sound, _silence(GAP_S, tts)]
    if play_to is not None and all_of_them:
        write_wav(play_to, np.concatenate(all_of_them[:-1]), tts.sample_rate)
        paths.append(play_to)
    return paths


def _said(text: str, tts: EspeakTTS) -> NDArray[np.int16]:
    from ..audio.frames import samples_of
    from ..timing import run_virtual

    async def whole() -> AsyncIterator[str]:
        yield text

    async def heard() -> list[NDArray[np.int16]]:
        return [samples_of(frame)[:, 0] async for frame in tts(whole())]

    return np.concatenate([np.zeros(0, np.int16), *run_virtual(heard)])


def _silence(seconds: float, tts: EspeakTTS) -> NDArray[np.int16]:
    return np.zeros(round(seconds * tts.sample_rate), np.int16)


def _slug(term: str) -> str:
    return re.sub(r"\W+", "-", term).strip("-")[:40] or "term"
