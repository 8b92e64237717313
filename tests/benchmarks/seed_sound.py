"""The document's own way with pronunciation and volume, its code run as written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable

from livekit import rtc

from tests.seed import seed_code


def respell(terms: dict[str, str]) -> Callable[[list[str]], str]:
    adjusted = seed_code.respelling(terms)

    async def given(chunks: list[str]) -> AsyncIterable[str]:
        for chunk in chunks:
            yield chunk

    async def main(chunks: list[str]) -> str:
        return "".join([piece async for piece in adjusted(given(chunks))])

    return lambda chunks: asyncio.run(main(chunks))


def frames(blocks: list[bytes], sample_rate: int) -> list[rtc.AudioFrame]:
    return [rtc.AudioFrame(block, sample_rate, 1, len(block) // 2) for block in blocks]


def loudness(level: int) -> Callable[[list[rtc.AudioFrame]], None]:
    agent = seed_code.assistant()
    agent.volume = level

    async def given(frames: list[rtc.AudioFrame]) -> AsyncIterable[rtc.AudioFrame]:
        for frame in frames:
            yield frame

    async def main(frames: list[rtc.AudioFrame]) -> None:
        async for _ in agent._adjust_volume_in_stream(given(frames)):
            pass

    return lambda frames: asyncio.run(main(frames))
