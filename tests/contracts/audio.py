"""Audio for the contracts: people who speak, with marks for the simulated engines, cut into frames of any length."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from livekit.rtc import AudioFrame

from kit.ports import SPEECH_MARK, SpeechMark

RATE = 16_000
Sound: TypeAlias = "np.ndarray[Any, np.dtype[np.int16]]"


def audio(*parts: float | tuple[Sound, str], frame_s: float = 0.1) -> list[AudioFrame]:
    """Frames of silence (seconds) and speech (a sound and its words). Speech begins and ends with a frame."""
    frames = []
    for part in parts:
        sound, text = part if isinstance(part, tuple) else (np.zeros(round(part * RATE), np.int16), None)
        cuts = [*range(0, len(sound), round(frame_s * RATE)), len(sound)]
        for start, end in pairwise(cuts):
            userdata: dict[str, Any] = {}
            if text is not None and start == 0:
                userdata = {SPEECH_MARK: SpeechMark("start", text)}
            elif text is not None and end == len(sound):
                userdata = {SPEECH_MARK: SpeechMark("end", text)}
            frames.append(AudioFrame(sound[start:end].tobytes(), RATE, 1, end - start, userdata=userdata))
    return frames


def in_stereo_at_48_khz(frames: list[AudioFrame]) -> list[AudioFrame]:
    """The same sound, three times the rate and both channels alike."""
    wide = []
    for frame in frames:
        samples = np.repeat(np.frombuffer(frame.data, np.int16), 6)
        wide.append(AudioFrame(samples.tobytes(), 3 * RATE, 2, 3 * frame.samples_per_channel, userdata=frame.userdata))
    return wide


def seconds(frames: list[AudioFrame]) -> float:
    return sum(frame.samples_per_channel / frame.sample_rate for frame in frames)


async def heard(frames: list[AudioFrame], error: Exception | None = None) -> AsyncIterator[AudioFrame]:
    """The frames at the pace of speech; on a real loop without waiting. Then the error, if there is one."""
    loop = asyncio.get_running_loop()
    paced = getattr(loop, "is_virtual", False)
    at = loop.time()
    for frame in frames:
        at += frame.samples_per_channel / frame.sample_rate
        await asyncio.sleep(at - loop.time() if paced else 0)
        yield frame
    if error is not None:
        raise error
