"""One setting: its default, and what a person needs to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


class TuningError(ValueError):
    """A setting that does not exist, or a value that it cannot take. Says which, and what it takes."""


@dataclass(frozen=True, slots=True)
class SettingInfo:
    """What a person needs to know of a setting. `minimum` and `maximum` are inclusive."""

    question: str
    help: str = ""
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()


def setting(default: Any, question: str, help: str, **info: Any) -> Any:
    metadata = {"info": SettingInfo(question, help, **info)}
    if isinstance(default, Mapping):
        return field(default_factory=lambda: MappingProxyType(dict(default)), metadata=metadata)
    return field(default=default, metadata=metadata)
