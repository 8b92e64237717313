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
from contextvars import Context, copy_context
from typing import Any, TypeVar

T = TypeVar("T")
_NS = 1_000_000_000


class VirtualTimeDeadlock(RuntimeError):
    """Every task waits for something that nothing in this loop will ever bring."""


class NoSockets(RuntimeError):
    """Something wanted a connection, and time here does not pass while the world answers."""


class _Handle(asyncio.Handle):
    """As its base, but that it does not keep where it was made: most of a step's time would go there."""

    __slots__ = ()

    def __init__(
        self, callback: Callable[..., Any], args: Any, loop: asyncio.AbstractEventLoop, context: Context | None
    ) -> None:
        self._context = copy_context() if context is None else context
        self._loop = loop
        self._callback = callback
        self._args = args
        self._cancelled = False
        self._repr = self._source_traceback = None


class _Timer(asyncio.TimerHandle):
    """As `_Handle`. It is scheduled from the beginning until it fires."""

    __slots__ = ()

    def __init__(
        self, when: float, callback: Callable[..., Any], args: Any, loop: VirtualLoop, context: Context | None
    ) -> None:
        self._context = copy_context() if context is None else context
        self._loop = loop
        self._callback = callback
        self._args = args
        self._cancelled = False
        self._repr = self._source_traceback = None
        self._when = when
        self._scheduled = True

    def cancel(self) -> None:
        if not self._cancelled:
            self._cancelled = True
            self._callback = self._args = None  # type: ignore[assignment]
            if self._scheduled:
                self._loop._timer_handle_cancelled(self)


class VirtualLoop(asyncio.BaseEventLoop):
    """A deterministic asyncio loop in virtual time. Use it through `run_virtual`.

    Its steps, in `_run_once`, stand in place of the selector loop's: there is no input to wait for, so what is left of
    a step is to run what is ready or, if nothing is, to move the clock to the next timer.
    """

    is_virtual = True

    def __init__(self) -> None:
        super().__init__()
        self._now_ns = 0
        self._now = 0.0
        self._timers: list[tuple[int, int, _Timer]] = []
        self._order = 0
        self._cancelled = 0

    def time(self) -> float:
        return self._now

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        if self._closed:  # type: ignore[attr-defined]
            self._check_closed()  # type: ignore[attr-defined]
        handle = _Handle(callback, args, self, context)
        self._ready.append(handle)  # type: ignore[attr-defined]
        return handle

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        if self._closed:  # type: ignore[attr-defined]
            self._check_closed()  # type: ignore[attr-defined]
        return self._schedule(when, callback, args, context)

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        if self._closed:  # type: ignore[attr-defined]
            self._check_closed()  # type: ignore[attr-defined]
        return self._schedule(self._now + delay, callback, args, context)

    def _schedule(self, when: float, callback: Callable[..., Any], args: Any, context: Context | None) -> _Timer:
        timer = _Timer(when, callback, args, self, context)
        self._order += 1
        heapq.heappush(self._timers, (round(when * _NS), self._order, timer))
        return timer

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

    async def create_connection(self, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        raise NoSockets(
            "virtual time has no network: a model behind a server needs real time (virtual=False, or --real-time)"
        )

    def _run_once(self) -> None:
        """Step by step, until it is stopped."""
        ready, timers = self._ready, self._timers  # type: ignore[attr-defined]
        while True:
            if not ready and not self._stopping:  # type: ignore[attr-defined]
                self._jump()
            while timers and timers[0][0] <= self._now_ns:
                timer = heapq.heappop(timers)[2]
                if timer._cancelled:
                    self._forget(timer)
                else:
                    timer._scheduled = False
                    ready.append(timer)
            for _ in range(len(ready)):
                handle = ready.popleft()
                if not handle._cancelled:
                    handle._run()
            if self._stopping:  # type: ignore[attr-defined]
                return

    def _jump(self) -> None:
        """Move the clock to the next timer, if that is not past."""
        timers = self._timers
        while timers and timers[0][2]._cancelled:
            self._forget(heapq.heappop(timers)[2])
        if not timers:
            raise self._deadlock()
        if timers[0][0] > self._now_ns:
            self._now_ns = timers[0][0]
            self._now = self._now_ns / _NS

    def _timer_handle_cancelled(self, timer: _Timer) -> None:
        self._cancelled += 1
        if self._cancelled > 100 and self._cancelled > len(self._timers) // 2:
            self._timers[:] = [entry for entry in self._timers if not entry[2]._cancelled]
            heapq.heapify(self._timers)
            self._cancelled = 0

    def _forget(self, timer: _Timer) -> None:
        timer._scheduled = False
        self._cancelled = max(0, self._cancelled - 1)

    def _deadlock(self) -> VirtualTimeDeadlock:
        waiting = ", ".join(sorted(task.get_name() for task in asyncio.all_tasks(self)))
        return VirtualTimeDeadlock(f"virtual time: nothing is left that could wake the waiting tasks ({waiting})")

    def _write_to_self(self) -> None:
        """Nobody waits for input that would have to be woken."""


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
