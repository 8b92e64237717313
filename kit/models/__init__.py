"""Models behind the ports: simulated, local, scripted, and of OpenAI-compatible servers.

Every name is loaded on its first use, so that no engine's package is imported before it is wanted.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .espeak import EspeakTTS
    from .latency import Constant, Empirical, LatencyError, LatencyProfile, LogNormal
    from .missing import EngineMissing
    from .openai import ModelRequestError, OpenAILLM, OpenAISTT, OpenAITTS
    from .pocketsphinx import PocketSphinxSTT
    from .registry import Engine, ModelError, available, create, local, simulation
    from .scripted import ScriptedLLM
    from .silero import SileroVAD
    from .simulated import (
        Reply,
        SimulatedFault,
        SimulatedLLM,
        SimulatedSTT,
        SimulatedTTS,
        SimulatedTurnDetector,
        SimulatedVAD,
        delayed,
        faulty,
    )

_HOME = {
    "Constant": "latency",
    "Empirical": "latency",
    "Engine": "registry",
    "EngineMissing": "missing",
    "EspeakTTS": "espeak",
    "LatencyError": "latency",
    "LatencyProfile": "latency",
    "LogNormal": "latency",
    "ModelError": "registry",
    "ModelRequestError": "openai",
    "OpenAILLM": "openai",
    "OpenAISTT": "openai",
    "OpenAITTS": "openai",
    "PocketSphinxSTT": "pocketsphinx",
    "Reply": "simulated",
    "ScriptedLLM": "scripted",
    "SileroVAD": "silero",
    "SimulatedFault": "simulated",
    "SimulatedLLM": "simulated",
    "SimulatedSTT": "simulated",
    "SimulatedTTS": "simulated",
    "SimulatedTurnDetector": "simulated",
    "SimulatedVAD": "simulated",
    "available": "registry",
    "create": "registry",
    "delayed": "simulated",
    "faulty": "simulated",
    "local": "registry",
    "simulation": "registry",
}
_SUBMODULES = ("espeak", "latency", "openai", "pocketsphinx", "registry", "scripted", "silero", "simulated")

__all__ = [
    "Constant",
    "Empirical",
    "Engine",
    "EngineMissing",
    "EspeakTTS",
    "LatencyError",
    "LatencyProfile",
    "LogNormal",
    "ModelError",
    "ModelRequestError",
    "OpenAILLM",
    "OpenAISTT",
    "OpenAITTS",
    "PocketSphinxSTT",
    "Reply",
    "ScriptedLLM",
    "SileroVAD",
    "SimulatedFault",
    "SimulatedLLM",
    "SimulatedSTT",
    "SimulatedTTS",
    "SimulatedTurnDetector",
    "SimulatedVAD",
    "available",
    "create",
    "delayed",
    "faulty",
    "local",
    "simulation",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    elif name in _SUBMODULES:
        value = importlib.import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, *_SUBMODULES])
