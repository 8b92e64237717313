"""Where the settings live that a panel edits: in a session, or in the panel alone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from ...session.session import AgentSession
from ...tuning import Tuning
from ..studio import Studio

if TYPE_CHECKING:
    from ...ports import TTS

Make = Callable[[Tuning], Tuning]


class Home(Protocol):
    """What a panel needs of it."""

    first: Tuning
    """What "changed from the start" is against."""

    @property
    def tuning(self) -> Tuning: ...

    @property
    def session(self) -> AgentSession | None: ...

    @property
    def studio(self) -> Studio | None: ...

    def edit(self, make: Make) -> None:
        """Make the settings what `make` makes of them as they are then."""
        ...

    def follow(self, changed: Callable[[Tuning], object]) -> Callable[[], None]:
        """Call with the settings after each change, whoever made it. Returns what ends it."""
        ...


class Own:
    """Settings that nobody else has."""

    session = studio = None

    def __init__(self, tuning: Tuning) -> None:
        self.first = self._tuning = tuning
        self._changed: Callable[[Tuning], object] = lambda tuning: None
        self._lock = threading.RLock()

    @property
    def tuning(self) -> Tuning:
        return self._tuning

    def edit(self, make: Make) -> None:
        with self._lock:
            tuning = make(self._tuning)
            if tuning != self._tuning:
                self._tuning = tuning
                self._changed(tuning)

    def follow(self, changed: Callable[[Tuning], object]) -> Callable[[], None]:
        self._changed = changed
        return lambda: None


class Shared:
    """The settings of a session, and of those that follow it."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.first = studio.first_tuning

    @property
    def tuning(self) -> Tuning:
        return self.studio.tuning

    @property
    def session(self) -> AgentSession:
        return self.studio.session

    def edit(self, make: Make) -> None:
        self.studio.edit(make)

    def follow(self, changed: Callable[[Tuning], object]) -> Callable[[], None]:
        studio = self.studio
        ends = (studio.on_tuning(changed), studio.on_session(lambda session: changed(session.tuning)))

        def end() -> None:
            for each in ends:
                each()

        return end


def home_of(target: Any) -> Home:
    """The home of a session's settings, of those of a widget that has a `session`, or of a tuning by itself.

    Raises:
        TypeError: it is none of these.
    """
    if target is None or isinstance(target, Tuning):
        return Own(target or Tuning())
    session = target if isinstance(target, AgentSession) else getattr(target, "session", None)
    if not isinstance(session, AgentSession):
        raise TypeError(f"a panel turns an AgentSession, a widget that has one, or a Tuning, not {target!r}")
    return Shared(Studio.of(session))


def voice_of(session: AgentSession | None) -> TTS:
    """The session's voice, or the local one.

    Raises:
        EngineMissing: there is none, and the local one is not installed.
    """
    from ...models import local

    if session is not None and session.tts is not None:
        return session.tts
    tts: TTS = local(stt=None, llm=None, vad=None)["tts"]
    return tts
