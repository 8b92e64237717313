"""Brings a sound to its voice: at once where it is kept, or else a bounded stretch ahead of what is heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable, Iterator
from pathlib import Path

import numpy as np
from livekit.rtc import AudioFrame

from ..audio.clips import ClipCache
from ..audio.frames import Samples
from ..audio.loops import endless
from ..audio.mixing import Voice
from ..audio.playhead import Playhead
from ..audio.sample_queue import SampleQueue
from ..models.mono import MonoStream

AHEAD_S = 1.0
"""How much is read before it is needed, in seconds. Of frames, one more frame at most."""

_SHORTEST_WAIT_S = 0.005


class Reader:
    """One sound on its way to a voice.

    Args:
        queue: The voice's source.
        settle: Called before that changes: what was heard until then is taken from it.
        changed: Called when there is something new to hear, or it has ended.
    """

    def __init__(
        self,
        voice: Voice,
        queue: SampleQueue,
        sample_rate: int,
        settle: Callable[[], None],
        changed: Callable[[], None],
    ) -> None:
        self._voice = voice
        self._queue = queue
        self._rate = sample_rate
        self._settle = settle
        self._changed = changed

    async def read_file(self, path: Path, clips: ClipCache, loop_fade_s: float | None) -> None:
        """Read a file, over and over where `loop_fade_s` says within how long one pass is joined to the next.

        Raises:
            AudioFileError: it cannot be read.
        """
        loop = asyncio.get_running_loop()
        clip = clips.get(path, self._rate)
        if clip is None and getattr(loop, "is_virtual", False):
            # Reading takes no time here, and a short sound is to be the same whether it was kept or not.
            clip = await loop.run_in_executor(None, clips.load, path, self._rate)
        if clip is not None and loop_fade_s is None:
            self._play(Playhead(clip))
        elif clip is not None and not loop_fade_s:
            self._play(Playhead(clip, again=clip))
        elif clip is not None and loop_fade_s is not None:
            self._play(await loop.run_in_executor(None, Playhead.looped, clip, self._samples(loop_fade_s)))
        elif loop_fade_s is not None:
            await self._stream(endless(lambda: clips.pieces(path, self._rate), self._samples(loop_fade_s)))
        else:
            await self._stream(clips.pieces(path, self._rate))

    async def read_frames(self, frames: AsyncIterable[AudioFrame]) -> None:
        """Read frames as they come.

        Raises:
            TypeError: what comes is no frame.
            Exception: whatever the source raises.
        """
        iterator = aiter(frames)
        mono = MonoStream(self._rate)
        try:
            async for frame in iterator:
                if not isinstance(frame, AudioFrame):
                    raise TypeError(f"the source gave {type(frame).__name__}, where an AudioFrame is played")
                self._put(mono.push(frame))
                await self._wait_for_room()
            self._put(mono.flush(), end=True)
        finally:
            if (aclose := getattr(iterator, "aclose", None)) is not None:
                await aclose()

    async def _stream(self, pieces: Iterator[Samples]) -> None:
        loop = asyncio.get_running_loop()
        while (piece := await loop.run_in_executor(None, next, pieces, None)) is not None:
            self._put(piece)
            await self._wait_for_room()
        self._put(np.empty(0, np.int16), end=True)

    async def _wait_for_room(self) -> None:
        await asyncio.sleep(0)  # a source that never waits must not keep the others waiting
        while (too_much_s := self._queue.buffered / self._rate - AHEAD_S) > 0:
            await asyncio.sleep(max(too_much_s, _SHORTEST_WAIT_S))
            self._settle()

    def _put(self, samples: Samples, *, end: bool = False) -> None:
        self._settle()
        self._queue.push(samples)
        if end:
            self._queue.end()
        if end or len(samples):
            self._changed()

    def _play(self, head: Playhead) -> None:
        self._settle()
        self._voice.source = head
        self._changed()

    def _samples(self, duration_s: float) -> int:
        return round(duration_s * self._rate)
