"""A text, spoken as a session would speak it: by its TTS, with the pronunciation and the volume of its tuning."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..audio.frames import samples_of
from ..models import local
from ..ports import TTS
from ..session.agent import Agent
from ..session.session import AgentSession
from ..timing import run_virtual
from ..tuning import Tuning

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame
    from numpy.typing import NDArray


class NothingToSay(ValueError):
    """A text without a word."""


@dataclass(frozen=True)
class Spoken:
    """Sound: `samples` of shape (n, channels), 16 bit."""

    samples: NDArray[np.int16]
    sample_rate: int

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.sample_rate

    def save(self, path: str | Path) -> None:
        """Write it as a WAV file."""
        from ..audio.files import write_wav

        write_wav(path, self.samples, self.sample_rate)


def speak(text: str, *, tts: TTS | str = "espeak", tuning: Tuning | None = None) -> Spoken:
    """Say a text, in virtual time, and return what was heard.

    Raises:
        NothingToSay: there is no word in the text.
        EngineMissing: the TTS is not installed.
        RuntimeError: the TTS failed.
    """
    if not any(character.isalnum() for character in text):
        raise NothingToSay(f"there is nothing to say in {text!r}")
    heard: list[AudioFrame] = []
    model = local(stt=None, llm=None, vad=None, tts=tts)["tts"]

    async def main() -> BaseException | None:
        from ..transports.playout import PacedOutput

        output = PacedOutput(on_played=lambda _, frame: heard.append(frame))
        async with AgentSession(tts=model, tuning=tuning) as session:
            await session.start(Agent(), audio_out=output)
            return (await session.say(text)).exception()

    error = run_virtual(main)
    if error is not None:
        raise RuntimeError(f"the TTS failed: {error}") from error
    return Spoken(np.concatenate([samples_of(frame) for frame in heard]), heard[0].sample_rate)
