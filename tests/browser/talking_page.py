"""A notebook page in which somebody talks: its cells are run one by one, and what it plays is listened to."""

from __future__ import annotations

import json
import time
import wave
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tests.browser.conftest import NotebookPage

TAP = Path(__file__).parent / "tap.js"
"""Given as the page's `script`, it measures what is heard."""
STATE = "() => document.querySelector('.kit-talk-state').textContent"


class TalkingPage:
    """A notebook whose first cell shows a Talk."""

    def __init__(self, notebook: NotebookPage) -> None:
        self.notebook = notebook
        self.page = notebook.page

    def run(self, number: int, wait_s: float = 60) -> Any:
        """Run a cell. Returns what it printed, read as JSON."""
        self.page.evaluate(
            "number => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = number;"
            " window.jupyterapp.commands.execute('notebook:run-cell'); }",
            number,
        )
        end = time.monotonic() + wait_s
        while time.monotonic() < end:
            self.page.wait_for_timeout(500)  # seldom: to look takes the page's own time
            cell = self.notebook.cells()[number]
            if cell.get("execution_count"):
                outputs = cell["outputs"]
                assert not [one for one in outputs if one["output_type"] == "error"], outputs
                printed = "".join("".join(one["text"]) for one in outputs if one.get("name") == "stdout")
                return json.loads(printed) if printed else None
        raise AssertionError(f"cell {number} did not end: {self.notebook.cells()[number]}")

    def wait_for_state(self, *states: str, wait_s: float = 60) -> None:
        self.page.wait_for_function(f"states => states.includes(({STATE})())", arg=list(states), timeout=wait_s * 1000)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()

    def transcript(self) -> str:
        return str(self.page.locator(".kit-talk-transcript").inner_text())

    def heard(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Times and loudness of what was played, shape (n, 2)."""
        return np.array(self.page.evaluate("() => window.kitTap.heard"), dtype=np.float64).reshape(-1, 2)


def spoken(recording: Path, path: Path) -> Path:
    """The recording with silence around it. Chromium plays it over and over, from when the microphone is opened."""
    with wave.open(str(recording)) as source:
        rate, samples = source.getframerate(), source.readframes(source.getnframes())
    with wave.open(str(path), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(rate)
        target.writeframes(bytes(2 * 4 * rate) + samples + bytes(2 * 30 * rate))
    return path
