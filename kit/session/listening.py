"""The agent's ears: the user's frames go to speech recognition and voice activity detection, what they find comes back.

A stream that fails is reported and opened again, so that the session goes on hearing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ..ports import VAD, AudioInput, SpeechEvent, VADEvent
from .agent import Agent, ModelSettings, close, resolve
from .channel import Channel
from .scope import Scope
from .thinking import ProviderEmpty, ProviderStalled

MAX_BACKLOG_S = 10.0
"""Audio that a recogniser may leave unread before it counts as hanging."""

DRIFT_S = 0.25
"""Audio that arrives this much earlier or later than its sample count says moves the zero of `audio_t`."""


class Ear(Channel[Any]):
    """One consumer of the user's frames. `opened_s`: how much audio had passed before its stream was opened."""

    __slots__ = ("name", "opened_s", "patience")

    def __init__(self, name: str, opened_s: float, patience: asyncio.Timeout) -> None:
        super().__init__()
        self.name = name
        self.opened_s = opened_s
        self.patience = patience

    def is_overfull(self) -> bool:
        """Whether more than `MAX_BACKLOG_S` has not been taken yet."""
        if len(self) < 2:
            return False
        backlog_s: float = sum(frame.samples_per_channel / frame.sample_rate for frame in self._items)
        return backlog_s > MAX_BACKLOG_S


class Listening:
    """Hands on what is heard: `on_speech(event, t)` from the recogniser, `on_voice(event, t)` from the detector.

    `t` is the event's place in the audio, in seconds of session time, or None where it has none.
    """

    def __init__(
        self,
        scope: Scope,
        agent: Callable[[], Agent],
        vad: VAD | None,
        *,
        has_stt: bool,
        on_speech: Callable[[SpeechEvent, float | None], None],
        on_voice: Callable[[VADEvent, float], None],
    ) -> None:
        self._scope = scope
        self._agent = agent
        self._vad = vad
        self._has_stt = has_stt
        self._on_speech = on_speech
        self._on_voice = on_voice
        self._ears: list[Ear] = []
        self._heard_s = 0.0
        self._zero_t: float | None = None

    def start(self, audio_in: AudioInput) -> None:
        spawn = self._scope.tasks.spawn
        if self._has_stt:
            spawn(self._listen("stt", self._open_stt, self._take_speech), "listen-stt")
        if self._vad is not None:
            spawn(self._listen("vad", self._vad, self._take_voice), "listen-vad")
        spawn(self._pump(audio_in), "listen-audio")

    async def _pump(self, audio_in: AudioInput) -> None:
        try:
            async for frame in audio_in:
                self._heard_s += frame.samples_per_channel / frame.sample_rate
                zero_t = self._scope.clock.now() - self._heard_s
                if self._zero_t is None or abs(zero_t - self._zero_t) > DRIFT_S:
                    self._zero_t = zero_t
                for ear in self._ears:
                    ear.put_nowait(frame)
                    if ear.is_overfull() and ear.patience.when() is None:
                        ear.patience.reschedule(self._scope.loop.time())
        except Exception as error:
            self._scope.error("audio_in", error)
        finally:
            await close(audio_in)
            for ear in self._ears:
                ear.close()

    async def _listen(self, name: str, open_stream: Callable[[Ear], Any], take: Callable[[Any, Ear], None]) -> None:
        while True:
            try:
                async with asyncio.timeout(None) as patience:
                    if await self._hear_out(Ear(name, self._heard_s, patience), open_stream, take):
                        return
            except TimeoutError:
                self._scope.error(name, ProviderStalled(f"the {name} took no audio for {MAX_BACKLOG_S:g} s"))
            except Exception as error:
                self._scope.error(name, error)
            await asyncio.sleep(self._scope.limits.retry_s)

    async def _hear_out(self, ear: Ear, open_stream: Callable[[Ear], Any], take: Callable[[Any, Ear], None]) -> bool:
        """Follow one stream to its end. True if no other is to be opened."""
        self._ears.append(ear)
        events: Any = None
        try:
            events = await resolve(open_stream(ear))
            if events is None:
                return True
            async for event in events:
                take(event, ear)
        finally:
            self._ears.remove(ear)
            await close(events)
        if not ear.closed:
            raise ProviderEmpty(f"the {ear.name} ended while the user could still be heard")
        return True

    def _open_stt(self, frames: Ear) -> Any:
        return self._agent().stt_node(frames, ModelSettings())

    def _at(self, audio_t: float, ear: Ear) -> float:
        return round((self._zero_t or 0.0) + ear.opened_s + audio_t, 9)

    def _take_speech(self, event: SpeechEvent, ear: Ear) -> None:
        self._on_speech(event, None if event.audio_t is None else self._at(event.audio_t, ear))

    def _take_voice(self, event: VADEvent, ear: Ear) -> None:
        self._on_voice(event, self._at(event.audio_t, ear))
