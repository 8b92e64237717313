"""Talk to the agent in the page: its microphone and its speakers, with a session behind them.

The session runs on a thread of its own, so that a busy cell does not stop it. One view of a Talk has the sound; others
show what happens. Without a page a conversation runs too, by `say` and `play`, unheard, for a limited time.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from weakref import WeakSet

import traitlets

from ...lab.conversation import Conversation
from ...lab.latency import TurnLatency, turns
from ...session.agent import Agent
from ...session.journal import AgentState, Record, SpeechCreated, SpeechStarted, UserState
from ...session.session import AgentSession
from ..assets import script, style
from ..studio import Studio
from ..view import View
from .lines import Line, TalkLines
from .run import TalkRun, speech

logger = logging.getLogger("kit")

NO_PAGE_S = 10.0
"""After so long without a page a running conversation says that nobody hears it."""
AWAY_S = 60.0
"""After so long without a page, and with nothing typed or played, a conversation is stopped."""
SILENT_PAGE_S = 5.0
"""A page that has told nothing for so long is asleep, or gone."""
STOP_S = 15.0
"""How long `stop` waits for the end."""

INSTRUCTIONS = "You are a friendly voice assistant. Answer in one or two short sentences."
_OPEN: WeakSet[Talk] = WeakSet()


class Talk(View):
    """A conversation in the page.

    Args:
        session: Not started yet, or ended (it is held again then). By default one of the local models.
        agent: Who answers; or what makes one for each conversation. An `Agent` begins each with what it knew at first.
        record: A folder, in which each conversation gets one of its own. By default they are kept only as long as this.
        recordings: Sound files that the page offers to play in the microphone's place.
        prebuffer_s: How much sound the page gathers before it plays, 0.02 to 1 s: less is quicker, more is safer.

    Attributes:
        state: "off", "starting", "listening", "thinking", "speaking" or "stopping".
        agent_state, user_state: As of the session; "" while there is no conversation.
        muted: Whether the microphone gives silence. May be set.
        notice: What the user should know, in words; "" if nothing.
        playback: The page's last report: by stream "played_s", "backlog_s", "underruns", "starved", "trimmed".
        conversations: Those that were held here, the latest one last.
    """

    _esm = script("capture", "playback", "scope", "transcript", "talk")
    _css = style("talk")
    state = traitlets.Unicode("off").tag(sync=True)
    agent_state = traitlets.Unicode("").tag(sync=True)
    user_state = traitlets.Unicode("").tag(sync=True)
    muted = traitlets.Bool(False).tag(sync=True)
    notice = traitlets.Unicode("").tag(sync=True)
    owner = traitlets.Unicode("").tag(sync=True)
    recording_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    prebuffer_s = traitlets.Float(0.1, min=0.02, max=1.0).tag(sync=True)

    def __init__(
        self,
        session: AgentSession | None = None,
        *,
        agent: Agent | Callable[[], Agent] | None = None,
        record: str | Path | None = None,
        recordings: Iterable[str | Path] = (),
        prebuffer_s: float = 0.1,
        **kwargs: Any,
    ) -> None:
        self.recordings = [Path(path) for path in recordings]
        names = [path.name for path in self.recordings]
        self.studio = Studio.of(_local_session() if session is None else session)
        self.playback: dict[str, Any] = {}
        self.conversations: list[Conversation] = []
        self._agent = agent if agent is not None else Agent(instructions=INSTRUCTIONS)
        self._knew_first = self._agent.chat_ctx if isinstance(self._agent, Agent) else None
        self._record = None if record is None else Path(record)
        self._run: TalkRun | None = None
        self._starting: Future[None] | None = None
        self._stopping: Future[None] | None = None
        self._changing = threading.RLock()
        self._lines = TalkLines(self._tell_line, lambda: self.studio.thread.loop.time())
        self._turn: dict[str, Any] | None = None
        self._answering: dict[str, int] = {}
        self._pages: set[str] = set()
        self._seen_at = self._active_at = self._began_at = 0.0
        super().__init__(recording_names=names, prebuffer_s=prebuffer_s, **kwargs)
        for other in [talk for talk in _OPEN if talk.studio is self.studio]:
            other.close()
        _OPEN.add(self)
        self.at_close(self.studio.on_record(self._on_record))
        self.at_close(self._end)
        self.observe(self._on_muted, "muted")

    # from Python

    @property
    def session(self) -> AgentSession:
        """The session of the present conversation, or of the last one."""
        return self.studio.session

    @property
    def running(self) -> bool:
        return self._run is not None or (self._starting is not None and not self._starting.done())

    @property
    def conversation(self) -> Conversation | None:
        """The present conversation as far as it is recorded, or the last one: for plots and comparison."""
        run = self._run
        if run is not None:
            if threading.current_thread() is not self.studio.thread._thread:
                self.studio.thread.run(run.live.flush()).result(STOP_S)
            return run.live.conversation
        return self.conversations[-1] if self.conversations else None

    def start(self) -> None:
        """Begin a conversation, where none runs. Returns at once; `state` tells how it goes."""
        with self._changing:
            if self.running:
                return
            for other in [talk for talk in _OPEN if talk is not self and talk.running]:
                other._stop_soon("Stopped, because another Talk of this notebook was started.")
            self.put(state="starting", problem="", notice="")
            self._starting = self.studio.thread.run(self._begin())

    def stop(self) -> None:
        """End the conversation, and wait until its recording is complete."""
        ending = self._stop_soon()
        if ending is not None and threading.current_thread() is not self.studio.thread._thread:
            ending.result(STOP_S)

    def say(self, text: str) -> None:
        """Type instead of talking. Begins a conversation, where none runs.

        Raises:
            ValueError: there is nothing to say.
        """
        if not text.strip():
            raise ValueError("there is nothing to say")
        self._do(lambda run: self._say(run, text.strip()))

    def play(self, path: str | Path) -> None:
        """Let a recording speak in the microphone's place. Begins a conversation, where none runs.

        Raises:
            AudioFileError: it cannot be read, or is silent.
        """
        samples = speech(path)
        self._do(lambda run: run.play(samples, Path(path).name))

    def interrupt(self) -> None:
        """Stop what the agent says."""
        if self.running:
            self._do(TalkRun.interrupt)

    # from the page

    def on_shown(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        super().on_shown(content, buffers)
        self.tell("lines", lines=[self._lines.told(line) for line in self._lines.lines])
        self.tell("turn", turn=self._turn)

    def on_here(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        """A view is there, and says so again and again."""
        self._pages.add(str(content["view"]))
        self._seen()

    def on_gone(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        view = str(content["view"])
        self._pages.discard(view)
        if self.owner == view:
            self.put(owner="")

    def on_own(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        """A view takes the sound."""
        self.put(owner=str(content["view"]))

    def on_start(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        self._seen()
        self.put(owner=str(content["view"]))
        self.start()

    def on_stop(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        self._stop_soon()

    def on_mute(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        self.put(muted=bool(content["on"]))

    def on_interrupt(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        self.interrupt()

    def on_say(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        self.say(str(content["text"]))

    def on_play(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        self.play(self.recordings[int(content["number"])])

    def on_press(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        """Push to talk begins."""
        if self._run is not None:
            self._run.microphone.muted = False
            self._do(TalkRun.press)

    def on_release(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        if self._run is not None:
            self._run.microphone.muted = self.muted
            self._do(TalkRun.release)

    def on_microphone(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        run = self._run
        if run is not None and content["view"] == self.owner:
            run.microphone.push(buffers[0], int(content["position"]), int(content["rate"]))
            self._seen()

    def on_playing(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        if content["view"] == self.owner:
            self.playback = content["streams"]
            self._seen()

    def on_trouble(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        """The page has no microphone or no sound, and says in words what to do."""
        self.put(notice=str(content["text"]))

    # on the session's loop

    async def _begin(self) -> None:
        studio, agent = self.studio, self._agent
        try:
            session = studio.session
            if session.loop is not None and not session.closed:
                raise RuntimeError("The session runs elsewhere: end it there, or give Talk one that is not started.")
            if session.loop is not None or session.closed:
                session = studio.renew()
            if not isinstance(agent, Agent):
                agent = agent()
            elif self._knew_first is not None and len(agent.chat_ctx) != len(self._knew_first):
                await agent.update_chat_ctx(self._knew_first)
            self._turn = None
            self._answering.clear()
            self._lines.begin()
            run = TalkRun(
                session,
                agent,
                self.tell,
                prebuffer_s=self.prebuffer_s,
                folder=self._folder(),
                name=f"talk {len(self.conversations) + 1}",
                on_tick=self._look_after,
            )
            run.microphone.muted = self.muted
            self._active()
            self._began_at = self._active_at
            self._run = run
            await run.start()
        except Exception as error:
            logger.exception("a conversation could not begin")
            self._run = None
            self.put(state="off", problem=f"The conversation could not begin: {error}")
            return
        self.put(state=session.agent_state, agent_state=session.agent_state, user_state=session.user_state)
        await run.wait()
        self.conversations.append(run.live.conversation)
        self._run = None
        values = {"notice": run.live.problem} if run.live.problem else {}
        self.put(state="off", agent_state="", user_state="", **values)

    async def _finish(self) -> None:
        if self._run is not None:
            self.put(state="stopping")
            await self._run.aclose()

    def _stop_soon(self, notice: str = "") -> Future[None] | None:
        with self._changing:
            if not self.running:
                return None
            starting = self._starting
            if notice:
                self.put(notice=notice)
            self.studio.thread.run(self._finish())
            return starting

    def _end(self) -> None:
        _OPEN.discard(self)
        try:
            self.stop()
        except Exception:
            logger.exception("ending a conversation")
        self.studio.stop_thread()

    def _do(self, act: Callable[[TalkRun], object]) -> None:
        """Do it on the loop, once a conversation runs."""
        self.start()
        thread = self.studio.thread

        def now() -> None:
            run = self._run
            if run is None:
                return
            self._active()
            try:
                act(run)
            except Exception as error:
                self.put(problem=str(error) or type(error).__name__)

        async def soon() -> None:
            now()

        thread.run(soon())

    def _say(self, run: TalkRun, text: str) -> None:
        self._lines.typed(text)
        run.say(text)

    def _look_after(self, run: TalkRun) -> None:
        """Four times a second."""
        self._lines.saying(run.saying())
        self.tell("tick", t=run.live.t, taken=run.microphone.page_position)
        now = self.studio.thread.loop.time()
        if run.busy:
            self._active_at = now
        if self.shown and self._seen_at and now - self._seen_at < SILENT_PAGE_S:
            if self.notice.startswith(_NOBODY):
                self.put(notice="")
            return
        quiet_s = now - max(self._seen_at, self._active_at)
        if quiet_s >= AWAY_S:
            self._stop_soon(f"Stopped: for {AWAY_S:.0f} s no page showed this conversation. Its recording is kept.")
        elif now - max(self._seen_at, self._began_at) >= NO_PAGE_S and not self.notice:
            self.put(notice=f"{_NOBODY}. It stops {AWAY_S:.0f} s after the last word typed or played.")

    def _active(self) -> None:
        self._active_at = self.studio.thread.loop.time()

    def _seen(self) -> None:
        self._seen_at = self.studio.thread.loop.time()

    def _on_muted(self, change: Any) -> None:
        if self._run is not None:
            self._run.microphone.muted = bool(change["new"])

    def _folder(self) -> Path | None:
        if self._record is None:
            return None
        number = 1
        while (folder := self._record / f"talk-{number}").exists():
            number += 1
        return folder

    # what happens in the session

    def _on_record(self, record: Record) -> None:
        run = self._run
        if run is None:
            return
        self._lines.take(record)
        if isinstance(record, AgentState):
            self.put(agent_state=record.new, **({"state": record.new} if self.state in _RUNNING else {}))
        elif isinstance(record, UserState):
            self.put(user_state=record.new)
        elif isinstance(record, SpeechCreated) and record.turn:
            self._answering[record.speech] = record.turn
        elif isinstance(record, SpeechStarted) and self._answering.pop(record.speech, 0):
            self._tell_turn(turns(run.session.journal))

    def _tell_turn(self, measured: list[TurnLatency]) -> None:
        latest = next((turn for turn in reversed(measured) if turn.gap_s is not None), None)
        if latest is None:
            return
        self._turn = {
            "gap_s": latest.gap_s,
            "saved_s": latest.saved_s or 0.0,
            "stages": [{"name": stage.name, "s": stage.duration_s} for stage in latest.stages],
            "ahead": [[stage.start_t, stage.end_t] for stage in latest.ahead],
            "started_t": latest.speech_started_t,
        }
        self.tell("turn", turn=self._turn)

    def _tell_line(self, line: Line) -> None:
        self.tell("lines", lines=[self._lines.told(line)])


_RUNNING = ("starting", "listening", "thinking", "speaking")
_NOBODY = "No page shows this conversation, so nobody hears it"


def _local_session() -> AgentSession:
    from ...models import local

    return AgentSession(**local())
