"""`kit lexicon`, as a person runs it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from kit import cli
from kit.audio.files import read_audio
from kit.cli.lexicon import PAUSE_S

TOML = """[terms]
API = "A P I"
kubectl = {ipa = "kjuːbkənˈtɹoʊl"}
SQL = {say_as = "characters"}
"""


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """The exit code, and all that was printed, its lines joined."""
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr(sys, "argv", ["kit", "lexicon", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    printed = capsys.readouterr()
    return int(ended.value.code or 0), " ".join((printed.out + printed.err).split())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "l.toml"
    path.write_text(TOML)
    return path


def test_lint_tells_lines_and_ends_with_1_for_errors(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, capsys, "lint", file, "--no-listen") == (0, f"{file}: 3 entries, nothing to say")
    file.write_text(TOML + 'api = "x API y"\nhello = {ipa = "h@lo"}\n')
    code, told = run(monkeypatch, capsys, "lint", file, "--no-listen")
    assert code == 1
    assert "line 2: error 'API' is never used: 'api' in line 5 takes its place" in told
    assert "line 6: error 'hello' has '@' (commercial at) in its IPA" in told
    assert told.endswith("5 entries, 2 errors, 1 note")


def test_lint_by_ear(file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text('[terms]\nread = "reed"\nkubectl = "kube control"\ncontrol = "con troll"\n')
    code, told = run(monkeypatch, capsys, "lint", file)
    assert code == 0
    assert "line 2: note 'read' is said so by this voice already" in told
    assert "line 3: warning 'kubectl' holds the term 'control'" in told
    assert run(monkeypatch, capsys, "lint", file, "--strict")[0] == 1


def test_preview_shows_and_speaks_before_and_after(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out, whole = tmp_path / "heard", tmp_path / "all.wav"
    code, told = run(monkeypatch, capsys, "preview", file, "--out", out, "--play-to", whole)
    assert code == 0
    assert "kjˈuːbɛktəl" in told and "kjuːbkənˈtɹoʊl" in told
    names = ["001-API.wav", "002-kubectl.wav", "003-SQL.wav"]
    assert sorted(path.name for path in out.iterdir()) == names
    samples, rate = read_audio(out / "002-kubectl.wav")
    loud = np.flatnonzero(np.abs(samples.reshape(-1)) > 0)
    gaps = np.diff(loud)
    pause = int(np.argmax(gaps))
    assert gaps[pause] >= PAUSE_S * rate
    before, after = loud[pause] - loud[0], loud[-1] - loud[pause + 1]
    assert before > 0.2 * rate and after > 0.2 * rate and before != after, "two words, said differently"
    assert len(read_audio(whole)[0]) > 3 * len(samples) / 2


def test_preview_of_one_term(file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(monkeypatch, capsys, "preview", file, "--term", "API", "--voice", "en-gb")
    assert code == 0 and "API" in told and "kubectl" not in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lint", "nowhere.toml"], "nowhere.toml: No such file"),
        (["lint", "l.toml", "--voice", "xx"], "no voice 'xx'"),
        (["preview", "l.toml", "--term", "no"], "'no' is no term of the lexicon"),
        (["preview", "l.toml", "--out", "l.toml"], "l.toml: is no folder"),
        (["preview", "l.toml", "--play-to", "no/x.wav"], "x.wav"),
        (["lint", "broken.pls"], "broken.pls: line 1: not XML"),
    ],
)
def test_what_is_wrong_is_told(
    arguments: list[str],
    said: str,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(file.parent)
    Path("broken.pls").write_text("no lexicon")
    code, told = run(monkeypatch, capsys, *arguments)
    assert code == 2 and said in told
