"""The process that runs livekit-agents: `python -m tests.peers.livekit_process [NAME...]` prints outcomes as JSON.

A process of its own, because the clocks of the `time` module are patched in it before livekit-agents is imported.
"""

from __future__ import annotations

import importlib
import json
import logging
import sys

from tests.peers.scenarios import SCENARIOS


def main(names: list[str]) -> None:
    importlib.import_module("tests.benchmarks.peer_virtual")
    side = importlib.import_module("tests.peers.livekit_side")
    logger = logging.getLogger("livekit.agents")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    chosen = [scenario for scenario in SCENARIOS if not names or scenario.name in names]
    json.dump({scenario.name: side.run(scenario) for scenario in chosen}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
