"""A text, spoken as a session would speak it: by its TTS, with the pronunciation, the volume and the background of its
tuning."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..audio.frames import samples_of
from ..background import BackgroundAudioPlayer, LazyOutput
from ..models import local
from ..ports import TTS
from ..session.agent import Agent
from ..session.session import AgentSession
from ..timing import run_virtual
from ..tuning import Tuning
from .player import Player

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame
    from numpy.typing import NDArray


BACKGROUND_ROOM_S = 0.5
"""How long the background is heard before the first word, and behind the last one."""

Heard = tuple[float, "AudioFrame"]
"""When a frame began to be heard, in the loop's time."""


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

    def play(self, name: str = "") -> Player:
        """A player for a notebook, with its name above it."""
        return Player(self.samples, self.sample_rate, name)

    def save(self, path: str | Path) -> None:
        """Write it as a WAV file."""
        from ..audio.files import write_wav

        write_wav(path, self.samples, self.sample_rate)


def speak(
    text: str, *, tts: TTS | str = "espeak", tuning: Tuning | None = None, room_s: float = BACKGROUND_ROOM_S
) -> Spoken:
    """Say a text, in virtual time, and return what was heard: the voice, and what plays behind it.

    Args:
        room_s: How long the background is heard before the first word, and behind the last one.

    Raises:
        AudioFileError: the background's sound cannot be read.
        NothingToSay: there is no word in the text.
        EngineMissing: the TTS is not installed.
        RuntimeError: the TTS failed.
    """
    if not any(character.isalnum() for character in text):
        raise NothingToSay(f"there is nothing to say in {text!r}")
    tuning = tuning or Tuning()
    model = local(stt=None, llm=None, vad=None, tts=tts)["tts"]
    voice: list[Heard] = []
    behind: list[Heard] = []
    failures: list[BaseException] = []

    async def main() -> BaseException | None:
        from ..transports.playout import PacedOutput

        output = PacedOutput(on_played=lambda at, frame: voice.append((at, frame)))
        async with AgentSession(tts=model, tuning=tuning) as session:
            session.on("error", lambda event: failures.append(event.error) if event.source == "background" else None)
            await session.start(Agent(), audio_out=output)
            if not tuning.background.ambient:
                return (await session.say(text)).exception()
            player = BackgroundAudioPlayer()
            mix = LazyOutput(sample_rate=model.sample_rate, on_played=lambda at, frame: behind.append((at, frame)))
            await player.start(agent_session=session, output=mix)
            await asyncio.sleep(room_s)
            error = (await session.say(text)).exception()
            await asyncio.sleep(room_s)
            await player.aclose()
            return error

    error = run_virtual(main)
    if failures:
        raise failures[0]
    if error is not None:
        raise RuntimeError(f"the TTS failed: {error}") from error
    return _together(voice, behind)


def _together(voice: Sequence[Heard], behind: Sequence[Heard]) -> Spoken:
    """Both as one sound, each frame at its time."""
    rate = voice[0][1].sample_rate
    start = min(at for at, _ in (*voice, *behind))
    end = max(at + frame.samples_per_channel / rate for at, frame in (*voice, *behind))
    mixed = np.zeros((round((end - start) * rate), voice[0][1].num_channels), np.int32)
    for at, frame in (*voice, *behind):
        place = round((at - start) * rate)
        mixed[place : place + frame.samples_per_channel] += samples_of(frame)
    return Spoken(np.clip(mixed, -32768, 32767).astype(np.int16), rate)
