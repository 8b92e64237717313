"""Values as Python source, in the style that ruff and black leave alone.

Text becomes a literal, whatever is in it: nothing of it can end the literal, and what does not show is escaped.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from typing import Any

WIDTH = 88
_INDENT = "    "
_GLUE = "\0"
_GLUED = re.compile(r" (?=[=→])|(?<=[=→]) |(?<=\d) (?=(?:s|ms|%)\b)")
"""Blanks at which a line of a comment is not broken: within an equation, and between a number and its unit."""


def literal(value: Any, prefix: str = "", suffix: str = "", *, depth: int = 0) -> str:
    """The value as an expression, with what stands before and behind it in its line; over several lines where it does
    not fit into one.

    Args:
        value: Text, bytes, a number, True, False, None, or a dict, list or tuple of such.
        depth: How far the line is indented, in steps of four blanks.
    """
    line = f"{prefix}{_flat(value)}{suffix}"
    if not isinstance(value, Mapping) or (not _nested(value) and depth > 0 and _fits(line, depth)):
        return line
    return f"{prefix}{block('{', entries(value, depth + 1), '}', depth=depth)}{suffix}"


def entries(values: Mapping[Any, Any], depth: int) -> list[str]:
    """A dict's entries, one a line."""
    return [literal(value, f"{_flat(key)}: ", ",", depth=depth) for key, value in values.items()]


def call(name: str, *arguments: str, suffix: str = "", depth: int = 0) -> str:
    """A call; the arguments are source already."""
    line = f"{name}({', '.join(arguments)}){suffix}"
    if _fits(line, depth) and "\n" not in line:
        return line
    return block(f"{name}(", [f"{argument}," for argument in arguments], ")", depth=depth) + suffix


def block(opening: str, lines: list[str], closing: str, *, depth: int = 0) -> str:
    """Lines between brackets, one step further in."""
    if not lines:
        return opening + closing
    inner = "".join(f"{_INDENT * (depth + 1)}{line}\n" for line in lines)
    return f"{opening}\n{inner}{_INDENT * depth}{closing}"


def comment(text: str, *, depth: int = 0) -> str:
    """Lines of text as a comment; what does not show, or turns the direction of writing, becomes a blank."""
    margin = _INDENT * depth
    lines = []
    for line in text.split("\n"):
        shown = "".join(c if c.isprintable() else " " for c in line).rstrip()
        shown = _GLUED.sub(_GLUE, shown)
        indent = shown[: len(shown) - len(shown.lstrip())]
        wrapped = textwrap.wrap(
            shown,
            WIDTH - 2 - len(margin),
            subsequent_indent=indent + "  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines += [f"{margin}# {part.replace(_GLUE, ' ')}" for part in wrapped] or [f"{margin}#"]
    return "\n".join(lines)


def _nested(values: Mapping[Any, Any]) -> bool:
    return any(isinstance(value, Mapping) for value in values.values())


def _flat(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flat(key)}: {_flat(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flat, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(_flat, value))}{',' if len(value) == 1 else ''})"
    return repr(value)


def _text(text: str) -> str:
    """A literal in double quotes, or in single ones where that takes fewer backslashes."""
    quote = '"' if text.count('"') <= text.count("'") else "'"
    return quote + f"\\{quote}".join(repr(part)[1:-1] for part in text.split(quote)) + quote


def _fits(line: str, depth: int) -> bool:
    """Whether it is no wider than a line may be; a letter that is not of ASCII may take two columns."""
    return 4 * depth + sum(1 if c.isascii() else 2 for c in line) <= WIDTH
