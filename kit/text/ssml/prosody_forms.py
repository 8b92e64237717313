"""How a voice writes `<prosody>`: rate, pitch and volume on its own scale."""

from __future__ import annotations

import math
from collections.abc import Callable

from . import values
from .forms import Attributes, Form, Lose
from .tags import open_tag

Say = Callable[[str], str | None]
"""A value in the voice's own way; None if it is none."""


def prosody_tag(**ways: Say) -> Form:
    """`<prosody>` with these attributes, each written in the voice's own way."""

    def form(attributes: Attributes, content: str, lose: Lose) -> tuple[str, str] | None:
        said = {}
        for key in attributes:
            value = ways[key](attributes[key]) if key in ways else None
            if value is None:
                lose(f"{key} = {attributes[key]!r} cannot be set")
            else:
                said[key] = value
        if not attributes:
            lose("without rate, pitch or volume")
        return (open_tag("prosody", said), "</prosody>") if said else None

    return form


def points(rate: Callable[[float], str], volume: Callable[[float], str]) -> Form:
    """Rate and volume (a factor each) of all that follows, set at the start and set back at the end."""

    def form(attributes: Attributes, content: str, lose: Lose) -> tuple[str, str] | None:
        before = after = ""
        for key, value in attributes.items():
            if key == "rate" and (factor := values.rate_factor(value)):
                before, after = before + rate(factor), after + rate(1.0)
            elif key == "volume" and (level := values.volume_db(value)) is not None:
                before, after = before + volume(10 ** (level / 20)), after + volume(1.0)
            else:
                lose(f"{key} = {value!r} cannot be set")
        return (before, after) if before else None

    return form


def as_percent(rate: str) -> str | None:
    """A rate as W3C SSML 1.1 has it: 80% is slower."""
    if rate in values.RATES:
        return rate
    factor = values.rate_factor(rate)
    return None if factor is None else f"{values.number(factor * 100)}%"


def as_change(rate: str) -> str | None:
    """A rate as a change in percent: -20% is slower."""
    factor = values.rate_factor(rate)
    return rate if rate in values.RATES else None if factor is None else f"{(factor - 1) * 100:+.0f}%"


def as_factor(rate: str) -> str | None:
    factor = values.rate_factor(rate)
    return rate if rate in values.RATES else None if factor is None else values.number(factor)


def as_decibel(volume: str) -> str | None:
    level = values.volume_db(volume)
    if volume in values.VOLUMES or level is None:
        return volume if level is not None else None
    return "silent" if level == -math.inf else f"{'-' if level < 0 else '+'}{values.number(abs(level))}dB"


def as_louder(unit: str) -> Say:
    """A volume as a change of the amplitude in percent, "%" or nothing behind it."""

    def say(volume: str) -> str | None:
        level = values.volume_db(volume)
        if level is None or volume in values.VOLUMES:
            return volume if level is not None else None
        return f"{(10 ** (level / 20) - 1) * 100:+.0f}{unit}"

    return say


def as_pitch(pitch: str) -> str | None:
    return pitch if values.is_pitch(pitch) else None
