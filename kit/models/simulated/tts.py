"""A voice that hums: as long as a person would speak, after exactly the time that it is told to take."""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import AsyncGenerator, AsyncIterable, Iterator

import numpy as np
from livekit.rtc import AudioFrame

from ...ports import TIMED_WORDS, TimedWord
from ..latency import LatencyLike, as_latency
from ..outbox import Outbox, deliver

_WORD = re.compile(r"\S+")
_SENTENCE_END = re.compile(r"[.!?…][.!?…\"'”’)\]]*\s+")
_FRAMES = 10
_PEAK = 0.2
_PITCH_HZ = 150
_SYLLABLES_HZ = 4


class SimulatedTTS:
    """Hums each sentence, `ttfb` after it is known, with its words' times in the frames' userdata.

    A sentence is known when the next one begins, or when the text ends. Later sentences are made ready while earlier
    ones are taken; frames come in order, as fast as they are taken.

    Args:
        ttfb: From a known sentence to its first audio.
        sample_rate: Hz.
        characters_per_s: How fast it speaks; 15 is about 150 English words a minute.
        frame_s: Length of a frame, which may be shorter at a sentence's end.
        seed: Of the latencies, if they are random.
    """

    def __init__(
        self,
        ttfb: LatencyLike = 0.2,
        *,
        sample_rate: int = 24_000,
        characters_per_s: float = 15.0,
        frame_s: float = 0.1,
        seed: int = 0,
    ) -> None:
        if not characters_per_s > 0:
            raise ValueError(f"characters_per_s must be more than 0, not {characters_per_s!r}")
        if not (frame_s > 0 and round(frame_s * sample_rate) > 0):
            raise ValueError(f"frame_s must be at least one sample long, not {frame_s!r}")
        self.ttfb = as_latency(ttfb)
        self.sample_rate = sample_rate
        self.characters_per_s = characters_per_s
        self._frame_samples = round(frame_s * sample_rate)
        self._sample = self.ttfb.sampler(seed)

    async def __call__(self, text: AsyncIterable[str], /) -> AsyncGenerator[AudioFrame, None]:
        start = 0
        sentences: AsyncGenerator[str, None] = deliver(lambda outbox: self._read(text, outbox))
        try:
            async for sentence in sentences:
                samples = round(len(sentence) / self.characters_per_s * self.sample_rate)
                for frame in self._hum(sentence, start, samples):
                    yield frame
                start += samples
        finally:
            await sentences.aclose()

    async def _read(self, text: AsyncIterable[str], outbox: Outbox[str]) -> None:
        time = asyncio.get_running_loop().time
        last_due, rest = 0.0, ""
        async for piece in text:
            rest += piece
            while found := _SENTENCE_END.search(rest):
                last_due = self._put(outbox, rest[: found.end()], last_due, time())
                rest = rest[found.end() :]
        self._put(outbox, rest, last_due, time())

    def _put(self, outbox: Outbox[str], sentence: str, last_due: float, now: float) -> float:
        sentence = sentence.strip()
        if not any(map(str.isalnum, sentence)):
            return last_due
        due = max(last_due, now + self._sample())
        outbox.put(sentence, due)
        return due

    def _hum(self, sentence: str, start: int, samples: int) -> Iterator[AudioFrame]:
        rate, step = self.sample_rate, self._frame_samples
        sound = _sound(rate, step)
        words = self._words(sentence, start)
        whole, rest = divmod(samples, step)
        for number in range(whole):
            yield AudioFrame(sound[number % _FRAMES], rate, 1, step, userdata=words.get(number))
        if rest:
            yield AudioFrame(sound[whole % _FRAMES][: 2 * rest], rate, 1, rest, userdata=words.get(whole))

    def _words(self, sentence: str, start: int) -> dict[int, dict[str, list[TimedWord]]]:
        """The userdata of the frames in which words begin, by the frames' numbers."""
        rate, step = self.sample_rate, self._frame_samples
        userdata: dict[int, dict[str, list[TimedWord]]] = {}
        for found in _WORD.finditer(sentence):
            after_s = found.start() / self.characters_per_s
            words = userdata.setdefault(round(after_s * rate) // step, {TIMED_WORDS: []})[TIMED_WORDS]
            words.append(TimedWord(found.group(), start / rate + after_s))
        return userdata


@functools.lru_cache(maxsize=8)
def _sound(sample_rate: int, frame_samples: int) -> tuple[bytes, ...]:
    """A hum with syllables as frames that can be repeated without a seam; bytes, so that no one can change them."""
    samples = _FRAMES * frame_samples
    turn = 2 * np.pi * np.arange(samples) / samples
    pitch, syllables = (max(1, round(hz * samples / sample_rate)) for hz in (_PITCH_HZ, _SYLLABLES_HZ))
    hum = (np.sin(pitch * turn) + np.sin(2 * pitch * turn) / 2 + np.sin(3 * pitch * turn) / 3) / 1.8333
    sound = (hum * (0.55 - 0.45 * np.cos(syllables * turn)) * _PEAK * 32767).astype("<i2")
    return tuple(frame.tobytes() for frame in np.split(sound, _FRAMES))
