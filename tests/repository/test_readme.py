"""What the README says is so: its code runs, its files are there, its tree is the tree."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[2] / "README.md"
TEXT = README.read_text(encoding="utf-8")
CODE = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
RUN_S = 120


def test_there_is_code_to_try() -> None:
    assert CODE
    assert len(CODE[0].strip().splitlines()) <= 12


@pytest.mark.parametrize("code", CODE, ids=[f"block-{number}" for number in range(1, len(CODE) + 1)])
def test_the_code_runs(code: str, root: Path, tmp_path: Path) -> None:
    """As it stands there, in a folder like the project's."""
    (tmp_path / "data").symlink_to(root / "data", target_is_directory=True)
    run = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:__main__", "-c", code],
        cwd=tmp_path,
        env={**os.environ, "MPLBACKEND": "agg", "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=RUN_S,
    )
    assert run.returncode == 0, run.stderr


def test_what_it_links_to_is_there(root: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", TEXT) if "://" not in link and not link.startswith("#")]
    assert links
    assert [link for link in links if not (root / link).exists()] == []


def test_every_folder_it_names_is_there(root: Path) -> None:
    tree = re.search(r"^```\nkit/\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert tree
    kit = re.findall(r"^  ([\w/.]+)", tree[1], re.MULTILINE)
    beside = re.findall(r"^(\w+/)", tree[1], re.MULTILINE)
    assert kit
    assert beside
    assert [name for name in kit if not (root / "kit" / name).exists()] == []
    assert [name for name in beside if not (root / name).exists()] == []
    packages = {path.parent.name for path in (root / "kit").glob("*/__init__.py")}
    assert packages - {name.strip("/") for name in kit} == set()
