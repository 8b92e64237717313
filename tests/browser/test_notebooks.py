"""Every notebook, as a person sees it who opens it and runs it from the top."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import NotebookPage

pytestmark = pytest.mark.browser

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
IN_THE_DARK = ("01_first_conversation", "04_pronunciation", "05_background_audio")
"""Those of which a picture is kept in a dark theme too."""
VIEW_MIME = "application/vnd.jupyter.widget-view+json"
VIEWS = """() => Array.from(document.querySelectorAll('.jp-OutputArea-output .kit-view'))
    .filter(view => view.getBoundingClientRect().height > 30).length"""
BROKEN = """() => Array.from(document.querySelectorAll('.jp-OutputArea-output'))
    .map(one => one.innerText).filter(text => /Error displaying widget|model not found|Loading widget/.test(text))"""
IS = "theme => document.body.dataset.jpThemeName === theme"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_from_top_to_bottom_with_its_figures_and_views(
    path: Path, open_notebook: Callable[..., NotebookPage]
) -> None:
    notebook = open_notebook(f"notebooks/{path.name}")
    notebook.run_all()
    views = sum(VIEW_MIME in output.get("data", {}) for output in notebook.outputs())
    notebook.page.wait_for_function(f"least => ({VIEWS})() >= least", arg=views, timeout=30_000)
    notebook.screenshot()
    assert notebook.errors() == []
    assert notebook.not_run() == []
    assert notebook.page.evaluate(BROKEN) == []
    assert notebook.console_errors == []
    assert views >= 2
    assert notebook.figures() >= 2
    if path.stem in IN_THE_DARK:
        notebook.theme("Dark")
        notebook.page.wait_for_function(IS, arg="JupyterLab Dark")
        notebook.screenshot(f"{path.stem}-dark")
        assert notebook.console_errors == []
        notebook.theme("Light")
        notebook.page.wait_for_function(IS, arg="JupyterLab Light")
