"""What the contracts share: the stand-in server in a thread of its own, and people who speak."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.contracts.audio import RATE, Sound
from tests.contracts.openai_stand_in import StandIn
from tests.contracts.serving import serving


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """The address of a stand-in for a server that speaks OpenAI's interface."""
    with serving(StandIn) as address:
        yield address


def _read(path: Path) -> Sound:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels()) == (RATE, 1)
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


@pytest.fixture(scope="session")
def clubs(speech_dir: Path) -> Sound:
    """A person who says "ten of clubs"."""
    return _read(speech_dir / "cards-001.wav")


@pytest.fixture(scope="session")
def forward(speech_dir: Path) -> Sound:
    """A person who says "go forward ten meters"."""
    return _read(speech_dir / "goforward.wav")
