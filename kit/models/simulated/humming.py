"""The sound of simulated speech: a hum as long as a person would speak, with the times of its words."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

import numpy as np
from livekit.rtc import AudioFrame

from ...ports import TIMED_WORDS, TimedWord

SENTENCE_END = re.compile(r"[.!?…][.!?…\"'”’)\]]*\s+")
_WORD = re.compile(r"\S+")
_FRAMES = 10
_PEAK = 0.2
_PITCH_HZ = 150
_SYLLABLES_HZ = 4


class Hum:
    """Hums sentences in frames, whose userdata hold the words that begin in them.

    Args:
        sample_rate: Hz.
        characters_per_s: How fast it speaks.
        frame_s: Length of a frame, which may be shorter at a sentence's end.

    Raises:
        ValueError: it would not speak, or in frames without a sample.
    """

    def __init__(self, sample_rate: int, characters_per_s: float, frame_s: float) -> None:
        if not characters_per_s > 0:
            raise ValueError(f"characters_per_s must be more than 0, not {characters_per_s!r}")
        if not (frame_s > 0 and round(frame_s * sample_rate) > 0):
            raise ValueError(f"frame_s must be at least one sample long, not {frame_s!r}")
        self.sample_rate = sample_rate
        self.characters_per_s = characters_per_s
        self.frame_samples = round(frame_s * sample_rate)

    def samples(self, sentence: str) -> int:
        """How long a sentence is."""
        return round(len(sentence) / self.characters_per_s * self.sample_rate)

    def frames(self, sentence: str, start: int) -> Iterator[AudioFrame]:
        """A sentence whose first sample is number `start` of its speech."""
        rate, step = self.sample_rate, self.frame_samples
        sound = _sound(rate, step)
        words = self._words(sentence, start)
        whole, rest = divmod(self.samples(sentence), step)
        for number in range(whole):
            yield AudioFrame(sound[number % _FRAMES], rate, 1, step, userdata=words.get(number))
        if rest:
            yield AudioFrame(sound[whole % _FRAMES][: 2 * rest], rate, 1, rest, userdata=words.get(whole))

    def _words(self, sentence: str, start: int) -> dict[int, dict[str, list[TimedWord]]]:
        """The userdata of the frames in which words begin, by the frames' numbers."""
        rate, step = self.sample_rate, self.frame_samples
        userdata: dict[int, dict[str, list[TimedWord]]] = {}
        for found in _WORD.finditer(sentence):
            after_s = found.start() / self.characters_per_s
            words = userdata.setdefault(round(after_s * rate) // step, {TIMED_WORDS: []})[TIMED_WORDS]
            words.append(TimedWord(found.group(), start / rate + after_s))
        return userdata


def is_spoken(sentence: str) -> bool:
    """Whether there is anything in it to say: punctuation alone is silent."""
    return any(map(str.isalnum, sentence))


def pieces(text: str) -> list[str]:
    """The sentences of a whole text, each with the white space behind it."""
    ends = [found.end() for found in SENTENCE_END.finditer(text)]
    starts = [0, *ends]
    return [text[start:end] for start, end in zip(starts, [*ends, len(text)], strict=True) if start < end]


@functools.lru_cache(maxsize=8)
def _sound(sample_rate: int, frame_samples: int) -> tuple[bytes, ...]:
    """A hum with syllables as frames that can be repeated without a seam; bytes, so that no one can change them."""
    samples = _FRAMES * frame_samples
    turn = 2 * np.pi * np.arange(samples) / samples
    pitch, syllables = (max(1, round(hz * samples / sample_rate)) for hz in (_PITCH_HZ, _SYLLABLES_HZ))
    hum = (np.sin(pitch * turn) + np.sin(2 * pitch * turn) / 2 + np.sin(3 * pitch * turn) / 3) / 1.8333
    sound = (hum * (0.55 - 0.45 * np.cos(syllables * turn)) * _PEAK * 32767).astype("<i2")
    return tuple(frame.tobytes() for frame in np.split(sound, _FRAMES))
