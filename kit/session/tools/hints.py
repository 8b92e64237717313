"""What the type hints of a tool's parameters mean.

A hint may be a string (`from __future__ import annotations` makes all of them strings) and may name a class that
lives inside a function or a class body, where `typing.get_type_hints` does not look. So the scopes around a tool are
looked at while its declaration runs. A name that is defined only after it is looked up again at the first use.
"""

from __future__ import annotations

import inspect
import re
import sys
import types
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from .run_context import RunContext

_CONTEXT = re.compile(rf"\b{RunContext.__name__}\b")


class Hints:
    """The resolved hints of a function's parameters. `types` are the classes that its enclosing scopes define."""

    def __init__(self, function: Callable[..., Any], parameters: Mapping[str, inspect.Parameter], depth: int) -> None:
        """`depth`: how many frames above the caller's the declaration stands."""
        self._function = inspect.unwrap(function)
        self._annotations = {
            name: parameter.annotation
            for name, parameter in parameters.items()
            if parameter.annotation is not inspect.Parameter.empty
        }
        self._scopes = _enclosing(self._function, sys._getframe(depth + 1))
        self._resolved: dict[str, Any] | None = None
        self.types: dict[str, Any] = {}
        try:
            self.resolved()
        except NameError:
            self.types = {}

    def resolved(self) -> dict[str, Any]:
        """
        Raises:
            NameError: a hint names what does not exist (yet).
            TypeError: a hint is no type.
        """
        if self._resolved is None:
            names = _names(self._function, self._scopes)
            self.types = {name: value for name, value in names.items() if isinstance(value, type) or get_origin(value)}
            self._resolved = {name: self._one(name, names) for name in self._annotations}
            self._scopes = []
        return self._resolved

    def contexts(self) -> list[str]:
        """The parameters that the session fills in."""
        return [name for name, hint in self.resolved().items() if _is_context(hint)]

    def _one(self, name: str, names: dict[str, Any]) -> Any:
        def holder() -> None: ...

        annotation = holder.__annotations__["hint"] = self._annotations[name]
        try:
            return get_type_hints(holder, self._function.__globals__, names, include_extras=True)["hint"]
        except (NameError, AttributeError) as error:
            text = annotation if isinstance(annotation, str) else getattr(annotation, "__forward_arg__", "")
            if _CONTEXT.search(text):  # imported for type checkers only
                return RunContext
            raise NameError(
                f"the type hint of {name} names {error.name}, which does not exist while the program runs: define it,"
                " or import it outside of `if TYPE_CHECKING`",
                name=error.name,
            ) from error
        except Exception as error:
            raise TypeError(f"the type hint of {name}, {annotation!r}, is no type: {error}") from error


def _is_context(hint: Any) -> bool:
    kind = get_origin(hint) or hint
    if kind is Annotated:
        return _is_context(get_args(hint)[0])
    if kind in (Union, types.UnionType):
        return any(_is_context(part) for part in get_args(hint))
    if isinstance(kind, type) and issubclass(kind, RunContext) and kind is not RunContext:
        raise TypeError(f"{kind.__name__} is a RunContext of your own: the session fills in RunContext itself")
    return kind is RunContext


def _enclosing(function: types.FunctionType, frame: types.FrameType | None) -> list[types.FrameType]:
    """The running functions and class bodies that a function is defined in, outermost first."""
    scopes: list[types.FrameType] = []
    while frame is not None and "." in function.__qualname__:
        inside = function.__qualname__.startswith(f"{frame.f_code.co_qualname}.")
        if inside and frame.f_globals is function.__globals__:
            scopes.insert(0, frame)
        frame = frame.f_back
    return scopes


def _names(function: types.FunctionType, scopes: list[types.FrameType]) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for cell_name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            names[cell_name] = cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    for frame in scopes:
        names |= frame.f_locals
    return names
