"""Where the document's own code for the volume goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import numpy as np
from livekit.rtc import AudioFrame

from kit.audio import GainRamp
from kit.audio.frames import frame_from_samples, samples_of
from tests.seed import seed_code
from tests.seed.cases import AtMost, Case

RATE = 24_000


class Failed(RuntimeError):
    """The synthesis fails in the middle of a speech."""


async def _through_seed(frames: Sequence[AudioFrame | Exception], levels: Sequence[int], taken: list[int]) -> Any:
    """What comes out of the document's stream. `levels`: the volume at each of its frames; the last one stays."""
    agent = seed_code.assistant()

    async def given() -> AsyncIterator[AudioFrame]:
        for frame in frames:
            if isinstance(frame, Exception):
                raise frame
            taken[0] += 1
            agent.volume = levels[min(taken[0], len(levels)) - 1]
            yield frame

    async for frame in agent._adjust_volume_in_stream(given()):
        yield frame


async def _through_kit(frames: Sequence[AudioFrame | Exception], levels: Sequence[int], taken: list[int]) -> Any:
    ramp = GainRamp()
    for frame in frames:
        if isinstance(frame, Exception):
            raise frame
        taken[0] += 1
        yield ramp.process(frame, levels[min(taken[0], len(levels)) - 1])


Through = Callable[..., AsyncIterator[AudioFrame]]


def played(through: Through, frames: Sequence[AudioFrame | Exception], *levels: int) -> list[AudioFrame]:
    """All that comes out, until the end or a failure."""

    async def main() -> list[AudioFrame]:
        out = []
        try:
            async for frame in through(frames, levels, [0]):
                out.append(frame)
        except Failed:
            pass
        return out

    return asyncio.run(main())


def taken_before_the_first(through: Through, frames: Sequence[AudioFrame], level: int) -> float:
    """How many ms of the speech must have come before the first of it comes out."""

    async def main() -> float:
        taken = [0]
        out = through(frames, [level], taken)
        await anext(aiter(out))
        await out.aclose()  # type: ignore[attr-defined]
        return taken[0] * frames[0].duration * 1e3

    return asyncio.run(main())


def frames_of(samples: Any, sample_rate: int = RATE, frame_s: float = 0.02) -> list[AudioFrame]:
    size = round(frame_s * sample_rate)
    return [frame_from_samples(samples[at : at + size], sample_rate) for at in range(0, len(samples), size)]


def joined(frames: Sequence[AudioFrame]) -> Any:
    return np.concatenate([samples_of(frame) for frame in frames]).astype(int)


EVERY_VALUE = np.arange(-32768, 32768).astype(np.int16)
STEADY = np.full(RATE, 10_000, np.int16)
_LOUD_THEN_SILENT = (*([100] * 25), 0)


def _changed(through: Through) -> int:
    return int(np.count_nonzero(joined(played(through, frames_of(EVERY_VALUE), 100))[:, 0] != EVERY_VALUE))


def _not_nearest(through: Through) -> int:
    half = joined(played(through, frames_of(EVERY_VALUE), 50))[:, 0]
    return int(np.count_nonzero(np.abs(half - EVERY_VALUE / 2) > 0.5))


def _largest_step(through: Through) -> int:
    return int(np.abs(np.diff(joined(played(through, frames_of(STEADY), *_LOUD_THEN_SILENT))[:, 0])).max())


def _duration_s(through: Through, frames: Sequence[AudioFrame]) -> float:
    return round(sum(frame.duration for frame in played(through, frames, 50)), 3)


def _other_rate() -> list[AudioFrame]:
    return [*frames_of(STEADY), *frames_of(np.full(48_000, 10_000, np.int16), 48_000)]


def _other_layout() -> list[AudioFrame]:
    return [*frames_of(STEADY), *frames_of(np.full((RATE, 2), 10_000, np.int16))]


def _lost_ms(through: Through) -> float:
    """Of 180 ms of speech, after which the synthesis fails."""
    out = played(through, [*frames_of(STEADY)[:9], Failed()], 100)
    return round(180 - sum(frame.duration for frame in out) * 1e3, 3)


def _without_mark(through: Through) -> int:
    """Frames without what came with them, of ten."""
    frames = [AudioFrame(bytes(4_800), RATE, 1, 2_400, userdata={"mark": number}) for number in range(10)]
    return sum("mark" not in frame.userdata for frame in played(through, frames, 50))


def _volume(name: str, measure: Callable[[Through], Any], seed_gives: Any, right: Any) -> Case:
    return Case(name, lambda: measure(_through_seed), lambda: measure(_through_kit), seed_gives, right)


VOLUME: Sequence[Case] = (
    _volume("sample values changed at volume 100, of 65,536", _changed, 5_116, 0),
    _volume("sample values not the nearest at volume 50, of 65,536", _not_nearest, 2_556, 0),
    _volume(
        "ms of speech that must come before any is heard",
        lambda through: taken_before_the_first(through, frames_of(STEADY), 100),
        100.0,
        20.0,
    ),
    _volume("largest step of a sample of 10,000 when it is silenced", _largest_step, 10_000, AtMost(100)),
    _volume("seconds of 1 s at 24 kHz and 1 s at 48 kHz", lambda t: _duration_s(t, _other_rate()), 3.0, 2.0),
    _volume("seconds of 1 s mono and 1 s stereo", lambda t: _duration_s(t, _other_layout()), 3.0, 2.0),
    _volume("ms lost of 180 when the synthesis then fails", _lost_ms, 80.0, 0.0),
    _volume("frames of 10 that lose what came with them", _without_mark, 10, 0),
)
