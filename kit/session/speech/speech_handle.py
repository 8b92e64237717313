"""The handle of one speech of the agent: wait for it, stop it, ask how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar

from ...chat import ChatItem
from ...timing.handle import Handle

CALLING_TOOL: ContextVar[tuple[SpeechHandle, asyncio.Future[None]] | None] = ContextVar("calling_tool", default=None)
"""Inside a tool: the speech that called it, and the end of what that speech said before the call."""


class SpeechHandle(Handle):
    """Like an `asyncio.Future` of a speech; awaiting it never raises, `exception()` tells what failed.

    `allow_interruptions` holds off only the user's voice: `interrupt()` always works.
    """

    SPEECH_PRIORITY_LOW = 0
    SPEECH_PRIORITY_NORMAL = 5
    SPEECH_PRIORITY_HIGH = 10

    __slots__ = (
        "_allow_interruptions",
        "_chat_items",
        "_interrupted",
        "_on_allowance",
        "_on_interrupt",
    )

    def __init__(
        self,
        speech_id: str,
        *,
        allow_interruptions: bool = True,
        on_interrupt: Callable[[SpeechHandle], None] | None = None,
        on_allowance: Callable[[SpeechHandle], None] | None = None,
    ) -> None:
        super().__init__(speech_id)
        self._allow_interruptions = allow_interruptions
        self._interrupted = False
        self._chat_items: list[ChatItem] = []
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
        else:
            await super().wait_for_playout()
