"""An event loop in a thread of its own, so that a session goes on while whoever started it is busy.

Everything that runs there is asked for from outside by `run` and `post`, which may be called from any thread.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

STOP_S = 5.0
"""How long `stop` waits for what is still running."""


class LoopThread:
    """Started at once. `stop` cancels what is left on the loop and ends the thread; a process may end without it."""

    def __init__(self, name: str = "kit-loop") -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive() and not self.loop.is_closed()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin a coroutine on the loop.

        Raises:
            RuntimeError: the loop was stopped; the coroutine is closed then.
        """
        try:
            return asyncio.run_coroutine_threadsafe(coroutine, self.loop)
        except RuntimeError:
            coroutine.close()
            raise

    def post(self, function: Callable[..., object], *args: Any) -> bool:
        """Call a function on the loop soon. Whether the loop still runs."""
        try:
            self.loop.call_soon_threadsafe(function, *args)
        except RuntimeError:
            return False
        return True

    def stop(self) -> None:
        """Cancel what is running, and end the thread. May be called again, and from the loop itself."""
        if not self.post(self.loop.stop):
            return
        if threading.current_thread() is not self._thread:
            self._thread.join(STOP_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
            left = asyncio.all_tasks(self.loop)
            for task in left:
                task.cancel()
            if left:
                self.loop.run_until_complete(asyncio.wait(left, timeout=STOP_S / 2))
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        finally:
            asyncio.set_event_loop(None)
            self.loop.close()
