"""What is remembered of the agent's words, where an agent's `transcription_node` changes them.

The words go to the voice and to the node side by side. A node that fails leaves them as they were written.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable

from ..agent import Agent, ModelSettings
from ..scope import Scope
from ..waiting.channel import Channel
from ..waiting.closing import close, resolve
from .markup import shown


class Transcription:
    """`text` is what the node has given so far; None where it failed."""

    def __init__(self, scope: Scope, agent: Agent) -> None:
        self.text: str | None = ""
        self._scope = scope
        self._agent = agent
        self._written: Channel[str] = Channel()
        self._task = scope.tasks.spawn(self._run(), "transcription")

    async def passing(self, text: AsyncIterable[str]) -> AsyncGenerator[str, None]:
        """The text itself, which the node is given too."""
        try:
            async for piece in text:
                self.feed(piece)
                yield piece
        finally:
            self.finish()

    def feed(self, piece: str) -> None:
        """More of what was written."""
        if not self._written.closed:
            self._written.put_nowait(piece)

    def finish(self) -> None:
        """It was all written."""
        self._written.close()

    @property
    def done(self) -> bool:
        return self._task.done()

    async def wait(self, limit_s: float) -> None:
        """Wait for the node's end, but not longer than this."""
        if not self._task.done():
            await asyncio.wait([self._task], timeout=limit_s)

    def cancel(self) -> None:
        self._task.cancel()

    async def _run(self) -> None:
        pieces = None
        try:
            pieces = await resolve(self._agent.transcription_node(self._written, ModelSettings()))
            if pieces is not None:
                plain = shown()
                async for piece in pieces:
                    self.text = (self.text or "") + plain.push(str(piece))
                self.text = (self.text or "") + plain.flush()
        except Exception as error:
            self.text = None
            self._scope.error("node", error)
        finally:
            await close(pieces)


def has_transcription(agent: Agent) -> bool:
    return type(agent).transcription_node is not Agent.transcription_node
