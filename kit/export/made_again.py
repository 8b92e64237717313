"""The calls that make an agent, its tools and a turn detector again, as source; or what is missing for that."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from ..models.naming import again, name_of
from ..session.agent import Agent
from ..session.tools import tools_of
from .code import Code, Unwritable
from .keys import is_secret
from .python_text import call, comment, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..session.tools import FunctionTool

MODES = ("vad", "stt", "manual", "realtime_llm")
_MODELS = ("stt", "llm", "tts")
_JOINED = '"\\n".join(INSTRUCTIONS)'


def agent_body(agent: Agent, code: Code) -> str:
    """The body of a function that returns an agent like this one, where it can be made again; its remarks with it."""
    kind = type(agent)
    remarks = list(_set_on_the_object(agent))
    try:
        name = "Agent" if kind is Agent else code.use(kind)
        made = _Arguments(agent, code)
        arguments = made.of_agent() if kind.__init__ is Agent.__init__ else made.of_signature()
    except Unwritable as reason:
        return not_made("make_agent", "agent", f"an agent “{kind.__name__}”", str(reason))
    told = [comment(remark, depth=1) for remark in remarks + made.remarks]
    return "\n".join([*told, f"    return {call(name, *arguments, depth=1)}"])


def detector_body(detector: Any, code: Code) -> str:
    """The body of a function that returns a turn detector like this one."""
    if (text := again("turn_detection", name_of(detector))) is not None:
        return known_detector(text, code)
    kind = type(detector)
    try:
        name = code.use(kind)
        made = _Arguments(detector, code)
        arguments = [] if kind.__init__ is object.__init__ else made.of_signature()
    except Unwritable as reason:
        return not_made("make_turn_detection", "turn detector", f"a turn detector “{kind.__name__}”", str(reason))
    told = [comment(remark, depth=1) for remark in made.remarks]
    return "\n".join([*told, f"    return {call(name, *arguments, depth=1)}"])


def known_detector(text: str, code: Code) -> str:
    """The body for a mode of the session, or a detector of the kit by its name."""
    if text in MODES:
        return f"    return {literal(text)}"
    code.add_import("kit.models", "create")
    return f"    return {call('create', literal('turn_detection'), literal(text), depth=1)}"


def not_made(function: str, what: str, was: str, reason: str) -> str:
    """The body where it cannot be made again: says so, and stops whoever would go on with something else."""
    told = f"The conversation was held with {was}. It is not written here: {reason}. Make it here, and return it."
    wrong = literal(f"{function}() in this file does not make the {what} yet: see the comment there")
    return f"{comment(told, depth=1)}\n    raise {call('ValueError', wrong, depth=1)}"


class _Arguments:
    """What a constructor was given, as far as the object tells; `remarks` says what it does not."""

    def __init__(self, made: Any, code: Code) -> None:
        self._object = made
        self._code = code
        self.remarks: list[str] = []

    def of_agent(self) -> list[str]:
        """Of one that has `Agent`'s own constructor."""
        agent, given = self._object, []
        for name in ("instructions", "id", "tools", *_MODELS):
            if (text := self._part_of_agent(name)) is not None:
                given.append(f"{name}={text}")
        known = set(vars(Agent())) | {"_session"}
        for name in sorted(set(vars(agent)) - known - set(dir(Agent))):
            self.remarks.append(f"The agent was given an attribute {name}, which is not written here.")
        return given

    def of_signature(self) -> list[str]:
        """Of one with a constructor of its own.

        Raises:
            Unwritable: it needs what can only be given by its place.
        """
        given = []
        for parameter in list(inspect.signature(type(self._object).__init__).parameters.values())[1:]:
            if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                continue
            text = self._given(parameter)
            if text is None:
                continue
            if parameter.kind is parameter.POSITIONAL_ONLY:
                raise Unwritable(f"its constructor takes {parameter.name} by its place")
            given.append(f"{parameter.name}={text}")
        return given

    def _given(self, parameter: inspect.Parameter) -> str | None:
        name, is_needed = parameter.name, parameter.default is parameter.empty
        if isinstance(self._object, Agent) and name in ("instructions", "id", "tools", *_MODELS):
            text = self._part_of_agent(name)
            return "None" if text is None and is_needed and name in _MODELS else text or ('""' if is_needed else None)
        kept = vars(self._object)
        value = kept.get(name, kept.get(f"_{name}", parameter.empty))
        if value is parameter.default and not is_needed:
            return None
        if (
            value is not parameter.empty
            and not is_secret(name, value)
            and (text := self._code.plain(value)) is not None
        ):
            return None if value == parameter.default and type(value) is type(parameter.default) else text
        if is_needed:
            self._code.missing = True
            self.remarks.append(f"What was given as {name} cannot be written down: put it in here.")
            return f"missing({literal(name)})"
        self.remarks.append(f"Whether something was given as {name} is not known: here it is left out.")
        return None

    def _part_of_agent(self, name: str) -> str | None:
        agent: Agent = self._object
        if name == "instructions":
            return _JOINED if agent.instructions else None
        if name == "id":
            return None if agent.id == type(type(agent).__name__, (Agent,), {})().id else literal(agent.id)
        if name == "tools":
            own = tools_of(agent)
            if any(tool not in agent.tools for tool in own):
                self.remarks.append("Some tools of the class had been taken from the agent; here it has them all.")
            added = [self._tool(tool) for tool in agent.tools if tool not in own]
            return f"[{', '.join(added)}]" if added else None
        model = getattr(agent, name)
        if model is None:
            return None
        if (text := again(name, name_of(model))) is None:
            self._code.missing = True
            self.remarks.append(f"The agent's own {name} was “{type(model).__name__}”: make it here.")
            return f"missing({literal(name)})"
        self._code.add_import("kit.models", "create")
        return f"create({literal(name)}, {literal(text)})"

    def _tool(self, tool: FunctionTool) -> str:
        if tool._bound_to is None:
            try:
                return self._code.use(tool)
            except Unwritable as reason:
                self.remarks.append(f"The tool {tool.name} is not written here: {reason}. Put it in here.")
        else:
            self.remarks.append(f"The tool {tool.name} was a method of another object: put it in here.")
        self._code.missing = True
        return f"missing({literal(tool.name)})"


def _set_on_the_object(agent: Agent) -> Iterator[str]:
    for name in sorted(set(vars(agent)) & set(dir(Agent)) - {"__dict__"}):
        yield f"The agent had {name} set on itself, not on its class; here it has that of its class."
