"""A stream that is pulled ahead of its consumer, so that what takes time is done when it is wanted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from typing import TypeVar

from .channel import Channel
from .closing import close

T = TypeVar("T")


async def read_ahead(source: AsyncIterable[T], limit: int) -> AsyncGenerator[T, None]:
    """Pull `source` up to `limit` items ahead of its consumer, from the first item on in a task of its own."""
    iterator = aiter(source)
    task: asyncio.Task[None] | None = None
    try:
        try:
            item = await anext(iterator)
        except StopAsyncIteration:
            return
        channel: Channel[T] = Channel(limit)
        task = asyncio.get_running_loop().create_task(_pull(iterator, channel), name="read-ahead")
        yield item
        async for item in channel:
            yield item
    finally:
        if task is None:
            await close(iterator)
        elif not task.done():
            task.cancel()
            await asyncio.wait([task])


async def _pull(iterator: AsyncIterator[T], channel: Channel[T]) -> None:
    try:
        async for item in iterator:
            if channel.full:
                await channel.put(item)
            else:
                channel.put_nowait(item)
    except Exception as error:
        channel.close(error)
    else:
        channel.close()
    finally:
        await close(iterator)
