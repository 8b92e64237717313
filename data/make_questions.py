"""Makes the spoken questions in `questions/`: `python data/make_questions.py`.

They stand in for a person's recordings where there are none: eSpeak NG speaks them, in the voice, at the speed and at
the pitch at which PocketSphinx, which was made for human voices, understands every word.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kit.audio.resampling import resample
from kit.audio.wav import write_wav
from kit.lab.speaking import speak
from kit.models import EspeakTTS

SAMPLE_RATE = 16_000
QUESTIONS = {
    "name": ("what is your name", {"voice": "en-us+klatt", "rate_wpm": 150, "pitch": 45}),
    "where": ("where are you", {"voice": "en-us+m7", "rate_wpm": 130, "pitch": 60}),
    "think": ("what do you think", {"voice": "en-us+m7", "rate_wpm": 130, "pitch": 45}),
}
"""File name: the words, and how they are spoken."""

HESITATION = ("where", 0.45, "think")
"""One question out of two, with seconds of silence between them: long enough for the words of the first to be final,
and too short for the turn to be over."""


def make(folder: Path) -> list[Path]:
    """Write every question into `folder`, 16 kHz mono."""
    folder.mkdir(parents=True, exist_ok=True)
    sounds = {name: say(words, **voice) for name, (words, voice) in QUESTIONS.items()}
    first, pause_s, second = HESITATION
    sounds["hesitation"] = np.concatenate([sounds[first], silence(pause_s), sounds[second]])
    written = [folder / f"{name}.wav" for name in sounds]
    for path, sound in zip(written, sounds.values(), strict=True):
        write_wav(path, np.concatenate([sound, silence(0.2)]), SAMPLE_RATE)
    return written


def say(words: str, **voice: Any) -> NDArray[np.int16]:
    spoken = speak(words, tts=EspeakTTS(**voice))
    return resample(spoken.samples, spoken.sample_rate, SAMPLE_RATE)


def silence(duration_s: float) -> NDArray[np.int16]:
    return np.zeros((round(duration_s * SAMPLE_RATE), 1), np.int16)


if __name__ == "__main__":
    for path in make(Path(__file__).parent / "questions"):
        print(path)
