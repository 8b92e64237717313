"""`kit doctor`: which parts are here, and how to get the missing ones."""

from __future__ import annotations

import platform
import shutil

from rich.console import Console
from rich.table import Table

from ..models import available
from ..version import __version__

PROGRAMS = {
    "chromium": "for the browser tests; Debian and Ubuntu: apt install chromium",
    "livekit-server": "for rooms of your own; go install github.com/livekit/livekit-server/cmd/server@v1.13.5",
}


def command() -> None:
    """Show which engines and programs are here, and how to get the missing ones."""
    console = Console()
    console.print(f"kit {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    engines = Table(title="Engines", title_justify="left")
    for column in ("part", "name", "what it is", "here", "how to get it"):
        engines.add_column(column, overflow="fold")
    for engine in available():
        here = f"[green]{engine.version or 'yes'}[/]" if engine.installed else "[red]no[/]"
        engines.add_row(engine.part, engine.name, engine.title, here, "" if engine.installed else engine.install)
    console.print(engines)
    programs = Table(title="Programs", title_justify="left")
    for column in ("program", "here", "how to get it"):
        programs.add_column(column, overflow="fold")
    for program, how in PROGRAMS.items():
        path = shutil.which(program)
        programs.add_row(program, f"[green]{path}[/]" if path else "[yellow]no[/]", "" if path else how)
    console.print(programs)
