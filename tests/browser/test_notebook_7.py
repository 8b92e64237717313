"""The widgets in Jupyter Notebook 7, which is another page than JupyterLab: seen, turned and talked to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.talking_page import TalkingPage

if TYPE_CHECKING:
    from tests.browser.conftest import Lab, NotebookPage

pytestmark = pytest.mark.browser

CELLS = [
    """
from kit.lab import converse
from kit.widgets import Compare, LatencyTimeline, LedgerTable, Talk, TuningPanel, Waveform

talk = Talk()
panel = TuningPanel(talk)
display(talk, panel)
""",
    """
held = converse("data/questions/name.wav", latency="typical")
display(Waveform(held), LatencyTimeline(held), LedgerTable(held), Compare(held, held))
""",
]
DRAWN = """selector => {
    const canvas = document.querySelector(selector);
    return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(value => value > 0);
}"""


def test_widgets_work_in_notebook_7(open_notebook: Callable[..., NotebookPage], lab: Lab) -> None:
    talking = TalkingPage(open_notebook(lab.write("notebook7.ipynb", CELLS), classic=True, height=1600))
    page = talking.page
    talking.run(0)
    talking.press("▶ Start")
    talking.wait_for_state("Listening")
    line = page.get_by_placeholder("type instead…")
    line.fill("hello")
    line.press("Enter")
    page.locator(".kit-talk-transcript").get_by_text("I am a script").wait_for(timeout=60_000)
    slider = page.locator('.kit-panel [data-path="volume.level"] .kit-slider')
    slider.focus()
    slider.press("Home")
    page.locator(".kit-changes").get_by_text("How loud 100 → 0 %").wait_for()
    assert talking.notebook.python("print(talk.session.tuning.volume.level)") == "0.0"
    talking.run(1)
    page.locator(".kw-main").scroll_into_view_if_needed()
    page.wait_for_function(DRAWN, arg=".kw-main")
    page.locator(".kit-compare .kc-table").wait_for()
    assert page.locator(".kl-row").count() == 1
    talking.press("■ Stop")
    talking.wait_for_state("Off")
    talking.notebook.screenshot("notebook-7")
    assert talking.notebook.errors() == []
    assert talking.notebook.widget_errors == []  # Notebook 7.6 has some of its own, of an empty notebook too
