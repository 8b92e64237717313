"""What a setting takes: values are checked, brought to its type, read from text, and made plain for files."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, get_args

from ..text.lexicon.entry import Entry
from .paths import SETTINGS, split
from .setting import SettingInfo, TuningError

_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


def parse_assignment(text: str) -> tuple[str, Any]:
    """A path and a value from `PATH=VALUE`, the value as TOML writes it; bare words are text.

    Raises:
        TuningError: no "=", or no such path, or a value that the setting does not take.
    """
    path, separator, raw = text.partition("=")
    path, raw = path.strip(), raw.strip()
    if not separator:
        raise TuningError(f"{text!r} is not of the form PATH=VALUE")
    split(path)
    try:
        value = tomllib.loads(f"value = {raw}")["value"]
    except tomllib.TOMLDecodeError:
        value = raw
    return path, coerce(path, value)


def plain(value: Any) -> Any:
    """A value as JSON and TOML hold it."""
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    return value.plain() if isinstance(value, Entry) else value


def coerce(path: str, value: Any) -> Any:
    """The value in its setting's own type, where nothing is lost by that."""
    group, name = split(path)
    kind = SETTINGS[group][name][1]
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, Mapping):
        return MappingProxyType(dict(value))
    return value


def check(path: str, value: Any) -> None:
    """
    Raises:
        TuningError: the setting does not take the value.
    """
    group, name = split(path)
    info, kind = SETTINGS[group][name]
    if kind is bool:
        good = isinstance(value, bool)
    elif kind in (int, float):
        good = isinstance(value, int if kind is int else (int, float)) and not isinstance(value, bool)
    elif kind is str:
        good = isinstance(value, str)
        if good and info.choices and value not in info.choices:
            raise TuningError(f"{path} is one of {', '.join(info.choices)}, not {value!r}")
    else:
        term, said = get_args(kind)
        good = isinstance(value, Mapping) and all(isinstance(k, term) and isinstance(v, said) for k, v in value.items())
    if not good:
        raise TuningError(f"{path} takes {_KINDS.get(kind, 'a table of text to text')}, not {value!r}")
    if kind in (int, float):
        _check_range(path, value, info)


def _check_range(path: str, value: float, info: SettingInfo) -> None:
    low = -math.inf if info.minimum is None else info.minimum
    high = math.inf if info.maximum is None else info.maximum
    if not low <= value <= high:  # NaN too
        unit = f" {info.unit}" if info.unit else ""
        raise TuningError(f"{path} = {value} is out of its range, {low:g} to {high:g}{unit}")
