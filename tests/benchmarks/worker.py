"""One job of one party, in this process: `worker.py PARTY JOB '{"turns": 100}'`. The last line of output is its figures."""

from __future__ import annotations

import importlib
import json
import logging
import sys
from typing import Any

import gauges

VIRTUAL_JOBS = ("virtual", "memory", "timing")


def main(party: str, job: str, options: dict[str, Any]) -> None:
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    if party == "livekit-agents" and job in VIRTUAL_JOBS:
        importlib.import_module("peer_virtual")
    module = {"kit": "kit_session", "livekit-agents": "peer_session", "limit": "limit_session"}[party]
    converse = importlib.import_module(module).Conversation
    figures = getattr(importlib.import_module("jobs"), job)(converse, **options)
    figures["peak_rss_kib"] = gauges.status_kib("VmHWM")
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]) if len(sys.argv) > 3 else {})
