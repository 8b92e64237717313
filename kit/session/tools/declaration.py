"""What `@function_tool` says of a function: its name, its description, and what it may be called with.

Nothing that needs pydantic or the docstring parser is made before it is asked for; it is then made once.
"""

from __future__ import annotations

import functools
import inspect
import json
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

from .arguments import Arguments, BadArguments, read_object
from .hints import Hints
from .run_context import RunContext

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What OpenAI's interface takes for a function's name."""
RAW = "raw_arguments"
"""The parameter that takes the arguments of a tool with a raw schema."""


class Declaration:
    """
    Args:
        raw_schema: An OpenAI function schema, bare or under "function", in place of one made from the type hints.
        strict: Give the schema OpenAI's strict form.
        depth: How many frames above the caller's the declaration stands.

    Raises:
        TypeError: the function cannot be a tool.
        ValueError: the name or the raw schema is not one that an LLM can be given.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        name: str | None,
        description: str | None,
        raw_schema: Mapping[str, Any] | None,
        strict: bool,
        depth: int,
    ) -> None:
        _check_function(function)
        self.function = function
        self.raw_schema = None if raw_schema is None else _raw(raw_schema, function)
        if self.raw_schema is not None:
            name, strict = self.raw_schema["name"], bool(self.raw_schema.get("strict", strict))
            description = self.raw_schema.get("description") or description
        self.name: str = name or function.__name__
        self.strict = strict
        self._description = description
        if not NAME.fullmatch(self.name):
            raise ValueError(
                f"a tool cannot be named {self.name!r}: up to 64 of A-Z, a-z, 0-9, _ and -; give it a name="
            )
        self._parameters = dict(_signature_of(function).parameters)
        self._check_parameters()
        self._hints = Hints(function, self._parameters, depth + 1)
        self._arguments: dict[bool, Arguments] = {}
        self._signatures: dict[bool, inspect.Signature] = {}

    @property
    def key(self) -> tuple[Any, ...]:
        """Two declarations with equal keys give an LLM the same tool."""
        return self.name, self._description, self.strict, self.raw_schema

    @property
    def description(self) -> str:
        """What was given, or else the docstring's text before its sections."""
        return self._documented[0] if self._description is None else self._description

    @functools.cached_property
    def _documented(self) -> tuple[str, dict[str, str]]:
        from docstring_parser import ParseError, parse

        doc = inspect.getdoc(self.function) or ""
        try:
            parsed = parse(doc)
        except ParseError:
            return doc, {}
        description = "\n".join(part for part in (parsed.short_description, parsed.long_description) if part)
        texts = {name.strip(): p.description for p in parsed.params if p.description for name in p.arg_name.split(",")}
        return description, texts

    def schema(self, bound: bool) -> dict[str, Any]:
        """A new copy of the JSON schema of the arguments.

        Raises:
            TypeError: a parameter's type cannot be described in JSON, or is not known.
        """
        if self.raw_schema is not None:
            self._signature(bound)
            raw: dict[str, Any] = json.loads(json.dumps(self.raw_schema["parameters"]))
            return raw
        return self._made(bound).schema

    def call(self, text: str, context: RunContext[Any], bound: bool) -> inspect.BoundArguments:
        """What an LLM's JSON calls the function with, without the object that it is bound to.

        Raises:
            BadArguments: the JSON does not fit.
            TypeError: as `schema`.
        """
        values = {RAW: read_object(text)[0]} if self.raw_schema is not None else self._made(bound).read(text)
        contexts = dict.fromkeys(self._contexts(), context)
        arguments = inspect.BoundArguments(self._signature(bound), {**values, **contexts})  # type: ignore[arg-type]
        arguments.apply_defaults()
        return arguments

    def _made(self, bound: bool) -> Arguments:
        if bound not in self._arguments:
            contexts = self._contexts()
            filled = {name: p for name, p in self._signature(bound).parameters.items() if name not in contexts}
            hints, texts = self._hints.resolved(), self._documented[1]
            try:
                self._arguments[bound] = Arguments(filled, hints, texts, self._hints.types, strict=self.strict)
            except TypeError as error:
                raise TypeError(f"tool {self.name}: {error}") from error
        return self._arguments[bound]

    def _contexts(self) -> list[str]:
        try:
            return self._hints.contexts()
        except (TypeError, NameError) as error:
            raise TypeError(f"tool {self.name}: {error}") from error

    def _signature(self, bound: bool) -> inspect.Signature:
        """Without the parameter that a method is bound by."""
        if bound not in self._signatures:
            parameters = list(self._parameters.values())
            if bound:
                first = parameters[0] if parameters else None
                if first is None or first.kind is first.KEYWORD_ONLY or first.name in self._contexts():
                    raise TypeError(f"tool {self.name}: a method needs self first; or make it a @staticmethod")
            self._signatures[bound] = inspect.Signature(parameters[bound:])
        return self._signatures[bound]

    @property
    def is_method(self) -> bool:
        """Whether its first parameter waits for an object."""
        first = next(iter(self._parameters.values()), None)
        return first is not None and first.name == "self" and first.annotation is inspect.Parameter.empty

    def _check_parameters(self) -> None:
        for parameter in self._parameters.values():
            if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
                shown = parameter.replace(annotation=inspect.Parameter.empty)
                raise TypeError(
                    f"tool {self.name}: {shown} has no schema that an LLM could fill in: name each parameter"
                )
        if self.raw_schema is not None and RAW not in self._parameters:
            raise TypeError(f"tool {self.name}: a tool with a raw_schema takes its arguments as `{RAW}: dict`")


def _signature_of(function: Callable[..., Any]) -> inspect.Signature:
    if sys.version_info >= (3, 14):  # hints are evaluated when they are asked for, and may name what comes later
        from annotationlib import Format

        return inspect.signature(function, annotation_format=Format.FORWARDREF)
    return inspect.signature(function)


def _check_function(function: Callable[..., Any]) -> None:
    inner = inspect.unwrap(function) if callable(function) else None
    if not inspect.isfunction(inner):
        raise TypeError(f"@function_tool declares a function or a method, not {function!r}: wrap it in a def")
    if inner.__name__ == "<lambda>":
        raise TypeError("a lambda has no name, no type hints and no docstring for an LLM: write it as a def")
    if inspect.isgeneratorfunction(inner) or inspect.isasyncgenfunction(inner):
        raise TypeError(
            f"tool {inner.__name__}: a generator has no result that an LLM could read: return, do not yield"
        )


def _raw(raw_schema: Mapping[str, Any], function: Callable[..., Any]) -> dict[str, Any]:
    schema = raw_schema.get("function", raw_schema)
    where = f"the raw_schema of {function.__qualname__}"
    if not isinstance(schema, Mapping) or not isinstance(schema.get("name"), str):
        raise ValueError(f"{where} needs a name, a text")
    if not isinstance(schema.get("parameters"), Mapping):
        raise ValueError(
            f'{where} needs parameters, a JSON schema; without any: {{"type": "object", "properties": {{}}}}'
        )
    try:
        copy: dict[str, Any] = json.loads(json.dumps(dict(schema)))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where} is no JSON: {error}") from error
    return copy


__all__ = ["NAME", "RAW", "BadArguments", "Declaration"]
