"""The HTTP session that plugins look for in their context.

LiveKit's workers give each job one by a context variable, and a plugin that finds none refuses to work. Here each event
loop gets one, when a plugin is first used on it. As the plugin may keep it for as long as it lives, it is closed with
the adapter, or at the latest when `asyncio.run` shuts the loop's asynchronous generators down.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextvars import ContextVar, copy_context
from typing import Any, TypeAlias

Bound: TypeAlias = "tuple[ContextVar[Any], Any]"
Keeper: TypeAlias = "AsyncGenerator[list[Bound], None]"


class HttpSessions:
    """One HTTP session for each event loop."""

    def __init__(self) -> None:
        self._open: dict[asyncio.AbstractEventLoop, tuple[Keeper, list[Bound]]] = {}

    async def bind(self) -> None:
        """Let the current task, and those that it starts, find the loop's session."""
        loop = asyncio.get_running_loop()
        if loop not in self._open:
            keeper = _kept_open()
            others = {other: held for other, held in self._open.items() if not other.is_closed()}
            self._open = others | {loop: (keeper, await anext(keeper))}
        for variable, value in self._open[loop][1]:
            variable.set(value)

    async def aclose(self) -> None:
        held = self._open.pop(asyncio.get_running_loop(), None)
        if held is not None:
            await held[0].aclose()


async def _kept_open() -> Keeper:
    """Opens a session, yields the context variables that make it known, and closes it when it is closed itself.

    Yields none where a LiveKit job has bound its own session already.
    """
    from livekit.agents.utils import http_context

    before = copy_context()
    opening = http_context.open()  # never left: it would look for the session in variables that are not known then
    session = await opening.__aenter__()
    bound = [(variable, value) for variable, value in copy_context().items() if variable not in before]
    try:
        yield bound
    finally:
        if bound:
            await session.close()
