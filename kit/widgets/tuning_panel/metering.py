"""How loud the agent is as it is heard, told to a page a few times a second while it speaks and somebody looks.

The sound is taken where it leaves the loudspeaker, behind the volume and the limiter: what was heard, when it was.
Of silence nothing is told, so the page keeps the last reading.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import numpy as np

from ...audio.frames import frame_from_samples, samples_of
from ...audio.meters import Meter
from ...session.records import Record, SessionClosed, SessionStarted
from ...session.session import AgentSession
from ..studio import Studio

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame

TELL_S = 0.25
"""Of speech, between what the page is told."""
PIECE_S = 0.1
"""Sound is measured in pieces of this length: of frames of 20 ms by themselves it would take 2.5 times as long."""
HOLD_S = 3.0
"""So long the page is told of a peak, as long as the loudness looks back."""

Tell = Callable[..., None]


class Level:
    """Frames in, as they are heard; every `TELL_S` of them, what to tell: {"lufs", "dbtp"}, None for silence.

    The loudness is the short-term one (ITU-R BS.1770, EBU Tech 3341), of the last 3 s of speech; at the beginning, the
    mean of the speech so far. The true peak is the highest of as much.
    """

    def __init__(self) -> None:
        self._meter = Meter()
        self._form = (0, 0)
        self._piece: list[AudioFrame] = []
        self._piece_s = self._due_s = self._t = 0.0
        self._power: list[float] = []
        self._peaks: deque[tuple[float, float]] = deque()

    def push(self, frame: AudioFrame) -> dict[str, float | None] | None:
        form = (frame.sample_rate, frame.num_channels)
        if form != self._form:
            self._form, self._piece, self._piece_s, self._power = form, [], 0.0, []
        self._piece.append(frame)
        self._piece_s += frame.samples_per_channel / frame.sample_rate
        if self._piece_s < PIECE_S - 1e-9:
            return None
        samples = [samples_of(one) for one in self._piece]
        self._meter.push(frame_from_samples(np.concatenate(samples), frame.sample_rate))
        self._t += self._piece_s
        self._piece, self._piece_s = [], 0.0
        return self._tell() if self._t >= self._due_s else None

    def _tell(self) -> dict[str, float | None]:
        self._due_s = self._t + TELL_S - PIECE_S / 2
        reading = self._meter.read()
        lufs = reading.short_term_lufs
        if not math.isfinite(lufs):
            if math.isfinite(reading.momentary_lufs):
                self._power.append(10 ** (reading.momentary_lufs / 10))
            lufs = 10 * math.log10(sum(self._power) / len(self._power)) if self._power else -math.inf
        self._peaks.append((self._t, reading.true_peak_dbtp))
        while self._peaks[0][0] < self._t - HOLD_S:
            self._peaks.popleft()
        return {"lufs": _finite(lufs), "dbtp": _finite(max(peak for _, peak in self._peaks))}


class Metering:
    """Tells the page "level" while the agent of a studio speaks, and "metered" whether there is anything to wait for.

    `begin` and `end` may be called from any thread, again and again; all else is done on the session's loop.
    """

    def __init__(self, studio: Studio, tell: Tell) -> None:
        self._studio = studio
        self._tell = tell
        self._lock = threading.Lock()
        self._wanted = False
        self._tap: _Tap | None = None
        self._stops: list[Callable[[], None]] = []

    def begin(self) -> None:
        """A page looks."""
        with self._lock:
            if not self._wanted:
                self._wanted = True
                self._stops = [self._studio.on_record(self._take), self._studio.on_session(self._renewed)]
        self._on_loop(self._studio.session)

    def end(self) -> None:
        """Nobody looks any more."""
        with self._lock:
            self._wanted = False
            stops, self._stops = self._stops, []
        for stop in stops:
            stop()
        self._on_loop(self._studio.session)

    def _take(self, record: Record) -> None:
        if isinstance(record, SessionStarted | SessionClosed):
            self._settle(self._studio.session)

    def _renewed(self, session: AgentSession) -> None:
        self._on_loop(session)

    def _on_loop(self, session: AgentSession) -> None:
        loop = session.loop
        if loop is None or loop.is_closed():
            self._settle(session)
            return
        try:
            loop.call_soon_threadsafe(self._settle, session)
        except RuntimeError:  # it was closed meanwhile
            self._settle(session)

    def _settle(self, session: AgentSession) -> None:
        """Listen, or listen no more, as things are now."""
        with self._lock:
            runs = session.loop is not None and not session.closed
            output = _loudspeaker_of(session) if self._wanted and runs else None
            if self._tap is not None and self._tap.output is not output:
                self._tap.drop(self._tell)
                self._tap = None
            if output is not None and self._tap is None:
                self._tap = _Tap.of(output)
                self._tap.add(self._tell)
            on, wanted = self._tap is not None, self._wanted
        if wanted:
            self._tell("metered", on=on)


class _Tap:
    """Hears what an output has played, beside whoever hears it already, and measures it once for all panels."""

    def __init__(self, output: Any) -> None:
        self.output = output
        self._tells: tuple[Tell, ...] = ()
        self._level = Level()
        self._before: Callable[[float, AudioFrame], None] | None = None
        self._placed = False

    @classmethod
    def of(cls, output: Any) -> _Tap:
        tap = _TAPS.get(id(output))
        if tap is None or tap.output is not output:
            tap = _TAPS[id(output)] = cls(output)
        return tap

    def add(self, tell: Tell) -> None:
        if not self._tells:
            self._level = Level()
        self._tells = (*self._tells, tell)
        if not self._placed:
            self._before, self.output.on_played, self._placed = self.output.on_played, self._hear, True

    def drop(self, tell: Tell) -> None:
        """The last one takes it off; where another has come to hear through it, it stays, and does nothing."""
        self._tells = tuple(one for one in self._tells if one != tell)
        if not self._tells and self.output.on_played == self._hear:
            self.output.on_played, self._before, self._placed = self._before, None, False

    def _hear(self, at: float, frame: AudioFrame) -> None:
        if self._before is not None:
            self._before(at, frame)
        if self._tells and (told := self._level.push(frame)) is not None:
            for tell in self._tells:
                tell("level", **told)


_TAPS: WeakValueDictionary[int, _Tap] = WeakValueDictionary()
"""By the `id` of the output. It lives as long as the output hears by it, or a panel does."""


def _loudspeaker_of(session: AgentSession) -> Any:
    """Where the agent's voice goes, if it tells what was heard; else None."""
    return session.audio_out if hasattr(session.audio_out, "on_played") else None


def _finite(value: float) -> float | None:
    return round(value, 1) if math.isfinite(value) else None
