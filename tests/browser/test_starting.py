"""From `make lab` to a page that talks, on a machine that is set up: the two commands that a stranger types.

The figures go to build/figures/starting.json; `make figures` holds the bar.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.notebook_files import write_notebook
from tests.browser.talking_page import TalkingPage, spoken
from tests.figures import report

if TYPE_CHECKING:
    from tests.browser.conftest import Lab, NotebookPage

pytestmark = pytest.mark.browser

BARS = {"from make lab to a talking page, s": 15.0}
CELL = """
from IPython.display import display
from kit.widgets import Talk, TuningPanel

talk = Talk()
display(talk, TuningPanel(talk))
"""


@pytest.fixture
def notebook(root: Path) -> Iterator[str]:
    """The lines of the README, in a notebook of the project's folder."""
    path = root / "build" / "starting" / "talk.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_notebook(path, [CELL])
    yield str(path.relative_to(root))
    path.unlink()


def test_make_lab_leads_to_a_talking_page(
    notebook: str, root: Path, tmp_path: Path, make_lab: Callable[[], Lab], open_notebook: Callable[..., NotebookPage]
) -> None:
    microphone = spoken(root / "data" / "questions" / "name.wav", tmp_path / "microphone.wav")
    begun = time.monotonic()
    served = make_lab()
    answered_s = time.monotonic() - begun
    talking = TalkingPage(open_notebook(notebook, at=served, microphone=microphone, width=1500, height=1050))
    opened_s = time.monotonic() - begun
    talking.run(0)
    talking.press("▶ Start")
    talking.wait_for_state("Listening")
    figures = {
        "from make lab to its answer, s": round(answered_s, 2),
        "from make lab to an open notebook, s": round(opened_s, 2),
        "from make lab to a talking page, s": round(time.monotonic() - begun, 2),
    }
    page = talking.page
    page.get_by_role("slider", name="How loud").first.wait_for()
    talking.wait_for_state("Speaking", wait_s=90)
    talking.wait_for_state("Listening")
    assert "what is your name" in talking.transcript() and "agent" in talking.transcript()
    page.screenshot(path=str(root / "build" / "screenshots" / "starting.png"))
    talking.press("■ Stop")
    talking.wait_for_state("Off")
    assert talking.notebook.console_errors == []
    report("starting", figures, BARS)
