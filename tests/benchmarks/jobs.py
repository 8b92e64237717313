"""The jobs: each is given a party's `Conversation` and returns figures. A job has a process of its own."""

from __future__ import annotations

import asyncio
import statistics
import tracemalloc
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from conversation import INSTANT, USUAL, Pace
from gauges import Growth, cpu, settled_rss_kib, spread_ms, traced_kib, wall

from kit.timing import run_virtual

WARM_UP_TURNS = 20
SETTLE_S = 0.005


class Conversation(Protocol):
    async def open(self) -> None: ...
    async def close(self) -> None: ...
    async def turn(self) -> float: ...
    async def instant_turn(self) -> float: ...
    async def say(self) -> float: ...
    async def generate_reply(self) -> float: ...


Open = Callable[..., Conversation]


def first_audio(converse: Open, *, turns: int) -> dict[str, Any]:
    """A real loop and models without latency: what the code between them costs."""

    async def main() -> dict[str, Any]:
        conversation = converse(INSTANT, paced=False)
        await conversation.open()
        await asyncio.sleep(0.05)
        figures: dict[str, Any] = {}
        for name in ("instant_turn", "say", "generate_reply"):
            ask: Callable[[], Awaitable[float]] = getattr(conversation, name)
            await _repeat(ask, WARM_UP_TURNS)
            before = cpu()
            figures[name] = spread_ms(await _repeat(ask, turns))
            figures[name]["cpu_ms"] = (cpu() - before) / turns * 1e3
        figures["harness_cpu_ms"] = await _harness_cpu_ms(turns)
        figures["instant_turn"]["cpu_ms"] -= figures["harness_cpu_ms"]
        await conversation.close()
        return figures

    return asyncio.run(main())


async def _repeat(ask: Callable[[], Awaitable[float]], times: int) -> list[float]:
    taken = []
    for _ in range(times):
        taken.append(await ask())
        await asyncio.sleep(SETTLE_S)
    return taken


async def _harness_cpu_ms(times: int) -> float:
    """What the waits of `instant_turn` cost by themselves; they belong to the measurement, not to the party."""
    before = cpu()
    for _ in range(times):
        await asyncio.sleep(0.002)
        await asyncio.sleep(0.002)
        await asyncio.sleep(SETTLE_S)
    return (cpu() - before) / times * 1e3


def lifecycle(converse: Open, *, sessions: int) -> dict[str, Any]:
    """Open a session, let it take one turn, close it. The first one warms up and is not counted."""

    async def main() -> dict[str, Any]:
        opened, closed = [], []
        for _ in range(sessions + 1):
            start = wall()
            conversation = converse(INSTANT, paced=False)
            await conversation.open()
            opened.append(wall() - start)
            await asyncio.sleep(0.01)
            await conversation.instant_turn()
            await asyncio.sleep(0.01)
            start = wall()
            await conversation.close()
            closed.append(wall() - start)
        return {"open": spread_ms(opened[1:]), "close": spread_ms(closed[1:])}

    return asyncio.run(main())


def virtual(converse: Open, *, turns: int, frame_in_s: float) -> dict[str, Any]:
    """A conversation in virtual time, without the user's audio (`frame_in_s` 0) or with it."""

    async def main() -> dict[str, Any]:
        time = asyncio.get_running_loop().time
        conversation = converse(USUAL, paced=True, frame_in_s=frame_in_s)
        await conversation.open()
        await asyncio.sleep(0.1)
        for _ in range(WARM_UP_TURNS):
            await conversation.turn()
        before, started = cpu(), time()
        taken = [await conversation.turn() for _ in range(turns)]
        cpu_s, virtual_s = cpu() - before, time() - started
        await conversation.close()
        return {
            "turns_per_cpu_s": turns / cpu_s,
            "times_real": virtual_s / cpu_s,
            "first_audio_s": statistics.median(taken),
            "virtual_s": virtual_s,
        }

    return run_virtual(main)


def memory(converse: Open, *, turns: int, traced: bool) -> dict[str, Any]:
    """What a turn leaves behind in a long session, and whether the closed session leaves a task."""

    async def main() -> dict[str, Any]:
        growth = Growth(traced_kib if traced else settled_rss_kib)
        conversation = converse(USUAL, paced=True)
        await conversation.open()
        await asyncio.sleep(0.1)
        for _ in range(10 * WARM_UP_TURNS):
            await conversation.turn()
        growth.mark()
        for _ in range(turns):
            await conversation.turn()
        per_turn = growth.per(turns)
        await conversation.close()
        return {"kib_per_turn": per_turn, "turns": turns, "tasks_left": len(asyncio.all_tasks()) - 1}

    if traced:
        tracemalloc.start()
    return run_virtual(main)


EXPECTED_MS = {
    100: (1050, 700, 650),
    200: (1050, 750, 750),
    400: (1050, 950, 950),
    700: (1250, 1250, 1250),
}
"""First audio after the end of speech, by the transcript's delay, in ms: preemption off, on, and on with its speech."""

PREEMPTION: tuple[dict[str, bool], ...] = (
    {"enabled": False},
    {"enabled": True, "preemptive_tts": False},
    {"enabled": True, "preemptive_tts": True},
)


def timing(converse: Open) -> dict[str, Any]:
    """The first audio of one turn, for every cell of the timing table."""

    async def cell(d_stt_ms: int, preemption: dict[str, bool]) -> float:
        pace = Pace(d_stt_s=d_stt_ms / 1000)
        conversation = converse(pace, paced=True, preemption=preemption)
        await conversation.open()
        await asyncio.sleep(0.1)
        first_audio_s = await conversation.turn()
        await conversation.close()
        return first_audio_s * 1e3

    measured = {
        d_stt_ms: [run_virtual(cell, d_stt_ms, preemption) for preemption in PREEMPTION] for d_stt_ms in EXPECTED_MS
    }
    error_us = max(
        abs(value - expected) * 1e3
        for d_stt_ms, values in measured.items()
        for value, expected in zip(values, EXPECTED_MS[d_stt_ms], strict=True)
    )
    return {"measured_ms": measured, "max_error_us": error_us}
