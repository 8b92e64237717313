"""A stream of a realtime model under test: what is told goes in, and its events are taken one by one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, TypeVar

from livekit.rtc import AudioFrame

from kit.realtime import RealtimeEvent, RealtimeInput, RealtimeModel, ResponseAudio, ResponseText

E = TypeVar("E")
_END = object()


class Talk:
    """Use as `async with Talk(model) as talk`. In virtual time frames take as long as they are; else they take none.

    All that came is in `events`, and when it came in `times`.
    """

    def __init__(self, model: RealtimeModel) -> None:
        self.events: list[RealtimeEvent] = []
        self.times: list[float] = []
        self._told: asyncio.Queue[Any] = asyncio.Queue()
        self._stream: Any = model(self._inputs())

    async def __aenter__(self) -> Talk:
        return self

    async def __aexit__(self, *failure: Any) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._stream.aclose()

    def tell(self, *inputs: RealtimeInput) -> None:
        for told in inputs:
            self._told.put_nowait(told)

    def finish(self, error: Exception | None = None) -> None:
        self._told.put_nowait(error or _END)

    async def next(self) -> RealtimeEvent:
        event: RealtimeEvent = await anext(self._stream)
        self.events.append(event)
        self.times.append(round(asyncio.get_running_loop().time(), 9))
        return event

    async def until(self, kind: type[E], **fields: Any) -> E:
        """The next event of a kind, with these fields."""
        while True:
            event = await self.next()
            if isinstance(event, kind) and all(getattr(event, name) == value for name, value in fields.items()):
                return event

    async def rest(self) -> None:
        """Take all until the end."""
        with contextlib.suppress(StopAsyncIteration):
            while True:
                await self.next()

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def at(self, kind: type[Any]) -> list[float]:
        """When the events of a kind came."""
        return [t for t, event in zip(self.times, self.events, strict=True) if isinstance(event, kind)]

    def text(self, response: str) -> str:
        return "".join(event.text for event in self.all(ResponseText) if event.response == response)

    def frames(self, response: str) -> list[AudioFrame]:
        return [event.frame for event in self.all(ResponseAudio) if event.response == response]

    async def _inputs(self) -> AsyncIterator[RealtimeInput]:
        virtual = getattr(asyncio.get_running_loop(), "is_virtual", False)
        while (told := await self._told.get()) is not _END:
            if isinstance(told, Exception):
                raise told
            if virtual and isinstance(told, AudioFrame):
                await asyncio.sleep(told.samples_per_channel / told.sample_rate)
            yield told
