"""Events that leave at their time: order, withdrawal, ends and errors, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.models.outbox import Outbox, deliver
from kit.timing import run_virtual

Work = Callable[[Outbox[Any]], Coroutine[Any, Any, None]]


def left(work: Work) -> list[tuple[float, Any]]:
    """What leaves, each with its time."""

    async def main() -> list[tuple[float, Any]]:
        loop = asyncio.get_running_loop()
        return [(round(loop.time(), 9), event) async for event in deliver(work)]

    return run_virtual(main)


@given(st.lists(st.integers(0, 10**11) | st.integers(0, 3), max_size=20))
def test_events_leave_at_their_time_and_those_of_one_time_in_order(dues_ns: list[int]) -> None:
    dues = [due / 1e9 for due in dues_ns]

    async def work(outbox: Outbox[int]) -> None:
        for number, due in enumerate(dues):
            outbox.put(number, due)

    expected = sorted((round(due, 9), number) for number, due in enumerate(dues))
    got = left(work)
    assert [number for _, number in got] == [number for _, number in sorted(zip(dues, range(len(dues)), strict=True))]
    assert [t for t, _ in got] == [t for t, _ in expected]


def test_an_earlier_event_overtakes_a_later_one() -> None:
    async def work(outbox: Outbox[str]) -> None:
        outbox.put("late", 5)
        await asyncio.sleep(1)
        outbox.put("now")
        outbox.put("soon", 2)

    assert left(work) == [(1, "now"), (2, "soon"), (5, "late")]


def test_an_event_can_be_withdrawn_until_it_has_left() -> None:
    async def work(outbox: Outbox[str]) -> None:
        first, second = outbox.put("first", 1), outbox.put("second", 3)
        await asyncio.sleep(2)
        assert not outbox.withdraw(first)
        assert outbox.withdraw(second)
        assert not outbox.withdraw(second)

    assert left(work) == [(1, "first")]


def test_an_error_of_the_work_is_raised_at_once_behind_what_is_due() -> None:
    async def work(outbox: Outbox[str]) -> None:
        outbox.put("never", 5)
        await asyncio.sleep(1)
        outbox.put("before")
        raise LookupError("broken")

    async def main() -> float:
        stream = deliver(work)
        assert await anext(stream) == "before"
        with pytest.raises(LookupError, match="broken"):
            await anext(stream)
        return asyncio.get_running_loop().time()

    assert run_virtual(main) == 1


def test_of_a_group_of_errors_the_first_is_raised() -> None:
    async def fail() -> None:
        raise LookupError("inside")

    async def work(outbox: Outbox[str]) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())

    with pytest.raises(LookupError, match="inside"):
        left(work)


def test_closing_ends_the_work_before_it_returns() -> None:
    ended = []

    async def work(outbox: Outbox[str]) -> None:
        outbox.put("first")
        try:
            await asyncio.sleep(100)
        finally:
            await asyncio.sleep(1)
            ended.append(asyncio.get_running_loop().time())

    async def main() -> None:
        async with aclosing(deliver(work)) as stream:
            await anext(stream)
        assert ended == [1]
        assert len(asyncio.all_tasks()) == 1

    run_virtual(main)


def test_withdrawing_the_last_event_of_a_closed_outbox_ends_it() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        outbox: Outbox[str] = Outbox(loop)
        ticket = outbox.put("never", 5)
        outbox.close()
        loop.call_later(1, outbox.withdraw, ticket)
        assert [event async for event in outbox] == []
        assert loop.time() == 1

    run_virtual(main)


def test_closing_twice_keeps_the_first_reason() -> None:
    async def main() -> None:
        outbox: Outbox[str] = Outbox(asyncio.get_running_loop())
        outbox.close(LookupError("first"))
        outbox.close()
        with pytest.raises(LookupError):
            await outbox.take()

    run_virtual(main)
