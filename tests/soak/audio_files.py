"""Broken audio files by the thousand: each is read, or refused with a reason, soon and within bounded memory.

Sound files of all formats are made here, then broken: bits turned, bytes lost or put in, sizes in headers changed, the
head of one joined to the tail of another. Number `n` is the same file in every run.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import multiprocessing
import random
import struct
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kit.audio.errors import AudioFileError
from kit.audio.files import AudioFile, read_audio
from tests.audio.sounds import every_format
from tests.benchmarks.gauges import cpu, status_kib

FILES_A_JOB = 500
LONGEST_S = 5.0
"""CPU seconds that one file may take."""
MOST_MIB = 300.0
"""By how much the process may grow while it reads."""
STUCK_S = 120.0
"""Real seconds after which a file that is still being read ends the process."""
_SIZES = (0, 1, 2, 3, 7, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)


@dataclass
class Outcome:
    """What came of some files. `wrong`: what must not be, as text."""

    files: int = 0
    read: int = 0
    refused: int = 0
    slowest_s: float = 0.0
    slowest: int = -1
    grown_mib: float = 0.0
    cpu_s: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        for name in ("files", "read", "refused", "cpu_s"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        if other.slowest_s > self.slowest_s:
            self.slowest_s, self.slowest = other.slowest_s, other.slowest
        self.grown_mib = max(self.grown_mib, other.grown_mib)
        self.reasons += other.reasons
        self.wrong += other.wrong


def run_all(count: int, first: int, jobs: int, progress: Callable[[Outcome], None]) -> Outcome:
    """`count` files from number `first` on, on so many processes."""
    whole = Outcome()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        starts = range(first, first + count, FILES_A_JOB)
        running = {pool.submit(run, start, min(FILES_A_JOB, first + count - start)): start for start in starts}
        for done in as_completed(running):
            try:
                whole.add(done.result())
            except BrokenProcessPool:
                whole.wrong.append(f"a process ended while it read one of the {FILES_A_JOB} from {running[done]} on")
                break
            progress(whole)
    return whole


def run(first: int, count: int) -> Outcome:
    """Read the files `first`, `first + 1`, …"""
    outcome = Outcome()
    sounds = every_format()
    with tempfile.TemporaryDirectory() as folder, _quiet():
        for name, data in sounds.items():
            (Path(folder) / name).write_bytes(data)
            read_audio(Path(folder) / name, sample_rate=48_000, num_channels=1)
        for number in range(first, first + count):
            faulthandler.dump_traceback_later(STUCK_S, exit=True)
            name, data = broken(number, sounds)
            path = Path(folder) / f"{number}-{name}"
            path.write_bytes(data)
            _read(number, path, outcome)
            path.unlink(missing_ok=True)
    faulthandler.cancel_dump_traceback_later()
    return outcome


def _read(number: int, path: Path, outcome: Outcome) -> None:
    size_before, start = _largest_mib(), cpu()
    try:
        _check_sound(number, path)
        outcome.read += 1
    except AudioFileError as error:
        outcome.refused += 1
        outcome.reasons[_without_figures(error.reason)] += 1
        if error.path != path or not error.reason:
            outcome.wrong.append(f"{number} {path.name}: an error that does not say which file, and why: {error}")
    except Exception:
        outcome.wrong.append(f"{number} {path.name}: {traceback.format_exc()}")
    took_s, grown_mib = cpu() - start, _largest_mib() - size_before
    outcome.files += 1
    outcome.cpu_s += took_s
    outcome.grown_mib = max(outcome.grown_mib, grown_mib)
    if took_s > outcome.slowest_s:
        outcome.slowest_s, outcome.slowest = took_s, number
    if took_s > LONGEST_S:
        outcome.wrong.append(f"{number} {path.name}: took {took_s:.1f} s")
    if grown_mib > MOST_MIB:
        outcome.wrong.append(f"{number} {path.name}: took {grown_mib:.0f} MiB")


def _check_sound(number: int, path: Path) -> None:
    """Every eighth is read twice: as it is and in blocks, which must be the same."""
    if number % 8:
        samples, rate = read_audio(path, sample_rate=48_000, num_channels=1)
        assert samples.dtype == np.int16 and samples.ndim == 2 and samples.shape[1] == 1 and rate == 48_000
        assert len(samples), "no samples, and no error"
        return
    samples, rate = read_audio(path)
    with AudioFile(path) as file:
        assert (file.sample_rate, file.num_channels) == (rate, samples.shape[1])
        assert np.array_equal(np.concatenate(list(file.blocks(0.02))), samples), "blocks that are not the whole"


def broken(number: int, sounds: dict[str, bytes]) -> tuple[str, bytes]:
    """File `number`: the name of a sound, and its bytes with one to three things wrong."""
    chance = random.Random(number)
    name = chance.choice(sorted(sounds))
    data = bytearray(sounds[name])
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        data = chance.choice(_WAYS)(chance, data, sounds)
    if chance.random() < 0.1:
        name = chance.choice(sorted(sounds))
    return name, bytes(data)


Bytes = bytearray
Way = Callable[[random.Random, Bytes, dict[str, bytes]], Bytes]


def _turn_bits(chance: random.Random, data: Bytes, _: dict[str, bytes]) -> Bytes:
    within = len(data) if chance.random() < 0.5 else min(len(data), 512)
    for _bit in range(chance.choice((1, 2, 4, 32))):
        if within:
            data[chance.randrange(within)] ^= 1 << chance.randrange(8)
    return data


def _overwrite(chance: random.Random, data: Bytes, _: dict[str, bytes]) -> Bytes:
    start = chance.randrange(len(data) + 1)
    length = min(chance.choice((1, 4, 64, 1024)), len(data) - start)
    data[start : start + length] = chance.choice((bytes(length), b"\xff" * length, chance.randbytes(length)))
    return data


def _cut_off(chance: random.Random, data: Bytes, _: dict[str, bytes]) -> Bytes:
    within = len(data) if chance.random() < 0.7 else min(len(data), 200)
    return data[: chance.randrange(within + 1)]


def _take_out(chance: random.Random, data: Bytes, _: dict[str, bytes]) -> Bytes:
    start, length = chance.randrange(len(data) + 1), chance.choice((1, 2, 3, 16, 500, 5000))
    return data[:start] + data[start + length :]


def _put_in(chance: random.Random, data: Bytes, _: dict[str, bytes]) -> Bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + chance.randbytes(chance.choice((1, 2, 16, 500))) + data[start:]


def _repeat(chance: random.Random, data: Bytes, _: dict[str, bytes]) -> Bytes:
    start = chance.randrange(len(data) + 1)
    part = data[start : start + chance.choice((8, 100, 3000))]
    return data[:start] + part * chance.choice((2, 3, 50)) + data[start + len(part) :]


def _change_a_size(chance: random.Random, data: Bytes, _: dict[str, bytes]) -> Bytes:
    """A number next to a name of four letters, as headers have it."""
    places = [at for at in range(len(data) - 12) if data[at : at + 4].isalnum()] if len(data) < 100_000 else []
    places = places[:60] or [chance.randrange(max(1, len(data) - 12))]
    at = chance.choice(places) + chance.choice((-8, -4, 4, 4, 4, 8, 8, 12, 16))
    value = chance.choice((*_SIZES, chance.randrange(1 << 32)))
    if 0 <= at <= len(data) - 4:
        data[at : at + 4] = struct.pack(chance.choice(("<I", ">I")), value)
    return data


def _splice(chance: random.Random, data: Bytes, sounds: dict[str, bytes]) -> Bytes:
    other = sounds[chance.choice(sorted(sounds))]
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other)) :]


_WAYS: tuple[Way, ...] = (
    *(_turn_bits, _turn_bits, _overwrite, _cut_off, _take_out, _put_in, _repeat),
    *(_change_a_size, _change_a_size, _splice),
)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the warnings for each file that was cut off."""
    logger = logging.getLogger("kit")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def _largest_mib() -> float:
    return status_kib("VmHWM") / 1024


def _without_figures(reason: str) -> str:
    return "".join("0" if letter.isdigit() else letter for letter in reason)
