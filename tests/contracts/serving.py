"""A stand-in server in a thread of its own, for tests that have several loops."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any


@contextlib.contextmanager
def serving(make: Callable[[], Any]) -> Iterator[str]:
    """The address of a stand-in that `make` makes."""
    started = threading.Event()
    loop = asyncio.new_event_loop()
    server, ended = make(), asyncio.Event()

    async def serve() -> None:
        async with server:
            started.set()
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=[serve()])
    thread.start()
    try:
        assert started.wait(10)
        yield server.url
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        loop.close()
