"""Virtual time for livekit-agents, which reads the wall clock in many places. Import this before livekit.agents.

The `time` module's clocks follow a virtual loop wherever one is running, and are the real ones elsewhere. Being
patched before the import, the clocks that the library takes as default factories are the patched ones too.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable

from kit.timing.virtual import VirtualLoop

assert "livekit.agents" not in sys.modules, "peer_virtual must be imported before livekit.agents"

_EPOCH_S = 1_700_000_000.0


def _follow(real: Callable[[], float], offset_s: float) -> Callable[[], float]:
    running = asyncio._get_running_loop

    def read() -> float:
        loop = running()
        return loop.time() + offset_s if type(loop) is VirtualLoop else real()

    return read


time.time = _follow(time.time, _EPOCH_S)
time.perf_counter = _follow(time.perf_counter, 0.0)
time.monotonic = _follow(time.monotonic, 0.0)
