"""Models behind the ports: simulated, local, scripted, of OpenAI-compatible servers, and plugins of LiveKit Agents.

Every name is loaded on its first use, so that no engine's package is imported before it is wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy_names import lazy_names

if TYPE_CHECKING:
    from .espeak import EspeakTTS
    from .latency import Constant, Empirical, LatencyError, LatencyProfile, LogNormal
    from .livekit_plugin import adapt
    from .livekit_turn import LiveKitLocalTurnDetector
    from .missing import EngineMissing
    from .openai import ModelRequestError, OpenAILLM, OpenAIRealtime, OpenAISTT, OpenAITTS
    from .pocketsphinx import PocketSphinxSTT
    from .registry import Engine, ModelError, available, create, local, simulation
    from .scripted import ScriptedLLM
    from .silero import SileroVAD
    from .simulated import (
        Reply,
        SimulatedFault,
        SimulatedLLM,
        SimulatedRealtime,
        SimulatedSTT,
        SimulatedTTS,
        SimulatedTurnDetector,
        SimulatedVAD,
        delayed,
        faulty,
    )
    from .smart_turn import SmartTurnDetector
    from .turn_words import WordsTurnDetector

_HOME = {
    "Constant": "latency",
    "Empirical": "latency",
    "Engine": "registry",
    "EngineMissing": "missing",
    "EspeakTTS": "espeak",
    "LatencyError": "latency",
    "LatencyProfile": "latency",
    "LiveKitLocalTurnDetector": "livekit_turn",
    "LogNormal": "latency",
    "ModelError": "registry",
    "ModelRequestError": "openai",
    "OpenAILLM": "openai",
    "OpenAIRealtime": "openai",
    "OpenAISTT": "openai",
    "OpenAITTS": "openai",
    "PocketSphinxSTT": "pocketsphinx",
    "Reply": "simulated",
    "ScriptedLLM": "scripted",
    "SileroVAD": "silero",
    "SimulatedFault": "simulated",
    "SimulatedLLM": "simulated",
    "SimulatedRealtime": "simulated",
    "SimulatedSTT": "simulated",
    "SimulatedTTS": "simulated",
    "SimulatedTurnDetector": "simulated",
    "SimulatedVAD": "simulated",
    "SmartTurnDetector": "smart_turn",
    "WordsTurnDetector": "turn_words",
    "adapt": "livekit_plugin",
    "available": "registry",
    "create": "registry",
    "delayed": "simulated",
    "faulty": "simulated",
    "local": "registry",
    "simulation": "registry",
}
_SUBMODULES = (
    "espeak",
    "latency",
    "livekit_plugin",
    "openai",
    "pocketsphinx",
    "registry",
    "scripted",
    "silero",
    "simulated",
    "turn_words",
)

__all__ = [
    "Constant",
    "Empirical",
    "Engine",
    "EngineMissing",
    "EspeakTTS",
    "LatencyError",
    "LatencyProfile",
    "LiveKitLocalTurnDetector",
    "LogNormal",
    "ModelError",
    "ModelRequestError",
    "OpenAILLM",
    "OpenAIRealtime",
    "OpenAISTT",
    "OpenAITTS",
    "PocketSphinxSTT",
    "Reply",
    "ScriptedLLM",
    "SileroVAD",
    "SimulatedFault",
    "SimulatedLLM",
    "SimulatedRealtime",
    "SimulatedSTT",
    "SimulatedTTS",
    "SimulatedTurnDetector",
    "SimulatedVAD",
    "SmartTurnDetector",
    "WordsTurnDetector",
    "adapt",
    "available",
    "create",
    "delayed",
    "faulty",
    "local",
    "simulation",
]

__getattr__, __dir__ = lazy_names(__name__, _HOME, _SUBMODULES)
