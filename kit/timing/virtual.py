"""An event loop whose clock jumps to the next timer instead of waiting for it.

An hour of conversation takes as long as its computation, and two runs are identical: time is kept in whole
nanoseconds, timers due at the same instant fire in the order in which they were set, and work given to an executor
runs at once on the loop's own thread and takes no virtual time. Sockets do not exist here.
"""

from __future__ import annotations

import asyncio
import heapq
import random
import threading
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, TypeVar

T = TypeVar("T")
_NS = 1_000_000_000


class VirtualTimeDeadlock(RuntimeError):
    """Every task waits for something that nothing in this loop will ever bring."""


class _Timer(asyncio.TimerHandle):
    """A timer that knows when it was set, to break ties."""

    __slots__ = ("_order",)
    _order: int

    def __lt__(self, other: Any) -> bool:
        return (self._when, self._order) < (other._when, other._order)  # type: ignore[attr-defined]


class _Jump:
    """Stands where a selector would: asked to wait, it moves the loop's clock to the next timer."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise self._loop.deadlock()
        if timeout > 0:
            self._loop.jump()
        return []


class VirtualLoop(asyncio.BaseEventLoop):
    """A deterministic asyncio loop in virtual time. Use it through `run_virtual`."""

    is_virtual = True

    def __init__(self) -> None:
        super().__init__()
        self._now_ns = 0
        self._order = 0
        self._clock_resolution = 1e-9
        self._selector = _Jump(self)

    def time(self) -> float:
        return self._now_ns / _NS

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        self._check_closed()  # type: ignore[attr-defined]
        timer = _Timer(round(when * _NS) / _NS, callback, args, self, context)
        self._order += 1
        timer._order = self._order
        heapq.heappush(self._scheduled, timer)  # type: ignore[attr-defined]
        timer._scheduled = True  # type: ignore[attr-defined]
        return timer

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now_ns / _NS + delay, callback, *args, context=context)

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            future.set_exception(error)
        return future

    def jump(self) -> None:
        when: float = self._scheduled[0]._when  # type: ignore[attr-defined]
        self._now_ns = max(self._now_ns, round(when * _NS))

    def deadlock(self) -> VirtualTimeDeadlock:
        waiting = sorted(task.get_name() for task in asyncio.all_tasks(self))
        return VirtualTimeDeadlock(
            f"virtual time: nothing is left that could wake the waiting tasks ({', '.join(waiting)})"
        )

    def _process_events(self, event_list: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass


def run_virtual(
    main: Callable[..., Coroutine[Any, Any, T]],
    *args: Any,
    seed: int = 0,
    loop_factory: Callable[[], VirtualLoop] = VirtualLoop,
) -> T:
    """Run `main(*args)` in virtual time and return its result.

    Works where a loop is already running too (a notebook's cell): it then runs in a thread of its own.

    Args:
        main: A coroutine function.
        seed: Seeds the `random` module for the length of the run; its state is put back afterwards.

    Raises:
        VirtualTimeDeadlock: `main` waits for something that can no longer happen.
    """
    if asyncio._get_running_loop() is None:
        return _run(main, args, seed, loop_factory)
    result: list[T] = []
    failure: list[BaseException] = []

    def body() -> None:
        try:
            result.append(_run(main, args, seed, loop_factory))
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=body, name="virtual-time", daemon=True)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return result[0]


def _run(
    main: Callable[..., Coroutine[Any, Any, T]],
    args: tuple[Any, ...],
    seed: int,
    loop_factory: Callable[[], VirtualLoop],
) -> T:
    state = random.getstate()
    random.seed(seed)
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(main(*args))
    finally:
        random.setstate(state)
