"""What the benchmarks of sound rest on: the same work for all, and a count of lost samples that finds them."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

FOLDER = Path(__file__).parent
NAMES = {path.stem for path in FOLDER.glob("*.py")}


@pytest.fixture(autouse=True)
def beside_each_other(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The modules find each other by their bare names, as they do when they are run as scripts."""
    monkeypatch.syspath_prepend(str(FOLDER))
    yield
    for name in NAMES:
        sys.modules.pop(name, None)


def load(name: str) -> ModuleType:
    return importlib.import_module(name)


def test_every_row_has_its_run() -> None:
    plan = load("sound_plan")
    assert {row.run for row in plan.ROWS} == set(plan.RUNS)


def test_every_job_is_known_and_every_party_can_do_it() -> None:
    plan, worker, jobs = load("sound_plan"), load("worker"), load("sound_jobs")
    assert {run.job for run in plan.RUNS.values()} == set(worker.SOUND_JOBS)
    assert all(hasattr(jobs, job) for job in worker.SOUND_JOBS)
    needs = {"volume": "def loudness", "mixing": "def mixer"}
    for run in plan.RUNS.values():
        need = needs.get(run.job, "def respell" if "pronunciation" in run.job else f"def {run.job}")
        for party in run.options:
            assert need in (FOLDER / f"{worker.MODULES[party]}_sound.py").read_text(encoding="utf-8"), (run, party)


def test_what_runs_beside_pipecat_imports_nothing_of_the_kit() -> None:
    for name in ("worker", "gauges", "sound_jobs", "sound_work", "sound_lost", "pipecat_sound"):
        imports = re.findall(
            r"^(?:from|import) (\w+)", (FOLDER / f"{name}.py").read_text(encoding="utf-8"), re.MULTILINE
        )
        assert not {"kit", "livekit", "tests"} & set(imports), name


def test_the_text_is_the_same_each_time_and_holds_its_terms() -> None:
    work = load("sound_work")
    once, again = work.text(100), work.text(100)
    assert once == again
    assert len(work.text(10_000).terms) == 10_000
    assert "".join(once.chunks).splitlines() == once.sentences
    assert sum(term in " ".join(once.sentences) for term in once.terms) > 90
    assert any(" " in term for term in once.terms)


def test_a_sentence_that_is_said_wrongly_is_counted() -> None:
    work, jobs = load("sound_work").text(10), load("sound_jobs")
    assert jobs._wrong(work, " ".join(work.said)) == 0
    assert jobs._wrong(work, "\n".join(work.said[1:])) == 1
    assert jobs._wrong(work, "".join(work.sentences)) == len(work.sentences)


@pytest.mark.parametrize(
    ("heard", "lost"),
    [
        (lambda sound: sound, 0),
        (lambda sound: sound[4_000:], 4_000),
        (lambda sound: sound[:-300], 300),
        (lambda sound: np.concatenate([sound[:100_000], sound[100_070:]]), 70),
        (lambda sound: np.concatenate([np.zeros(1_024, np.int16), sound, np.zeros(99, np.int16)]), 0),
        (lambda sound: sound // 3 + 40, 0),
        (lambda sound: sound[:0], "all"),
        (lambda sound: np.zeros_like(sound), "all"),
    ],
)
def test_lost_samples_are_found(heard: Any, lost: int | str) -> None:
    work = load("sound_work")
    sound = work.noise(4.0, work.RATE)[:, 0]
    assert load("sound_lost").lost_samples(sound, heard(sound)) == (len(sound) if lost == "all" else lost)


def test_a_target_may_be_another_party_s_figure() -> None:
    plan = load("plan")
    row = plan.Row("a job", "a run", ("a",), target=(plan.Target(4, "times better", "the seed"), plan.Target(10)))
    figures = {"kit": 8.0, "the seed": 32.0, "pipecat": 12.0, "limit": 1.0}
    assert plan.Result(row, figures).reached is True
    assert plan.Result(row, {**figures, "the seed": 31.0}).reached is False
    assert plan.Result(row, {**figures, "kit": 10.5, "the seed": 99.0}).reached is False
    assert plan.Result(row, {"kit": 8.0}).reached is False
    assert plan.Result(row, figures).times_better == 1.5  # than pipecat, the best of the others


def test_a_party_that_cannot_be_had_is_told_and_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage, processes, plan = load("stage"), load("processes"), load("plan")
    monkeypatch.setattr(stage, "PEERS", tmp_path / "peers")
    monkeypatch.setattr(stage, "PIPECAT", "pipecat-ai @ file:///there/is/no/such.whl")
    monkeypatch.setattr(processes, "worker", lambda party, *_, **__: {"party": party})
    prepared = stage.Stage(tmp_path)
    run = plan.Run("volume", {"kit": {}, "pipecat": {}})
    assert [party for party, _ in processes.rounds(run, 2, prepared)] == ["kit", "kit"]
    assert "cannot be installed" in prepared.missing["pipecat"]
