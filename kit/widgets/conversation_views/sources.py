"""What a view is of: a conversation that is over, or a session that goes on.

A session's records come on the thread that it runs on, often many at once. What a view reckons from the whole journal
takes longer, the longer the journal; so it is done beside that thread, which has sound to send, a few times a second at
most, and only when a record came that the view cares for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...lab.conversation import Conversation
from ...session.session import AgentSession
from ..studio import Studio

if TYPE_CHECKING:
    from ...lab.recorded import Journaled
    from ...session.journal import Journal
    from ...session.records import Record

logger = logging.getLogger("kit")

UPDATE_S = 0.25


class Running:
    """A session that goes on, as a conversation: by its journal and its name."""

    def __init__(self, session: AgentSession, name: str = "") -> None:
        self.studio = Studio.of(session)
        self.name = name or "live"

    @property
    def journal(self) -> Journal:
        return self.studio.session.journal


def source(thing: Any, name: str = "") -> Running | Journaled:
    """A conversation, or the folder of one, or a session, or whatever talks for one (it has a `session`).

    Raises:
        TypeError: it is none of these.
        JournalError: the folder holds no recording.
    """
    if isinstance(thing, str | Path):
        return Conversation.load(thing, name=name)
    if hasattr(thing, "journal") and hasattr(thing, "name"):
        return thing  # type: ignore[no-any-return]
    session = thing if isinstance(thing, AgentSession) else getattr(thing, "session", None)
    if isinstance(session, AgentSession):
        return Running(session, name)
    raise TypeError(
        f"there is nothing to see in a {type(thing).__name__}: give a conversation, its folder, or a session"
    )


class Following:
    """Calls `update` when records of some kinds have come, not oftener than every `UPDATE_S` seconds, and not before it
    has returned. While the session runs this is on another thread than the session's."""

    def __init__(self, studio: Studio, kinds: Collection[type[Record]], update: Callable[[], object]) -> None:
        self._studio = studio
        self._kinds = frozenset(kinds)
        self._update = update
        self._busy = False
        self._behind = False
        self._ended = False
        self._stops = [studio.on_record(self._take), studio.on_session(self._begin_again)]

    def close(self) -> None:
        self._ended = True
        for stop in self._stops:
            stop()

    def _take(self, record: Record) -> None:
        if type(record) in self._kinds:
            self._update_soon()

    def _begin_again(self, session: AgentSession) -> None:
        self._busy = False  # what was to come on the last one's loop may not come any more
        self._run()

    def _update_soon(self) -> None:
        loop = self._studio.session.loop
        if loop is None or loop.is_closed() or self._studio.session.closed:
            self._run()
        elif self._busy:
            self._behind = True
        else:
            self._busy = True
            loop.call_later(UPDATE_S, self._begin, loop)

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        self._behind = False
        loop.run_in_executor(self._studio.reckoning, self._run).add_done_callback(self._done)

    def _done(self, running: asyncio.Future[None]) -> None:
        self._busy = False
        if not running.cancelled() and (error := running.exception()) is not None:
            logger.error("a view of a running session could not be brought up to date", exc_info=error)
        if self._behind and not self._ended:
            self._update_soon()

    def _run(self) -> None:
        if not self._ended:
            self._update()
