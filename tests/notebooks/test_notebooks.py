"""Every notebook: in git without outputs, and running from top to bottom in a kernel of its own."""

from __future__ import annotations

import re
import subprocess
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from kit.tuning import Tuning, paths

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
RUN_S = 90

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@each_notebook
def test_git_holds_no_outputs(path: Path) -> None:
    """What the next commit would hold; the file itself may have been run."""
    show = ["git", "show", f":{path.relative_to(FOLDER.parent).as_posix()}"]
    staged = subprocess.run(show, cwd=FOLDER.parent, capture_output=True, timeout=30)
    text = staged.stdout.decode() if staged.returncode == 0 else path.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    assert "widgets" not in notebook.metadata
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [], cell.source
            assert cell.execution_count is None, cell.source


@each_notebook
def test_it_begins_with_its_title_and_explains_itself(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert cells[0].cell_type == "markdown"
    assert cells[0].source.startswith("# ")
    prose = sum(cell.cell_type == "markdown" for cell in cells)
    assert prose >= len(cells) / 3


@each_notebook
def test_what_it_names_is_there(path: Path) -> None:
    """Settings by their paths, and other notebooks."""
    prose = "\n".join(c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "markdown")
    groups = "|".join(Tuning().as_dict())
    named = set(re.findall(rf"\b(?:{groups})\.[a-z_]+\b", prose))
    assert named <= set(paths())
    assert all((FOLDER / name).exists() for name in re.findall(r"\(([\w.]+\.ipynb)\)", prose))


@each_notebook
def test_it_ends_with_something_to_take_away_and_to_try(path: Path) -> None:
    prose = "\n".join(c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "markdown")
    assert prose.index("## Take it away") < prose.index("## Try next")


@each_notebook
def test_it_runs_from_top_to_bottom(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=RUN_S, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}
    )
    client.execute()
    assert _took_s(notebook) < RUN_S
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"] == []
    assert any("image/png" in output.get("data", {}) or "image/svg+xml" in output.get("data", {}) for output in outputs)


def _took_s(notebook: nbformat.NotebookNode) -> float:
    """From the first cell's start to the last one's end, as the kernel tells it."""
    told = [cell.metadata.execution for cell in notebook.cells if cell.cell_type == "code"]
    began, ended = told[0]["iopub.status.busy"], told[-1]["iopub.status.idle"]
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
