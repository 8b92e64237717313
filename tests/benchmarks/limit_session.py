"""The limit: the same conversation with asyncio alone.

No settings, no interruption, no record; only the way of the data.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from typing import Any

import numpy as np
from conversation import AGENT_TEXT, FRAME_S, SAMPLE_RATE_OUT, USER_TEXT, Pace, silence
from gauges import wall


class Conversation:
    def __init__(
        self, pace: Pace, *, paced: bool, frame_in_s: float = 0.0, preemption: dict[str, Any] | None = None
    ) -> None:
        self.pace = pace
        self._paced = paced
        self._frame_in_s = frame_in_s
        self._heard: asyncio.Queue[str] = asyncio.Queue()
        self._answered: asyncio.Queue[float] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._history: list[str] = []

    async def open(self) -> None:
        create_task = asyncio.get_running_loop().create_task
        self._tasks = [create_task(self._answer())]
        if self._frame_in_s:
            self._tasks.append(create_task(self._listen()))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)

    async def turn(self) -> float:
        loop, pace = asyncio.get_running_loop(), self.pace
        await asyncio.sleep(pace.speech_s)
        ended = loop.time()
        await asyncio.sleep(pace.d_stt_s)
        await asyncio.sleep(pace.d_vad_s - pace.d_stt_s)
        await asyncio.sleep(ended + max(pace.min_delay_s, pace.d_vad_s) - loop.time())
        self._heard.put_nowait(USER_TEXT)
        await self._answered.get()
        await asyncio.sleep(pace.gap_s)
        return self._started[1] - ended

    async def instant_turn(self) -> float:
        await asyncio.sleep(self.pace.pause_s)
        await asyncio.sleep(self.pace.pause_s)
        return await self.generate_reply()

    async def say(self) -> float:
        start = wall()
        await self._play(_speak(_once(AGENT_TEXT), self.pace))
        return self._started[0] - start

    async def generate_reply(self) -> float:
        start = wall()
        self._heard.put_nowait(USER_TEXT)
        await self._answered.get()
        return self._started[0] - start

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += self._frame_in_s
            await asyncio.sleep(due - loop.time())
            silence(self._frame_in_s, SAMPLE_RATE_OUT)

    async def _answer(self) -> None:
        while True:
            self._history.append(await self._heard.get())
            await self._play(_speak(_think(self.pace), self.pace))
            self._history.append(AGENT_TEXT)
            self._answered.put_nowait(self._started[1])

    async def _play(self, frames: AsyncIterable[np.ndarray[Any, Any]]) -> None:
        loop = asyncio.get_running_loop()
        played_s = 0.0
        async for frame in frames:
            if not played_s:
                self._started = (wall(), loop.time())
            played_s += len(frame) / SAMPLE_RATE_OUT
        if self._paced:
            await asyncio.sleep(self._started[1] + played_s - loop.time())


async def _once(text: str) -> AsyncGenerator[str, None]:
    yield text


async def _think(pace: Pace) -> AsyncGenerator[str, None]:
    if pace.ttft_s:
        await asyncio.sleep(pace.ttft_s)
    yield AGENT_TEXT


async def _speak(text: AsyncIterable[str], pace: Pace) -> AsyncGenerator[np.ndarray[Any, Any], None]:
    spoken = False
    async for _ in text:
        if spoken:
            continue
        spoken = True
        if pace.ttfb_s:
            await asyncio.sleep(pace.ttfb_s)
        for _ in range(round(pace.answer_s / FRAME_S)):
            yield np.frombuffer(silence(FRAME_S, SAMPLE_RATE_OUT), np.int16)
