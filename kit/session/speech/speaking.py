"""The agent's mouth: speeches wait in order of priority, one is audible at a time, and its end is recorded.

An interruption has one path: `interrupt` clears the output, and what was heard until then is what the history keeps, at
once. A speech whose tools are being run is parked: it gives up the floor to those that wait, and takes it again when
it has more to say.
"""

from __future__ import annotations

import asyncio
import functools
import heapq
from typing import Protocol

from ...chat import ChatItem, ChatMessage
from ...ports import AudioOutput
from ..answers.providers import ProviderStalled
from ..events import AgentStateName, SpeechSource
from ..records import SpeechFinished, SpeechPaused, SpeechResumed, SpeechStarted
from ..scope import Scope
from ..waiting.alarm import Alarm
from .loudspeaker import Loudspeaker, VolumeControl
from .speech import Segment, Speech
from .speech_handle import SpeechHandle


class Floor(Protocol):
    """What the agent's mouth must know of the rest."""

    def user_is_silent(self) -> bool: ...

    def speech_began(self) -> None:
        """There is another current speech."""
        ...

    def set_agent_state(self, state: AgentStateName) -> None: ...

    def agent_heard(self, begins: bool) -> None:
        """The agent begins to be heard, or has ended by itself."""
        ...

    def add_item(self, item: ChatItem, source: SpeechSource) -> None:
        """Goes into the history, from a speech of this source."""
        ...


