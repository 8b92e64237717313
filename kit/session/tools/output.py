"""A tool's result as the LLM reads it."""

from __future__ import annotations

from typing import Any

MAX_OUTPUT_CHARACTERS = 100_000
"""About 25,000 tokens. What is longer is cut, and says so: it would cost seconds and fill the LLM's context."""


def output_text(result: Any) -> str:
    """Text as it is, nothing for None, and JSON for everything else.

    Pydantic models, dataclasses, enums, dates, sets and arrays become JSON too; bytes become base64; what has no JSON
    form becomes its `str()`. A result that is one JSON string, as a date, is given without the quotes.

    Raises:
        Exception: not even `str()` could write it.
    """
    text = "" if result is None else result if type(result) is str else _json(result)
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()  # half a surrogate pair cannot be sent
    if len(text) <= MAX_OUTPUT_CHARACTERS:
        return text
    return f"{text[:MAX_OUTPUT_CHARACTERS]}… (cut: the first {MAX_OUTPUT_CHARACTERS} of {len(text)} characters)"


def _json(result: Any) -> str:
    from pydantic_core import from_json, to_json

    try:
        text = to_json(result, fallback=_plain, inf_nan_mode="strings", bytes_mode="base64").decode()
    except ValueError:  # it contains itself, or half a surrogate pair
        return str(result)
    if text.startswith('"'):
        bare: str = from_json(text)
        return bare
    return text


def _plain(value: Any) -> Any:
    """Of numpy's numbers and arrays, Python's; of anything unknown, its text."""
    tolist = getattr(value, "tolist", None)
    return tolist() if callable(tolist) else str(value)
