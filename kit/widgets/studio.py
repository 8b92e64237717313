"""What the widgets on one session share: the session as it is now, its thread, its settings and its record.

A session runs once; whoever starts a conversation again has a new session (`AgentSession.again`). The studio goes on,
and the widgets with it. `Studio.of(session)` is the same one for every session that it has had.

Callbacks are called on the thread that the session runs on, and must not wait.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any
from weakref import WeakSet, WeakValueDictionary

from ..session.records import Record, TuningChanged
from ..session.session import AgentSession
from ..timing.loop_thread import LoopThread
from ..tuning import Tuning

logger = logging.getLogger("kit")

_STUDIOS: WeakValueDictionary[int, Studio] = WeakValueDictionary()
"""By the `id` of each of their sessions. A studio lives as long as a widget holds it."""


class Studio:
    """Make it with `Studio.of`."""

    def __init__(self, session: AgentSession) -> None:
        self.session = session
        self.first_tuning = session.tuning
        """The settings from the start of the first session: what "changed from the start" is against."""
        self._thread: LoopThread | None = None
        self._reckoning: ThreadPoolExecutor | None = None
        self._lock = threading.RLock()
        self._on_tuning: list[Callable[[Tuning], object]] = []
        self._on_record: list[Callable[[Record], object]] = []
        self._on_session: list[Callable[[AgentSession], object]] = []
        self._sessions = WeakSet([session])
        self._unsubscribe = session.journal.subscribe(self._take)
        _STUDIOS[id(session)] = self

    @classmethod
    def of(cls, session: AgentSession) -> Studio:
        """The studio that a session belongs to."""
        studio = _STUDIOS.get(id(session))
        return studio if studio is not None and session in studio._sessions else cls(session)

    @property
    def thread(self) -> LoopThread:
        """The thread that its sessions run on, started when it is first wanted."""
        with self._lock:
            if self._thread is None or not self._thread.alive:
                self._thread = LoopThread("kit-session")
            return self._thread

    @property
    def reckoning(self) -> Executor:
        """One thread for what takes longer, started when it is first wanted. One, as each has memory of its own."""
        with self._lock:
            if self._reckoning is None:
                self._reckoning = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kit-reckoning")
            return self._reckoning

    def stop_threads(self) -> None:
        """End them; what still runs on the session's is cancelled."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop()
        with self._lock:
            reckoning, self._reckoning = self._reckoning, None
        if reckoning is not None:
            reckoning.shutdown(wait=False, cancel_futures=True)

    def renew(self) -> AgentSession:
        """A new session in the place of the one that ended, with its models and settings."""
        with self._lock:
            session = self.session.again()
            _STUDIOS[id(session)] = self
            self._sessions.add(session)
            self._unsubscribe()
            self.session = session
            self._unsubscribe = session.journal.subscribe(self._take)
        _call(self._on_session, session)
        return session

    # its settings

    @property
    def tuning(self) -> Tuning:
        return self.session.tuning

    def set_tuning(self, tuning: Tuning) -> None:
        """Apply settings, on the session's own loop where it runs."""
        self._on_loop(lambda session: tuning)

    def replace(self, changes: Mapping[str, Any]) -> None:
        """Change the settings at these dotted paths. Changes that were asked for one after another all count.

        Raises:
            TuningError: a setting that does not exist, or a value that it cannot take, beside the settings of now.
        """
        self.tuning.replace(changes)
        self.edit(lambda tuning: tuning.replace(changes))

    def edit(self, make: Callable[[Tuning], Tuning]) -> None:
        """Make the settings what `make` makes of them as they are when it is the session's turn, on its own loop."""
        self._on_loop(lambda session: make(session.tuning))

    def _on_loop(self, change: Callable[[AgentSession], Tuning]) -> None:
        session = self.session

        def apply() -> None:
            try:
                tuning = change(session)
            except ValueError:  # it had become impossible by the time it was the session's turn
                logger.warning("a change of the settings was dropped", exc_info=True)
            else:
                if tuning != session.tuning:
                    session.tuning = tuning
                    if session.loop is None or session.closed:  # a session that does not run records no change
                        _call(self._on_tuning, tuning)

        loop = session.loop
        if loop is None or session.closed or loop.is_closed():
            apply()
        else:
            loop.call_soon_threadsafe(apply)

    # who wants to know

    def on_tuning(self, callback: Callable[[Tuning], object]) -> Callable[[], None]:
        """Call with the settings whenever they have changed. Returns what ends it."""
        return _add(self._on_tuning, callback)

    def on_record(self, callback: Callable[[Record], object]) -> Callable[[], None]:
        """Call with each new journal record of whichever session runs. Returns what ends it."""
        return _add(self._on_record, callback)

    def on_session(self, callback: Callable[[AgentSession], object]) -> Callable[[], None]:
        """Call when a new session takes the place of the last one. Returns what ends it."""
        return _add(self._on_session, callback)

    def _take(self, record: Record) -> None:
        _call(self._on_record, record)
        if type(record) is TuningChanged:
            _call(self._on_tuning, self.session.tuning)


def _add(callbacks: list[Any], callback: Any) -> Callable[[], None]:
    callbacks.append(callback)

    def remove() -> None:
        if callback in callbacks:
            callbacks.remove(callback)

    return remove


def _call(callbacks: list[Callable[[Any], object]], value: Any) -> None:
    """Call everyone. One that raises is logged, and harms nobody else: least of all the session."""
    for callback in list(callbacks):
        try:
            callback(value)
        except Exception:
            logger.exception("a widget's callback raised")
