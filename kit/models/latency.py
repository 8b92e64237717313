"""How long a model takes, as a distribution that can be sampled, written as text, and given a name.

Every sampler has its own seeded random numbers, so that the same seed gives the same conversation.
"""

from __future__ import annotations

import difflib
import math
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import TypeAlias

Sampler: TypeAlias = Callable[[], float]
DELAYED = ", delayed"
"""Behind the name of an engine that simulated delays were added to."""
_P95 = 1.6448536269514722
"""The standard normal distribution's 95th percentile."""


class LatencyError(ValueError):
    """A latency that cannot be. Says which part of the text or value is wrong."""


@dataclass(frozen=True, slots=True)
class Constant:
    """Always `seconds`."""

    seconds: float

    def __post_init__(self) -> None:
        _check(self.seconds, "a constant latency")

    def sampler(self, seed: int = 0) -> Sampler:
        seconds = float(self.seconds)
        return lambda: seconds

    def __str__(self) -> str:
        return f"{self.seconds:.12g}"


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Log-normal: the usual shape of a service's latency, never below zero and with a long tail.

    Args:
        median_s: Half of the samples are below.
        sigma: Standard deviation of the logarithm; 0 is constant, 0.4 puts the 95th percentile at 1.9 medians.
    """

    median_s: float
    sigma: float

    def __post_init__(self) -> None:
        _check(self.median_s, "a log-normal latency's median")
        _check(self.sigma, "a log-normal latency's sigma", unit="")

    @classmethod
    def from_p95(cls, median_s: float, p95_s: float) -> LogNormal:
        """The log-normal distribution with this median and this 95th percentile."""
        _check(median_s, "a log-normal latency's median")
        _check(p95_s, "a log-normal latency's p95")
        if not 0 < median_s <= p95_s:
            raise LatencyError(f"a log-normal latency needs 0 < median ({median_s:g} s) <= p95 ({p95_s:g} s)")
        return cls(median_s, math.log(p95_s / median_s) / _P95)

    def sampler(self, seed: int = 0) -> Sampler:
        gauss, median_s, sigma, exp = random.Random(seed).gauss, self.median_s, self.sigma, math.exp
        return lambda: median_s * exp(sigma * gauss(0.0, 1.0))

    def __str__(self) -> str:
        return f"lognormal:{self.median_s:.12g},{self.sigma:.12g}"


@dataclass(frozen=True, slots=True)
class Empirical:
    """One of the measured `samples_s`, each as likely as any other."""

    samples_s: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "samples_s", tuple(self.samples_s))
        if not self.samples_s:
            raise LatencyError("an empirical latency needs at least one sample")
        for sample_s in self.samples_s:
            _check(sample_s, "an empirical latency's sample")

    def sampler(self, seed: int = 0) -> Sampler:
        choice, samples_s = random.Random(seed).choice, self.samples_s
        return lambda: choice(samples_s)

    def __str__(self) -> str:
        return "empirical:" + ",".join(f"{sample_s:.12g}" for sample_s in self.samples_s)


Latency: TypeAlias = Constant | LogNormal | Empirical
LatencyLike: TypeAlias = Latency | float | str
"""A distribution, seconds, or text as `parse` reads it."""


def as_latency(value: LatencyLike) -> Latency:
    """The distribution that `value` stands for.

    Raises:
        LatencyError: it stands for none.
    """
    if isinstance(value, Constant | LogNormal | Empirical):
        return value
    if isinstance(value, str):
        return parse(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Constant(float(value))
    raise LatencyError(f"a latency is seconds, a distribution or text, not {value!r}")


def parse(text: str) -> Latency:
    """A distribution from text.

    `0.35` or `350ms`, `lognormal:MEDIAN,SIGMA` or `lognormal:MEDIAN,p95=P95`, `empirical:A,B,…`.

    Raises:
        LatencyError: the text is none of these. Says which part is wrong.
    """
    name, separator, arguments = text.strip().partition(":")
    parts = [part.strip() for part in arguments.split(",")] if separator else []
    match name.strip().lower():
        case "lognormal":
            if len(parts) != 2:
                raise LatencyError(
                    f"{text!r}: lognormal takes a median and a sigma (or p95=…), as in lognormal:0.35,0.4"
                )
            if parts[1].startswith("p95="):
                return LogNormal.from_p95(_seconds(parts[0], text), _seconds(parts[1][4:], text))
            return LogNormal(_seconds(parts[0], text), _number(parts[1], text))
        case "empirical":
            return Empirical(tuple(_seconds(part, text) for part in parts))
        case "constant":
            return Constant(_seconds(arguments, text))
        case _ if separator:
            raise LatencyError(f"{text!r}: no distribution {name!r}; there are constant, lognormal and empirical")
        case _:
            return Constant(_seconds(name, text))


@dataclass(frozen=True, slots=True)
class LatencyProfile:
    """What each model of a voice pipeline takes.

    Args:
        stt: From the end of the user's speech to the final transcript.
        llm: From the request to the first token.
        tts: From a known sentence to its first audio.
    """

    stt: Latency
    llm: Latency
    tts: Latency

    def __str__(self) -> str:
        return ",".join(f"{field.name}={getattr(self, field.name)}" for field in fields(self))

    @classmethod
    def load(cls, text: str | LatencyProfile) -> LatencyProfile:
        """A profile by name (`typical`), by parts (`stt=0.2,llm=lognormal:0.35,0.4`), or both (`slow,tts=0.1`).

        Parts left out are those of `typical`.

        Raises:
            LatencyError: no such profile or part, or a part's latency is wrong.
        """
        if isinstance(text, LatencyProfile):
            return text
        base, changes = PROFILES["typical"], {}
        for number, item in enumerate(re.split(r",(?=\s*(?!p95\s*=)[A-Za-z_]+\s*=)", text)):
            key, separator, value = (part.strip() for part in item.partition("="))
            if not separator and number == 0:
                base = _named(key)
            elif key not in _PARTS:
                raise LatencyError(f"latency profile {text!r}: no part {key!r}; the parts are {', '.join(_PARTS)}")
            else:
                changes[key] = parse(value)
        return replace(base, **changes)


_PARTS = tuple(field.name for field in fields(LatencyProfile))


def _named(name: str) -> LatencyProfile:
    try:
        return PROFILES[name]
    except KeyError:
        close = difflib.get_close_matches(name, PROFILES, n=1, cutoff=0.4)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise LatencyError(f"no latency profile {name!r} among {', '.join(PROFILES)}{hint}") from None


def _seconds(text: str, whole: str) -> float:
    if text.endswith("ms"):
        return _number(text[:-2], whole) / 1000
    return _number(text.removesuffix("s"), whole)


def _number(text: str, whole: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise LatencyError(f"latency {whole!r}: {text!r} is not a number of seconds") from None


def _check(value: float, what: str, unit: str = " s") -> None:
    if not (isinstance(value, int | float) and math.isfinite(value) and value >= 0):
        raise LatencyError(f"{what} must be a finite number, 0{unit} or more, not {value!r}")


def _profile(stt: LatencyLike, llm: LatencyLike, tts: LatencyLike) -> LatencyProfile:
    return LatencyProfile(as_latency(stt), as_latency(llm), as_latency(tts))


PROFILES = MappingProxyType(
    {
        "zero": _profile(0, 0, 0),
        "fast": _profile(0.1, 0.2, 0.1),
        "typical": _profile(0.2, 0.35, 0.2),
        "slow": _profile(0.7, 1.2, 0.6),
        "jittery": _profile("lognormal:0.2,p95=0.5", "lognormal:0.35,p95=0.9", "lognormal:0.2,p95=0.4"),
    }
)
"""Named profiles.

The figures are chosen, not measured: round numbers of the order that hosted services show (a streaming recogniser, a
small chat model and a streaming voice, near by), about twice as fast, and about three times as slow. `jittery` has the
medians of `typical` with a tail.
"""
