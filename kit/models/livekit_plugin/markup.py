"""Which markup a plugin's voice takes: told by its service, its model and the options that it was made with.

What a service reads only with an option on is written only where that is on: it would be spoken otherwise. Deepgram's
overrides in the text are left out, as its plugin sends the text word by word; `LiveKitTTS(markup="deepgram")` asks for
them.
"""

from __future__ import annotations

from typing import Any

_DEPTH = 2
"""Options are kept in an object of the plugin's, or in one of its."""
_WITH_PHONEMES = ("eleven_flash_v2", "eleven_turbo_v2", "eleven_monolingual_v1")


def service_markup(plugin: Any) -> str:
    """The name of the dialect, of `kit.text.ssml.DIALECTS`; "plain" where none is known."""
    choose = _SERVICES.get(_service(plugin))
    return "plain" if choose is None else choose(plugin)


def puts_document_around(plugin: Any) -> bool:
    """Whether the plugin itself makes a document of the markup that it is given."""
    return _service(plugin) in ("azure", "google")


def _service(plugin: Any) -> str:
    """ "azure" of a class of `livekit.plugins.azure.tts`, or of one made of it."""
    for kind in type(plugin).__mro__:
        parts = kind.__module__.split(".")
        if parts[:2] == ["livekit", "plugins"] and len(parts) > 2:
            return parts[2]
    return ""


def _azure(plugin: Any) -> str:
    return "azure"


def _google(plugin: Any) -> str:
    if _option(plugin, "use_markup") is True:
        return "google-markup"
    if _option(plugin, "enable_ssml") is not True:
        return "plain"
    return "google-chirp" if "Chirp" in f"{_option(plugin, 'voice')}{_option(plugin, 'voice_name')}" else "google"


def _aws(plugin: Any) -> str:
    if _option(plugin, "text_type") != "ssml":
        return "plain"
    engine = str(_option(plugin, "speech_engine"))
    return f"polly-{engine}" if engine in ("standard", "generative") else "polly"


def _elevenlabs(plugin: Any) -> str:
    model = _model(plugin)
    if model.startswith("eleven_v3"):
        return "elevenlabs-v3"
    if _option(plugin, "enable_ssml_parsing") is not True:
        return "plain"
    return "elevenlabs-phoneme" if model in _WITH_PHONEMES else "elevenlabs"


def _cartesia(plugin: Any) -> str:
    model = _model(plugin)
    return "cartesia-sonic-3" if model.startswith("sonic-3") and not model.startswith("sonic-3.5") else "cartesia"


def _inworld(plugin: Any) -> str:
    return "inworld"


def _rime(plugin: Any) -> str:
    if "mist" not in _model(plugin) or _option(plugin, "pause_between_brackets") is not True:
        return "plain"
    sounds = _option(plugin, "phonemize_between_brackets") is True and _model(plugin) in ("mist", "mistv2")
    return "rime" if sounds else "rime-pauses"


_SERVICES = {
    "aws": _aws,
    "azure": _azure,
    "cartesia": _cartesia,
    "elevenlabs": _elevenlabs,
    "google": _google,
    "inworld": _inworld,
    "rime": _rime,
}


def _model(plugin: Any) -> str:
    return str(getattr(plugin, "model", ""))


def _option(thing: Any, name: str, depth: int = _DEPTH) -> Any:
    """What a plugin was made with, by the name of the argument; None if it keeps no such thing."""
    members = getattr(thing, "__dict__", {})
    if name in members:
        return members[name]
    if depth:
        for member in list(members.values()):
            if hasattr(member, "__dict__") and not isinstance(member, type):
                found = _option(member, name, depth - 1)
                if found is not None:
                    return found
    return None
