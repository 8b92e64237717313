"""PocketSphinx as speech to text: English, offline, small enough to listen along in real time on one core.

It finds the ends of utterances by itself, with a detector of speech that needs only a short silence, and decodes while
the user speaks: the transcript of an utterance is there as soon as its end is.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
from livekit.rtc import AudioFrame
from numpy.typing import NDArray

from ..ports import SpeechEvent, SpeechEventType
from .boundaries import SpeechBoundaries
from .mono import MonoStream
from .naming import name_of
from .sphinx_decoder import FIRST_SOUND_S, RATE, SphinxDecoder, pocketsphinx_module

INTERIM_S = 0.2
LONGEST_UTTERANCE_S = 30.0

_LEAD_S = 0.2
_FRAME_S = 0.03
_START = 7
"""Frames, nearly all of them voiced, that start an utterance."""


class PocketSphinxSTT:
    """Speech to text with PocketSphinx and its model of US English, about 130,000 words, all in lower case.

    It is good on clear speech near a microphone, and poor otherwise. Interim transcripts come every 0.2 s of sound
    while they change; the final one comes up to 0.4 s after the words end. A pause in a sentence makes two transcripts
    of it, and so does every half minute without a pause. Sound without words is at most a start and an end of speech.

    Decoding takes 0.15 s for a second of speech, in the engine's own thread. Several streams share that thread.
    Memory: 100 MB, and as much again for each further stream that is open at the same time.

    Args:
        pause_s: Seconds of silence that end an utterance, 0.1 to 2.

    Raises:
        EngineMissing: `pocketsphinx` is not installed.
        ValueError: a value out of its range.
    """

    def __init__(self, pause_s: float = 0.21) -> None:
        if not 0.1 <= pause_s <= 2:
            raise ValueError(f"pause_s = {pause_s} is out of its range, 0.1 to 2 s")
        pocketsphinx_module()
        self.pause_s = pause_s
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pocketsphinx")
        self._first: Future[SphinxDecoder] | None = self._executor.submit(SphinxDecoder)
        self._idle: list[SphinxDecoder] = []

    @property
    def label(self) -> str:
        """What a journal calls it: the text by which `kit.models.create` makes it again."""
        return name_of(self)

    async def __call__(self, frames: AsyncIterable[AudioFrame], /) -> AsyncIterator[SpeechEvent]:
        """What is said in the frames, and when."""
        loop = asyncio.get_running_loop()
        decoder = await loop.run_in_executor(self._executor, self._take)
        try:
            mono = MonoStream(RATE)
            listener = _Listener(decoder, self.pause_s)
            async for frame in frames:
                if listener.takes(mono.push(frame)):
                    for event in await loop.run_in_executor(self._executor, listener.listen):
                        yield event
            listener.takes(mono.flush())
            for event in await loop.run_in_executor(self._executor, listener.finish):
                yield event
        finally:
            self._idle.append(decoder)

    def _take(self) -> SphinxDecoder:
        if self._idle:
            return self._idle.pop()
        if self._first is not None:
            first, self._first = self._first, None
            return first.result()
        return SphinxDecoder()


class _Listener:
    """One stream: where its utterances are, and their words."""

    def __init__(self, decoder: SphinxDecoder, pause_s: float) -> None:
        vad = pocketsphinx_module().Vad
        self._vad: Any = vad(vad.STRICT, RATE, _FRAME_S)
        self._decoder = decoder
        self._size = round(_FRAME_S * RATE)
        self._pause = max(2, round(pause_s / _FRAME_S))
        self._waiting = np.empty(0, np.int16)
        self._frames = 0
        self._boundaries = SpeechBoundaries(RATE, keep_s=pause_s + 0.5)
        self._voiced: deque[bool] = deque(maxlen=max(_START, self._pause))
        self._lead: deque[NDArray[np.int16]] = deque(maxlen=_START + round(_LEAD_S / _FRAME_S))
        self._speaking = False
        self._begin_utterance()

    def takes(self, samples: NDArray[np.int16]) -> bool:
        """Keep more sound, and tell whether it is enough to be listened to."""
        self._waiting = np.concatenate([self._waiting, samples])
        return len(self._waiting) >= self._size

    def listen(self) -> list[SpeechEvent]:
        """What the sound that waits tells."""
        events = []
        while len(self._waiting) >= self._size:
            frame, self._waiting = self._waiting[: self._size], self._waiting[self._size :]
            events += self._hear(frame)
        return events

    def finish(self) -> list[SpeechEvent]:
        """The same, at the end of the sound."""
        events = self.listen()
        self._boundaries.push(self._waiting)
        if self._speaking:
            self._decode(self._waiting)
            events += self._end(self._now_s + len(self._waiting) / RATE)
        return events

    @property
    def _now_s(self) -> float:
        return self._frames * _FRAME_S

    def _hear(self, frame: NDArray[np.int16]) -> list[SpeechEvent]:
        self._frames += 1
        self._boundaries.push(frame)
        self._voiced.append(self._vad.is_speech(frame.tobytes()))
        if not self._speaking:
            self._lead.append(frame)
            return self._start() if self._most(_START, voiced=True) else []
        self._decode(frame)
        if self._most(self._pause, voiced=False):
            return self._end(self._now_s - self._pause * _FRAME_S)
        self._boundaries.confirm(self._now_s - self._pause * _FRAME_S)
        if self._heard_s > LONGEST_UTTERANCE_S:
            return self._transcript(self._now_s)
        return self._interim()

    def _most(self, frames: int, *, voiced: bool) -> bool:
        """Whether nearly all of the last frames are so, the last one among them."""
        if len(self._voiced) < frames or self._voiced[-1] is not voiced:
            return False
        recent = list(self._voiced)[-frames:]
        return recent.count(voiced) >= frames - frames // 7

    def _start(self) -> list[SpeechEvent]:
        self._speaking = True
        self._decode(np.concatenate(self._lead))
        self._lead.clear()
        start = self._boundaries.start(self._now_s - _START * _FRAME_S)
        return [SpeechEvent(SpeechEventType.START_OF_SPEECH, audio_t=start)]

    def _end(self, ended_s: float) -> list[SpeechEvent]:
        self._speaking = False
        self._voiced.clear()
        end = self._boundaries.end(ended_s)
        return [*self._transcript(end), SpeechEvent(SpeechEventType.END_OF_SPEECH, audio_t=end)]

    def _begin_utterance(self) -> None:
        self._decoding = False
        self._first_sound = np.empty(0, np.int16)
        self._heard_s = self._told_s = 0.0
        self._told = ""

    def _decode(self, sound: NDArray[np.int16]) -> None:
        self._heard_s += len(sound) / RATE
        if self._decoding:
            self._decoder.feed(sound)
            return
        self._first_sound = np.concatenate([self._first_sound, sound])
        if self._heard_s >= FIRST_SOUND_S:
            self._decoder.begin(self._first_sound)
            self._decoding = True

    def _interim(self) -> list[SpeechEvent]:
        if not self._decoding or self._heard_s - self._told_s < INTERIM_S:
            return []
        self._told_s = self._heard_s
        text = self._decoder.text()
        if text in ("", self._told):
            return []
        self._told = text
        return [SpeechEvent(SpeechEventType.INTERIM_TRANSCRIPT, text, self._now_s)]

    def _transcript(self, ended_s: float) -> list[SpeechEvent]:
        if not self._decoding:
            self._decoder.begin(self._first_sound)
        text = self._decoder.finish()
        self._begin_utterance()
        return [SpeechEvent(SpeechEventType.FINAL_TRANSCRIPT, text, ended_s)] if text else []
