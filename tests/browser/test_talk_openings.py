"""Talk, Compare and Waveform are opened, used and closed twenty times: the kernel and the page are as they were."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kit.lab import converse
from tests.browser.talk_view import TalkView

if TYPE_CHECKING:
    from tests.browser.conftest import Lab, NotebookPage

pytestmark = pytest.mark.browser

OPENINGS = 20
COUNTING = """
window.kitOpen = { sounds: 0, listeners: 0, timers: new Set() };
const open = window.kitOpen;
window.AudioContext = class extends window.AudioContext {
    constructor(...given) { super(...given); open.sounds += 1; }
    close() { open.sounds -= 1; return super.close(); }
};
const add = EventTarget.prototype.addEventListener, remove = EventTarget.prototype.removeEventListener;
const ours = (target, kind) => (target === window && kind === 'pagehide');
window.addEventListener = function (kind, ...rest) {
    if (ours(window, kind)) open.listeners += 1;
    return add.call(window, kind, ...rest);
};
window.removeEventListener = function (kind, ...rest) {
    if (ours(window, kind)) open.listeners -= 1;
    return remove.call(window, kind, ...rest);
};
const set = window.setInterval, clear = window.clearInterval;
window.setInterval = (call, ms, ...rest) => {
    const id = set(call, ms, ...rest);
    if (String(call).includes('TALK_SILENT_AFTER')) open.timers.add(id);  // JupyterLab has timers of its own
    return id;
};
window.clearInterval = (id) => { open.timers.delete(id); clear(id); };
"""
IN_PAGE = """() => [window.kitOpen.sounds, window.kitOpen.listeners, window.kitOpen.timers.size,
    document.querySelectorAll('.kit-view').length]"""
CELLS = [
    """
import gc, threading
from IPython.display import display
from ipywidgets.widgets.widget import _instances
from kit import AgentSession
from kit.lab import Conversation
from kit.models import local
from kit.widgets import Compare, Talk, Waveform
held = Conversation.load("held-openings")

def left():
    gc.collect()
    return [sorted(thread.name for thread in threading.enumerate() if thread.name.startswith("kit")), len(_instances)]
""",
    """
talk = Talk(); wave = Waveform(talk); still = Waveform(held); pair = Compare(held, held)
display(talk, wave, still, pair)
""",
    "print(left())",
]


def test_twenty_openings_leave_nothing(
    open_notebook: Callable[..., NotebookPage], lab: Lab, root: Path, tmp_path: Path
) -> None:
    converse(root / "data/questions/name.wav", out=lab.folder / "held-openings", overwrite=True)
    (tmp_path / "counting.js").write_text(COUNTING)
    notebook = open_notebook(lab.write("openings.ipynb", CELLS), script=tmp_path / "counting.js")
    notebook.wait_for_kernel()
    view = TalkView(notebook)
    view.run_cell(0)
    notebook.wait_for_kernel()
    _once(view)
    kernel, page = view.python("left()"), notebook.page.evaluate(IN_PAGE)
    for _ in range(OPENINGS):
        _once(view)
    assert _settled(view, page) == page
    assert view.python("left()") == kernel
    assert kernel[0] == [] and page[0] == 0 and page[2:] == [0, 0]
    assert notebook.errors() == [] and notebook.console_errors == []


def _once(view: TalkView) -> None:
    view.run_cell(1)
    view.page.locator(".kit-compare .kc-table").wait_for()
    view.press("▶ Start")
    view.until("Listening")
    assert min(view.page.evaluate("() => [window.kitOpen.sounds, window.kitOpen.timers.size]")) >= 1
    view.python("[one.close() for one in (pair, still, wave, talk)]")
    view.page.wait_for_function("() => !document.querySelector('.kit-view')")


def _settled(view: TalkView, wanted: Any) -> Any:
    """What is open in the page, once it is what is wanted; it lets go of some things a little later."""
    for _ in range(50):
        if view.page.evaluate(IN_PAGE) == wanted:
            break
        view.page.wait_for_timeout(100)
    return view.page.evaluate(IN_PAGE)
