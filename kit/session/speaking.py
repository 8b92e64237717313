"""The agent's mouth: speeches wait in order of priority, one is audible at a time, and its end is recorded.

An interruption has one path: `interrupt` clears the output, and what was heard until then is what the history keeps.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Protocol

from ..chat import ChatItem, ChatMessage
from ..ports import AudioOutput
from .events import AgentStateName
from .journal import SpeechFinished, SpeechStarted
from .scope import Scope
from .speech import Segment, Speech
from .speech_handle import SpeechHandle

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame


class VolumeControl(Protocol):
    """Scales frames. `level`: 0 to 100 percent; a change is a ramp from the level of the frame before."""

    def process(self, frame: AudioFrame, level: float) -> AudioFrame: ...


class Speaking:
    def __init__(
        self,
        scope: Scope,
        output: AudioOutput,
        volume: VolumeControl,
        *,
        add_item: Callable[[ChatItem], None],
        set_state: Callable[[AgentStateName], None],
        user_is_silent: Callable[[], bool],
        answer_is_coming: Callable[[], bool],
    ) -> None:
        self._scope = scope
        self._output = output
        self._volume = volume
        self._add_item = add_item
        self._set_state = set_state
        self._user_is_silent = user_is_silent
        self._answer_is_coming = answer_is_coming
        self._waiting: list[tuple[int, int, Speech]] = []
        self._current: Speech | None = None
        self._audible = False
        self._segment: Segment | None = None
        self._captured = False
        self._playing = False
        self._task: asyncio.Task[None] | None = None
        self._idle: asyncio.Future[None] | None = None
        self._closed = False
        output.on_playback_started = self._on_playback_started

    @property
    def current(self) -> Speech | None:
        """The speech that is heard now, or is next to be heard."""
        return self._current

    @property
    def pending(self) -> list[Speech]:
        """The current speech and those behind it."""
        waiting = [speech for _, _, speech in sorted(self._waiting, key=lambda entry: entry[:2])]
        return waiting if self._current is None else [self._current, *waiting]

    @property
    def audible(self) -> bool:
        """Whether the current speech has begun to be heard."""
        return self._audible

    def enqueue(self, speech: Speech, priority: int = SpeechHandle.SPEECH_PRIORITY_NORMAL) -> None:
        if self._closed:
            speech.handle.interrupt()
            self._drop(speech)
            return
        heapq.heappush(self._waiting, (-priority, self._scope.number("queue"), speech))
        self.advance()

    def advance(self) -> None:
        """Begin the next speech, if nothing holds it back."""
        if self._current is not None or self._closed:
            return
        if self._waiting and self._may_begin(self._waiting[0][2]):
            self._current = heapq.heappop(self._waiting)[2]
            self._task = self._scope.tasks.spawn(self._play(self._current), f"speak-{self._current.handle.id}")
        elif not self._waiting:
            self._set_state("thinking" if self._answer_is_coming() else "listening")
            if self._idle is not None and not self._idle.done():
                self._idle.set_result(None)

    def interrupt(self, handle: SpeechHandle) -> None:
        """Stop a speech, heard or waiting. Called by the handle."""
        if self._current is not None and self._current.handle is handle:
            self._stop_current()
            return
        for entry in self._waiting:
            if entry[2].handle is handle:
                self._waiting.remove(entry)
                heapq.heapify(self._waiting)
                self._drop(entry[2])
                return

    async def wait_until_idle(self) -> None:
        """Wait until nothing is said and nothing waits to be said."""
        while self._current is not None or self._waiting:
            self._idle = self._scope.loop.create_future()
            await self._idle

    async def aclose(self) -> None:
        """End every speech."""
        self._closed = True
        for speech in self.pending:
            speech.handle.interrupt()
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task], timeout=self._scope.limits.close_s)

    def _may_begin(self, speech: Speech) -> bool:
        """A speech that the user may interrupt is not begun into the user's words, unless it answers them."""
        return speech.source == "turn" or not speech.handle.allow_interruptions or self._user_is_silent()

    async def _play(self, speech: Speech) -> None:
        handle = speech.handle
        error: BaseException | None = None
        self._playing = True
        try:
            if handle.interrupted:
                return
            async for segment in speech.segments:
                speech.begun.append(segment)
                await self._play_segment(speech, segment)
                error = error or segment.voice.error
        except asyncio.CancelledError:
            if not handle.interrupted:
                handle.interrupt()
                raise
        except Exception as failure:
            error = failure
            self._scope.error("audio_out", failure)
        finally:
            await speech.cancel()
            self._finish(speech, error)

    async def _play_segment(self, speech: Speech, segment: Segment) -> None:
        self._segment = segment
        output, volume, scope = self._output, self._volume, self._scope
        try:
            async with aclosing(segment.voice.frames()) as frames:
                async for frame in frames:
                    self._captured = True
                    await output.capture_frame(volume.process(frame, scope.tuning.volume.level))
            if self._captured:
                output.flush()
                segment.end(await output.wait_for_playout(), complete=segment.voice.error is None)
        finally:
            self._end_segment()
            self._segment = None
            self._captured = False
            self._remember(speech, segment)

    def _end_segment(self) -> None:
        """What was heard of the present segment until now is all of it."""
        if self._segment is not None:
            self._segment.end(self._output.playback_position_s if self._captured else 0.0, complete=False)

    def _stop_current(self) -> None:
        self._end_segment()
        self._output.clear_buffer()
        # A task that is cancelled before its first step would never come to record the end.
        if self._playing and self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()

    def _remember(self, speech: Speech, segment: Segment) -> None:
        speech.played_s += segment.played_s
        items: list[ChatItem] = []
        if segment.heard and speech.add_to_chat_ctx:
            items.append(ChatMessage("assistant", segment.heard, interrupted=speech.handle.interrupted))
        items.extend(segment.following)
        segment.following.clear()
        for item in items:
            speech.handle._chat_items.append(item)
            self._add_item(item)

    def _drop(self, speech: Speech) -> None:
        """End a speech that nobody has heard."""
        self._scope.tasks.spawn(speech.cancel(), f"drop-{speech.handle.id}")
        self._record_end(speech, None)

    def _finish(self, speech: Speech, error: BaseException | None) -> None:
        self._current = None
        self._task = None
        self._audible = self._playing = False
        self._record_end(speech, error)
        self.advance()

    def _record_end(self, speech: Speech, error: BaseException | None) -> None:
        self._scope.journal.append(
            SpeechFinished(
                speech=speech.handle.id,
                interrupted=speech.handle.interrupted,
                played_s=round(speech.played_s, 6),
                text=" ".join(segment.heard for segment in speech.begun if segment.heard),
            )
        )
        speech.handle._finish(error)

    def _on_playback_started(self, loop_time: float) -> None:
        if self._current is None or self._audible:
            return
        self._audible = True
        self._scope.journal.append(SpeechStarted(speech=self._current.handle.id))
        self._set_state("speaking")
