"""What is played in a panel: words, a sentence, a clip, a voice over its background, each as a WAV file."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...audio.loudness import measure_samples
from ...audio.wav import wav_header
from ...lab import audition
from ...tuning import Tuning
from .homes import Home, voice_of
from .words import entry_of, pronounced

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame

    from ...lab.speaking import Spoken

VOICE_S = 20.0
"""How long a voice may take for a sentence."""
_KEPT = 16


@dataclass(frozen=True, slots=True)
class Sound:
    """A WAV file, and what there is to say of it."""

    wav: bytes
    about: str


class Auditions:
    """Makes sounds by the settings of a home. All of it takes its time: not for the thread of a session or a page."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._spoken: dict[tuple[int, str], list[AudioFrame]] = {}

    def make(self, asked: Mapping[str, Any], sample: str) -> Sound:
        """The sound that a page asked for. `sample`: the sentence to say.

        Raises:
            AudioFileError, EngineMissing, LexiconError, NothingToSay: says what is missing.
            TimeoutError: the voice took too long.
            ValueError: there is no such sound.
        """
        what, which = asked.get("what"), asked.get("which")
        tuning = self._home.first if which == "first" else self._home.tuning
        if what == "word":
            entry = entry_of(asked.get("row") or {})
            terms = {} if which == "first" else {entry.term: entry}
            return _sound(audition.joined(self._voice(pronounced(entry.term, terms))))
        if what == "sentence":
            frames = self._voice(pronounced(sample, tuning.pronunciation.terms))
            return _measured(audition.with_settings(frames, tuning.replace({"background.ambient": ""})))
        if what == "clip":
            return self._clip(str(asked.get("path")), tuning)
        if what == "mix":
            if not tuning.background.ambient:
                raise ValueError("there is no ambient sound: choose one above")
            frames = self._voice(pronounced(sample, tuning.pronunciation.terms))
            return _sound(audition.with_settings(frames, tuning))
        raise ValueError(f"there is no sound {what!r}")

    def _clip(self, path: str, tuning: Tuning) -> Sound:
        name = str(tuning.get(path))
        if not name:
            raise ValueError("no sound is chosen")
        return _measured(audition.clip(name, float(tuning.get(f"{path}_volume"))))

    def _voice(self, text: str) -> list[AudioFrame]:
        session = self._home.session
        tts = voice_of(session)
        key = (id(tts) if session is not None and session.tts is tts else 0, text)
        if key in self._spoken:
            return self._spoken[key]
        asking = asyncio.wait_for(audition.voice(text, tts), VOICE_S)
        loop = None if session is None or session.closed else session.loop
        if loop is None or loop.is_closed():
            frames = asyncio.run(asking)
        else:  # a model's connections belong to the loop that it is used on
            frames = asyncio.run_coroutine_threadsafe(asking, loop).result(VOICE_S + 1)
        self._spoken[key] = frames
        while len(self._spoken) > _KEPT:
            del self._spoken[next(iter(self._spoken))]
        return frames


def _sound(spoken: Spoken, about: str = "") -> Sound:
    samples = np.ascontiguousarray(spoken.samples, dtype="<i2")
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    return Sound(wav_header(spoken.sample_rate, channels, len(samples)) + samples.tobytes(), about)


def _measured(spoken: Spoken) -> Sound:
    loudness = measure_samples(spoken.samples, spoken.sample_rate)
    return _sound(spoken, f"{_level(loudness.integrated_lufs)} LUFS, peaks at {_level(loudness.true_peak_dbtp)} dBTP")


def _level(value: float) -> str:
    return f"{value:.1f}".replace("-", "−") if math.isfinite(value) else "−∞"
