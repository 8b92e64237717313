"""Speech to text that hears what a simulated user has marked in its frames."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from typing import TYPE_CHECKING

from ...ports import SpeechEvent, SpeechEventType
from ..latency import LatencyLike, as_latency
from ..outbox import Outbox, deliver
from .marks import speech_marks

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame


class SimulatedSTT:
    """Tells each marked speech's text exactly `delay` after its last frame arrived.

    The start of speech is told when the frame that it begins with arrives. The end of speech follows the final
    transcript, unless the user speaks again by then. A speech without text gets no transcript. Transcripts keep their
    order, however long one takes.

    Args:
        delay: From the end of the speech to its final transcript.
        interim: Also tell the words one by one while they are spoken, where the start mark has the text.
        words_per_s: How fast interim words come; 2.5 is an unhurried speaker.
        seed: Of the delays, if they are random.
    """

    def __init__(
        self, delay: LatencyLike = 0.1, *, interim: bool = False, words_per_s: float = 2.5, seed: int = 0
    ) -> None:
        self.delay = as_latency(delay)
        self.interim = interim
        self.words_per_s = words_per_s
        self._sample = self.delay.sampler(seed)

    def __call__(self, frames: AsyncIterable[AudioFrame], /) -> AsyncGenerator[SpeechEvent, None]:
        return deliver(lambda outbox: self._listen(frames, outbox))

    async def _listen(self, frames: AsyncIterable[AudioFrame], outbox: Outbox[SpeechEvent]) -> None:
        time = asyncio.get_running_loop().time
        last_due, end, interims = 0.0, 0, list[int]()
        async for mark, audio_t in speech_marks(frames):
            now = time()
            if mark.kind == "start":
                outbox.withdraw(end)
                outbox.put(SpeechEvent(SpeechEventType.START_OF_SPEECH, audio_t=audio_t))
                if self.interim:
                    interims = self._put_interims(outbox, mark.text, audio_t, now, last_due)
                continue
            for ticket in interims:
                outbox.withdraw(ticket)
            last_due = max(last_due, now + self._sample())
            if mark.text:
                outbox.put(SpeechEvent(SpeechEventType.FINAL_TRANSCRIPT, mark.text, audio_t), last_due)
            end = outbox.put(SpeechEvent(SpeechEventType.END_OF_SPEECH, audio_t=audio_t), last_due)

    def _put_interims(
        self, outbox: Outbox[SpeechEvent], text: str, audio_t: float, now: float, last_due: float
    ) -> list[int]:
        words = text.split()
        tickets = []
        for count in range(1, len(words)):
            spoken_s = count / self.words_per_s
            event = SpeechEvent(SpeechEventType.INTERIM_TRANSCRIPT, " ".join(words[:count]), audio_t + spoken_s)
            tickets.append(outbox.put(event, max(last_due, now + spoken_s)))
        return tickets
