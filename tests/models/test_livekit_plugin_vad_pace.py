"""How fast a plugin that finds speech is given sound: not far ahead of it, and never slower than it is spoken."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace

import numpy as np
import pytest

from kit.models.livekit_plugin.vad import ANSWER_WAIT_S, LEAD_S, RATE, _Heard
from kit.timing import run_virtual

FRAME_S = 0.1
FRAME = np.zeros(round(FRAME_S * RATE), np.int16)


def answered(until_s: float) -> SimpleNamespace:
    """A plugin's event: it has looked at the sound up to here."""
    return SimpleNamespace(
        type=SimpleNamespace(value="inference_done"), timestamp=until_s, raw_accumulated_silence=until_s
    )


def fed(sound_s: float, before_each: Callable[[_Heard, int], Awaitable[None]]) -> float:
    """The seconds that it takes to hand so much sound over."""

    async def main() -> float:
        loop, heard = asyncio.get_running_loop(), _Heard()
        start = loop.time()
        for number in range(round(sound_s / FRAME_S)):
            await before_each(heard, number)
            heard.add(FRAME)
            await heard.keep_up()
        return loop.time() - start

    return run_virtual(main)


def test_sound_at_the_pace_of_speech_is_never_held_up() -> None:
    async def spoken(heard: _Heard, number: int) -> None:
        await asyncio.sleep(FRAME_S)

    assert fed(8.0, spoken) == pytest.approx(8.0)


def test_sound_that_is_there_at_once_waits_for_the_plugin() -> None:
    """A plugin that takes 0.3 s to look at 0.1 s of sound."""

    async def slowly(heard: _Heard) -> None:
        for number in range(1, 60):
            await asyncio.sleep(0.3)
            heard.take(answered(number * FRAME_S))

    answering: list[asyncio.Task[None]] = []

    async def begin(heard: _Heard, number: int) -> None:
        if not answering:
            answering.append(asyncio.get_running_loop().create_task(slowly(heard)))

    # It may be slowed to a third of the pace of speech by the plugin, and no further than real time by itself.
    assert 4.0 - LEAD_S <= fed(4.0, begin) <= 4.0 + FRAME_S


def test_behind_a_plugin_that_tells_nothing_it_goes_on_at_the_pace_of_speech() -> None:
    async def at_once(heard: _Heard, number: int) -> None: ...

    taken_s = fed(12.0, at_once)
    assert max(ANSWER_WAIT_S, 12.0 - LEAD_S) <= taken_s + 1e-6 <= 12.0 + FRAME_S
