"""Talk where things are not as they should be: no microphone, a cell that is run twice, a kernel that is restarted, and
a page that waits for the cell that runs, as in VS Code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.talk_view import TalkView

if TYPE_CHECKING:
    from tests.browser.conftest import Lab, NotebookPage

pytestmark = pytest.mark.browser

CELL = """
from kit import AgentSession, models
from kit.widgets import Talk
if "session" not in globals():
    session = AgentSession(**models.local())
talk = Talk(session)
talk
"""
ANEW = "anew = Talk()\nanew"
BUSY = "import time\ntime.sleep(6)"
NO_SUBSHELLS = """() => {
    window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.commsOverSubshells = 'disabled';
}"""
NOT_SAID = "text => !document.querySelector('.kit-talk-notice').textContent.includes(text)"
RESTART = "() => window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.restart()"


def test_trouble_is_told_in_words_and_leaves_nothing_running(
    open_notebook: Callable[..., NotebookPage], lab: Lab
) -> None:
    notebook = open_notebook(lab.write("trouble.ipynb", [CELL, ANEW, BUSY]))
    notebook.wait_for_kernel()
    page = TalkView(notebook)
    page.page.evaluate(NO_SUBSHELLS)
    page.run_cell(0)
    _without_a_microphone(page)
    _by_keys(page)
    _waits_for_a_cell(page)
    _run_twice(page)
    _run_twice_with_a_session_of_its_own(page)
    _kernel_restarted(page)
    assert notebook.console_errors == []


def _without_a_microphone(page: TalkView) -> None:
    """It says what to do, and typing goes on."""
    page.view.get_by_role("button", name="▶ Start").click()
    page.until("Listening")
    page.notice("Meanwhile you can type, or play a recording.")
    page.type("hello")
    page.view.locator(".kit-talk-transcript").get_by_text("I am a script").wait_for()


def _by_keys(page: TalkView) -> None:
    """M mutes, Space stops and starts; while typing they are letters."""
    line = page.view.get_by_placeholder("type instead…")
    line.press("m")
    line.press("Space")
    assert line.input_value() == "m "
    page.view.focus()
    page.page.keyboard.press("m")
    page.view.get_by_role("button", name="Unmute").wait_for()
    page.page.keyboard.press("m")
    page.view.get_by_role("button", name="Mute", exact=True).wait_for()
    page.page.keyboard.press("Space")
    page.until("Off")
    page.page.keyboard.press("Space")
    page.until("Listening")


def _waits_for_a_cell(page: TalkView) -> None:
    """It is not taken for gone, it says so, and what is done meanwhile is done later."""
    page.notebook.python("from kit.widgets.talking import presence; presence.SILENT_PAGE_S = 2")
    owner = page.notebook.python("print(talk.owner)")
    page.run_cell(2)
    page.notice("A cell runs")
    page.type("what is late")
    assert page.view.get_by_role("button", name="Use the sound here").is_hidden()
    page.notebook.screenshot("talk-waits-for-a-cell")
    page.view.locator(".kit-talk-transcript").get_by_text("You ask: what is late").wait_for()
    page.page.wait_for_function(NOT_SAID, arg="A cell runs")
    assert page.notebook.python("print(talk.owner)") == owner != ""


def _run_twice(page: TalkView) -> None:
    """The conversation that runs is ended and kept, and the new Talk can begin another."""
    before = page.notebook.python("print(len(session.journal), session.closed)")
    page.run_cell(0)
    page.until("Off")
    assert page.page.locator(".kit-talk").count() == 1
    said = page.notebook.python("import threading; print([t.name for t in threading.enumerate()].count('kit-session'))")
    assert int(said) <= 1, (before, said)
    page.view.get_by_role("button", name="▶ Start").click()
    page.until("Listening")
    assert page.notebook.python("print(talk.running)") == "True"


def _run_twice_with_a_session_of_its_own(page: TalkView) -> None:
    """Of what a cell made before, nothing is left running."""
    page.run_cell(1)
    page.page.wait_for_function("() => document.querySelectorAll('.kit-talk').length === 2")
    page.notebook.python("first = anew; first.start()")
    for _ in range(2):
        page.run_cell(1)
        page.notebook.wait_for_kernel()
    page.page.wait_for_function("() => document.querySelectorAll('.kit-talk').length === 2")
    assert page.notebook.python("print(first.running, first.comm, anew.comm is None)") == "False None False"
    said = page.notebook.python("import threading; print([t.name for t in threading.enumerate()].count('kit-session'))")
    assert int(said) <= 1


def _kernel_restarted(page: TalkView) -> None:
    """The page sees that nobody is there any more, and lets go of its sound."""
    page.page.evaluate(RESTART)
    page.notice("The kernel was restarted, or is gone")
    assert page.view.locator(".kit-talk-state").inner_text() == "Kernel gone"
