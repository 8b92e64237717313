"""Short sounds that tell what a setting does: a word as the voice says it, a sentence as the settings make it, a clip
at its level.

The voice is asked in real time, on a loop that suits it (`voice`); what the settings do to it is then rendered in
virtual time, by a session as in a conversation (`with_settings`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..audio.clips import SHARED_CLIPS
from ..audio.errors import AudioFileError
from ..audio.frames import Samples, samples_of
from ..background import BackgroundAudioPlayer, LazyOutput
from ..background.sounds import AudioConfig, explained, named
from ..text.lexicon import Lexicon
from ..text.ssml import dialect_of, written
from ..timing import run_virtual
from ..tuning import Tuning
from .speaking import NothingToSay, Spoken, speak

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame

    from ..ports import TTS
    from ..text.lexicon import Entry

ROOM_S = 1.5
"""How long a background is heard alone, before and behind the sentence: long enough to hear it dip and come back."""
CLIP_S = 5.0
CLIP_RATE = 48_000

Frames = Sequence["AudioFrame"]


async def voice(text: str, tts: TTS, terms: Mapping[str, str | Entry] | None = None) -> list[AudioFrame]:
    """What the TTS makes of a text, its terms said as the lexicon says.

    Raises:
        NothingToSay: it made no sound.
    """
    said = Lexicon(terms).apply(text) if terms else text
    frames = [frame async for frame in tts(written(_once(said), dialect_of(tts)))]
    if not frames:
        raise NothingToSay(f"the voice says nothing for {text!r}")
    return frames


def joined(frames: Frames) -> Spoken:
    """Frames as one sound."""
    return Spoken(np.concatenate([samples_of(frame) for frame in frames]), frames[0].sample_rate)


def with_settings(frames: Frames, tuning: Tuning) -> Spoken:
    """A sentence that was spoken, as it is heard with the volume and the ambient sound of these settings.

    Raises:
        AudioFileError: the ambient sound cannot be read.
    """
    return speak("ready", tts=_Ready(frames), tuning=tuning, room_s=ROOM_S)


def clip(name: str, volume: float, *, duration_s: float = CLIP_S) -> Spoken:
    """The first seconds of a background sound, over and over if it is shorter, at its level.

    Args:
        name: A built-in clip's name, or a file.
        volume: A factor on the amplitude.

    Raises:
        AudioFileError: it cannot be read.
    """
    heard: list[Samples] = []
    config = AudioConfig(named(name).source, volume, fade_in=0.02)
    if config.path is not None:
        try:
            SHARED_CLIPS.load(config.path, CLIP_RATE)
        except AudioFileError as error:
            raise explained(error) from None

    async def main() -> None:
        output = LazyOutput(sample_rate=CLIP_RATE, on_played=lambda at, frame: heard.append(samples_of(frame)))
        player = BackgroundAudioPlayer()
        await player.start(output=output)
        player.play(config, loop=True)
        await asyncio.sleep(duration_s)
        await player.aclose()

    run_virtual(main)
    return Spoken(np.concatenate(heard), CLIP_RATE)


class _Ready:
    """A TTS whose sound was made before, whatever the text."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self.sample_rate = frames[0].sample_rate

    async def __call__(self, text: AsyncIterable[str], /) -> AsyncIterator[AudioFrame]:
        async for _ in text:
            pass
        for frame in self._frames:
            yield frame


async def _once(text: str) -> AsyncIterator[str]:
    yield text
