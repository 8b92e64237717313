"""The first notebook, as a person sees it who opens it and runs it from the top."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import NotebookPage

pytestmark = pytest.mark.browser


def test_it_runs_from_top_to_bottom_with_its_figures(open_notebook: Callable[..., NotebookPage]) -> None:
    notebook = open_notebook("notebooks/01_first_conversation.ipynb")
    notebook.run_all()
    notebook.screenshot()
    assert notebook.errors() == []
    assert notebook.not_run() == []
    assert notebook.console_errors == []
    assert notebook.figures() >= 3
