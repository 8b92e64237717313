"""What a person can get wrong: one sentence that names it, exit code 2, and nothing written."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from kit import cli
from kit.audio.wav import write_wav


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    """A file that could be speech, as far as its level goes."""
    path = tmp_path / "speech.wav"
    write_wav(path, (np.sin(np.arange(16_000) / 10) * 8000).astype(np.int16).reshape(-1, 1), 16_000)
    return path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["kit", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def make(path: Path, kind: str) -> Path:
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "corrupt":
        path.write_bytes(b"RIFF\x10\x00\x00\x00WAVEjunkjunk" + bytes(range(200)))
    elif kind == "text":
        path.write_text("this is no sound at all " * 50)
    elif kind == "silent":
        write_wav(path, np.zeros((16_000, 1), np.int16), 16_000)
    elif kind == "folder":
        path.mkdir()
    return path


@pytest.mark.parametrize("kind", ["missing", "empty", "corrupt", "text", "silent", "folder"])
def test_recordings(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = make(tmp_path / "in.wav", kind), tmp_path / "out"
    assert run(monkeypatch, "converse", path, "--out", out) == 2
    message = " ".join(capsys.readouterr().err.split())
    assert "in.wav" in message.replace(" ", "") and message.startswith("error:")
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["--set", "preemption.enable=true"], "did you mean 'preemption.enabled'"),
        (["--set", "volume.level=101"], "out of its range"),
        (["--set", "endpointing.min_delay_s=-1"], "out of its range"),
        (["--set", "volume"], "PATH=VALUE"),
        (["--compare", "volume.level"], "cannot be compared off and on"),
        (["--compare", "preemptoin"], "there is no setting 'preemptoin'"),
        (["--latency", "typcal"], "did you mean 'typical'"),
        (["--latency", "stt=soon"], "'soon' is not a number"),
        (["--tts", "espeek"], "did you mean 'espeak'"),
        (["--tuning", "nowhere.toml"], "nowhere.toml"),
        (["--llm", "openai:some-model"], "or --real-time on the command line"),
    ],
)
def test_options(
    options: list[str],
    part: str,
    speech: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "no-key-at-all")
    out = tmp_path / "out"
    assert run(monkeypatch, "converse", speech, "--out", out, *options) == 2
    assert part in " ".join(capsys.readouterr().err.split())
    assert not out.exists()


def test_a_recording_is_not_overwritten_unless_told(
    speech: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "journal.jsonl").write_text("precious\n")
    assert run(monkeypatch, "converse", speech, "--out", out) == 2
    assert "has a recording already" in " ".join(capsys.readouterr().err.split())
    assert (out / "journal.jsonl").read_text() == "precious\n"


def test_an_engine_that_is_not_installed(
    speech: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    monkeypatch.delitem(sys.modules, "kit.models.espeak", raising=False)
    monkeypatch.delitem(sys.modules, "kit.models.espeak_library", raising=False)
    assert run(monkeypatch, "converse", speech, "--out", tmp_path / "out") == 2
    assert "pip install 'speech-tuning-kit[local]'" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()


def test_nothing_to_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "say", " ... ", "-o", tmp_path / "x.wav") == 2
    assert "nothing to say" in capsys.readouterr().err
    assert not (tmp_path / "x.wav").exists()
