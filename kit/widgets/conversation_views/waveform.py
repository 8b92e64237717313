"""A conversation as it sounds: a lane for the user, the agent and what plays behind them, with the journal's marks.

Of a conversation that is over everything is there: it can be looked at closely, and heard from any point. A session
that runs is followed; its sound is drawn as far as somebody tells it (`Waveform.add_sound`), as `Talk` does. Without
that there are only the journal's marks and regions, and the view says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import traitlets
from numpy.typing import NDArray

from ...plots.lanes import waveform
from ...session.session import AgentSession
from ...transports.recording import RecordingError, recorded_pieces
from ..assets import script, style
from .envelopes import LIVE_BIN_S, Level, LiveEnvelope, levels
from .happenings import Happenings
from .pictures import PicturedView
from .sound import page_sound, to_hear
from .sources import Running, source

if TYPE_CHECKING:
    from ...lab.conversation import Conversation
    from ...plots import Plot
    from ...session.records import Record

Channel = Literal["user", "agent", "background"]
CHANNELS: tuple[Channel, ...] = ("user", "agent", "background")
PUSH_S = 1 / 30
"""The shortest time between two messages of a session's sound and records."""
FIRST_VISIBLE_S = 30.0
"""How much of a running session is seen at first."""


class Waveform(PicturedView):
    """Zoom by + and −, by the wheel where it is focused, by dragging over a stretch; space plays from the cursor.

    Args:
        conversation: A conversation, the folder of one, or a session, or what talks for one. Where that has a method
            `subscribe_sound(callback)`, which calls with a channel, the session's time in seconds and a frame, its
            sound is drawn; it returns what ends that. What a `conversation` of it has recorded until then is, too.
        name: What to call it.

    Attributes:
        range: The visible stretch, start and end in seconds. May be set.
        cursor: Where it plays, or would play from, in seconds. May be set.
        playing: Whether it is being heard.
        duration: Seconds.
        follow: Whether a running session's newest moment stays in sight.
    """

    _esm = script("tape", "ruler", "lanes", "waveform")
    _css = style("views", "waveform")

    name = traitlets.Unicode("").tag(sync=True)
    live = traitlets.Bool(False).tag(sync=True)
    range = traitlets.Tuple(traitlets.Float(), traitlets.Float(), default_value=(0.0, 1.0)).tag(sync=True)
    cursor = traitlets.Float(0.0).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)
    duration = traitlets.Float(1.0).tag(sync=True)
    follow = traitlets.Bool(True).tag(sync=True)

    def __init__(self, conversation: Any, *, name: str = "") -> None:
        found = source(conversation, name)
        self._running = found if isinstance(found, Running) else None
        self._recorded: Any = None if self._running is not None else found
        self._levels: list[Level] | None = None
        self._happenings = Happenings()
        self._sounds: dict[str, LiveEnvelope] = {}
        self._drawing = threading.Lock()
        self._due = False
        self._pushed_at = 0.0
        """By the clock of the session's loop."""
        self.still = self._running is None
        for record in found.journal:
            self._happenings.take(record)
        duration = self._duration()
        shown = (0.0, duration if self.still else max(duration, FIRST_VISIBLE_S))
        super().__init__(name=name or found.name, live=not self.still, duration=duration, range=shown)
        if self._running is not None:
            self._follow(self._running, conversation)

    @traitlets.validate("range")
    def _check_range(self, proposal: Any) -> tuple[float, float]:
        start, end = proposal["value"]
        if not start < end:
            raise traitlets.TraitError(f"range is a start and a later end in seconds, not {start:g} to {end:g}")
        return max(0.0, start), end

    def figure(self) -> Plot:
        """The visible stretch as a matplotlib figure (`kit.plots.waveform`).

        Raises:
            ValueError: it is of a session, whose sound is in its recording.
        """
        if self._recorded is None:
            raise ValueError("a running session has no figure: make the waveform of its recording")
        start_s, end_s = self.range
        return waveform(self._recorded, start_s=start_s, end_s=end_s)

    def add_sound(self, channel: Channel, t_s: float, samples: NDArray[np.int16], rate: int) -> None:
        """Sound of a running session, mono samples that are heard from `t_s` on. From any thread."""
        with self._drawing:
            self._sounds.setdefault(channel, LiveEnvelope()).add(t_s, samples, rate)
        self._push_soon()

    def on_shown(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        super().on_shown(content, buffers)
        with self._drawing:
            everything = self._happenings.everything()
        self.tell("happenings", **everything, last_t=self._happenings.last_t)
        if self._recorded is None:
            self._push(all_of_it=True)
            return
        for number in reversed(range(1, len(self._all_levels()))):
            self._send_level(number)

    def on_want(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        """The page looks closely, and wants the finest resolution."""
        if self._recorded is not None:
            self._send_level(0)

    def on_sound(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        """The page wants to play."""
        if self._recorded is not None:
            sound = page_sound(to_hear(self._recorded.audio), self._recorded.sample_rate)
            self.tell("sound", name="all", mime=sound.mime_type, buffers=[sound.data])

    def _duration(self) -> float:
        last_t = self._happenings.last_t
        sound_s = 0.0 if self._recorded is None else len(self._recorded.audio) / self._recorded.sample_rate
        return max(sound_s, last_t, 0.1)

    def _all_levels(self) -> list[Level]:
        if self._levels is None:
            self._levels = levels(self._recorded.audio, self._recorded.sample_rate)
        return self._levels

    def _send_level(self, number: int) -> None:
        level = self._all_levels()[number]
        buffers = [channel.tobytes() for channel in level.extremes]
        self.tell("level", number=number, bin_s=level.bin_s, channels=CHANNELS[: len(buffers)], buffers=buffers)

    # a session that runs

    def _follow(self, running: Running, conversation: Any) -> None:
        studio = running.studio
        self.at_close(studio.on_record(self._record))
        self.at_close(studio.on_session(self._begin_again))
        if hasattr(conversation, "subscribe_sound"):
            self.at_close(conversation.subscribe_sound(self._hear))
            self._add_earlier(getattr(conversation, "conversation", None))

    def _add_earlier(self, recorded: Conversation | None) -> None:
        """What was heard before anybody looked, as far as it is recorded. What comes twice is drawn once."""
        if recorded is None or self._running is None or recorded.journal is not self._running.journal:
            return
        with contextlib.suppress(RecordingError):  # it could not be written; what is heard from now on is drawn
            for t_s, samples, rate in recorded_pieces(recorded.folder):
                for channel, sound in zip(CHANNELS, samples.T, strict=True):
                    self.add_sound(channel, t_s, sound, rate)

    def _hear(self, channel: Channel, t_s: float, frame: Any) -> None:
        self.add_sound(channel, t_s, np.frombuffer(frame.data, np.int16)[:: frame.num_channels], frame.sample_rate)

    def _record(self, record: Record) -> None:
        with self._drawing:
            self._happenings.take(record)
        self._push_soon()

    def _begin_again(self, session: AgentSession) -> None:
        """Another session has taken the place of the one that ended: its time begins at 0."""
        self._happenings = Happenings()
        with self._drawing:
            self._sounds.clear()
        self.put(duration=0.1, range=(0.0, FIRST_VISIBLE_S), cursor=0.0)
        self.tell("begin_again")

    def _push_soon(self) -> None:
        if self._due or self._running is None:
            return
        session = self._running.studio.session
        loop = session.loop
        if loop is None or loop.is_closed() or session.closed:
            self._push()
            return
        self._due = True
        try:
            loop.call_soon_threadsafe(lambda: loop.call_at(self._pushed_at + PUSH_S, self._push_now, loop))
        except RuntimeError:
            self._due = False

    def _push_now(self, loop: asyncio.AbstractEventLoop) -> None:
        self._pushed_at = loop.time()
        self._push()

    def _push(self, *, all_of_it: bool = False) -> None:
        self._due = False
        if self.comm is None or not self.shown:
            return
        with self._drawing:
            grown = {channel: envelope.take(all_of_it=all_of_it) for channel, envelope in self._sounds.items()}
            fresh = self._happenings.fresh()
        grown = {channel: new for channel, new in grown.items() if len(new[1])}
        if not (grown or fresh["spans"] or fresh["marks"]):
            return
        firsts = [[channel, first] for channel, (first, _) in grown.items()]
        buffers = [extremes.tobytes() for _, extremes in grown.values()]
        self.tell("grow", bin_s=LIVE_BIN_S, firsts=firsts, last_t=self._happenings.last_t, buffers=buffers, **fresh)
