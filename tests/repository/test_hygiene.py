"""What is in git, and what is not: no big file, no path of one machine, no secret, nothing half merged."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

LARGEST_BYTES = 1_000_000
BINARY = {".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".png", ".jpg", ".woff2"}
FORBIDDEN = {
    "a path of one machine": r"/(?:home|Users|root|work|workspace)/[\w.-]+|[A-Z]:\\\\?Users",
    "a private address": r"\b(?:10|192\.168)(?:\.\d{1,3}){2,3}\b",
    "a key": r"\b(?:sk-[A-Za-z0-9]{20,}|gh[pousr]_[A-Za-z0-9]{30,}|AKIA[0-9A-Z]{16})\b|-----BEGIN [A-Z ]*PRIVATE KEY",
    "a conflict": r"^(?:<{7}|>{7}) ",
    "trailing white space": r"[ \t]+$",
    "a carriage return": r"\r",
}


@pytest.fixture(scope="module")
def tracked(root: Path) -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True, timeout=30).stdout
    return [path for name in listing.decode().split("\0") if name and (path := root / name).is_file()]


@pytest.fixture(scope="module")
def texts(tracked: list[Path]) -> dict[Path, str]:
    return {path: path.read_text(encoding="utf-8") for path in tracked if path.suffix not in BINARY}


def test_no_file_is_large(tracked: list[Path]) -> None:
    assert {path.name: size for path in tracked if (size := path.stat().st_size) > LARGEST_BYTES} == {}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_text_holds(what: str, texts: dict[Path, str], root: Path) -> None:
    pattern = re.compile(FORBIDDEN[what], re.MULTILINE)
    found = [
        f"{path.relative_to(root)}:{number}: {line.strip()[:120]}"
        for path, text in texts.items()
        for number, line in enumerate(text.split("\n"), 1)
        if pattern.search(line)
    ]
    assert found == [], what


def test_every_text_ends_with_one_new_line(texts: dict[Path, str], root: Path) -> None:
    wrong = [str(path.relative_to(root)) for path, text in texts.items() if text and text.rstrip("\n") + "\n" != text]
    assert wrong == []


def test_built_and_recorded_things_stay_out(root: Path) -> None:
    ignored = [".venv/x", "build/demo/x", "recordings/x", "kit/__pycache__/x.pyc", "notebooks/.ipynb_checkpoints/x"]
    check = subprocess.run(["git", "check-ignore", *ignored], cwd=root, capture_output=True, text=True, timeout=30)
    assert check.stdout.split() == ignored


def test_the_licence_is_whole(root: Path) -> None:
    text = (root / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert len(text) > 11_000


def test_the_check_of_a_fresh_clone_can_be_run(root: Path) -> None:
    assert os.access(root / ".ci" / "run", os.X_OK)
    subprocess.run(["bash", "-n", ".ci/run"], cwd=root, check=True, timeout=30)
