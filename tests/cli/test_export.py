"""`kit export`: a recording or a file becomes a script; what is wrong is a sentence, and nothing is written."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kit import Tuning, cli
from kit.lab import Conversation, Recipe, Typed, converse


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("held")
    for name, level in (("before", 100.0), ("after", 50.0)):
        converse(Typed("Hello"), tuning=Tuning().replace({"volume.level": level}), out=folder / name)
    return folder


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["kit", "export", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_a_recording_becomes_a_script(
    held: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, held / "after", "--versus", held / "before", "-o", tmp_path / "agent.py") == 0
    assert "agent.py: run it with python" in capsys.readouterr().out
    source = (tmp_path / "agent.py").read_text(encoding="utf-8")
    assert "# Changed from before:\n#   volume.level 100 → 50 %\n" in source
    assert '"volume.level": 50.0,  # How loud, %\n' in source
    assert 'Typed("Hello"),' in source


def test_a_recording_becomes_findings_and_these_a_script(
    held: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(monkeypatch, held / "after", "-o", tmp_path / "found.toml") == 0
    assert Recipe.load(tmp_path / "found.toml") == Conversation.load(held / "after").findings().recipe()
    assert run(monkeypatch, tmp_path / "found.toml", "-o", tmp_path / "agent.py") == 0
    assert 'Typed("Hello"),' in (tmp_path / "agent.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing"], "does not exist"),
        (["{held}"], "holds no recording"),
        (["{tmp}/bad.toml"], "no setting 'volume.loudness'"),
        (["{tmp}/good.toml", "--versus", "{held}/before"], "without turns to compare"),
        (["{held}/after", "--versus", "{tmp}/nowhere"], "does not exist"),
        (["{tmp}/good.toml", "-o", "{tmp}/bad.toml"], "a file of this name already"),
    ],
)
def test_what_is_wrong_is_told(
    arguments: list[str],
    words: str,
    held: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_text("[volume]\nloudness = 3\n")
    (tmp_path / "good.toml").write_text("[volume]\nlevel = 3\n")
    assert run(monkeypatch, *(argument.format(held=held, tmp=tmp_path) for argument in arguments)) == 2
    told = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert words in told
    assert "Traceback" not in told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.toml", "good.toml"]


def test_a_file_is_replaced_when_asked(held: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "agent.py").write_text("mine")
    assert run(monkeypatch, held / "after", "-o", tmp_path / "agent.py", "--overwrite") == 0
    assert "Typed" in (tmp_path / "agent.py").read_text(encoding="utf-8")
