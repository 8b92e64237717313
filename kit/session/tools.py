"""Functions that an LLM may call: declared by `@function_tool`, validated from their type hints, run with a context."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, get_type_hints, overload

from ..chat import FunctionCall, FunctionCallOutput
from .running import RunningSession
from .speech_handle import SpeechHandle


class StopResponse(Exception):
    """Raised by a hook or a tool: no reply is wanted."""


class ToolError(Exception):
    """Raised by a tool: the message goes to the LLM as the tool's result, marked as an error."""


@dataclass(slots=True)
class RunContext:
    """What a tool may know of the session that runs it."""

    session: RunningSession
    speech_handle: SpeechHandle
    function_call: FunctionCall

    @property
    def userdata(self) -> Any:
        return self.session.userdata


class FunctionTool:
    """A function with the schema that an LLM is shown. Called, it is the function itself."""

    def __init__(self, function: Callable[..., Any], name: str | None, description: str | None) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._bound_to: Any = None
        self._name = name or function.__name__
        self._description = description

    def __get__(self, instance: Any, owner: type | None = None) -> FunctionTool:
        if instance is None:
            return self
        bound = FunctionTool(self._function, self._name, self._description)
        bound._bound_to = instance
        return bound

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return (
            self._function(*args, **kwargs)
            if self._bound_to is None
            else self._function(self._bound_to, *args, **kwargs)
        )

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, FunctionTool)
            and self._function is other._function
            and self._bound_to is other._bound_to
            and self._name == other._name
        )

    def __hash__(self) -> int:
        return hash((self._function, id(self._bound_to), self._name))

    def __repr__(self) -> str:
        return f"<FunctionTool {self._name}>"

    @property
    def name(self) -> str:
        return self._name

    @property
    def description(self) -> str:
        return self._description if self._description is not None else _docstring(self._function)[0]

    @property
    def parameters(self) -> dict[str, Any]:
        """JSON schema of the arguments, without `self` and the context."""
        schema: dict[str, Any] = _arguments_model(self._function).model_json_schema()
        return schema

    async def run(self, arguments: str, context: RunContext) -> Any:
        """Call it with an LLM's JSON arguments.

        Raises:
            ToolError: the arguments are no JSON, or do not fit the schema.
        """
        from pydantic import ValidationError

        model = _arguments_model(self._function)
        try:
            values = model.model_validate_json(arguments or "{}")
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(map(str, e['loc'])) or 'arguments'}: {e['msg']}" for e in error.errors(include_url=False)
            )
            raise ToolError(f"{self._name}: {problems}") from error
        kwargs = {name: getattr(values, name) for name in model.model_fields}
        if (context_name := _context_parameter(self._function)) is not None:
            kwargs[context_name] = context
        result = self(**kwargs)
        return await result if inspect.isawaitable(result) else result


@overload
def function_tool(function: Callable[..., Any], /) -> FunctionTool: ...
@overload
def function_tool(
    function: None = None, /, *, name: str | None = None, description: str | None = None
) -> Callable[[Callable[..., Any]], FunctionTool]: ...
def function_tool(
    function: Callable[..., Any] | None = None, /, *, name: str | None = None, description: str | None = None
) -> Any:
    """Let an LLM call this function or method. With or without parentheses.

    Name, description and arguments come from the function, its docstring and its type hints. A parameter of type
    `RunContext` is filled in by the session.
    """

    def declare(target: Callable[..., Any]) -> FunctionTool:
        return FunctionTool(target, name, description)

    return declare if function is None else declare(function)


def tools_of(owner: object) -> list[FunctionTool]:
    """The tools declared on an object's class, bound to it, in the order of their declaration."""
    names: dict[str, None] = {}
    for kind in reversed(type(owner).__mro__):
        for name, value in vars(kind).items():
            if isinstance(value, FunctionTool):
                names[name] = None
    return [tool for name in names if isinstance(tool := getattr(owner, name), FunctionTool)]


def output_text(result: Any) -> str:
    """A tool's result as the LLM reads it."""
    if result is None:
        return ""
    if isinstance(result, str):
        return result
    try:
        return json.dumps(result, ensure_ascii=False, default=str)
    except (TypeError, ValueError):
        return str(result)


async def run_tool(
    call: FunctionCall, tools: Sequence[Any], context: RunContext
) -> tuple[FunctionCallOutput, BaseException | None]:
    """Run one call. A failure becomes an output that says so; an unexpected one is returned beside it.

    Raises:
        StopResponse: the tool wants no reply.
    """
    tool = next((t for t in tools if isinstance(t, FunctionTool) and t.name == call.name), None)
    if tool is None:
        return FunctionCallOutput(call.call_id, call.name, f"there is no tool {call.name}", is_error=True), None
    try:
        result = await tool.run(call.arguments, context)
    except StopResponse:
        raise
    except ToolError as error:
        return FunctionCallOutput(call.call_id, call.name, str(error), is_error=True), None
    except Exception as error:
        return FunctionCallOutput(call.call_id, call.name, "an internal error occurred", is_error=True), error
    return FunctionCallOutput(call.call_id, call.name, output_text(result)), None


def _docstring(function: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    from docstring_parser import parse

    parsed = parse(inspect.getdoc(function) or "")
    description = "\n".join(part for part in (parsed.short_description, parsed.long_description) if part)
    return description, {p.arg_name: p.description for p in parsed.params if p.description}


@functools.lru_cache(maxsize=256)
def _context_parameter(function: Callable[..., Any]) -> str | None:
    for name, hint in _hints(function).items():
        if hint is RunContext or getattr(hint, "__origin__", None) is RunContext:
            return name
    return None


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    return {name: hint for name, hint in get_type_hints(function, include_extras=True).items() if name != "return"}


@functools.lru_cache(maxsize=256)
def _arguments_model(function: Callable[..., Any]) -> Any:
    from pydantic import ConfigDict, Field, create_model

    hints, (_, described) = _hints(function), _docstring(function)
    context = _context_parameter(function)
    fields: dict[str, Any] = {}
    for index, (name, parameter) in enumerate(inspect.signature(function).parameters.items()):
        if name == context or (index == 0 and name in ("self", "cls") and name not in hints):
            continue
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[name] = (hints.get(name, Any), Field(default, description=described.get(name)))
    return create_model(function.__name__, __config__=ConfigDict(extra="forbid"), **fields)
