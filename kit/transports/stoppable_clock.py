"""A clock over the loop's time that can be stopped, and alarms that stop with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Alarm:
    """Something to be done once the clock reaches `due`."""

    __slots__ = ("action", "due", "timer")

    def __init__(self, due: float, action: Callable[[], object]) -> None:
        self.due = due
        self.action = action
        self.timer: asyncio.TimerHandle | None = None


class StoppableClock:
    """The loop's time less the time for which this clock stood still."""

    __slots__ = ("_alarms", "_stopped_at", "_stopped_s")

    def __init__(self) -> None:
        self._stopped_at: float | None = None
        self._stopped_s = 0.0
        self._alarms: list[Alarm] = []

    @property
    def stopped(self) -> bool:
        return self._stopped_at is not None

    def now(self) -> float:
        if self._stopped_at is not None:
            return self._stopped_at
        return asyncio.get_running_loop().time() - self._stopped_s

    def loop_time(self, t: float) -> float:
        """The loop's time at a time of this clock that it has reached since it was last started, or will reach."""
        return t + self._stopped_s

    def stop(self) -> None:
        if self._stopped_at is None:
            self._stopped_at = self.now()
            for alarm in self._alarms:
                if alarm.timer is not None:
                    alarm.timer.cancel()
                    alarm.timer = None

    def start(self) -> None:
        """Go on from where it stopped."""
        if self._stopped_at is not None:
            self._stopped_s = asyncio.get_running_loop().time() - self._stopped_at
            self._stopped_at = None
            for alarm in self._alarms:
                self._set(alarm)

    def call_at(self, due: float, action: Callable[[], object]) -> Alarm:
        """Call `action()` at a time of this clock, or earlier by `ring_all`."""
        alarm = Alarm(due, action)
        self._alarms.append(alarm)
        if self._stopped_at is None:
            self._set(alarm)
        return alarm

    def cancel(self, alarm: Alarm) -> None:
        """Has no effect on an alarm that rang."""
        if alarm in self._alarms:
            self._alarms.remove(alarm)
            if alarm.timer is not None:
                alarm.timer.cancel()

    def ring_all(self) -> None:
        """Do all that was set, now."""
        for alarm in list(self._alarms):
            self.cancel(alarm)
            alarm.action()

    async def until(self, due: float) -> None:
        """Wait for a time of this clock, or for `ring_all`."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        alarm = self.call_at(due, lambda: None if waiter.done() else waiter.set_result(None))
        try:
            await waiter
        except asyncio.CancelledError:
            self.cancel(alarm)
            raise

    def _set(self, alarm: Alarm) -> None:
        alarm.timer = asyncio.get_running_loop().call_at(alarm.due + self._stopped_s, self._ring, alarm)

    def _ring(self, alarm: Alarm) -> None:
        self._alarms.remove(alarm)
        alarm.action()
