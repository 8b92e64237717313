"""What the contracts share: the stand-in server in a thread of its own, and people who speak."""

from __future__ import annotations

import asyncio
import threading
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.contracts.audio import RATE, Sound
from tests.contracts.openai_stand_in import StandIn


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """The address of a stand-in for a server that speaks OpenAI's interface."""
    started = threading.Event()
    servers: list[StandIn] = []
    ended: list[asyncio.Event] = []
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        ended.append(asyncio.Event())
        async with StandIn() as server:
            servers.append(server)
            started.set()
            await ended[0].wait()

    thread = threading.Thread(target=loop.run_until_complete, args=[serve()])
    thread.start()
    assert started.wait(10)
    yield servers[0].url
    loop.call_soon_threadsafe(ended[0].set)
    thread.join(10)
    loop.close()


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
