"""What must be there before some of the runs: the sound files, and an environment for each party that needs its own.

Each is made when the first run asks for it.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

from plan import PARTIES, Party
from processes import ROOT, MeasurementFailed, python

PEERS = ROOT / "build" / "peers"
PIPECAT = "pipecat-ai==1.14.*"
"""It wants other versions of what the kit needs, so it cannot be in the kit's environment."""
INSTALL_LIMIT_S = 300


class Stage:
    """`folder`: an empty one, for the sound files. `missing`: by party, why it takes no part."""

    def __init__(self, folder: Path) -> None:
        self.missing: dict[Party, str] = {}
        self._folder = folder
        self._interpreters: dict[Party, str] = {}

    def folder(self) -> str:
        """The folder of the sound files.

        Raises:
            MeasurementFailed: they could not be made.
        """
        if not any(self._folder.iterdir()):
            python(str(Path(__file__).with_name("sound_files.py")), str(self._folder))
        return str(self._folder)

    def interpreter(self, party: Party) -> str | None:
        """The Python that runs a party; None where it cannot take part, and `missing` says why."""
        if party in self.missing:
            return None
        if party not in self._interpreters:
            try:
                self._interpreters[party] = self._prepared(party)
            except MeasurementFailed as error:
                self.missing[party] = str(error)
                return None
        return self._interpreters[party]

    def _prepared(self, party: Party) -> str:
        if party == "pipecat":
            return environment(party, PIPECAT)
        if party == "the seed":
            python("-c", "from tests.seed import seed_code; seed_code.document_path().read_text()")
        assert party in PARTIES
        return sys.executable


def environment(name: str, requirement: str) -> str:
    """The Python of an environment under build/peers that has this package; made where it is not there.

    Raises:
        MeasurementFailed: the package cannot be had.
    """
    folder = PEERS / name
    interpreter, ready = folder / "bin" / "python", folder / "ready"
    if ready.is_file() and ready.read_text() == requirement:
        return str(interpreter)
    for command in _commands(folder, interpreter, requirement):
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_LIMIT_S, check=False)
        except subprocess.TimeoutExpired as error:
            raise MeasurementFailed(f"{requirement}: not installed after {INSTALL_LIMIT_S} s") from error
        if done.returncode:
            raise MeasurementFailed(f"{requirement} cannot be installed: {done.stderr.strip()[-500:]}")
    ready.write_text(requirement)
    return str(interpreter)


def _commands(folder: Path, interpreter: Path, requirement: str) -> list[list[str]]:
    """By uv where it is there, as the Makefile has it; else by pip."""
    if importlib.util.find_spec("uv") is None:
        return [
            [sys.executable, "-m", "venv", "--clear", str(folder)],
            [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement],
        ]
    uv = [sys.executable, "-m", "uv"]
    return [
        [*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)],
        [*uv, "pip", "install", "--quiet", "--python", str(interpreter), requirement],
    ]
