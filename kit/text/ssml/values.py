"""The values of SSML's attributes: which are allowed, and what they mean in numbers.

Source: W3C Speech Synthesis Markup Language 1.1 (https://www.w3.org/TR/speech-synthesis11/), sections 3.1.8 (say-as),
3.1.10 (phoneme), 3.2.2 (emphasis), 3.2.3 (break) and 3.2.4 (prosody). What the names of rates and strengths mean is
left to the voice there; the numbers here are those that Azure documents.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection

STRENGTHS = {"none": 0.0, "x-weak": 0.25, "weak": 0.5, "medium": 0.75, "strong": 1.0, "x-strong": 1.25}
"""Seconds of a break, for a voice that takes no strength."""
UNDOCUMENTED_LONGEST_S = 20.0
"""The longest break of a voice whose limit was not found: the kit's choice."""
LEVELS = ("strong", "moderate", "none", "reduced")
RATES = {"x-slow": 0.5, "slow": 0.64, "medium": 1.0, "fast": 1.55, "x-fast": 2.0, "default": 1.0}
"""Times the usual rate."""
VOLUMES = {
    "silent": -math.inf,
    "x-soft": -12.0,
    "soft": -6.0,
    "medium": 0.0,
    "loud": 6.0,
    "x-loud": 12.0,
    "default": 0.0,
}
"""dB against the usual volume, for a voice that takes no names: the kit's choice."""
PITCHES = ("x-low", "low", "medium", "high", "x-high", "default")

_NUMBER = r"\d+(?:\.\d*)?|\.\d+"
_TIME = re.compile(rf"\+?({_NUMBER})(ms|s)")
_PERCENT = re.compile(rf"([+-]?)({_NUMBER})%")
_DECIBEL = re.compile(rf"([+-])({_NUMBER})dB")
_PITCH = re.compile(rf"[+-](?:{_NUMBER})(?:%|st|Hz)|(?:{_NUMBER})Hz")
_PLAIN = re.compile(rf"([+-]?)({_NUMBER})")
_TOKEN = re.compile(r"[\w:.-]+")
_ALPHABET = re.compile(r"ipa|x-[\w-]+|cmu-arpabet")


def number(value: float, digits: int = 3) -> str:
    """Without zeros at its end: 1.5, 2."""
    return f"{value:.{digits}f}".rstrip("0").rstrip(".") or "0"


def seconds(time: str) -> float | None:
    """The seconds of "1.5s" or "250ms"; None if it is no time."""
    found = _TIME.fullmatch(time.strip())
    return None if found is None else float(found[1]) * (0.001 if found[2] == "ms" else 1.0)


def rate_factor(rate: str) -> float | None:
    """Times the usual rate: of a name, "80%", or "+20%" and "1.2" as SSML 1.0 had them; None if it is no rate."""
    rate = rate.strip()
    if rate in RATES:
        return RATES[rate]
    if found := _PERCENT.fullmatch(rate):
        part = float(found[2]) / 100
        return {"+": 1 + part, "-": max(0.0, 1 - part), "": part}[found[1]]
    found = _PLAIN.fullmatch(rate)
    return float(found[2]) if found and not found[1] else None


def volume_db(volume: str) -> float | None:
    """dB against the usual volume: of a name, "+6dB", or "+20%" and 0 to 100 as SSML 1.0 had them; None if none."""
    volume = volume.strip()
    if volume in VOLUMES:
        return VOLUMES[volume]
    if found := _DECIBEL.fullmatch(volume):
        return float(found[1] + found[2])
    if found := (_PERCENT.fullmatch(volume) or _PLAIN.fullmatch(volume)):
        part = float(found[2]) / 100
        part = {"+": 1 + part, "-": 1 - part, "": part}[found[1]]
        return 20 * math.log10(part) if part > 0 else -math.inf
    return None


def is_pitch(pitch: str) -> bool:
    return pitch in PITCHES or _PITCH.fullmatch(pitch) is not None


def check_time(seconds_: float) -> str:
    if not 0 <= seconds_ < math.inf:
        raise ValueError(f"seconds = {seconds_!r} must be 0 or more")
    return f"{number(seconds_ * 1000)}ms" if seconds_ < 1 else f"{number(seconds_)}s"


def check_rate(rate: str | float) -> str:
    if isinstance(rate, str):
        if rate not in RATES and (not _PERCENT.fullmatch(rate) or rate[0] in "+-"):
            raise _wrong("rate", rate, f"{_list(RATES)}, a percentage such as '80%', or a number such as 0.8")
        return rate
    if not 0 <= rate < math.inf:
        raise _wrong("rate", rate, "0 or more times the usual rate")
    return f"{number(rate * 100)}%"


def check_pitch(pitch: str | float) -> str:
    if not isinstance(pitch, str):
        if not math.isfinite(pitch):
            raise _wrong("pitch", pitch, "semitones")
        return f"{'-' if pitch < 0 else '+'}{number(abs(pitch))}st"
    if not is_pitch(pitch):
        raise _wrong("pitch", pitch, f"{_list(PITCHES)}, '200Hz', '+20Hz', '-10%', '+2st', or a number of semitones")
    return pitch


def check_volume(volume: str | float) -> str:
    if not isinstance(volume, str):
        if not math.isfinite(volume):
            raise _wrong("volume", volume, "dB, or 'silent'")
        return f"{'-' if volume < 0 else '+'}{number(abs(volume))}dB"
    if volume not in VOLUMES and not _DECIBEL.fullmatch(volume):
        raise _wrong("volume", volume, f"{_list(VOLUMES)}, '+6dB', '-6dB', or a number of dB")
    return volume


def check_one(name: str, value: str, allowed: Collection[str]) -> str:
    if value not in allowed:
        raise _wrong(name, value, _list(allowed))
    return value


def check_token(name: str, value: str) -> str:
    """A name, as `interpret-as`, `format` and `detail` are: which ones a voice knows is its own."""
    if not _TOKEN.fullmatch(value):
        raise _wrong(name, value, "one name without blanks, such as 'characters'")
    return value


def check_alphabet(alphabet: str) -> str:
    if not _ALPHABET.fullmatch(alphabet):
        raise _wrong("alphabet", alphabet, "'ipa', or a voice's own such as 'x-sampa' or 'cmu-arpabet'")
    return alphabet


def check_given(name: str, value: str) -> str:
    if not value.strip():
        raise ValueError(f"{name} must not be empty")
    return value


def _wrong(name: str, value: object, allowed: str) -> ValueError:
    return ValueError(f"{name} = {value!r} must be {allowed} (W3C SSML 1.1)")


def _list(names: Collection[str]) -> str:
    *first, last = map(repr, names)
    return f"{', '.join(first)} or {last}"
