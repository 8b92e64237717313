"""What every test may use: recordings of people. Two rules: a full run skips nothing, no file leaves anything open."""

from __future__ import annotations

import gc
import os
import shutil
import warnings
import wave
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")

ROOT = Path(__file__).resolve().parent.parent
DEBIAN_SPEECH = Path("/usr/share/pocketsphinx/test/data")
SPEECH = {
    "austen-0870.wav": "librivox/sense_and_sensibility_01_austen_64kb-0870.wav",
    "austen-0880.wav": "librivox/sense_and_sensibility_01_austen_64kb-0880.wav",
    "austen-0890.wav": "librivox/sense_and_sensibility_01_austen_64kb-0890.wav",
    "cards-001.wav": "cards/001.wav",
    "cards-002.wav": "cards/002.wav",
}
GOFORWARD = ("goforward.wav", "goforward.raw")
NO_SPEECH = (
    "there are no recordings of people: install Debian's package pocketsphinx-testdata, "
    "or set KIT_SPEECH_DIR to a folder that has them"
)


@pytest.fixture(scope="module", autouse=True)
def nothing_left_open() -> Iterator[None]:
    """What a file's tests leave unclosed fails that file, not the one in which the garbage collector finds it."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        gc.collect()


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def speech_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of people speaking: austen-0870, austen-0880, austen-0890, cards-001, cards-002 and goforward, each
    a 16 kHz mono 16-bit .wav file."""
    named = os.environ.get("KIT_SPEECH_DIR")
    folder = Path(named) if named else ROOT.parent / "shared" / "speech"
    if folder.is_dir():
        return folder
    if named or not DEBIAN_SPEECH.is_dir():
        pytest.skip(NO_SPEECH)
    return _from_debian(tmp_path_factory.mktemp("speech"))


def _from_debian(folder: Path) -> Path:
    """The same recordings under their short names, from the package pocketsphinx-testdata."""
    for name, source in SPEECH.items():
        shutil.copyfile(DEBIAN_SPEECH / source, folder / name)
    name, source = GOFORWARD
    with wave.open(str(folder / name), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes((DEBIAN_SPEECH / source).read_bytes())
    return folder


def _skips_fail() -> bool:
    return os.environ.get("KIT_NO_SKIPS", "0") not in ("", "0")


def _fail_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail") and _skips_fail():
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason}\n(a failure, because KIT_NO_SKIPS is set)"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_skipped(report)
    return report
