"""Ways to take a stream and to leave it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from contextlib import aclosing
from typing import Any


async def taken(stream: AsyncIterable[Any]) -> list[Any]:
    return [item async for item in stream]


async def closed_after(stream: Any, count: int) -> list[Any]:
    """Take so many items at most, then close the stream."""
    items = []
    async with aclosing(stream):
        while len(items) < count:
            item = await anext(stream, None)
            if item is None:
                break
            items.append(item)
    return items


async def cancelled_after(stream: AsyncIterable[Any], steps: int, pause_s: float = 0.0) -> None:
    """Take the stream in a task, and cancel it after so many turns of the loop, or pauses."""
    task = asyncio.create_task(taken(stream))
    for _ in range(steps):
        await asyncio.sleep(pause_s)
    task.cancel()
    await asyncio.wait([task])
