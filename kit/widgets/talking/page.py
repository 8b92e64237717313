"""A Talk as pages show it: what they are told, what they tell, and which view has the sound.

One view of a page has it, its id is `owner`; others show what happens. A view that is gone, or asleep, gives it up.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from ...session.agent import Agent
from ...session.records import AgentState, Record, UserState
from ..assets import script, style
from ..studio import Studio
from ..view import View
from .cells import CellWatch
from .conversations import Conversations
from .last_turn import LastTurn
from .lines import Line, TalkLines
from .peaks import Peaks
from .presence import AWAY_S, Presence

if TYPE_CHECKING:
    from .run import TalkRun

_RUNNING = ("starting", "listening", "thinking", "speaking")
_NOBODY = "No page shows this conversation, so nobody hears it"
_WAITS_S = 2.0
"""A cell that runs for longer is told of, where the page waits for it."""


class TalkPage(View):
    _esm = script("capture", "playback", "scope", "transcript", "talk")
    _css = style("talk")
    state = traitlets.Unicode("off").tag(sync=True)
    agent_state = traitlets.Unicode("").tag(sync=True)
    user_state = traitlets.Unicode("").tag(sync=True)
    muted = traitlets.Bool(False).tag(sync=True)
    notice = traitlets.Unicode("").tag(sync=True)
    waits = traitlets.Bool(False).tag(sync=True)
    owner = traitlets.Unicode("").tag(sync=True)
    recording_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    prebuffer_s = traitlets.Float(0.1, min=0.02, max=1.0).tag(sync=True)

    def __init__(
        self,
        studio: Studio,
        agent: Agent | Callable[[], Agent],
        record: str | Path | None,
        recordings: list[Path],
        **kwargs: Any,
    ) -> None:
        self.studio = studio
        self.recordings = recordings
        self.playback: dict[str, Any] = {}
        self._lines = TalkLines(self._tell_line, self._now)
        self._last_turn = LastTurn(self._tell_turn)
        self._presence = Presence()
        self._waits_for_cells = False
        self._waits_since = 0.0
        super().__init__(recording_names=[path.name for path in recordings], **kwargs)
        self._held = Conversations(self, studio, agent, record)
        self._held.mute(self.muted)
        self._mirrored = Peaks(self._held.listeners)
        self._cells = CellWatch()
        self.at_close(self._cells.close)
        self.at_close(studio.on_record(self._on_record))
        self.at_close(lambda: self._mirrored.follow(False))
        self.at_close(self._held.close)
        self.observe(lambda change: self._held.mute(bool(change["new"])), "muted")

    # from the page: the view

    def on_shown(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        super().on_shown(content, buffers)
        self.tell("lines", lines=[self._lines.told(line) for line in self._lines.lines])
        self.tell("turn", turn=self._last_turn.told)

    def on_here(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        """A view is there, and says so again and again. One that slept with the sound takes it up, if nobody has."""
        self._waits_for_cells = threading.current_thread() is threading.main_thread()
        self._here(content)
        if content.get("sound") and not self.owner:
            self.put(owner=str(content["view"]))

    def on_gone(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        view = str(content["view"])
        self._presence.gone(view)
        if self.owner == view:
            self.put(owner="")

    def on_own(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        """A view takes the sound."""
        self._here(content)
        self.put(owner=str(content["view"]))

    def on_trouble(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        """The page has no microphone or no sound, and says in words what to do."""
        self.put(notice=str(content["text"]))

    # from the page: the sound

    def on_microphone(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        run = self._held.run
        if run is not None and content["view"] == self.owner:
            run.microphone.push(buffers[0], int(content["position"]), int(content["rate"]))
            self._here(content)

    def on_playing(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        if content["view"] == self.owner:
            self.playback = content["streams"]
            self._here(content)

    # from the page: what the user does

    def on_start(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        self.put(owner=str(content["view"]))
        self._held.start()
        self._here(content)

    def on_stop(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        self._held.stop_soon()

    def on_mute(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        self.put(muted=bool(content["on"]))

    def on_interrupt(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        self._held.interrupt()

    def on_say(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        self._held.say(str(content["text"]))

    def on_play(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        self._held.play(self.recordings[int(content["number"])])

    def on_press(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        self._held.press()

    def on_release(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        self._held.release()

    # of the conversations: a `Front` of theirs

    def begins(self) -> None:
        self._last_turn.begin()
        self._lines.begin()
        self._waits_since = self._now()
        self._presence.begin(self._waits_since)

    def used(self, typed: str = "") -> None:
        self._presence.use(self._now())
        if typed:
            self._lines.typed(typed)

    def look_after(self, run: TalkRun) -> None:
        now = self._now()
        self._wait_for_cells(now)
        self._lines.saying(run.saying())
        self.tell("tick", t=run.live.t, taken=run.microphone.page_position, user=self._mirrored.take())
        self._mirrored.follow(self.shown > bool(self.owner))
        if self.owner and not self._presence.shows(self.owner, now):
            self.put(owner="")
        if run.busy:
            self._presence.use(now)
        sight = self._presence.sight(now)
        if sight == "abandoned":
            self._held.stop_soon(
                f"Stopped: for {AWAY_S:.0f} s no page showed this conversation. Its recording is kept."
            )
        elif sight == "unheard" and not self.notice:
            self.put(notice=f"{_NOBODY}. It stops {AWAY_S:.0f} s after the last word typed or played.")
        elif sight == "seen" and self.notice.startswith(_NOBODY):
            self.put(notice="")

    def _wait_for_cells(self, now: float) -> None:
        """Not every notebook has a way for a page's messages that passes by the cell that runs."""
        if self._waits_for_cells and self._cells.busy:
            self._presence.wait(now)
        else:
            self._waits_since = now
        self.put(waits=now - self._waits_since > _WAITS_S)

    def _on_record(self, record: Record) -> None:
        run = self._held.run
        if run is None:
            return
        self._lines.take(record)
        self._last_turn.take(record)
        if isinstance(record, AgentState):
            self.put(agent_state=record.new, **({"state": record.new} if self.state in _RUNNING else {}))
        elif isinstance(record, UserState):
            self.put(user_state=record.new)

    def _here(self, content: dict[str, Any]) -> None:
        if self._held.running:
            self._presence.here(str(content["view"]), self._now())

    def _now(self) -> float:
        """By the loop's clock; to be asked only where there is something to time, as its thread begins with it."""
        return self.studio.thread.loop.time()

    def _tell_line(self, line: Line) -> None:
        self.tell("lines", lines=[self._lines.told(line)])

    def _tell_turn(self, turn: dict[str, Any]) -> None:
        self.tell("turn", turn=turn)
