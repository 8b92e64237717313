"""`kit loudness`, as a person runs it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit import cli
from kit.audio.wav import write_wav

RATE = 48_000


def tone(level_dbfs: float, seconds: float, rate: int = RATE, channels: int = 2) -> Any:
    wave = 32767 * 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * 1000 * np.arange(round(seconds * rate)) / rate)
    return np.repeat(np.rint(wave).astype(np.int16)[:, None], channels, axis=1)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["kit", "loudness", *map(str, arguments)])
    monkeypatch.setenv("COLUMNS", "160")
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    sounds = {
        "tone": tone(-23, 5),
        "mono": tone(-23, 5, channels=1),
        "silence": np.zeros((RATE, 1), np.int16),
        "click": tone(-6, 0.2, channels=1),
    }
    paths = {name: tmp_path / f"{name}.wav" for name in sounds}
    for name, sound in sounds.items():
        write_wav(paths[name], sound, RATE)
    return paths


def test_the_table(files: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, *files.values()) == 0
    rows = {
        Path(line.split("│")[1].strip()).stem: line.split("│")[2:-1]
        for line in capsys.readouterr().out.splitlines()
        if ".wav" in line
    }
    cells = {name: [cell.strip() for cell in row] for name, row in rows.items()}
    assert cells["tone"] == ["-23.0", "0.0", "-23.0", "-23.0", "5.00", "48000", "2"]
    assert cells["mono"][:3] == ["-26.0", "0.0", "-23.0"]
    assert cells["silence"] == ["below -70", "too short", "silent", "silent", "1.00", "48000", "1"]
    assert cells["click"][:3] == ["too short", "too short", "-6.0"]


def test_json(files: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--json", files["tone"], files["silence"]) == 0
    loud, silent = json.loads(capsys.readouterr().out)
    assert loud["file"] == str(files["tone"])
    assert loud["integrated_lufs"] == pytest.approx(-23, abs=0.05)
    assert loud["true_peak_dbtp"] == pytest.approx(-23, abs=0.05)
    assert (loud["duration_s"], loud["sample_rate"], loud["num_channels"]) == (5.0, RATE, 2)
    assert silent["integrated_lufs"] is None and silent["sample_peak_dbfs"] is None and silent["range_lu"] == 0


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_what_cannot_be_read_is_named_and_the_rest_is_measured(
    options: list[str],
    files: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "text.wav").write_text("this is no sound at all " * 50)
    assert run(monkeypatch, *options, tmp_path / "text.wav", files["tone"], tmp_path / "missing.wav") == 2
    printed = capsys.readouterr()
    errors = "".join(printed.err.split())
    assert "text.wav:" in errors and "missing.wav:nosuchfile" in errors and errors.count("error:") == 2
    assert "tone.wav" in printed.out and "text.wav" not in printed.out


def test_no_file_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch) == 2
