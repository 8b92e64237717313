"""What must not stop a conversation: an interrupted cell, a kernel held up, a page that sleeps, another notebook."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from kit.plots import palette
from tests.browser.talk_view import RUNNING, TalkView

if TYPE_CHECKING:
    from tests.browser.conftest import Lab, NotebookPage

pytestmark = pytest.mark.browser

CELLS = [
    "from kit.widgets import Talk, Waveform\ntalk = Talk(recordings=['data/questions/name.wav'])\ntalk",
    "import time\nprint('busy')\nwhile True:\n    time.sleep(0.01)",
    "import ctypes\nctypes.PyDLL(None).sleep(9)  # holds the interpreter all the while",
    "wave = Waveform(talk)\nwave",
]
INTERRUPT = "() => window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.interrupt()"
WAVE_PIXELS = """([selector, colour]) => {
    const canvas = document.querySelector(selector), context = canvas.getContext('2d');
    const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
    let count = 0;
    for (let i = 0; i < data.length; i += 4) {
        const off = colour.map((value, n) => Math.abs(data[i + n] - value));
        if (off[0] + off[1] + off[2] < 24 && data[i + 3] > 200) count += 1;
    }
    return count > 100;
}"""


def _answered(view: TalkView, text: str) -> None:
    view.type(text)
    view.says(f"You ask: {text}")


def test_in_one_kernel(open_notebook: Callable[..., NotebookPage], lab: Lab) -> None:
    notebook = open_notebook(lab.write("goes_on.ipynb", CELLS), height=1200)
    notebook.wait_for_kernel()
    view = TalkView(notebook)
    view.run_cell(0)
    view.press("▶ Start")
    view.until(*RUNNING)
    _kernel_interrupted(view)
    _kernel_held_up(view)
    _page_asleep(view)
    _drawn_live(view)
    view.press("■ Stop")
    view.until("Off")
    assert view.python("len(talk.conversations)") == 1
    assert notebook.console_errors == []


def _kernel_interrupted(view: TalkView) -> None:
    """While no cell runs, and while one does."""
    view.page.evaluate(INTERRUPT)
    _answered(view, "what is one")
    view.run_cell(1)
    view.page.locator(".jp-OutputArea-output", has_text="busy").wait_for()
    _answered(view, "what is two")
    view.page.evaluate(INTERRUPT)
    view.page.locator(".jp-OutputArea-output", has_text="KeyboardInterrupt").wait_for()
    _answered(view, "what is three")
    assert view.python("[talk.running, talk.problem]") == [True, ""]


def _kernel_held_up(view: TalkView) -> None:
    """The page says so, and goes on when the kernel answers again."""
    view.run_cell(2)
    view.until("No answer")
    view.notice("The kernel does not answer.")
    view.notebook.screenshot("talk-no-answer")
    view.until(*RUNNING)
    assert "does not answer" not in view.view.locator(".kit-talk-notice").inner_text()
    _answered(view, "what is four")


def _page_asleep(view: TalkView) -> None:
    """It hears nothing meanwhile. What is said stands there when it wakes, and the record's times hold."""
    view.notebook.wait_for_kernel()
    zero = "__import__('time').time() - talk._run.live.t"
    began, lines = view.python(zero), len(view.lines("you"))
    view.python("__import__('threading').Timer(7, talk.say, ['what is five']).start()")
    devtools = view.page.context.new_cdp_session(view.page)
    devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
    time.sleep(10)
    devtools.send("Page.setWebLifecycleState", {"state": "active"})
    view.says("You ask: what is five")
    view.until(*RUNNING)
    assert len(view.lines("you")) == lines + 1
    assert view.python(zero) == pytest.approx(began, abs=0.1)


def _drawn_live(view: TalkView) -> None:
    """A Waveform of the Talk shows who sounds, while they do."""
    view.run_cell(3)
    view.page.locator(".kw-main").wait_for()
    view.press("▶ Say it")
    view.page.locator(".kw-main").scroll_into_view_if_needed()  # out of sight nothing is drawn
    for colour in (palette.USER, palette.AGENT):
        wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        view.page.wait_for_function(WAVE_PIXELS, arg=[".kw-main", wanted], polling=500)
    view.notebook.screenshot("talk-waveform-light")
    view.notebook.theme("Dark")
    view.page.wait_for_timeout(1000)
    view.notebook.screenshot("talk-waveform-dark")


def test_two_notebooks_at_once(open_notebook: Callable[..., NotebookPage], lab: Lab) -> None:
    """Each in its kernel: neither hears of the other."""
    both = []
    for number in (1, 2):
        notebook = open_notebook(lab.write(f"both_{number}.ipynb", CELLS[:1]))
        notebook.run_all()
        both.append(TalkView(notebook))
        both[-1].press("▶ Start")
        both[-1].until(*RUNNING)
    for number, view in enumerate(both):
        _answered(view, f"what is {number}")
    for view in both:
        view.press("▶ Say it")
    for number, view in enumerate(both):
        view.says("I am a script with a few rules")
        view.until("Listening")
        assert f"what is {1 - number}" not in view.view.inner_text()
    both[0].press("■ Stop")
    both[0].until("Off")
    assert both[1].python("[talk.running, talk.notice == '' or 'microphone' in talk.notice]") == [True, True]
    _answered(both[1], "what is three")
    assert all(view.notebook.console_errors == [] for view in both)
