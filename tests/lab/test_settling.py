"""Waiting for an answer comes to an end, whatever the error of the times that are added up."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from kit import Tuning
from kit.lab import conversation
from kit.session.journal import Journal
from kit.timing import run_virtual


def test_a_wait_for_less_than_the_clock_s_grain_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = 0
    wait_for = asyncio.wait_for

    async def counted(future, timeout):  # type: ignore[no-untyped-def]
        nonlocal waits
        waits += 1
        assert waits < 1000, "it waits for no time, again and again"
        return await wait_for(future, timeout)

    monkeypatch.setattr(conversation.asyncio, "wait_for", counted)
    session = SimpleNamespace(journal=Journal(), tuning=Tuning())

    async def main() -> None:
        for number in range(300):
            await asyncio.sleep(0.1)
            session.origin = asyncio.get_running_loop().time()
            settled = conversation._Settled(session)  # type: ignore[arg-type]
            await asyncio.sleep(1 / 3)
            assert not await settled.wait(number * 0.0437 / 3)

    run_virtual(main)
