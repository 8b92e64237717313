"""What `make` offers, and that its environment, conda's and the project file say the same."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def make(root: Path, *arguments: str) -> str:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    run = subprocess.run(["make", *arguments], cwd=root, capture_output=True, text=True, timeout=60, env=own)
    assert run.returncode == 0, run.stderr
    return run.stdout


def targets(root: Path) -> list[str]:
    return re.findall(r"^  make (\w+) ", make(root), re.MULTILINE)


def test_make_alone_lists_the_targets(root: Path) -> None:
    assert {"help", "lab", "test", "demo", "check", "bench", "clean"} <= set(targets(root))
    assert make(root) == make(root, "help")


def test_every_listed_target_can_be_made(root: Path) -> None:
    for target in targets(root):
        assert make(root, "-n", target).strip()
    phony = re.search(r"^\.PHONY: (.*)", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert phony
    assert set(targets(root)) <= set(phony[1].split())


def test_the_readme_names_only_targets_that_exist(root: Path) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    named = set(
        re.findall(r"\bmake ([a-z]+)\b", " ".join(re.findall(r"`[^`]+`|^    .*|^make .*", readme, re.MULTILINE)))
    )
    assert named
    assert named <= set(targets(root))


def test_lab_takes_a_port_and_arguments(root: Path) -> None:
    command = make(root, "-n", "lab", "PORT=9123", "LAB_ARGS=--no-browser").splitlines()[-1]
    assert "--port=9123" in command
    assert "--no-browser" in command
    assert "notebooks/01_first_conversation.ipynb" in command
    assert "token" not in command


def test_conda_installs_what_make_lab_does(root: Path, project: dict[str, Any]) -> None:
    text = (root / "environment.yml").read_text(encoding="utf-8")
    extras = re.search(r"ready-lab: EXTRAS = (\S+)", (root / "Makefile").read_text(encoding="utf-8"))
    assert extras
    assert f"-e .[{extras[1]}]" in text
    assert f"python{project['project']['requires-python']}" in text
    assert set(extras[1].split(",")) <= set(project["project"]["optional-dependencies"])


def test_the_version_has_one_place(project: dict[str, Any]) -> None:
    assert "version" in project["project"]["dynamic"]
    assert project["tool"]["hatch"]["version"]["path"] == "kit/version.py"
