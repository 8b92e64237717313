"""A script to take away: it speaks as the notebook did, and its head says what was found and how sure that is.

Whatever people, models or files have written is data in it: a literal or a comment, never code. Keys are not in it;
the models read them from the environment.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..background.sounds import BuiltinAudioClip, named
from ..lab.cues import Say, Typed, Words
from ..lab.findings import Findings
from ..lab.origins import UNKNOWN
from ..lab.recipe import Recipe
from ..lab.saving import save_text
from ..models.latency import DELAYED
from ..models.naming import again, engine_of
from ..tuning import Tuning, info, plain
from .code import Code
from .importing import import_lines
from .made_again import MODES, agent_body, detector_body, known_detector, not_made
from .python_text import block, call, comment, literal
from .template import template

if TYPE_CHECKING:
    from ..lab.recorded import Journaled
    from ..session.session import AgentSession

_TERMS = "pronunciation.terms"
_SOUNDS = ("background.ambient", "background.thinking")
_NOTHING_MEASURED = "Nothing was measured under these settings."
_NOTHING_SAID = (Typed("Hello!"),)
_IMPORTS = {
    "sys": ("sys", ""),
    "Path": ("pathlib", "Path"),
    "Any": ("typing", "Any"),
    "Agent": ("kit", "Agent"),
    "AgentSession": ("kit", "AgentSession"),
    "Tuning": ("kit", "Tuning"),
    "transcript": ("kit.export.transcript", "transcript"),
    "local": ("kit.models", "local"),
    "Error": ("kit.session.records", "Error"),
}
"""What every script imports: by what it is called there, the module and the name in it."""
_OFFERED = {"create": ("kit.models", "create"), "os": ("os", "")}
_TAKEN = (
    *("TERMS", "TUNING", "MODELS", "INSTRUCTIONS", "CONVERSATION"),
    *("make_agent", "make_turn_detection", "make_session", "main", "missing"),
)
_UNKNOWN_AGENT = (
    "The record of the conversation has the agent's instructions, not its class nor its tools. If it was more than an "
    "Agent, make it here; a script that is written where the conversation was held has it."
)
_KNEW_BEFORE = (
    "The agent knew earlier messages when the conversation began (its chat_ctx). They are not written here: give them "
    "to it as chat_ctx=..., or it knows nothing of them."
)
_UNKNOWN_DETECTION = (
    "The record of the conversation does not tell what detected the end of the user's turns. If it was not the VAD, "
    "give turn_detection here and in main()."
)


def script(
    source: Findings | Recipe | Tuning | Journaled | AgentSession, path: str | Path, *, overwrite: bool = False
) -> Path:
    """Write a Python script that holds the conversation again, with these settings, models and words.

    Run without arguments, it needs no other file. Answers are made again by the LLM; where that is not one of the
    kit's, they are said as they were heard. The agent's class, its tools and the turn detector are imported, or
    written as they were in the notebook; what can be neither is said in a comment, and stops the script until it is
    put in.

    Args:
        source: Findings, which stand in its head; or a conversation or a session, which then speaks for itself; or
            settings alone.
        path: The file; its folder is made.

    Returns:
        The file.

    Raises:
        SaveError: the file is there and `overwrite` is not given, or it cannot be written.
    """
    return save_text(path, render(recipe_of(source), Path(path).name), overwrite=overwrite)


def recipe_of(source: Findings | Recipe | Tuning | Journaled | AgentSession) -> Recipe:
    """What the script is written from."""
    if isinstance(source, Recipe):
        return source
    if isinstance(source, Tuning):
        return Recipe(source)
    return (source if isinstance(source, Findings) else Findings.of(source)).recipe()


def render(recipe: Recipe, name: str = "agent.py") -> str:
    """The script as text. `name`: of its file, in the lines that say how to run it."""
    said = recipe.said or _NOTHING_SAID
    models = {port: again(port, model) if model else None for port, model in recipe.models}
    known = {port: text for port, text in models.items() if text}
    names = [*sorted({type(words).__name__ for words in said}), "converse"]
    code = Code(_TAKEN, _IMPORTS | {name: ("kit.lab", name) for name in names}, _OFFERED)
    agent, agent_remarks = _agent(recipe, code)
    turn_detection = _turn_detection(recipe, code)
    terms = plain(recipe.tuning.pronunciation.terms)
    return template("agent.py.j2").render(
        install=_install(known),
        name=name if re.fullmatch(r"[\w.-]+", name, re.ASCII) else "agent.py",
        evidence=comment((recipe.evidence or _NOTHING_MEASURED).strip("\n")),
        imports="\n".join(import_lines(code.imports)),
        lazy=code.lazy,
        missing=code.missing,
        definitions=code.definitions,
        agent=agent,
        agent_remarks=[*code.remarks, *agent_remarks],
        turn_detection=turn_detection,
        session_remarks=_session_remarks(recipe),
        terms=literal(terms) if terms else "",
        tuning=_tuning(recipe.tuning),
        remarks=[_remark(port, model) for port, model in recipe.models if model and not models[port]],
        models=literal(known),
        conversation=block("[", [_cue(words) for words in said], "]"),
        instructions=_lines(recipe.instructions) if recipe.instructions else "",
        options=_options(recipe, known),
    )


def _install(models: dict[str, str]) -> str:
    engines = [engine_of(port, text) for port, text in models.items()]
    extras = dict.fromkeys(["local", *(engine.extra for engine in engines if engine and engine.extra)])
    return f"pip install 'speech-tuning-kit[{','.join(extras)}]'"


def _tuning(tuning: Tuning) -> str:
    lines = []
    for change in Tuning().diff(tuning):
        value = "TERMS" if change.path == _TERMS else literal(change.new)
        lines.append(f"{literal(change.path)}: {value},  # {_meaning(change.path, change.new)}")
    changes = block("{", lines, "}", depth=1)
    return f"Tuning().replace(\n    {changes}\n)" if lines else "Tuning()"


def _meaning(path: str, value: Any) -> str:
    about = info(path)
    if path in _SOUNDS and not isinstance(named(value).source, BuiltinAudioClip):
        return f"{about.question}; a file, which has to be there"
    return f"{about.question}, {about.unit}" if about.unit else about.question


def _remark(port: str, model: str) -> str:
    name = literal(model.replace(DELAYED, ""))
    text = f"The {port} was {name}, which has no name to make it by: put it in here, as {literal(port)}."
    if port == "llm":
        text += " Until then its answers are said as they were heard."
    return comment(text)


def _agent(recipe: Recipe, code: Code) -> tuple[str, list[str]]:
    """The body of `make_agent`, and what is to be said above it."""
    body, told = _agent_body(recipe, code)
    return body, [*told, *[comment(_KNEW_BEFORE)] * recipe.origins.knew_before]


def _agent_body(recipe: Recipe, code: Code) -> tuple[str, list[str]]:
    if recipe.origins.agent is not None:
        return agent_body(recipe.origins.agent, code), []
    if recipe.origins.agent_class not in ("", "Agent"):
        was = f"an agent “{recipe.origins.agent_class}”"
        return not_made("make_agent", "agent", was, "the record of the conversation does not have its definition"), []
    given = ['instructions="\\n".join(INSTRUCTIONS)'] if recipe.instructions else []
    return f"    return {call('Agent', *given, depth=1)}", [comment(_UNKNOWN_AGENT)] * (
        _was_held(recipe) and not recipe.origins.agent_class
    )


def _was_held(recipe: Recipe) -> bool:
    return any(model for _, model in recipe.models)


def _turn_detection(recipe: Recipe, code: Code) -> str:
    """The body of `make_turn_detection`; "" where nothing was given."""
    if recipe.origins.detector is not None:
        return detector_body(recipe.origins.detector, code)
    name = "" if recipe.origins.turn_detection == UNKNOWN else recipe.origins.turn_detection
    known = name if name in MODES else again("turn_detection", name)
    if not name or known is not None:
        return known_detector(known, code) if known else ""
    was = f"a turn detector “{name}”"
    return not_made(
        "make_turn_detection", "turn detector", was, "the record of the conversation does not have its definition"
    )


def _session_remarks(recipe: Recipe) -> list[str]:
    told = [_UNKNOWN_DETECTION] if recipe.origins.turn_detection == UNKNOWN else []
    session = getattr(recipe.origins.agent, "_session", None)
    if session is not None and session.userdata is not None:
        told.append(
            f"The session had userdata, a {type(session.userdata).__name__}: give it here. In main() there is none."
        )
    return [comment(text, depth=1) for text in told]


def _cue(words: Words) -> str:
    return call("Say" if isinstance(words, Say) else "Typed", literal(words.text), suffix=",", depth=1)


def _lines(text: str) -> str:
    return block("[", [f"{literal(line)}," for line in text.split("\n")], "]")


def _options(recipe: Recipe, models: dict[str, str]) -> list[str]:
    engines = [engine_of(port, text) for port, text in models.items()]
    options = {"latency": recipe.latency, "seed": recipe.seed}
    lines = [f"{name}={literal(value)}" for name, value in options.items() if value]
    return lines + ["virtual=False"] * any(engine is not None and engine.kind == "server" for engine in engines)
