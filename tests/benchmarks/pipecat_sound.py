"""pipecat's way with sound, in an environment of its own: it must import nothing of the kit, nor of livekit-agents.

It respells whole sentences, which it gathers first; it changes the volume, and mixes one file behind the voice, in its
output. It has nothing that plays sounds beside each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
from loguru import logger
from pipecat.audio.mixers.soundfile_mixer import SoundfileMixer
from pipecat.audio.utils import create_file_resampler, scale_audio
from pipecat.evals.audio import load_user_audio
from pipecat.frames.frames import OutputAudioRawFrame
from pipecat.utils.text.simple_text_aggregator import SimpleTextAggregator
from pipecat.utils.text.transforms.pronunciations import pronunciation_transform
from sound_work import RATE, SPEECH_RATE, Samples

logger.remove()


def respell(terms: dict[str, str]) -> Callable[[list[str]], str]:
    respelled = pronunciation_transform(terms, lambda term, respelling: respelling)

    async def main(chunks: list[str]) -> str:
        gathered, said = SimpleTextAggregator(), []
        for chunk in chunks:
            async for sentence in gathered.aggregate(chunk):
                said.append(await respelled(sentence.text, sentence.type))
        if (rest := await gathered.flush()) is not None:
            said.append(await respelled(rest.text, rest.type))
        return " ".join(said)

    return lambda chunks: asyncio.run(main(chunks))


def respell_gathered(terms: dict[str, str]) -> Callable[[list[str]], str]:
    """Its respelling alone, of sentences that are gathered already."""
    respelled = pronunciation_transform(terms, lambda term, respelling: respelling)

    async def main(sentences: list[str]) -> str:
        return "".join([await respelled(sentence, "sentence") for sentence in sentences])

    return lambda sentences: asyncio.run(main(sentences))


def frames(blocks: list[bytes], sample_rate: int) -> list[OutputAudioRawFrame]:
    return [OutputAudioRawFrame(audio=block, sample_rate=sample_rate, num_channels=1) for block in blocks]


def loudness(level: int) -> Callable[[list[OutputAudioRawFrame]], None]:
    """At 100 its output does nothing, so there is nothing to measure."""
    factor = level / 100

    def run(frames: list[OutputAudioRawFrame]) -> None:
        for frame in frames:
            scale_audio(frame.audio, factor)

    return run


def decode(path: Path) -> Samples | None:
    async def main() -> bytes:
        audio, sample_rate = await load_user_audio(str(path))
        return await create_file_resampler().resample(audio, sample_rate, RATE)

    try:
        return np.frombuffer(asyncio.run(main()), np.int16)
    except ValueError:
        return None


def mixer(path: Path) -> Callable[[list[bytes]], None]:
    async def main(blocks: list[bytes]) -> None:
        mixing = SoundfileMixer(sound_files={"behind": str(path)}, default_sound="behind", volume=0.4)
        await mixing.start(SPEECH_RATE)
        for block in blocks:
            await mixing.mix(block)

    return lambda blocks: asyncio.run(main(blocks))
