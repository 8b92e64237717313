"""The jobs: each is given a party's `Conversation` and returns figures. A job has a process of its own."""

from __future__ import annotations

import asyncio
import statistics
import tracemalloc
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from conversation import EXPECTED_MS, INSTANT, PREEMPTION, USUAL, Pace
from gauges import Growth, cpu, settled_rss_kib, spread_ms, traced_kib, wall

from kit.timing import run_virtual

WARM_UP_TURNS = 20


class Conversation(Protocol):
    async def open(self) -> None: ...
    async def close(self) -> None: ...
    async def turn(self) -> float: ...
    async def instant_turn(self) -> float: ...
    async def say(self) -> float: ...
    async def generate_reply(self) -> float: ...


Open = Callable[..., Conversation]


def first_audio(converse: Open, *, turns: int, rest_s: float, pause_s: float) -> dict[str, Any]:
    """A real loop and models without latency: what the code between them costs.

    Turns may come back to back, or each after a rest in which the processor turns to other things and forgets.
    """
    pace = replace(INSTANT, pause_s=pause_s)

    async def main() -> dict[str, Any]:
        conversation = converse(pace, paced=False)
        await conversation.open()
        await asyncio.sleep(0.05)
        figures: dict[str, Any] = {}
        for name, pauses in (("instant_turn", 2), ("say", 0), ("generate_reply", 0)):
            ask: Callable[[], Awaitable[float]] = getattr(conversation, name)
            for _ in range(WARM_UP_TURNS):
                await ask()
            figures[name] = await _cost(ask, turns, rest_s, [pause_s] * pauses)
        await conversation.close()
        return figures

    return asyncio.run(main())


async def _cost(
    ask: Callable[[], Awaitable[float]], times: int, rest_s: float, pauses_s: Sequence[float]
) -> dict[str, float]:
    """The time that each asking says it took, and its CPU time until all is quiet again.

    A process that sleeps and wakes spends CPU time too. So each asking has a twin that only sleeps, as often and as
    long, and what the twin spent is taken off.
    """
    taken, spent_s = [], 0.0
    for _ in range(times):
        before = cpu()
        taken.append(await ask())
        await asyncio.sleep(rest_s)
        between = cpu()
        for pause_s in pauses_s:
            await asyncio.sleep(pause_s)
        await asyncio.sleep(rest_s)
        spent_s += (between - before) - (cpu() - between)
    return spread_ms(taken) | {"cpu_ms": spent_s / times * 1e3}


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
        for _ in range(5 * WARM_UP_TURNS):
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
    return {"measured_ms": measured, "max_error_us": round(error_us, 6)}
