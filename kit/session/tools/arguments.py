"""A tool's arguments: the JSON schema that an LLM is shown, and the way from an LLM's JSON to the function's values.

Pydantic does the work, and is imported (0.5 s) when the first schema is made, not before.
"""

from __future__ import annotations

import inspect
import json
import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Optional, Union, get_args, get_origin

from .problems import default_nulls, problems, without
from .schema import strict_schema, untitled
from .typed_dicts import portable

if TYPE_CHECKING:
    from pydantic import BaseModel


class BadArguments(ValueError):
    """What an LLM sent does not fit. The text tells it what was wrong and what is expected."""


class Arguments:
    """
    Args:
        parameters: Those that the LLM fills in.
        hints: Their types; without one, a parameter takes any JSON.
        texts: Descriptions by parameter.
        names: Classes that the hints' own fields may name although their module does not know them.
        strict: The schema in OpenAI's strict form.

    Raises:
        TypeError: a parameter's type cannot be described in JSON, or not in the strict form.
    """

    def __init__(
        self,
        parameters: Mapping[str, inspect.Parameter],
        hints: Mapping[str, Any],
        texts: Mapping[str, str],
        names: Mapping[str, Any],
        *,
        strict: bool,
    ) -> None:
        self._parameters = parameters
        fields = {
            f"a{index}": _field(name, parameter, _known(name, hints.get(name, Any), names), texts.get(name))
            for index, (name, parameter) in enumerate(parameters.items())
        }
        self._model = _model(fields, names)
        self._schema = untitled(_json_schema(self._model))
        self._published = json.dumps(strict_schema(self._schema) if strict else self._schema)

    @property
    def schema(self) -> dict[str, Any]:
        """A new copy: whoever is given it may change it."""
        schema: dict[str, Any] = json.loads(self._published)
        return schema

    def read(self, text: str) -> dict[str, Any]:
        """The values by parameter. A parameter that keeps the function's own default is left out.

        Raises:
            BadArguments: what was sent is no JSON object, or does not fit the schema.
        """
        from pydantic import ValidationError
        from pydantic_core import to_json

        data, source = read_object(text)
        try:
            return self._given(self._model.model_validate_json(source))
        except ValidationError as error:
            nulls = default_nulls(error.errors(include_url=False), data, self._schema)
            if not nulls:
                raise BadArguments(problems(error, data, self._parameters)) from error
        kept = without(data, nulls)
        try:
            return self._given(self._model.model_validate_json(to_json(kept)))
        except ValidationError as error:
            raise BadArguments(problems(error, kept, self._parameters)) from error

    def _given(self, values: BaseModel) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for field, (name, parameter) in zip(type(values).model_fields, self._parameters.items(), strict=True):
            if field in values.model_fields_set or _default_of(parameter) is ...:
                given[name] = getattr(values, field)
        return given


def read_object(text: str) -> tuple[dict[str, Any], str]:
    """The JSON object that an LLM wrote, and its text. Nothing and null are no arguments; some servers encode it twice.

    Raises:
        BadArguments: it is no JSON, or no object.
    """
    from pydantic_core import from_json

    value: Any = text
    while isinstance(value, str) and value.strip():
        text = value
        try:
            value = from_json(text)
        except (ValueError, TypeError) as error:  # the latter of half a surrogate pair
            raise BadArguments(f"arguments: Invalid JSON: {error}; expected one JSON object") from error
    if value is None or isinstance(value, str):
        return {}, "{}"
    if not isinstance(value, dict):
        raise BadArguments(f"arguments: expected one JSON object, not {_JSON_NAMES.get(type(value), 'a number')}")
    return value, text


_JSON_NAMES: dict[type, str] = {list: "an array", bool: "true or false"}


def _default_of(parameter: inspect.Parameter) -> Any:
    """The function's own default; `...` where it has none, or one that pydantic has to make."""
    from pydantic.fields import FieldInfo

    default = parameter.default
    return ... if default is inspect.Parameter.empty or isinstance(default, FieldInfo) else default


def _known(name: str, hint: Any, names: Mapping[str, Any]) -> Any:
    """The hint in a form that pydantic knows."""
    try:
        return portable(hint, names)
    except NameError as error:
        raise TypeError(f"the type of {name} cannot be described in JSON: {error}") from error


def _field(name: str, parameter: inspect.Parameter, hint: Any, text: str | None) -> tuple[Any, Any]:
    from pydantic import Field

    options: dict[str, Any] = {"alias": name, "validation_alias": name, "serialization_alias": name}
    default = _default_of(parameter)
    if default is not ...:
        options["default"] = default
    elif parameter.default is not inspect.Parameter.empty:
        hint = Annotated[hint, parameter.default]
    own_text, in_field = described(hint)
    if not in_field and (own_text or text):
        options["description"] = own_text or text
    if default is None and hint is not Any:
        hint = Optional[hint]  # noqa: UP045
    return hint, Field(**options)


def _model(fields: dict[str, Any], names: Mapping[str, Any]) -> type[BaseModel]:
    """Its fields are numbered, with the parameters' names as aliases: a parameter may be called `copy` or `_x`."""
    from pydantic import ConfigDict, create_model
    from pydantic.errors import PydanticUserError

    try:
        model: type[BaseModel] = create_model("Arguments", __config__=ConfigDict(extra="forbid"), **fields)
        if not model.__pydantic_complete__:
            model.model_rebuild(force=True, _types_namespace=dict(names))
        _json_schema(model)
    except (PydanticUserError, NameError, TypeError) as error:
        if len(fields) == 1:
            ((_, info),) = fields.values()
            message = getattr(error, "message", error)
            raise TypeError(f"the type of {info.alias} cannot be described in JSON: {message}") from error
        for name, field in fields.items():
            _model({name: field}, names)
        raise
    return model


def _json_schema(model: type[BaseModel]) -> dict[str, Any]:
    from pydantic.json_schema import GenerateJsonSchema

    class Quiet(GenerateJsonSchema):
        """A default that JSON cannot express is left out of the schema, which is no reason for a warning."""

        ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012

    return model.model_json_schema(schema_generator=Quiet)


def described(hint: Any) -> tuple[str | None, bool]:
    """The description in `Annotated[T, "..."]` or `Annotated[T, Doc("...")]`; whether a pydantic `Field` has one."""
    if get_origin(hint) is Annotated:
        for extra in hint.__metadata__:
            if isinstance(extra, str):
                return extra, False
            if isinstance(text := getattr(extra, "documentation", None), str):
                return text, False
            if getattr(extra, "description", None):
                return None, True
        return described(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        return next((found for part in get_args(hint) if (found := described(part)) != (None, False)), (None, False))
    return None, False
