"""A script in an empty folder speaks as the notebook did: the same samples, the same background."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kit import Agent, Tuning, export
from kit.lab import Conversation, Recipe, Say, Typed, converse
from kit.ports import ChatChunk
from kit.session.records import SpeechFinished, SpeechStarted
from tests.lab.test_recipe import EVIL

TUNING = Tuning().replace(
    {
        "volume.level": 60.0,
        "preemption.enabled": True,
        "pronunciation.terms": {
            "script": "skript",
            "language model": {"ipa": "ˈlæŋɡwɪdʒ mˈɒdəl"},
            "know": {"say_as": "characters"},
            EVIL: EVIL,
        },
        "background.ambient": "office",
        "background.ambient_volume": 0.5,
    }
)


def run(script: Path, *arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    folder.mkdir()
    command = [sys.executable, str(script), *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240)


def answers(held: Conversation) -> list[tuple[str, NDArray[np.int16]]]:
    """What the agent said, with its sound."""
    began = {record.speech: record.t for record in held.journal.of(SpeechStarted)}
    found = []
    for record in held.journal.of(SpeechFinished):
        first = round(began[record.speech] * held.sample_rate)
        length = round(record.played_s * held.sample_rate)
        found.append((record.text, held.audio[first : first + length, 1]))
    return found


@pytest.fixture(scope="module")
def held(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Conversation:
    """As in a notebook: a greeting, a recorded question, and typed ones."""
    said = [
        Say(EVIL),
        root / "data" / "questions" / "name.wav",
        Typed(f"where are you {EVIL}"),
        Typed("what time is it"),
    ]
    return converse(
        said,
        tuning=TUNING,
        tts="espeak:en-gb?rate_wpm=190",
        agent=Agent(instructions=EVIL),
        latency="typical",
        name=EVIL,
        out=tmp_path_factory.mktemp("held") / "recording",
    )


def test_it_speaks_as_the_notebook_did(held: Conversation, tmp_path: Path) -> None:
    path = export.script(held.findings(), tmp_path / "agent.py")
    folder = tmp_path / "empty"
    done = run(path, folder=folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert [path.name for path in folder.iterdir()] == ["agent-recording"]
    assert str(Path("agent-recording") / "audio.wav") in done.stdout
    again = Conversation.load(folder / "agent-recording")
    before, after = answers(held), answers(again)
    assert [text for text, _ in before] == [text for text, _ in after]
    assert len(before) == 4
    for (_, old), (_, new) in zip(before, after, strict=True):
        assert np.abs(old).max() > 1000
        np.testing.assert_array_equal(old, new)
    length = min(len(held.audio), len(again.audio))
    assert held.audio[:length, 2].any()
    np.testing.assert_array_equal(held.audio[:length, 2], again.audio[:length, 2])
    assert again.agent is not None and again.agent.instructions == EVIL


def test_a_folder_and_a_file_give_the_same_script(held: Conversation, tmp_path: Path) -> None:
    def code(source: Any) -> list[str]:
        """Without its comments; TOML has terms that are tables behind those that are not."""
        lines = export.script(source, tmp_path / "agent.py", overwrite=True).read_text(encoding="utf-8").split("\n")
        return sorted(line for line in lines if not line.strip().startswith("#"))

    assert code(Conversation.load(held.folder)) == code(held)
    assert code(Recipe.load(held.findings().save(tmp_path / "found.toml"))) == code(held)


def test_it_converses_over_recordings(held: Conversation, root: Path, tmp_path: Path) -> None:
    path = export.script(held, tmp_path / "agent.py")
    done = run(path, root / "data" / "questions" / "name.wav", folder=tmp_path / "empty")
    assert done.returncode == 0, done.stderr
    assert "what is your name" in done.stdout
    again = Conversation.load(tmp_path / "empty" / "agent-recording")
    assert again.turns[0].gap_s == pytest.approx(held.turns[0].gap_s, abs=0.05)
    assert again.tuning == TUNING


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    tuning = Tuning().replace({"background.ambient": "no/such/rain.wav"})
    path = export.script(tuning, tmp_path / "agent.py")
    done = run(path, folder=tmp_path / "one")
    assert "no/such/rain.wav" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 0
    assert "The sound is in" in done.stdout
    done = run(path, "question.wav", folder=tmp_path / "two")
    assert (done.returncode, "question.wav" in done.stderr, "Traceback" in done.stderr) == (1, True, False)


def test_a_model_of_ones_own_is_said_as_it_was_heard(root: Path, tmp_path: Path) -> None:
    async def parrot(chat_ctx: Any, tools: Any, *, tool_choice: str = "auto") -> AsyncIterator[ChatChunk]:
        yield ChatChunk("Pieces of eight! ")
        yield ChatChunk("Pieces of eight!")

    mine = converse([Typed("Who is there?")], llm=parrot)
    path = export.script(mine, tmp_path / "agent.py")
    assert 'The llm was "parrot"' in path.read_text(encoding="utf-8")
    done = run(path, folder=tmp_path / "empty")
    assert done.returncode == 0, done.stderr
    (text, old), (again, new) = *answers(mine), *answers(Conversation.load(tmp_path / "empty" / "agent-recording"))
    assert text == again == "Pieces of eight! Pieces of eight!"
    np.testing.assert_array_equal(old, new)
