"""Any STT, LLM, TTS, VAD, turn detector or realtime model of LiveKit Agents as a model of the kit.

    from livekit.plugins import openai, silero
    from kit.models.livekit_plugin import adapt

    vad = adapt(silero.VAD.load())
    AgentSession(vad=vad, stt=adapt(openai.STT(), vad=vad), llm=adapt(openai.LLM()), tts=adapt(openai.TTS()))

A plugin runs in real time only. Its failures come out of the model's stream as `ModelRequestError`, which never holds
its keys. `aclose()` of an adapter closes its plugin. The package `livekit-agents` is imported when a plugin is adapted.
"""

from __future__ import annotations

from typing import Any

from .llm import LiveKitLLM
from .plugin import agents
from .realtime import LiveKitRealtime
from .stt import LiveKitSTT
from .tts import LiveKitTTS
from .turn_detector import LiveKitAudioTurnDetector, LiveKitTurnDetector
from .vad import LiveKitVAD

__all__ = [
    "LiveKitAudioTurnDetector",
    "LiveKitLLM",
    "LiveKitRealtime",
    "LiveKitSTT",
    "LiveKitTTS",
    "LiveKitTurnDetector",
    "LiveKitVAD",
    "adapt",
]


def adapt(plugin: Any, **options: Any) -> Any:
    """The model of the kit that a plugin is.

    Args:
        plugin: An STT, LLM, TTS, VAD, turn detector or realtime model of LiveKit Agents.
        options: Of the adapter: `LiveKitSTT`, `LiveKitLLM`, `LiveKitTTS`, `LiveKitVAD`, `LiveKitTurnDetector`,
            `LiveKitAudioTurnDetector` or `LiveKitRealtime`. An STT that does not stream needs `vad`.

    Raises:
        TypeError: it is none of these.
        EngineMissing: `livekit-agents` is not installed.
    """
    adapter = _adapter_of(plugin)
    if adapter is None:
        kind = f"the class {plugin.__name__}, not one that was made" if isinstance(plugin, type) else repr(plugin)
        raise TypeError(
            "adapt takes an STT, LLM, TTS, VAD, turn detector or realtime model of LiveKit Agents, made by a plugin as "
            f"in adapt(silero.VAD.load()); this is {kind}"
        )
    return adapter(plugin, **options)


def _adapter_of(plugin: Any) -> Any:
    package = agents()
    kinds = {
        package.stt.STT: LiveKitSTT,
        package.llm.LLM: LiveKitLLM,
        package.tts.TTS: LiveKitTTS,
        package.vad.VAD: LiveKitVAD,
        package.llm.RealtimeModel: LiveKitRealtime,
    }
    for kind, adapter in kinds.items():
        if isinstance(plugin, kind):
            return adapter
    if isinstance(plugin, type) or not hasattr(plugin, "unlikely_threshold"):
        return None
    if hasattr(plugin, "predict_end_of_turn"):
        return LiveKitTurnDetector
    return LiveKitAudioTurnDetector if hasattr(plugin, "stream") else None