class Speaking:
    def __init__(self, scope: Scope, output: AudioOutput, volume: VolumeControl, floor: Floor) -> None:
        self._scope = scope
        self._floor = floor
        self._loudspeaker = Loudspeaker(scope, output, volume, self._began_to_sound)
        self._waiting: list[tuple[int, int, Speech]] = []
        self._current: Speech | None = None
        self._parked: list[Speech] = []
        self._returning: list[tuple[Speech, asyncio.Future[None]]] = []
        self._idle: asyncio.Future[None] | None = None
        self._closed = False
        self._abandon = Alarm(scope, self._abandon_current)

    @property
    def current(self) -> Speech | None:
        """The speech that is heard now, or is next to be heard."""
        return self._current

    @property
    def text(self) -> str:
        """What the current speech says, as far as it is written; "" before it is heard."""
        if self._current is None or not self._current.heard:
            return ""
        return " ".join(filter(None, (segment.text for segment in self._current.begun)))

    @property
    def begun(self) -> list[Speech]:
        """The current speech and those that are parked, the one begun last first."""
        parked = self._parked[::-1]
        return parked if self._current is None else [self._current, *parked]

    @property
    def idle(self) -> bool:
        """Whether nothing is said, and nothing waits to be said."""
        return self._current is None and not self._waiting and not self._parked

    @property
    def pending(self) -> list[Speech]:
        """The speeches that have begun, and those that wait, in their order."""
        return [*self.begun, *(speech for _, _, speech in sorted(self._waiting, key=lambda entry: entry[:2]))]

    @property
    def audible(self) -> bool:
        """Whether the current speech has begun to be heard. It may be paused."""
        return self._current is not None and self._current.heard

    @property
    def paused(self) -> bool:
        return self._loudspeaker.paused

    @property
    def can_pause(self) -> bool:
        return self._loudspeaker.can_pause

    def interruptible(self, speech: Speech) -> bool:
        """Whether the user may stop this speech."""
        handle = speech.handle
        return handle.allow_interruptions and not handle.interrupted and self._scope.tuning.interruption.enabled

    def allowance_changed(self, handle: SpeechHandle) -> None:
        """Whether the user may stop a speech has been changed by its handle."""
        if self._current is not None and self._current.handle is handle and not self.interruptible(self._current):
            self.resume()

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
            self._current = speech = heapq.heappop(self._waiting)[2]
            speech.task = self._scope.tasks.spawn(self._play(speech), f"speak-{speech.handle.id}")
            self._floor.speech_began()
        elif not self._waiting:
            self._floor.set_agent_state("thinking" if self._parked else "listening")
            if self._idle is not None and not self._idle.done():
                self._idle.set_result(None)

    def pause(self) -> None:
        """Fall silent, or do not begin to be heard. Has no effect while paused, or where nothing is said."""
        if self._current is None or self.paused:
            return
        self._loudspeaker.pause()
        self._scope.journal.append(SpeechPaused(speech=self._current.handle.id, played_s=self._played_s()))
        if self.audible:
            self._floor.set_agent_state("listening")

    def resume(self) -> None:
        """Go on from where the pause began."""
        if self._current is None or not self.paused:
            return
        self._scope.journal.append(SpeechResumed(speech=self._current.handle.id, played_s=self._played_s()))
        self._loudspeaker.resume()
        if self.audible:
            self._floor.set_agent_state("speaking")

    def interrupt(self, handle: SpeechHandle) -> None:
        """Stop a speech, heard or waiting. Called by the handle."""
        for speech in self.begun:
            if speech.handle is handle:
                self._stop(speech)
                return
        for entry in self._waiting:
            if entry[2].handle is handle:
                self._waiting.remove(entry)
                heapq.heapify(self._waiting)
                self._drop(entry[2])
                return

    async def wait_until_idle(self, but: SpeechHandle | None = None) -> None:
        """Wait until nothing is said and nothing waits to be said, but for one speech that is parked."""
        while self._current is not None or self._waiting or any(s.handle is not but for s in self._parked):
            if self._idle is None or self._idle.done():
                self._idle = self._scope.loop.create_future()
            await asyncio.shield(self._idle)

    async def drain(self, but: SpeechHandle | None = None) -> None:
        """Wait until it is idle, but for one speech that is parked. What is not heard for too long is stopped."""
        limit_s = self._scope.limits.drain_s
        idle = self._scope.tasks.spawn(self.wait_until_idle(but), "drain")
        try:
            while True:
                before = self._progress()
                done, _ = await asyncio.wait([idle], timeout=limit_s)
                if done:
                    return
                if self._progress() == before:
                    self._scope.error("close", ProviderStalled(f"nothing was heard for {limit_s:g} s of draining"))
                    for speech in self.pending:
                        speech.handle.interrupt()
        finally:
            idle.cancel()

    def _progress(self) -> tuple[object, ...]:
        speaker = self._loudspeaker
        return (self._current, speaker.segment, speaker.played_s, len(self._parked), len(self._waiting))

    async def aclose(self) -> None:
        """End every speech."""
        self._closed = True
        tasks = [speech.task for speech in self.begun if speech.task is not None]
        for speech in self.pending:
            speech.handle.interrupt()
        if tasks:
            await asyncio.wait(tasks, timeout=self._scope.limits.close_s)
        for speech in self.begun:
            self._finish(speech, None)
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)
        self._abandon.close()
        self._loudspeaker.close()

    def _may_begin(self, speech: Speech) -> bool:
        """A speech that the user may interrupt is not begun into the user's words, unless it answers them."""
        return speech.source == "turn" or not self.interruptible(speech) or self._floor.user_is_silent()

    async def _play(self, speech: Speech) -> None:
        handle = speech.handle
        error: BaseException | None = None
        speech.playing = True
        try:
            while (segment := await self._next_segment(speech)) is not None:
                speech.begun.append(segment)
                await self._loudspeaker.play(segment, on_end=functools.partial(self._remember, speech))
                error = error or segment.voice.error
            error = error or speech.failure()
        except asyncio.CancelledError:
            if not handle.interrupted:
                handle.interrupt()
                raise
        except Exception as failure:
            error = failure
            self._scope.error("audio_out", failure)
            self._loudspeaker.clear()
        finally:
            # An interruption from here on has nothing to stop, and must not keep the end from being recorded.
            speech.playing = False
            try:
                await speech.cancel()
            finally:
                self._finish(speech, error)

    async def _next_segment(self, speech: Speech) -> Segment | None:
        """None at the end, or once it is interrupted: a speech that was given up on must not take the floor again."""
        if speech.handle.interrupted:
            return None
        parks = speech.begun and not speech.segments.ready
        if parks:
            self._park(speech)
        segment = await anext(speech.segments, None)
        if parks and not speech.handle.interrupted:
            await self._take_floor(speech)
        return None if speech.handle.interrupted else segment

    def _park(self, speech: Speech) -> None:
        """Give up the floor until there is more to say."""
        self._current = None
        self._parked.append(speech)
        if self.paused:
            self._scope.journal.append(SpeechResumed(speech=speech.handle.id, played_s=round(speech.played_s, 6)))
            self._loudspeaker.resume()
        if speech.heard:
            self._floor.agent_heard(False)
        self.advance()

    async def _take_floor(self, speech: Speech) -> None:
        if self._current is not None:
            turn = self._scope.loop.create_future()
            self._returning.append((speech, turn))
            await turn
        else:
            self._current = speech
        self._parked.remove(speech)
        self._floor.speech_began()

    def _stop(self, speech: Speech) -> None:
        if speech is self._current:
            self._loudspeaker.stop()
            self._loudspeaker.resume()
            self._abandon.set_in(self._scope.limits.close_s)
        # A task that is cancelled before its first step would never come to record the end.
        if speech.playing and speech.task is not None and speech.task is not asyncio.current_task():
            speech.task.cancel()

    def _abandon_current(self) -> None:
        """What was to speak does not end, though it was cancelled: the session goes on without it."""
        speech = self._current
        if speech is not None and speech.handle.interrupted:
            stuck = ProviderStalled(f"{speech.handle.id} did not end when it was stopped")
            self._scope.error("tts", stuck, recoverable=False)
            self._finish(speech, stuck)

    def _played_s(self) -> float:
        played_s = 0.0 if self._current is None else self._current.played_s
        return round(played_s + self._loudspeaker.played_s, 6)

    def _remember(self, speech: Speech, segment: Segment) -> None:
        speech.played_s += segment.played_s
        items: list[ChatItem] = []
        if segment.heard and speech.add_to_chat_ctx:
            failed = segment.voice.error is not None or speech.failure() is not None
            cut_short = speech.handle.interrupted or failed
            items.append(ChatMessage("assistant", segment.heard, interrupted=cut_short))
        items.extend(segment.following)
        segment.following.clear()
        for item in items:
            speech.handle._chat_items.append(item)
            self._floor.add_item(item, speech.source)

    def _drop(self, speech: Speech) -> None:
        """End a speech that nobody has heard."""
        self._scope.tasks.spawn(speech.cancel(), f"drop-{speech.handle.id}", finishing=True)
        self._record_end(speech, None)

    def _finish(self, speech: Speech, error: BaseException | None) -> None:
        if speech.ended:
            return
        if speech in self._parked:
            self._parked.remove(speech)
        self._returning = [entry for entry in self._returning if entry[0] is not speech]
        was_current = speech is self._current
        if was_current:
            self._current = None
            self._loudspeaker.resume()
            self._abandon.cancel()
        if speech.heard and not speech.handle.interrupted:
            self._floor.agent_heard(False)
        self._record_end(speech, error)
        if was_current:
            self._give_floor_back()
        self.advance()

    def _give_floor_back(self) -> None:
        """To the speech that first had more to say."""
        while self._returning and self._current is None:
            speech, turn = self._returning.pop(0)
            if not turn.done():
                self._current = speech
                turn.set_result(None)

    def _record_end(self, speech: Speech, error: BaseException | None) -> None:
        speech.ended = True
        self._scope.journal.append(
            SpeechFinished(
                speech=speech.handle.id,
                interrupted=speech.handle.interrupted,
                played_s=round(speech.played_s, 6),
                text=" ".join(segment.heard for segment in speech.begun if segment.heard),
            )
        )
        speech.handle._finish(error)

    def _began_to_sound(self, loop_time: float) -> None:
        speech = self._current
        if speech is None:
            return
        if not speech.heard:
            speech.heard = True
            self._scope.journal.append(SpeechStarted(speech=speech.handle.id))
        self._floor.agent_heard(True)
        self._floor.set_agent_state("speaking")
