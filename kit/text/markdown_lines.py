"""What markdown means by the beginning of a line, and by whole lines."""

from __future__ import annotations

import re

MAX_SPAN = 300
"""Characters of a piece of markup at most. Longer ones are plain text: they would be waited for too long."""

_INDENT = "[ \t]{0,40}"
_GAP = "[ \t]{1,40}"

_SPECIAL = re.compile(rf"{_INDENT}(?:[#>\-+*_=|`~:]|\Z)")

MARKER = re.compile(rf"{_INDENT}(?:#{{1,6}}{_GAP}|>(?:{_GAP}|\Z)|[-+*]{_GAP}(?:\[[ xX]\]{_GAP})?)")
"""Heading, quote, bullet, task. The first of them; after a quote or a bullet another one may follow."""

FENCE = re.compile(rf"{_INDENT}(`{{3,}}(?=[^`]*\Z)|~{{3,}}).*")
"""The line that a block of code begins with; its first group are the marks."""

_DROPPED = re.compile(
    rf"{_INDENT}(?:"
    r"([-*_])[ \t]*(?:\1[ \t]*){2,}"  # a rule
    r"|={3,}[ \t]*"  # under a heading
    r"|\|?(?=[^|]*\|)[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*"  # under a table's head
    r")"
)
_MAY_BE_WHOLE = re.compile(
    rf"{_INDENT}(?:"
    r"([-*_])[ \t]*(?:\1[ \t]*)*|=+|={3,}[ \t]*"  # a rule, the line under a heading
    r"|:?-+:?[ \t]*(?:\|[-: \t|]*)?|:|\|.*"  # under a table's head, or a row
    r"|`{1,2}|`{3,}[^`]*|~{1,2}|~{3,}.*"  # a fence
    r")?"
)
_MAY_BE_MARKER = re.compile(
    rf"{_INDENT}(?:(?:#{{1,6}}|[->+*])[ \t]{{0,39}}|[-+*]{_GAP}\[(?:[ xX](?:\][ \t]{{0,39}})?)?)?"
)
_ROW = re.compile(rf"{_INDENT}\|(.*)\|[ \t]*")
_CELL_END = re.compile(r"(?<!\\)\|")


def is_special(line: str) -> bool:
    """Whether a line's beginning is one that markdown may give a meaning; of most lines it is not."""
    return _SPECIAL.match(line) is not None


def drops_whole(line: str) -> bool:
    """Whether a complete line has nothing to be said: a rule, the line under a heading or under a table's head."""
    return _DROPPED.fullmatch(line) is not None


def row_cells(line: str) -> list[str] | None:
    """The cells of a table's row, or None. It begins and ends with a bar."""
    row = _ROW.fullmatch(line)
    return None if row is None else [cell.replace("\\|", "|") for cell in _CELL_END.split(row[1])]


def may_be_whole(line: str) -> bool:
    """Whether the beginning of a line may become one that is markup as a whole."""
    return _MAY_BE_WHOLE.fullmatch(line) is not None


def may_be_marker(line: str) -> bool:
    """Whether the beginning of a line may become a marker, or a longer one."""
    return _MAY_BE_MARKER.fullmatch(line) is not None
