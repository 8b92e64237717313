"""One job of one party, in this process: `worker.py PARTY JOB '{"turns": 100}'`. Its figures are the last line."""

from __future__ import annotations

import importlib
import json
import logging
import sys
from typing import Any

import gauges

VIRTUAL_JOBS = ("virtual", "memory", "timing")
MODULES = {"kit": "kit_session", "livekit-agents": "peer_session", "limit": "limit_session"}


def main(party: str, job: str, options: dict[str, Any]) -> None:
    """`options`: the job's arguments. "simulated": the kit's own simulated user, engines and loudspeaker take part."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    if party == "livekit-agents" and job in VIRTUAL_JOBS:
        importlib.import_module("peer_virtual")
    module = importlib.import_module("kit_simulated" if options.pop("simulated", False) else MODULES[party])
    jobs = module if job == "fingerprint" else importlib.import_module("jobs")
    figures = (
        jobs.fingerprint(**options) if job == "fingerprint" else getattr(jobs, job)(module.Conversation, **options)
    )
    figures["peak_rss_kib"] = gauges.status_kib("VmHWM")
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]) if len(sys.argv) > 3 else {})
