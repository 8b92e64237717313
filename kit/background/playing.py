"""The sounds that play: each with its source, its handle and its place in the mix; and the record of them.

One that is slow or breaks harms no other: each is read by a task of its own, and the mix waits for none.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable, Callable, Coroutine
from typing import Any, Literal

from ..audio.clips import ClipCache
from ..audio.mixing import Mix, Voice
from ..audio.sample_queue import SampleQueue
from .handle import PlayHandle
from .outputs import BLOCK_S, MixOutput
from .reading import Reader
from .sounds import AudioConfig, explained

Kind = Literal["ambient", "thinking", "play"]
Reason = Literal["ended", "stopped", "failed", "closed", "session_closed"]

SOFT_STOP_S = 0.01
"""How long a sound without a fade dies away after it was stopped, so that it does not click."""
CLOSE_S = 1.0
"""How long a source may take to end when the player is closed."""

logger = logging.getLogger("kit")


class Record:
    """What is told of the sounds; without a session, only failures, to the log."""

    def started(self, handle: PlayHandle) -> None:
        """Its first sample is heard now."""

    def stopped(self, handle: PlayHandle, reason: Reason) -> None: ...

    def failed(self, handle: PlayHandle, error: BaseException) -> None:
        logger.error("background sound %s (%s) failed: %s", handle.id, handle.source, error)


class Play:
    """One sound. `ending` is why it will have ended when its last sample was heard."""

    __slots__ = ("config", "ending", "error", "fade_out_s", "handle", "kind", "reading", "started", "timers", "voice")

    def __init__(self, kind: Kind, config: AudioConfig, handle: PlayHandle, voice: Voice, fade_out_s: float) -> None:
        self.kind = kind
        self.config = config
        self.handle = handle
        self.voice = voice
        self.fade_out_s = fade_out_s
        self.started = False
        self.ending: Reason = "ended"
        self.error: BaseException | None = None
        self.reading: asyncio.Task[None] | None = None
        self.timers: list[asyncio.TimerHandle] = []


class Playing:
    """The sounds of one player."""

    def __init__(self, output: MixOutput, clips: ClipCache, record: Record) -> None:
        self._loop = asyncio.get_running_loop()
        self._output = output
        self._clips = clips
        self._record = record
        self._mix = Mix(output.sample_rate)
        self._plays: list[Play] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._levels: dict[Kind, float] = {"ambient": 1.0, "thinking": 1.0, "play": 1.0}
        self._count = 0
        output.connect(self._mix, self._fail_all)

    def begin(
        self,
        kind: Kind,
        config: AudioConfig,
        *,
        loop_fade_s: float | None = None,
        fade_in_s: float = 0.0,
        fade_out_s: float = 0.0,
    ) -> PlayHandle:
        """Play a sound. `loop_fade_s`: play it over and over, each pass joined to the next within so long."""
        self._count += 1
        rate = self._mix.sample_rate
        fade_in = fade_in_s if config.fade_in is None else config.fade_in
        fade_out = fade_out_s if config.fade_out is None else config.fade_out
        handle = PlayHandle(
            f"{kind}_{self._count}",
            config.label,
            volume=config.volume,
            on_stop=lambda: self._stop(play),
            on_volume=lambda: self._apply_volume(play),
        )
        queue = SampleQueue(rate)
        voice = Voice(queue, volume=config.volume * self._levels[kind], fade_in=round(fade_in * rate))
        play = Play(kind, config, handle, voice, fade_out)
        reader = Reader(voice, queue, rate, self._output.settle, lambda: self._advance(play))
        self._plays.append(play)
        play.reading = self._spawn(self._read(play, reader, loop_fade_s), f"read-{handle.id}")
        return handle

    def set_level(self, kind: Kind, level: float) -> None:
        """A factor on all sounds of a kind, those that play included."""
        if level != self._levels[kind]:
            self._levels[kind] = level
            for play in self._plays:
                if play.kind == kind:
                    self._apply_volume(play)

    def set_gain_db(self, gain_db: float, duration_s: float) -> None:
        """Lower or raise everything, over so many seconds."""
        self._output.settle()
        self._mix.set_gain_db(gain_db, duration_s)

    def end_all(self, reason: Reason) -> None:
        """Everything falls silent now, and every handle is done."""
        self._output.settle()
        for play in list(self._plays):
            self._mix.remove(play.voice)
            self._finish(play, reason)
        self._output.end()

    async def aclose(self) -> None:
        """Wait for what was ended; a source that does not end in time is left to itself."""
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_S)
        await self._output.aclose()

    async def _read(self, play: Play, reader: Reader, loop_fade_s: float | None) -> None:
        try:
            if (path := play.config.path) is not None:
                await reader.read_file(path, self._clips, loop_fade_s)
            else:
                assert isinstance(play.config.source, AsyncIterable)
                await reader.read_frames(play.config.source)
        except Exception as error:
            self._fail(play, explained(error))

    def _advance(self, play: Play) -> None:
        """There is something new to hear, or it is known when it ends."""
        if play.handle.done():
            return
        if not play.started:
            play.started = True
            self._output.wake()
            self._mix.add(play.voice)
            self._at(self._output.time_of(self._mix.position), play, self._record.started, play.handle)
        self._watch_end(play)

    def _watch_end(self, play: Play) -> None:
        if (remaining := play.voice.remaining) is not None:
            self._at(self._output.time_of(self._mix.position + remaining), play, self._check_end, play)

    def _check_end(self, play: Play) -> None:
        self._settle()
        if play.handle.done():
            return
        if play.voice.finished:
            self._finish(play, play.ending)
        elif (remaining := play.voice.remaining) is not None:
            due = self._output.time_of(self._mix.position + remaining)
            self._at(max(due, self._loop.time() + BLOCK_S), play, self._check_end, play)

    def _stop(self, play: Play) -> None:
        if play.ending == "stopped":
            return
        self._settle()
        play.ending = "stopped"
        if not play.started or play.voice.finished:
            self._finish(play, "stopped")
        elif play.fade_out_s:
            play.voice.stop(round(play.fade_out_s * self._mix.sample_rate))
            self._watch_end(play)
        else:
            play.voice.stop(round(SOFT_STOP_S * self._mix.sample_rate))
            self._finish(play, "stopped")

    def _fail(self, play: Play, error: BaseException) -> None:
        """What came before the failure is still heard."""
        if play.handle.done():
            return
        self._settle()
        play.voice.source.end()
        if play.ending == "ended":
            play.error, play.ending = error, "failed"
        if play.started and not play.voice.finished:
            self._watch_end(play)
        else:
            self._finish(play, play.ending)

    def _fail_all(self, error: BaseException) -> None:
        """The output does not play: nothing is heard of anything."""
        for play in list(self._plays):
            play.error = error
            self._mix.remove(play.voice)
            self._finish(play, "failed")

    def _finish(self, play: Play, reason: Reason) -> None:
        self._plays.remove(play)
        for timer in play.timers:
            timer.cancel()
        if play.reading is not None and play.reading is not asyncio.current_task():
            play.reading.cancel()
        if reason == "failed" and play.error is not None:
            self._record.failed(play.handle, play.error)
        self._record.stopped(play.handle, reason)
        play.handle._finish(play.error)

    def _apply_volume(self, play: Play) -> None:
        self._settle()
        play.voice.set_volume(play.handle.volume * self._levels[play.kind], self._mix.sample_rate)

    def _settle(self) -> None:
        """A sound is about to change, or is asked what is left of it: it goes to where it is heard."""
        self._output.settle()
        self._mix.settle()

    def _at(self, when: float, play: Play, action: Callable[..., None], *args: Any) -> None:
        """Do it at the loop's time `when`, unless the sound has ended by then; now where that is past."""
        if when <= self._loop.time():
            action(*args)
        else:
            play.timers.append(self._loop.call_at(when, action, *args))

    def _spawn(self, coroutine: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = self._loop.create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
