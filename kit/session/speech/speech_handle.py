"""The handle of one speech of the agent: wait for it, stop it, ask how it ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Generator
from contextvars import Context, ContextVar, copy_context
from typing import Any

from ...chat import ChatItem

logger = logging.getLogger("kit")

CALLING_TOOL: ContextVar[tuple[SpeechHandle, asyncio.Future[None]] | None] = ContextVar("calling_tool", default=None)
"""Inside a tool: the speech that called it, and the end of what that speech said before the call."""


class SpeechHandle:
    """Like an `asyncio.Future` of a speech; awaiting it never raises, `exception()` tells what failed.

    `allow_interruptions` holds off only the user's voice: `interrupt()` always works.
    """

    SPEECH_PRIORITY_LOW = 0
    SPEECH_PRIORITY_NORMAL = 5
    SPEECH_PRIORITY_HIGH = 10

    __slots__ = (
        "__weakref__",
        "_allow_interruptions",
        "_callbacks",
        "_chat_items",
        "_done",
        "_error",
        "_interrupted",
        "_loop",
        "_on_allowance",
        "_on_interrupt",
        "id",
    )

    def __init__(
        self,
        speech_id: str,
        *,
        allow_interruptions: bool = True,
        on_interrupt: Callable[[SpeechHandle], None] | None = None,
        on_allowance: Callable[[SpeechHandle], None] | None = None,
    ) -> None:
        self.id = speech_id
        self._allow_interruptions = allow_interruptions
        self._loop = asyncio.get_running_loop()
        self._done: asyncio.Future[None] = self._loop.create_future()
        self._interrupted = False
        self._error: BaseException | None = None
        self._chat_items: list[ChatItem] = []
        self._callbacks: list[tuple[Callable[[SpeechHandle], object], Context]] = []
        self._on_interrupt = on_interrupt
        self._on_allowance = on_allowance

    def __repr__(self) -> str:
        state = "done" if self.done() else "interrupted" if self._interrupted else "pending"
        return f"<SpeechHandle {self.id} {state}>"

    @property
    def allow_interruptions(self) -> bool:
        """Whether the user's voice may stop it. Can be changed while it is heard."""
        return self._allow_interruptions

    @allow_interruptions.setter
    def allow_interruptions(self, value: bool) -> None:
        self._allow_interruptions = value
        if self._on_allowance is not None:
            self._on_allowance(self)

    @property
    def interrupted(self) -> bool:
        return self._interrupted

    @property
    def chat_items(self) -> list[ChatItem]:
        """What this speech has added to the history so far."""
        return list(self._chat_items)

    def done(self) -> bool:
        return self._done.done()

    def exception(self) -> BaseException | None:
        """What made the speech fail, or None.

        Raises:
            asyncio.InvalidStateError: it is not done yet.
        """
        if not self.done():
            raise asyncio.InvalidStateError(f"{self.id} is not done yet")
        return self._error

    def interrupt(self, *, force: bool = True) -> SpeechHandle:
        """Stop it. Has no effect on a speech that is done or was interrupted before.

        Raises:
            RuntimeError: without `force`, where the user may not interrupt it either.
        """
        if not force and not self._allow_interruptions:
            raise RuntimeError(f"{self.id} does not allow interruptions: interrupt(force=True) stops it")
        if not self._interrupted and not self.done():
            self._interrupted = True
            if self._on_interrupt is not None:
                self._on_interrupt(self)
        return self

    async def wait_for_playout(self) -> None:
        """Wait until all of it was heard, or it was stopped.

        Called by a tool of this same speech, it waits for what was said up to the tool's call.
        """
        calling = CALLING_TOOL.get()
        if calling is not None and calling[0] is self:
            await asyncio.shield(calling[1])
        elif not self.done():
            await asyncio.shield(self._done)

    def __await__(self) -> Generator[Any, None, SpeechHandle]:
        yield from self.wait_for_playout().__await__()
        return self

    def add_done_callback(self, callback: Callable[[SpeechHandle], object]) -> None:
        """Call `callback(handle)` soon after the end, also if that was before."""
        if self.done():
            self._loop.call_soon(self._call, callback)
        else:
            self._callbacks.append((callback, copy_context()))

    def remove_done_callback(self, callback: Callable[[SpeechHandle], object]) -> int:
        """Returns how often it had been added."""
        kept = [entry for entry in self._callbacks if entry[0] != callback]
        removed = len(self._callbacks) - len(kept)
        self._callbacks = kept
        return removed

    def _finish(self, error: BaseException | None = None) -> None:
        if self.done():
            return
        self._error = error
        self._done.set_result(None)
        callbacks, self._callbacks = self._callbacks, []
        for callback, context in callbacks:
            self._loop.call_soon(self._call, callback, context=context)

    def _call(self, callback: Callable[[SpeechHandle], object]) -> None:
        try:
            callback(self)
        except Exception:
            logger.exception("a done callback of %s raised", self.id)
