"""One job of one party, in this process: `worker.py PARTY JOB '{"turns": 100}'`. Its figures are the last line."""

from __future__ import annotations

import importlib
import json
import logging
import sys
from typing import Any

import gauges

VIRTUAL_JOBS = ("virtual", "memory", "timing")
SOUND_JOBS = (
    "pronunciation",
    "pronunciation_by_sentence",
    "volume",
    "decode",
    "background",
    "audible",
    "mixing",
)
MODULES = {"kit": "kit", "the seed": "seed", "livekit-agents": "peer", "pipecat": "pipecat", "limit": "limit"}
"""By party, how the names of its modules begin. Those of pipecat run where the kit cannot be imported."""


def main(party: str, job: str, options: dict[str, Any]) -> None:
    """`options`: the job's arguments. "simulated": the kit's own simulated user, engines and loudspeaker take part."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    if party == "livekit-agents" and job in VIRTUAL_JOBS:
        importlib.import_module("peer_virtual")
    figures = (_sound if job in SOUND_JOBS else _session)(party, job, options)
    figures["peak_rss_kib"] = gauges.status_kib("VmHWM")
    print(json.dumps(figures))


def _sound(party: str, job: str, options: dict[str, Any]) -> dict[str, Any]:
    module = importlib.import_module(f"{MODULES[party]}_sound")
    return getattr(importlib.import_module("sound_jobs"), job)(module, **options)  # type: ignore[no-any-return]


def _session(party: str, job: str, options: dict[str, Any]) -> dict[str, Any]:
    kind = "simulated" if options.pop("simulated", False) else "session"
    module = importlib.import_module(f"{MODULES[party]}_{kind}")
    if job == "fingerprint":
        return module.fingerprint(**options)  # type: ignore[no-any-return]
    return getattr(importlib.import_module("jobs"), job)(module.Conversation, **options)  # type: ignore[no-any-return]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]) if len(sys.argv) > 3 else {})
