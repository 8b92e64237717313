"""livekit-agents' way with sound. It has no volume."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
from gauges import wall
from livekit import rtc
from livekit.agents import AudioConfig, BackgroundAudioPlayer
from livekit.agents.tokenize.utils import replace_words
from livekit.agents.utils.audio import audio_frames_from_file
from livekit.agents.voice.transcription import text_transforms
from sound_sink import Counting, Listening
from sound_work import AMBIENT_VOLUME, RATE, Samples


def respell(terms: dict[str, str]) -> Callable[[list[str]], str]:
    return _streamed(text_transforms.replace(terms))


def respell_words(terms: dict[str, str]) -> Callable[[list[str]], str]:
    """Its other way, which looks words up one by one and so knows no terms of two words."""
    return _streamed(lambda text: replace_words(text=text, replacements=terms))


def _streamed(transform: Callable[[AsyncIterable[str]], AsyncIterable[str]]) -> Callable[[list[str]], str]:
    async def given(chunks: list[str]) -> AsyncIterable[str]:
        for chunk in chunks:
            yield chunk

    async def main(chunks: list[str]) -> str:
        return "".join([piece async for piece in transform(given(chunks))])

    return lambda chunks: asyncio.run(main(chunks))


def decode(path: Path) -> Samples:
    async def main() -> list[Samples]:
        return [np.frombuffer(frame.data, np.int16) async for frame in audio_frames_from_file(str(path), RATE, 1)]

    return np.concatenate([np.empty(0, np.int16), *asyncio.run(main())])


def again(path: Path) -> None:
    decode(path)


def background(folder: Path, audio_s: float) -> float:
    async def main() -> float:
        sink = Counting(audio_s)
        player = await _started(sink, AudioConfig(str(folder / "ambient.ogg"), volume=AMBIENT_VOLUME))
        player.play(str(folder / "thinking.ogg"), loop=True)
        await sink.done.wait()
        await player.aclose()
        return sink.spent_s

    return asyncio.run(main())


def audible(folder: Path, plays: int) -> list[float]:
    async def main() -> list[float]:
        rng = random.Random(1)
        sink = Listening()
        player = await _started(sink, AudioConfig(str(folder / "ambient.ogg"), volume=0.05))
        await asyncio.sleep(1)
        taken = []
        for _ in range(plays):
            await asyncio.sleep(rng.random() * 0.1)
            begun = wall()
            player.play(str(folder / "loud.ogg"))
            taken.append(await sink.next_loud() - begun)
        await player.aclose()
        return taken

    return asyncio.run(main())


async def _started(sink: Any, ambient: AudioConfig) -> BackgroundAudioPlayer:
    """A player that plays into the sink, and a room in which nobody is."""

    async def publish_track(*_: object) -> None: ...

    participant = SimpleNamespace(publish_track=publish_track, track_publications={})
    with patch.object(rtc, "AudioSource", lambda *_, **__: sink):
        player = BackgroundAudioPlayer(ambient_sound=ambient)
    with patch.object(rtc.LocalAudioTrack, "create_audio_track", lambda *_: None):
        await player.start(room=SimpleNamespace(local_participant=participant))  # type: ignore[arg-type]
    return player
