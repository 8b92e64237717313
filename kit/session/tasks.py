"""The tasks of one session: kept alive while they run, heard when they fail, ended together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Tasks:
    def __init__(self, on_failure: Callable[[str, BaseException], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._running: set[asyncio.Task[Any]] = set()
        self._on_failure = on_failure

    def spawn(self, coroutine: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        task = self._loop.create_task(coroutine, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._on_failure(task.get_name(), error)

    def __len__(self) -> int:
        return len(self._running)

    async def _let_all_begin(self) -> None:
        """A task that is cancelled before its first step never comes to clean up."""
        begun: set[asyncio.Task[Any]] = set()
        for _ in range(100):
            if self._running <= begun:
                return
            begun |= self._running
            await asyncio.sleep(0)

    async def cancel_all(self, limit_s: float) -> list[str]:
        """Cancel what runs and wait for it. Returns the names of the tasks that did not end in time."""
        await self._let_all_begin()
        current = asyncio.current_task()
        tasks = [task for task in self._running if task is not current]
        for task in tasks:
            task.cancel()
        if not tasks:
            return []
        _, pending = await asyncio.wait(tasks, timeout=limit_s)
        return sorted(task.get_name() for task in pending)
