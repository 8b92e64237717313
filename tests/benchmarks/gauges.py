"""What the measurements are made of: clocks, memory, percentiles."""

from __future__ import annotations

import ctypes
import gc
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path

wall = time.perf_counter
cpu = time.process_time
"""Kept from the moment of import: later patches of the `time` module do not reach them."""


def percentile(values: Iterable[float], percent: float) -> float:
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def spread_ms(seconds: Iterable[float]) -> dict[str, float]:
    """Median, 95th percentile and maximum of durations, in milliseconds."""
    values = list(seconds)
    return {
        "p50_ms": statistics.median(values) * 1e3,
        "p95_ms": percentile(values, 95) * 1e3,
        "max_ms": max(values) * 1e3,
    }


def status_kib(field: str) -> int:
    """A field of /proc/self/status: VmRSS (now) or VmHWM (peak).

    `ru_maxrss` would not do: it keeps the peak that the parent had when it forked.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    raise RuntimeError(f"/proc/self/status has no {field}")


def settled_rss_kib() -> int:
    """Resident memory once garbage is collected and free heap is given back."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return status_kib("VmRSS")


class Growth:
    """Memory that a job leaves behind per turn, between two calls of `mark`."""

    def __init__(self, read: Callable[[], float]) -> None:
        self._read = read
        self._start = 0.0

    def mark(self) -> None:
        self._start = self._read()

    def per(self, turns: int) -> float:
        return (self._read() - self._start) / turns


def traced_kib() -> float:
    """Memory held by Python objects, as `tracemalloc` counts it."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0] / 1024
