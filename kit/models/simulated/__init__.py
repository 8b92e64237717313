"""Models that take exactly the time they are told to, for conversations in virtual time.

A simulated user marks in its frames what it says (`kit.ports.SPEECH_MARK`); these engines read the marks instead of the
sound. The same seed gives the same conversation. `faulty` breaks any model on purpose; `delayed` gives real engines,
whose computing takes no virtual time, the latency of a service.
"""

from .delayed import delayed, delayed_llm, delayed_stt, delayed_tts
from .faults import Fault, SimulatedFault, faulty
from .llm import Reply, SimulatedLLM
from .realtime import SimulatedRealtime
from .stt import SimulatedSTT
from .tts import SimulatedTTS
from .turn_detector import SimulatedTurnDetector
from .vad import SimulatedVAD

__all__ = [
    "Fault",
    "Reply",
    "SimulatedFault",
    "SimulatedLLM",
    "SimulatedRealtime",
    "SimulatedSTT",
    "SimulatedTTS",
    "SimulatedTurnDetector",
    "SimulatedVAD",
    "delayed",
    "delayed_llm",
    "delayed_stt",
    "delayed_tts",
    "faulty",
]
