"""A loop in a thread of its own: reached from outside, and gone when it is stopped."""

from __future__ import annotations

import asyncio
import threading

import pytest

from kit.timing.loop_thread import LoopThread


def test_what_runs_there_is_on_its_loop_and_comes_back() -> None:
    thread = LoopThread("test-loop")

    async def where() -> tuple[str, bool]:
        return threading.current_thread().name, asyncio.get_running_loop() is thread.loop

    assert thread.run(where()).result(10) == ("test-loop", True)
    called = threading.Event()
    assert thread.post(called.set)
    assert called.wait(10)
    thread.stop()


def test_stopping_cancels_what_runs_and_ends_the_thread() -> None:
    before = set(threading.enumerate())
    thread = LoopThread()
    ended = threading.Event()

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = thread.run(forever())
    thread.run(asyncio.sleep(0)).result(10)
    thread.stop()
    assert ended.wait(10)
    assert waiting.done()
    assert not thread.alive
    assert set(threading.enumerate()) == before
    thread.stop()
    assert not thread.post(print)
    with pytest.raises(RuntimeError):
        thread.run(asyncio.sleep(0))


def test_it_may_be_stopped_from_its_own_loop() -> None:
    thread = LoopThread()
    thread.post(thread.stop)
    thread._thread.join(10)
    assert not thread.alive
