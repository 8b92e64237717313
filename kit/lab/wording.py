"""Figures as people read them, the same in every plot, table and report: with their unit and a true minus sign."""

from __future__ import annotations

from .summary import Interval, Summary

THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
MS_BELOW_S = 0.0995
"""Durations shorter than this are told in milliseconds."""


def duration(seconds: float) -> str:
    """As "0.70 s"; below a tenth of a second "45 ms"."""
    return _as_ms(seconds) if abs(seconds) < MS_BELOW_S else _as_s(seconds)


def seconds(value: float) -> str:
    """As "0.05 s", however small, for columns."""
    return _as_s(value)


def milliseconds(seconds: float) -> str:
    """As "1,050 ms", with a thin space for the comma."""
    return _as_ms(seconds)


def signed(seconds: float) -> str:
    """As "+0.35 s" or "−0.35 s"."""
    text = duration(seconds)
    return text if text.startswith(("−", "0 ")) else f"+{text}"


def signed_seconds(value: float) -> str:
    """As "+0.35 s", "−0.05 s" or "0.00 s", for columns."""
    text = _as_s(value)
    return text if text.startswith("−") or not text.strip("0. s") else f"+{text}"


def earlier(difference_s: float) -> str:
    """A difference in words: "0.35 s earlier", "45 ms later", "at the same time"."""
    if abs(difference_s) < 0.0005:
        return "at the same time"
    return f"{duration(abs(difference_s))} {'earlier' if difference_s < 0 else 'later'}"


def interval(value: Interval | None) -> str:
    """As "95 % interval 0.61 to 0.74 s"; empty for None."""
    if value is None:
        return ""
    tell = _as_ms if max(abs(value.low_s), abs(value.high_s)) < MS_BELOW_S else _as_s
    return f"{value.confidence * 100:g} % interval {tell(value.low_s).split()[0]} to {tell(value.high_s)}"


def sample(statistic: str, n: int) -> str:
    """As "median, n = 12"; of a single value "n = 1"."""
    return f"{statistic}, n = {grouped(n)}" if n > 1 else f"n = {n}"


def mean(summary: Summary) -> str:
    """As "mean 0.70 s (95 % interval 0.61 to 0.74 s)"."""
    how_sure = interval(summary.mean_interval)
    return f"mean {duration(summary.mean_s)}" + (f" ({how_sure})" if how_sure else "")


def count(number: int, one: str, many: str = "") -> str:
    """As "1 turn", "1,200 turns", with a thin space for the comma."""
    return f"{grouped(number)} {one if number == 1 else many or one + 's'}"


def grouped(number: int) -> str:
    return f"{number:,}".replace(",", THIN_SPACE)


def _as_s(seconds: float) -> str:
    return f"{_number(seconds, 2)} s"


def _as_ms(seconds: float) -> str:
    return f"{_number(seconds * 1000, 0)} ms"


def _number(value: float, digits: int) -> str:
    """Halves rounded up, whatever a binary fraction makes of them."""
    text = f"{abs(value) + 1e-9:,.{digits}f}".replace(",", THIN_SPACE)
    return f"−{text}" if value < 0 and text.strip("0.") else text
