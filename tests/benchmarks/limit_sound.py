"""The limit: what numpy, PyAV, a dictionary and a loop do alone.

With no care for how the text is cut, for clicks or for clipping.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from gauges import cpu, wall
from livekit.rtc import AudioFrame
from sound_sink import Listening
from sound_work import AMBIENT_VOLUME, RATE, Samples

_BLOCK = round(0.02 * RATE)
_LEAD_S = 0.015


def respell(terms: dict[str, str]) -> Callable[[list[str]], str]:
    """A word and a look-up. Terms that are split or of two words are not found."""
    known = {term.casefold(): respelling for term, respelling in terms.items()}
    word = re.compile(r"\w+")

    def said(found: re.Match[str]) -> str:
        return known.get(found[0].casefold(), found[0])

    return lambda chunks: "".join([word.sub(said, chunk) for chunk in chunks])


def frames(blocks: list[bytes], sample_rate: int) -> list[AudioFrame]:
    return [AudioFrame(block, sample_rate, 1, len(block) // 2) for block in blocks]


def loudness(level: int) -> Callable[[list[AudioFrame]], None]:
    gain = np.float32(level / 100)

    def run(frames: list[AudioFrame]) -> None:
        scaled = np.empty(frames[0].samples_per_channel, np.float32)
        for frame in frames:
            np.multiply(np.frombuffer(frame.data, np.int16), gain, out=scaled)
            AudioFrame(scaled.astype(np.int16).tobytes(), frame.sample_rate, 1, len(scaled))

    return run


def decode(path: Path) -> Samples:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(str(path)) as container:
        pieces = [piece.to_ndarray()[0] for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
        pieces += [piece.to_ndarray()[0] for piece in resampler.resample(None)]
    return np.concatenate(pieces)


def mixer(path: Path) -> Callable[[list[bytes]], None]:
    sound = np.frombuffer(path.read_bytes()[44:], np.int16)

    def run(blocks: list[bytes]) -> None:
        at, gain = 0, np.float32(0.4)
        for block in blocks:
            speech = np.frombuffer(block, np.int16)
            at = at + len(speech) if at + 2 * len(speech) <= len(sound) else 0
            (speech + sound[at : at + len(speech)] * gain).astype(np.int16).tobytes()

    return run


def background(folder: Path, audio_s: float) -> float:
    ambient, thinking = decode(folder / "ambient.ogg"), decode(folder / "thinking.ogg")
    gain = np.float32(AMBIENT_VOLUME)
    before = cpu()
    for number in range(round(audio_s * RATE) // _BLOCK):
        mix = _block(ambient, number) * gain + _block(thinking, number)
        AudioFrame(mix.astype(np.int16).tobytes(), RATE, 1, _BLOCK)
    return cpu() - before


def _block(clip: Samples, number: int) -> Samples:
    at = number % (len(clip) // _BLOCK) * _BLOCK
    return clip[at : at + _BLOCK]


def audible(folder: Path, plays: int) -> list[float]:
    """A task that hands over a block just before it is due, and finds in it what is to be played by then."""
    loud = decode(folder / "loud.ogg")
    wanted: list[int] = []

    async def push(sink: Listening) -> None:
        due = wall()
        while True:
            block = np.zeros(_BLOCK, np.int16)
            if wanted:
                playing = loud[wanted[0] : wanted[0] + _BLOCK]
                block[: len(playing)] = playing
                wanted[0] += _BLOCK
            await sink.capture_frame(AudioFrame(block.tobytes(), RATE, 1, _BLOCK))
            due += _BLOCK / RATE
            await asyncio.sleep(max(0.0, due - _LEAD_S - wall()))

    async def main() -> list[float]:
        rng, taken = random.Random(1), []
        sink = Listening()
        pushing = asyncio.create_task(push(sink))
        await asyncio.sleep(1)
        for _ in range(plays):
            await asyncio.sleep(rng.random() * 0.02)
            begun = wall()
            wanted[:] = [0]
            taken.append(await sink.next_loud() - begun)
        pushing.cancel()
        await sink.aclose()
        return taken

    return asyncio.run(main())
