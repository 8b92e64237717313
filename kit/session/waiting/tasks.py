"""The tasks of one session: kept alive while they run, heard when they fail, ended together.

They run in the context in which the session was started, whoever's call begins them: what a tool knows of itself by its
context is not passed on to what it sets going.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from typing import Any


class Tasks:
    def __init__(self, on_failure: Callable[[str, BaseException], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self.context = copy_context()
        self._running: dict[asyncio.Task[Any], None] = {}  # in the order of their beginning, so that runs are alike
        self._finishing: dict[asyncio.Task[Any], None] = {}
        self._on_failure = on_failure

    def spawn(self, coroutine: Coroutine[Any, Any, Any], name: str, *, finishing: bool = False) -> asyncio.Task[Any]:
        """Begin a task. One that is `finishing` something is not cancelled before the limit is over."""
        task = self._loop.create_task(coroutine, name=name, context=self.context.copy())
        self.adopt(task)
        if finishing:
            self._finishing[task] = None
        return task

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Take over the care of a task."""
        self._running[task] = None
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.pop(task, None)
        self._finishing.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._on_failure(task.get_name(), error)

    def __len__(self) -> int:
        return len(self._running)

    async def _let_all_begin(self) -> None:
        """A task that is cancelled before its first step never comes to clean up."""
        begun: set[asyncio.Task[Any]] = set()
        for _ in range(100):
            if self._running.keys() <= begun:
                return
            begun |= self._running.keys()
            await asyncio.sleep(0)

    async def cancel_all(self, limit_s: float) -> list[str]:
        """Cancel what runs and wait for it. Returns the names of the tasks that did not end in time."""
        await self._let_all_begin()
        if self._finishing:
            await asyncio.wait(list(self._finishing), timeout=limit_s)
        current = asyncio.current_task()
        tasks = [task for task in self._running if task is not current]
        for task in tasks:
            task.cancel()
        if not tasks:
            return []
        _, pending = await asyncio.wait(tasks, timeout=limit_s)
        return sorted(task.get_name() for task in pending)
