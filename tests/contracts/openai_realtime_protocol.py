"""OpenAI's realtime interface as its own package has it: whether an event is one, field by field."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

from openai.types.realtime import RealtimeClientEvent, RealtimeServerEvent
from pydantic import BaseModel, ValidationError


def problem_of_client(event: dict[str, Any]) -> str:
    """What is wrong with an event for the server; "" if nothing is."""
    return _problem(event, _kinds(RealtimeClientEvent))


def problem_of_server(event: dict[str, Any]) -> str:
    return _problem(event, _kinds(RealtimeServerEvent))


def _problem(event: dict[str, Any], kinds: dict[str, type[BaseModel]]) -> str:
    kind = kinds.get(event.get("type", ""))
    if kind is None:
        return f"no event {event.get('type')!r}"
    try:
        unknown = _unknown(kind.model_validate(event))
    except ValidationError as error:
        return str(error)
    return f"{event['type']}: no field {unknown}" if unknown else ""


@cache
def _kinds(union: Any) -> dict[str, type[BaseModel]]:
    members = get_args(get_args(union)[0])
    return {get_args(member.model_fields["type"].annotation)[0]: member for member in members}


def _unknown(value: Any) -> list[str]:
    """Fields that no type knows: the package's types let them pass."""
    if isinstance(value, BaseModel):
        inside = [name for field in type(value).model_fields for name in _unknown(getattr(value, field))]
        return [*(value.model_extra or ()), *inside]
    if isinstance(value, list):
        return [name for one in value for name in _unknown(one)]
    return []
