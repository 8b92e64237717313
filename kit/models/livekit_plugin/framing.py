"""A plugin's sound in the frames that the kit wants: mono, of one rate, short, with the words that begin in each."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np
from livekit.rtc import AudioFrame
from numpy.typing import NDArray

from ...audio.frames import frame_from_samples, samples_of
from ...ports import TIMED_WORDS, TimedWord
from ..mono import MonoStream

LONGEST_FRAME_S = 0.1
_MARKER_S = 0.01
"""The base of all plugins ends a speech with so much silence, where it has no sound left to say that it is the last."""


class Framing:
    """Frames of one speech, from the pieces that a plugin's streams give. `flush` ends a piece's stream.

    Args:
        rate: Hz, of the frames.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._mono = MonoStream(rate)
        self._samples = 0
        self._stream_starts = 0
        self._words: deque[TimedWord] = deque()

    def push(self, event: Any) -> Iterator[AudioFrame]:
        """Frames of an event of a plugin, a `SynthesizedAudio`."""
        from livekit.agents.types import USERDATA_TIMED_TRANSCRIPT

        for word in event.frame.userdata.get(USERDATA_TIMED_TRANSCRIPT) or ():
            self._take(word)
        if not (event.is_final and _is_marker(event.frame)):
            yield from self._cut(self._mono.push(event.frame))

    def flush(self) -> Iterator[AudioFrame]:
        """The stream is over: its last frames, with the words that would begin behind its end, if there are some."""
        yield from self._cut(self._mono.flush())
        if self._words and self._samples:
            late = self._samples / self._rate
            self._words = deque(TimedWord(word.text, min(word.start_s, late)) for word in self._words)
            yield from self._cut(np.zeros(round(_MARKER_S * self._rate), np.int16))
        self._stream_starts = self._samples

    def _take(self, word: Any) -> None:
        """Remember when a word of the present stream begins. Pieces without a time or without a letter are no words."""
        if word.strip() and isinstance(word.start_time, int | float):
            self._words.append(TimedWord(word.strip(), self._stream_starts / self._rate + word.start_time))

    def _cut(self, samples: NDArray[np.int16]) -> Iterator[AudioFrame]:
        longest = round(LONGEST_FRAME_S * self._rate)
        for first in range(0, len(samples), longest):
            piece = samples[first : first + longest]
            words = self._words_before(self._samples / self._rate, (self._samples + len(piece)) / self._rate)
            self._samples += len(piece)
            yield frame_from_samples(piece, self._rate, userdata={TIMED_WORDS: words} if words else None)

    def _words_before(self, start_s: float, end_s: float) -> list[TimedWord]:
        """The words that begin in a frame, and those told too late for theirs, which begin with it."""
        words = []
        while self._words and self._words[0].start_s < end_s:
            word = self._words.popleft()
            words.append(TimedWord(word.text, max(word.start_s, start_s)))
        return words


def _is_marker(frame: AudioFrame) -> bool:
    return frame.samples_per_channel <= _MARKER_S * frame.sample_rate and not samples_of(frame).any()


def short_frames(frame: AudioFrame) -> Iterator[AudioFrame]:
    """A frame as it is, or cut into frames of at most 0.1 s."""
    longest = round(LONGEST_FRAME_S * frame.sample_rate)
    samples = samples_of(frame)
    for first in range(0, len(samples), longest):
        yield frame_from_samples(samples[first : first + longest], frame.sample_rate)
