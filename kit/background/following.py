"""What a session has to do with its background: an ambient sound while it runs, another while the agent thinks, less
of everything while somebody speaks, and its settings, which act while it runs.

A setting that names a sound counts; where it names none ("") the player's own sound does. So a sound that the program
gives can be tried against others, live and in a sweep, without touching the program. The levels of the settings are
factors on both.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..session.events import (
    AgentStateChangedEvent,
    AgentStateName,
    ErrorEvent,
    UserStateChangedEvent,
    UserStateName,
)
from ..session.records import BackgroundStarted, BackgroundStopped, Error, TuningChanged
from ..session.records import Record as JournalRecord
from .handle import PlayHandle
from .playing import Kind, Playing, Reason, Record
from .sounds import AudioConfig, choose, loop_fade_s, named

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..session.session import AgentSession

LOOP_FADE_S = 0.25
"""Within how long an ambient or a thinking sound is joined to its own next pass, where it was not made to be looped."""
AMBIENT_FADE_S = 0.5
THINKING_FADE_IN_S = 0.1
THINKING_FADE_OUT_S = 0.25


class SessionRecord(Record):
    """The record in a session's journal."""

    def __init__(self, session: AgentSession) -> None:
        self._session = session

    def started(self, handle: PlayHandle) -> None:
        self._session.journal.append(BackgroundStarted(play=handle.id, source=handle.source))

    def stopped(self, handle: PlayHandle, reason: Reason) -> None:
        self._session.journal.append(BackgroundStopped(play=handle.id, source=handle.source, reason=reason))

    def failed(self, handle: PlayHandle, error: BaseException) -> None:
        message = str(error) or type(error).__name__
        self._session.journal.append(Error(source="background", message=message, recoverable=True))
        self._session.emit("error", ErrorEvent(error, "background", True))


class Following:
    """Plays what a session's state and settings ask for.

    Args:
        on_close: Called when the session closes, before that is recorded.
    """

    def __init__(
        self,
        session: AgentSession,
        playing: Playing,
        rng: random.Random,
        *,
        ambient: Sequence[AudioConfig],
        thinking: Sequence[AudioConfig],
        on_close: Callable[[], None],
    ) -> None:
        self._session = session
        self._playing = playing
        self._rng = rng
        self._own: dict[Kind, Sequence[AudioConfig]] = {"ambient": ambient, "thinking": thinking}
        self._on_close = on_close
        self._named: dict[Kind, str] = {}
        self._handles: dict[Kind, PlayHandle] = {}
        self._ducked_db = 0.0
        self._applying = False
        self._ended = False
        self._state: AgentStateName = session.agent_state
        self._user: UserStateName = session.user_state
        session.on("agent_state_changed", self._on_state)
        session.on("user_state_changed", self._on_user_state)
        self._unsubscribe = session.journal.subscribe(self._on_record)
        self._apply()
        if self._state == "thinking":
            self._begin("thinking")

    def end(self) -> None:
        """Follow no more."""
        self._session.off("agent_state_changed", self._on_state)
        self._session.off("user_state_changed", self._on_user_state)
        self._unsubscribe()
        self._ended = True

    def _on_state(self, event: AgentStateChangedEvent) -> None:
        old, self._state = event.old_state, event.new_state
        if self._state == "idle":
            self._on_close()
            return
        if self._state == "thinking":
            self._begin("thinking")
        elif old == "thinking":
            self._stop("thinking")
        self._duck()

    def _on_user_state(self, event: UserStateChangedEvent) -> None:
        self._user = event.new_state
        self._duck()

    def _on_record(self, record: JournalRecord) -> None:
        """A setting is applied after everybody was told of its change, so that the journal stays in order."""
        if type(record) is TuningChanged and record.path.startswith("background.") and not self._applying:
            self._applying = True
            asyncio.get_running_loop().call_soon(self._apply_soon)

    def _apply_soon(self) -> None:
        self._applying = False
        if not self._ended:
            self._apply()

    def _apply(self) -> None:
        settings = self._session.tuning.background
        self._playing.set_level("ambient", settings.ambient_volume)
        self._playing.set_level("thinking", settings.thinking_volume)
        self._duck()
        if self._named.get("ambient") != settings.ambient:
            self._named["ambient"] = settings.ambient
            self._stop("ambient")
            self._begin("ambient")
        if self._named.setdefault("thinking", settings.thinking) != settings.thinking:
            self._named["thinking"] = settings.thinking
            if self._state == "thinking":
                self._stop("thinking")
                self._begin("thinking")

    def _duck(self) -> None:
        """Give way to a voice, or come back."""
        settings = self._session.tuning.background
        voice = self._state == "speaking" or (settings.duck_for_user and self._user == "speaking")
        gain_db = settings.duck_db if voice else 0.0
        if gain_db != self._ducked_db:
            lower = gain_db < self._ducked_db
            self._ducked_db = gain_db
            self._playing.set_gain_db(gain_db, settings.duck_attack_s if lower else settings.duck_release_s)

    def _begin(self, kind: Kind) -> None:
        name = self._named[kind]
        config = choose([named(name)] if name else self._own[kind], self._rng)
        if config is not None:
            self._handles[kind] = begin(self._playing, kind, config)

    def _stop(self, kind: Kind) -> None:
        if handle := self._handles.pop(kind, None):
            handle.stop()


def begin(playing: Playing, kind: Kind, config: AudioConfig) -> PlayHandle:
    """Play an ambient or a thinking sound until it is stopped; frames, until they end."""
    return playing.begin(
        kind,
        config,
        loop_fade_s=loop_fade_s(config, LOOP_FADE_S),
        fade_in_s=AMBIENT_FADE_S if kind == "ambient" else THINKING_FADE_IN_S,
        fade_out_s=AMBIENT_FADE_S if kind == "ambient" else THINKING_FADE_OUT_S,
    )
