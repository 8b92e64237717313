"""The kit's way with sound."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
from gauges import wall
from livekit.rtc import AudioFrame
from sound_sink import Counting, Listening
from sound_work import AMBIENT_VOLUME, RATE, SPEECH_RATE, Samples

from kit import AudioConfig, BackgroundAudioPlayer
from kit.audio import GainRamp, read_audio
from kit.audio.clips import ClipCache
from kit.audio.mixing import Mix, Voice
from kit.audio.playhead import Playhead
from kit.audio.sample_queue import SampleQueue
from kit.text.lexicon import Lexicon
from kit.timing import run_virtual

_CLIPS = ClipCache()


def respell(terms: dict[str, str]) -> Callable[[list[str]], str]:
    lexicon = Lexicon(terms)

    def run(chunks: list[str]) -> str:
        stream = lexicon.stream()
        return "".join([*map(stream.push, chunks), stream.flush()])

    return run


def frames(blocks: list[bytes], sample_rate: int) -> list[AudioFrame]:
    return [AudioFrame(block, sample_rate, 1, len(block) // 2) for block in blocks]


def loudness(level: int) -> Callable[[list[AudioFrame]], None]:
    ramp = GainRamp()

    def run(frames: list[AudioFrame]) -> None:
        for frame in frames:
            ramp.process(frame, level)

    return run


def decode(path: Path) -> Samples:
    return read_audio(path, sample_rate=RATE, num_channels=1)[0][:, 0]


def again(path: Path) -> None:
    _CLIPS.load(path, RATE)


def mixer(path: Path) -> Callable[[list[bytes]], None]:
    """As the background player mixes: sounds that are wholly there."""
    sound = read_audio(path)[0][:, 0]

    def run(blocks: list[bytes]) -> None:
        mix = Mix(SPEECH_RATE)
        mix.add(Voice(Playhead.looped(np.frombuffer(b"".join(blocks), np.int16), 0)))
        mix.add(Voice(Playhead.looped(sound, 0), volume=0.4))
        for block in blocks:
            mix.take(len(block) // 2).tobytes()

    return run


def mixer_live(path: Path) -> Callable[[list[bytes]], None]:
    """As it mixes where one sound comes only block by block."""
    sound = read_audio(path)[0][:, 0]

    def run(blocks: list[bytes]) -> None:
        mix, speech = Mix(SPEECH_RATE), SampleQueue(SPEECH_RATE)
        mix.add(Voice(speech))
        mix.add(Voice(Playhead.looped(sound, 0), volume=0.4))
        for block in blocks:
            speech.push(np.frombuffer(block, np.int16))
            mix.take(len(block) // 2).tobytes()

    return run


def background(folder: Path, audio_s: float) -> float:
    """In virtual time, so that its own waiting for the time of each block takes none."""

    async def main() -> float:
        sink = Counting(audio_s)
        player = BackgroundAudioPlayer(ambient_sound=AudioConfig(folder / "ambient.ogg", volume=AMBIENT_VOLUME))
        await player.start(output=sink)
        player.play(folder / "thinking.ogg", loop=True)
        await sink.done.wait()
        await player.aclose()
        return sink.spent_s

    return run_virtual(main)


def audible(folder: Path, plays: int) -> list[float]:
    async def main() -> list[float]:
        rng = random.Random(1)
        sink = Listening()
        player = BackgroundAudioPlayer(ambient_sound=AudioConfig(folder / "ambient.ogg", volume=0.05))
        await player.start(output=sink)
        await asyncio.sleep(1)
        taken = []
        for _ in range(plays):
            await asyncio.sleep(rng.random() * 0.02)
            begun = wall()
            player.play(str(folder / "loud.ogg"))
            taken.append(await sink.next_loud() - begun)
        await player.aclose()
        await sink.aclose()
        return taken

    return asyncio.run(main())
