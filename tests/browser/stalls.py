"""Stalls of the whole machine: how late a process is that only sleeps. What is late beside it may be so too."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

LEAST_S = 0.03
_WATCH = f"""
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
last = time.monotonic()
while True:
    time.sleep(0.004)
    now = time.monotonic()
    if now - last > {LEAST_S}:
        print(now - last, flush=True)
    last = now
"""


@contextmanager
def stalls() -> Iterator[list[float]]:
    """Those of `LEAST_S` and more while the block runs, in seconds; the list is filled at its end."""
    found: list[float] = []
    watcher = subprocess.Popen([sys.executable, "-c", _WATCH], stdout=subprocess.PIPE, text=True)
    try:
        yield found
    finally:
        watcher.terminate()
        found += [float(line) for line in watcher.communicate()[0].split()]
