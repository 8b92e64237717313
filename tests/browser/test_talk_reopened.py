"""A notebook's page that is closed and opened again while a conversation runs: it is found as it is, and goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.talk_view import RUNNING, TalkView

if TYPE_CHECKING:
    from tests.browser.conftest import Lab, NotebookPage

pytestmark = pytest.mark.browser

CELLS = ["from kit.widgets import Talk\ntalk = Talk()", "talk"]
SAVE = "() => window.jupyterapp.shell.currentWidget.context.save()"
SAVE_WITH_WIDGETS = """async () => {
    const { commands, shell } = window.jupyterapp;
    await commands.execute('@jupyter-widgets/jupyterlab-manager:saveWidgetState');
    await shell.currentWidget.context.save();
    await commands.execute('@jupyter-widgets/jupyterlab-manager:saveWidgetState');
}"""


def _open_again(view: TalkView) -> None:
    page = view.page
    page.goto("about:blank")
    page.go_back(wait_until="load", timeout=60_000)
    view.notebook.wait_for_kernel()


def test_a_conversation_outlives_its_page(open_notebook: Callable[..., NotebookPage], lab: Lab) -> None:
    notebook = open_notebook(lab.write("reopened.ipynb", CELLS))
    notebook.page.on("dialog", lambda dialog: dialog.accept())
    notebook.run_all()
    view = TalkView(notebook)
    view.press("▶ Start")
    view.until(*RUNNING)
    view.type("what is first")
    view.says("You ask: what is first")
    _not_saved(view)
    _saved(view)
    view.press("■ Stop")
    view.until("Off")
    assert view.python("[len(talk.conversations), talk.running]") == [1, False]
    said = view.python("[r.text for r in talk.conversation.journal if r.type == 'user_input']")
    assert said == ["what is first", "what is second", "what is third"]
    assert view.python("bool(abs(talk.conversation.audio[:, 1].astype(int)).max() > 1000)")
    _saved_without_its_kernel(view)
    assert notebook.console_errors == []


def _not_saved(view: TalkView) -> None:
    """The cell has no output any more. The conversation runs; the same Talk, shown again, is where it was."""
    _open_again(view)
    assert view.page.locator(".kit-talk").count() == 0
    assert view.python("talk.running")
    view.until_python("'No page shows this conversation' in talk.notice")
    view.run_cell(1)
    view.until(*RUNNING)
    view.says("You ask: what is first")
    view.notice("The conversation runs, and no page has its sound.")
    view.press("Use the sound here")
    view.until_python("talk.owner")
    view.until_python("'No page' not in talk.notice")
    view.type("what is second")
    view.says("You ask: what is second")
    view.until_python("talk.playback.get('agent', {}).get('played_s', 0) > 0.5")  # heard in the page


def _saved(view: TalkView) -> None:
    """The view stands there again, with all that was said."""
    view.page.evaluate(SAVE)
    _open_again(view)
    view.until(*RUNNING)
    view.says("You ask: what is first")
    view.says("You ask: what is second")
    view.notice("The conversation runs, and no page has its sound.")
    view.type("what is third")
    view.says("You ask: what is third")


def _saved_without_its_kernel(view: TalkView) -> None:
    """A view that only the notebook remembers says that nobody answers it, and what to do."""
    view.page.evaluate(SAVE_WITH_WIDGETS)
    view.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.sessionContext.shutdown()")
    _open_again(view)
    view.until("No answer")
    view.notice("where it was restarted, run the cell again")
    assert view.view.get_by_role("button", name="▶ Start").is_disabled()
