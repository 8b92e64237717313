"""Broken files: a few of those of which the soak reads 20,000. Always the same ones."""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path

import numpy as np
import pytest

import tests.soak.audio_files as soak
from kit.audio.errors import AudioFileError
from kit.audio.ffmpeg_memory import bound_allocations
from kit.audio.files import read_audio
from tests.audio.sounds import every_format
from tests.benchmarks.gauges import status_kib

FILES = 600


def test_each_is_read_or_refused_with_a_reason() -> None:
    outcome = soak.run(0, FILES)
    assert outcome.wrong == []
    assert (outcome.files, outcome.read + outcome.refused) == (FILES, FILES)
    assert outcome.read > FILES / 4 and outcome.refused > FILES / 4 and len(outcome.reasons) > 10


def test_a_header_that_asks_for_all_memory_gets_none(tmp_path: Path) -> None:
    """A WAV file of another coding, in which a note tells of 1.9 GB: FFmpeg would fill them with zeros."""
    data = every_format()["alaw.wav"]
    at = data.index(b"LIST") + 4
    note = struct.pack("<4sI", b"IART", 1_900_000_000)
    (tmp_path / "a.wav").write_bytes(data[:at] + struct.pack("<I4s", 2_000_000_000, b"INFO") + note + data[at + 16 :])
    before_kib = status_kib("VmHWM")
    read_audio_or_refuse(tmp_path / "a.wav")
    assert status_kib("VmHWM") - before_kib < 100_000
    assert bound_allocations()


@pytest.mark.parametrize("size", [2**63 - 1, 2**64 - 1, 16, 15, 0])
def test_boxes_of_any_size_come_to_an_end(tmp_path: Path, size: int) -> None:
    (tmp_path / "a.m4a").write_bytes(struct.pack(">I4sQ", 1, b"free", size) + every_format()["end.m4a"])
    read_audio_or_refuse(tmp_path / "a.m4a")


def read_audio_or_refuse(path: Path) -> None:
    with contextlib.suppress(AudioFileError):
        read_audio(path)


def test_a_number_is_a_file() -> None:
    sounds = every_format()
    assert [soak.broken(number, sounds) for number in range(50)] == [
        soak.broken(number, sounds) for number in range(50)
    ]
    changed = sum(soak.broken(number, sounds)[1] not in sounds.values() for number in range(200))
    assert changed > 190


def test_it_sees_what_must_not_be(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["nothing", "other", "nameless"])

    def wrong(path: Path, **_: object) -> tuple[np.ndarray, int]:
        if path.name[0].isdigit() and "-" in path.name:
            match next(answers):
                case "other":
                    raise KeyError("x")
                case "nameless":
                    raise AudioFileError("another", "reason")
        return np.zeros((0, 1), np.int16), 48_000

    monkeypatch.setattr(soak, "read_audio", wrong)
    outcome = soak.run(1, 3)
    assert [
        next(word for word in ("no samples", "KeyError", "which file") if word in told) for told in outcome.wrong
    ] == [
        "no samples",
        "KeyError",
        "which file",
    ]
