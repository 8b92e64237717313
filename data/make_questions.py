"""Makes the spoken questions in `questions/`: `python data/make_questions.py`.

They stand in for a person's recordings where there are none: eSpeak NG speaks them, in the voice, at the speed and at
the pitch at which PocketSphinx, which was made for human voices, understands every word.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kit.audio.resampling import resample
from kit.audio.wav import write_wav
from kit.lab.speaking import speak
from kit.models import EspeakTTS

SAMPLE_RATE = 16_000
QUESTIONS = {
    "name": ("what is your name", {"voice": "en-us+klatt", "rate_wpm": 150, "pitch": 45}),
    "help": ("can you help me", {"voice": "en-us", "rate_wpm": 150, "pitch": 45}),
    "where": ("where are you", {"voice": "en-us+m7", "rate_wpm": 130, "pitch": 60}),
    "think": ("what do you think", {"voice": "en-us+m7", "rate_wpm": 130, "pitch": 45}),
}
"""File name: the words, and how they are spoken."""


def make(folder: Path) -> list[Path]:
    """Write every question into `folder`, 16 kHz mono."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, (words, voice) in QUESTIONS.items():
        spoken = speak(words, tts=EspeakTTS(**voice))
        samples = resample(spoken.samples, spoken.sample_rate, SAMPLE_RATE)
        rest = np.zeros((SAMPLE_RATE // 5, 1), np.int16)
        path = folder / f"{name}.wav"
        write_wav(path, np.concatenate([samples, rest]), SAMPLE_RATE)
        written.append(path)
    return written


if __name__ == "__main__":
    for path in make(Path(__file__).parent / "questions"):
        print(path)
