"""Virtual time: it jumps, it keeps order, and it says when nothing can happen any more."""

from __future__ import annotations

import asyncio
import random
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.timing import VirtualTimeDeadlock, run_virtual


def test_a_day_is_exact() -> None:
    async def main() -> float:
        for _ in range(1000):
            await asyncio.sleep(86.4)
        return asyncio.get_running_loop().time()

    assert run_virtual(main) == 86_400.0


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_timers_of_one_instant_fire_in_the_order_in_which_they_were_set(delays: list[int]) -> None:
    async def main() -> list[int]:
        loop, fired = asyncio.get_running_loop(), []
        for index, delay in enumerate(delays):
            loop.call_later(delay, fired.append, index)
        await asyncio.sleep(6)
        return fired

    assert run_virtual(main) == sorted(range(len(delays)), key=lambda index: delays[index])


def test_waiting_for_what_cannot_come_is_an_error() -> None:
    async def main() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(VirtualTimeDeadlock, match="nothing is left"):
        run_virtual(main)


def test_executors_run_at_once_on_the_same_thread() -> None:
    async def main() -> tuple[int, float]:
        thread = await asyncio.to_thread(threading.get_ident)
        return thread, asyncio.get_running_loop().time()

    assert run_virtual(main) == (threading.get_ident(), 0.0)


def test_an_executors_failure_is_the_awaiters() -> None:
    async def main() -> None:
        await asyncio.to_thread(lambda: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        run_virtual(main)


def test_it_runs_where_a_loop_is_running() -> None:
    async def inner() -> float:
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    async def outer() -> float:
        return run_virtual(inner)

    assert asyncio.run(outer()) == 3600.0


def test_the_seed_rules_chance_and_leaves_no_trace() -> None:
    async def main() -> float:
        return random.random()

    before = random.getstate()
    assert run_virtual(main, seed=7) == run_virtual(main, seed=7) != run_virtual(main, seed=8)
    assert random.getstate() == before


def test_a_connection_is_refused_with_the_way_out() -> None:
    async def main() -> None:
        await asyncio.open_connection("127.0.0.1", 9)

    with pytest.raises(RuntimeError, match="--real-time"):
        run_virtual(main)


def test_timeouts_and_cancellation() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.5):
                await asyncio.Event().wait()
        return asyncio.get_running_loop().time()

    assert run_virtual(main) == 1.5
