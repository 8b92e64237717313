"""The jobs of sound: each is given a party's module, whose functions do the work, and returns figures.

Needs nothing of any party. A party's module has those of these names that it can do:

    respell(terms) -> run(chunks) -> text, as it would be given to a voice
    frames(blocks, sample_rate) -> its own frames of 16-bit mono sound, and loudness(level) -> run(frames)
    decode(path) -> samples, 48 kHz mono, or None where it cannot; again(path), the same, of a clip known already
    mixer(path) -> run(blocks), each of 20 ms of sound, to be mixed with that of the file
    background(folder, audio_s) -> CPU seconds that so much audio takes
    audible(folder, plays) -> seconds from each `play()` to its sound
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from gauges import cpu, percentile
from sound_lost import lost_samples
from sound_work import FORMATS, SENTENCE_WORDS, SPEECH_RATE, Text, reference_of, speech_blocks, text

SHORTEST_S = 0.15
"""What is timed takes at least so much CPU time: less is repeated."""


def pronunciation(party: ModuleType, *, terms: Sequence[int], right_terms: int, way: str = "respell") -> dict[str, Any]:
    """Tokens a CPU second by the number of terms, and the slowest against the fastest; and how many of the sentences
    are not said as they should be. `way`: another one that the party has."""
    respell = getattr(party, way)
    speeds = {}
    for count in terms:
        work = text(count)
        speeds[str(count)] = _per_cpu_s(respell(work.terms), work.chunks)
    work = text(right_terms)
    return {
        "per_cpu_s": speeds,
        "flatness": min(speeds.values()) / max(speeds.values()),
        "wrong": _wrong(work, respell(work.terms)(work.chunks)),
    }


def pronunciation_by_sentence(party: ModuleType, *, terms: Sequence[int], way: str = "respell") -> dict[str, Any]:
    """Words a CPU second where text comes in whole sentences."""
    speeds = {}
    for count in terms:
        work = text(count)
        sentences = [f"{sentence}\n" for sentence in work.sentences]
        speeds[str(count)] = _per_cpu_s(getattr(party, way)(work.terms), sentences) * SENTENCE_WORDS
    return {"per_cpu_s": speeds}


def _wrong(work: Text, said: str) -> int:
    """Sentences that are not among what was said; white space aside, which some give back and some do not."""
    found = Counter(" ".join(sentence.split()) for sentence in re.split(r"(?<=\.)\s*", said))
    return (Counter(work.said) - found).total()


def _per_cpu_s(run: Callable[[list[str]], object], pieces: Sequence[str]) -> float:
    """Pieces a second: as many as take long enough to be timed, which for the slowest are four."""
    count = 4
    while True:
        taken = [*pieces] * (count // len(pieces)) + [*pieces[: count % len(pieces)]]
        before = cpu()
        run(taken)
        spent_s = cpu() - before
        if spent_s >= SHORTEST_S:
            return count / spent_s
        count *= 2 if spent_s > SHORTEST_S / 8 else 8


def volume(party: ModuleType, *, levels: Sequence[int], frame_s: float, frames: int) -> dict[str, Any]:
    """CPU time of a frame of the agent's speech at a level, in µs."""
    blocks = speech_blocks(50, frame_s) * (frames // 50)
    return {str(level): _us_each(party.loudness(level), party.frames(blocks, SPEECH_RATE)) for level in levels}


def mixing(party: ModuleType, *, folder: str, block_s: float, blocks: int, way: str = "mixer") -> dict[str, Any]:
    """CPU time of mixing a block of speech with a sound of a file, in µs. `way`: another one that the party has."""
    mixer = getattr(party, way)
    return {"us": _us_each(mixer(Path(folder) / "speech.wav"), speech_blocks(50, block_s) * (blocks // 50))}


def _us_each(run: Callable[[Any], object], items: Sequence[Any], times: int = 5) -> float:
    """The median of five passes, after one to warm up."""
    spent_s = []
    for _ in range(times + 1):
        before = cpu()
        run(items)
        spent_s.append(cpu() - before)
    return statistics.median(spent_s[1:]) / len(items) * 1e6


def decode(party: ModuleType, *, folder: str) -> dict[str, Any]:
    """CPU time of a minute of every format, in ms, and how many of its samples are not there.

    And that of a clip of 30 s that was decoded before.
    """
    figures: dict[str, Any] = {"cpu_ms": {}, "lost": {}}
    party.decode(Path(folder) / "loud.ogg")
    for name in FORMATS:
        path = Path(folder) / name
        before = cpu()
        samples = party.decode(path)
        spent_ms = (cpu() - before) * 1e3
        if samples is None:
            continue
        figures["lost"][name] = lost_samples(np.load(reference_of(path)), samples)
        if len(samples):
            figures["cpu_ms"][name] = spent_ms
    if hasattr(party, "again"):
        clip = Path(folder) / "ambient.ogg"
        party.again(clip)
        before = cpu()
        party.again(clip)
        figures["again_ms"] = (cpu() - before) * 1e3
    return figures


def background(party: ModuleType, *, folder: str, audio_s: float) -> dict[str, Any]:
    """CPU time of an ambient and a thinking sound, in ms a second of audio, up to where they are heard."""
    return {"cpu_ms_per_s": party.background(Path(folder), audio_s) / audio_s * 1e3}


def audible(party: ModuleType, *, folder: str, plays: int) -> dict[str, Any]:
    """From `play()` to its sound, in real time, while an ambient sound plays."""
    taken_ms = [taken_s * 1e3 for taken_s in party.audible(Path(folder), plays)]
    return {"p50_ms": percentile(taken_ms, 50), "max_ms": max(taken_ms)}
