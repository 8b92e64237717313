"""The spoken questions: as the script makes them, and understood."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from kit import Tuning
from kit.lab import converse
from kit.session.records import PreemptionDiscarded, TurnCommitted


@pytest.fixture(scope="module")
def script(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_questions", root / "data" / "make_questions.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_script_makes_the_files_that_are_here(script: ModuleType, root: Path, tmp_path: Path) -> None:
    made = script.make(tmp_path)
    kept = sorted((root / "data" / "questions").glob("*.wav"))
    assert sorted(path.name for path in made) == [path.name for path in kept]
    for path in kept:
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_every_word_is_understood(script: ModuleType, root: Path) -> None:
    files = [root / "data" / "questions" / f"{name}.wav" for name in script.QUESTIONS]
    held = converse(files, latency="zero")
    assert [turn.text for turn in held.journal.of(TurnCommitted)] == [words for words, _ in script.QUESTIONS.values()]


def test_a_hesitation_is_one_turn_that_costs_an_attempt(root: Path) -> None:
    tuning = Tuning().replace({"preemption.enabled": True})
    held = converse(root / "data" / "questions" / "hesitation.wav", latency="typical", tuning=tuning)
    assert [turn.text for turn in held.journal.of(TurnCommitted)] == ["where are you what do you think"]
    assert [discarded.reason for discarded in held.journal.of(PreemptionDiscarded)] == ["transcript_changed"]
