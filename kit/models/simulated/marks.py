"""The speech that a simulated user has marked in its frames."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from typing import TYPE_CHECKING

from ...ports import SPEECH_MARK, SpeechMark

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame


async def speech_marks(frames: AsyncIterable[AudioFrame]) -> AsyncGenerator[tuple[SpeechMark, float], None]:
    """Each mark, when its frame arrives, with its place in the audio in seconds.

    Starts and ends alternate: a speech that is under way when the audio ends, ends there. An end has the whole text,
    which may have been told at its start. A frame may hold one mark, or a sequence of them.
    """
    samples, rate, open_mark = 0, 1, None
    async for frame in frames:
        marked = frame.userdata.get(SPEECH_MARK)
        if marked is None:
            samples += frame.samples_per_channel
            rate = frame.sample_rate
            continue
        start, rate = samples, frame.sample_rate
        samples += frame.samples_per_channel
        for mark in (marked,) if isinstance(marked, SpeechMark) else marked:
            if mark.kind == "start" and open_mark is None:
                open_mark = mark
                yield mark, start / rate
            elif mark.kind == "end" and open_mark is not None:
                yield SpeechMark("end", mark.text or open_mark.text), samples / rate
                open_mark = None
    if open_mark is not None:
        yield SpeechMark("end", open_mark.text), samples / rate
