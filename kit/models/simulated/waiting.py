"""Waiting for a moment of the loop's time."""

from __future__ import annotations

import asyncio


async def until(due: float) -> None:
    """Return at loop time `due`, or at once, without a turn of the loop, where that is past."""
    delay_s = due - asyncio.get_running_loop().time()
    if delay_s > 0:
        await asyncio.sleep(delay_s)
