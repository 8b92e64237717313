"""A tool: a function, or a method bound to its object, with what an LLM is shown of it."""

from __future__ import annotations

import asyncio
import copy
import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, overload

from .declaration import BadArguments, Declaration
from .run_context import RunContext


class StopResponse(Exception):
    """Raised by a hook or a tool: no reply is wanted."""


class ToolError(Exception):
    """Raised by a tool: the message goes to the LLM as the tool's result, marked as an error."""

    @property
    def message(self) -> str:
        return str(self) or "the tool failed"


class FunctionTool:
    """A function with the schema that an LLM is shown. Called, it is the function itself."""

    def __init__(self, declared: Declaration, bound_to: Any = None) -> None:
        functools.update_wrapper(self, declared.function)
        self._declared = declared
        self._bound_to = bound_to

    def __get__(self, instance: Any, owner: type | None = None) -> FunctionTool:
        if instance is None:
            return self
        bound = copy.copy(self)
        bound._bound_to = instance
        return bound

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        function = self._declared.function
        return function(*args, **kwargs) if self._bound_to is None else function(self._bound_to, *args, **kwargs)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, FunctionTool)
            and self._declared.function is other._declared.function
            and self._bound_to is other._bound_to
            and self._declared.key == other._declared.key
        )

    def __hash__(self) -> int:
        return hash((self._declared.function, id(self._bound_to), self.name))

    def __repr__(self) -> str:
        return f"<FunctionTool {self.name}>"

    @property
    def name(self) -> str:
        return self._declared.name

    @property
    def description(self) -> str:
        return self._declared.description

    @property
    def strict(self) -> bool:
        """Whether `parameters` has OpenAI's strict form; a request should then say so too."""
        return self._declared.strict

    @property
    def parameters(self) -> dict[str, Any]:
        """JSON schema of the arguments, without `self` and the context: a new copy.

        Raises:
            TypeError: a parameter's type cannot be described in JSON, or names what does not exist.
        """
        return self._declared.schema(bound=self._bound_to is not None)

    async def run(self, arguments: str, context: RunContext[Any]) -> Any:
        """Call it with an LLM's JSON arguments. What is no coroutine function runs here and now, on the loop.

        Raises:
            ToolError: the arguments are no JSON object, or do not fit the schema.
        """
        try:
            call = self._declared.call(arguments, context, bound=self._bound_to is not None)
        except BadArguments as error:
            raise ToolError(f"{self.name}: {error}") from error
        result = self(*call.args, **call.kwargs)
        return await result if inspect.iscoroutine(result) or asyncio.isfuture(result) else result


@overload
def function_tool(function: Callable[..., Any], /) -> FunctionTool: ...
@overload
def function_tool(
    function: None = None, /, *, name: str | None = None, description: str | None = None, strict: bool = False
) -> Callable[[Callable[..., Any]], FunctionTool]: ...
@overload
def function_tool(
    function: None = None, /, *, raw_schema: Mapping[str, Any]
) -> Callable[[Callable[..., Any]], FunctionTool]: ...
def function_tool(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    raw_schema: Mapping[str, Any] | None = None,
    strict: bool = False,
) -> Any:
    """Let an LLM call this function or method. With or without parentheses; the outermost of its decorators.

    Name, description and arguments come from the function, its docstring (Google, NumPy or reST) and its type hints;
    `Annotated[int, "what it means"]` describes an argument too. A parameter of type `RunContext` is filled in by the
    session. A function that blocks stops the session's loop: make it `async def`, and have it await
    `asyncio.to_thread(...)` for what blocks.

    Args:
        name: In place of the function's name.
        description: In place of the docstring's text.
        raw_schema: A whole OpenAI function schema. The function then has a parameter `raw_arguments: dict`, which is
            given what the LLM sent, unchecked.
        strict: Give the schema OpenAI's strict form: closed objects, everything required, null for a default.

    Raises:
        TypeError: a lambda, a class method, a generator, `*args` or `**kwargs`.
        ValueError: a name that LLMs do not take, or a raw schema without name or parameters.
    """
    if raw_schema is not None and (name is not None or description is not None):
        raise ValueError("a raw_schema has the tool's name and description: leave name= and description= out")

    def declare(target: Any, depth: int = 1) -> FunctionTool:
        if isinstance(target, classmethod):
            raise TypeError(f"{target.__qualname__} is a class method: a tool is a method, or a static one")
        if isinstance(target, FunctionTool):
            raise TypeError(f"{target.name} is a tool already: declare it once")
        plain = target.__func__ if isinstance(target, staticmethod) or inspect.ismethod(target) else target
        declared = Declaration(
            plain, name=name, description=description, raw_schema=raw_schema, strict=strict, depth=depth
        )
        if isinstance(target, staticmethod):
            return StaticTool(declared)
        return FunctionTool(declared, target.__self__ if inspect.ismethod(target) else None)

    return declare if function is None else declare(function, 2)


class StaticTool(FunctionTool):
    """A tool that does not bind to the object it is taken from."""

    def __get__(self, instance: Any, owner: type | None = None) -> FunctionTool:
        return self
