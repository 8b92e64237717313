"""A voice that hums: as long as a person would speak, after exactly the time that it is told to take."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable

from livekit.rtc import AudioFrame

from ..latency import LatencyLike, as_latency
from ..outbox import Outbox, deliver
from .humming import SENTENCE_END, Hum, is_spoken


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

    markup = "plain"
    """It would hum a tag as a word."""

    def __init__(
        self,
        ttfb: LatencyLike = 0.2,
        *,
        sample_rate: int = 24_000,
        characters_per_s: float = 15.0,
        frame_s: float = 0.1,
        seed: int = 0,
    ) -> None:
        self.ttfb = as_latency(ttfb)
        self.sample_rate = sample_rate
        self.characters_per_s = characters_per_s
        self._hum = Hum(sample_rate, characters_per_s, frame_s)
        self._sample = self.ttfb.sampler(seed)

    async def __call__(self, text: AsyncIterable[str], /) -> AsyncGenerator[AudioFrame, None]:
        start = 0
        sentences: AsyncGenerator[str, None] = deliver(lambda outbox: self._read(text, outbox))
        try:
            async for sentence in sentences:
                for frame in self._hum.frames(sentence, start):
                    yield frame
                start += self._hum.samples(sentence)
        finally:
            await sentences.aclose()

    async def _read(self, text: AsyncIterable[str], outbox: Outbox[str]) -> None:
        time = asyncio.get_running_loop().time
        last_due, rest = 0.0, ""
        async for piece in text:
            rest += piece
            while found := SENTENCE_END.search(rest):
                last_due = self._put(outbox, rest[: found.end()], last_due, time())
                rest = rest[found.end() :]
        self._put(outbox, rest, last_due, time())

    def _put(self, outbox: Outbox[str], sentence: str, last_due: float, now: float) -> float:
        sentence = sentence.strip()
        if not is_spoken(sentence):
            return last_due
        due = max(last_due, now + self._sample())
        outbox.put(sentence, due)
        return due
