"""The agent's ears: the user's frames go to speech recognition and voice activity detection, what they find comes back.

A stream that fails is reported and opened again, so that the session goes on hearing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ...ports import AudioInput
from ..answers.providers import ProviderEmpty, ProviderStalled
from ..scope import Scope
from ..waiting.channel import Channel
from ..waiting.closing import close, resolve
from .latest_audio import LatestAudio

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame

MAX_BACKLOG_S = 10.0
"""Audio that a recogniser may leave unread before it counts as hanging."""

DRIFT_S = 0.25
"""Audio that arrives this much earlier or later than its sample count says moves the zero of `audio_t`."""


class Ear(Channel[Any]):
    """One consumer of the user's frames, and of what else is put in.

    `opened_s`: how much audio had passed before its stream was opened. `given_up` is done when its stream is to be
    ended; `failure` tells why it ended, or None where it was to.
    """

    __slots__ = ("failure", "given_up", "name", "opened_s", "outlives_audio")

    def __init__(self, name: str, opened_s: float, outlives_audio: bool = False) -> None:
        super().__init__()
        self.outlives_audio = outlives_audio
        self.name = name
        self.opened_s = opened_s
        self.failure: Exception | None = None
        self.given_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def hear(self, frame: AudioFrame) -> None:
        self.put_nowait(frame)
        if len(self._items) > 1 and self._backlog_s() > MAX_BACKLOG_S:
            self.give_up(ProviderStalled(f"the {self.name} took no audio for {MAX_BACKLOG_S:g} s"))

    def give_up(self, failure: Exception | None) -> None:
        if not self.given_up.done():
            self.failure = failure
            self.given_up.set_result(None)

    def _backlog_s(self) -> float:
        frames = [item for item in self._items if hasattr(item, "samples_per_channel")]
        backlog_s: float = sum(frame.samples_per_channel / frame.sample_rate for frame in frames)
        return backlog_s


class Listening:
    """Hands on what is heard: `take(event, t)` of each stream.

    `t` is the event's place in the audio, in seconds of session time, or None where it has none. `on_lost(name)` tells
    that a stream has ended, whatever it was in the middle of.

    Args:
        audio_window_s: How much of the latest audio to keep for `latest_audio`.
    """

    def __init__(self, scope: Scope, *, audio_window_s: float = 0.0, on_lost: Callable[[str], None]) -> None:
        self._scope = scope
        self._latest = LatestAudio(audio_window_s)
        self._on_lost = on_lost
        self._ears: list[Ear] = []
        self._heard_s = 0.0
        self._zero_t: float | None = None

    def listen(
        self,
        name: str,
        open_stream: Callable[[Ear], Any],
        take: Callable[[Any, float | None], None],
        *,
        outlives_audio: bool = False,
    ) -> None:
        """Follow one stream of this name after another, as long as there is something to hear, or, if it outlives the
        audio, until the session ends."""
        self._scope.tasks.spawn(self._listen(name, open_stream, take, outlives_audio), f"listen-{name}")

    def start(self, audio_in: AudioInput) -> None:
        """Begin to hear."""
        self._scope.tasks.spawn(self._pump(audio_in), "listen-audio")

    def give_up(self, name: str, failure: Exception | None) -> None:
        """End the streams of this name with a failure, or without; others are opened."""
        for ear in self._ears:
            if ear.name == name:
                ear.give_up(failure)

    def restart(self, name: str) -> None:
        """Open the stream `name` anew, from the next frame on."""
        self.give_up(name, None)

    def latest_audio(self) -> Sequence[AudioFrame]:
        """The user's last frames, the latest one last."""
        return self._latest.frames()

    def forget_audio(self) -> None:
        """What was heard until now belongs to a turn that is over."""
        self._latest.clear()

    async def _pump(self, audio_in: AudioInput) -> None:
        try:
            async for frame in audio_in:
                self._heard_s += frame.samples_per_channel / frame.sample_rate
                zero_t = self._scope.clock.now() - self._heard_s
                if self._zero_t is None or abs(zero_t - self._zero_t) > DRIFT_S:
                    self._zero_t = zero_t
                self._latest.add(frame)
                for ear in self._ears:
                    ear.hear(frame)
        except Exception as error:
            self._scope.error("audio_in", error, recoverable=False)
        finally:
            await close(audio_in)
            for ear in self._ears:
                if not ear.outlives_audio:
                    ear.close()

    async def _listen(
        self,
        name: str,
        open_stream: Callable[[Ear], Any],
        take: Callable[[Any, float | None], None],
        outlives_audio: bool,
    ) -> None:
        limits = self._scope.limits
        while True:
            ear = Ear(name, self._heard_s, outlives_audio)
            self._ears.append(ear)
            hearing = self._scope.tasks.spawn(self._hear_out(ear, open_stream, take), f"hear-{name}")
            await asyncio.wait([hearing, ear.given_up], return_when=asyncio.FIRST_COMPLETED)
            self._ears.remove(ear)
            if not hearing.done():
                hearing.cancel()
                await asyncio.wait([hearing], timeout=limits.close_s)
            self._on_lost(name)
            if ear.closed:
                return
            if ear.failure is not None:
                self._scope.error(name, ear.failure)
                await asyncio.sleep(limits.retry_s)

    async def _hear_out(
        self, ear: Ear, open_stream: Callable[[Ear], Any], take: Callable[[Any, float | None], None]
    ) -> None:
        events: Any = None
        try:
            events = await resolve(open_stream(ear))
            if events is None:
                async for _ in ear:
                    pass
                return
            async for event in events:
                if ear.given_up.done():
                    return
                audio_t: float | None = getattr(event, "audio_t", None)
                take(event, None if audio_t is None else self._at(audio_t, ear))
            if not ear.closed:
                ear.give_up(ProviderEmpty(f"the {ear.name} ended while the user could still be heard"))
        except Exception as error:
            if ear.given_up.done():
                self._scope.error(ear.name, error)
            ear.give_up(error)
        finally:
            await close(events)

    def _at(self, audio_t: float, ear: Ear) -> float:
        return round((self._zero_t or 0.0) + ear.opened_s + audio_t, 9)
