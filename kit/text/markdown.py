"""Markdown's marks taken out of text that streams, and its words left.

- The marks of headings, bullets, quotes, bold, italics and inline code vanish; the numbers of a list stay.
- A link or an image says its text. Struck text is not said.
- A block of code is said as it stands, without its fences. A rule vanishes.
- A row of a table is said as its cells with commas between.
- `2 * 3`, `snake_case`, `*args`, `[1]`, `~5` and all else that is no pair of marks stay as they are. So do entities.

Emphasis, code, struck text and a link's text are on one line and at most `MAX_SPAN` characters long, or they are no
markup: so much may be held back. Nothing else is, and what is released does not depend on how the text was split.
"""

from __future__ import annotations

import re

from .markdown_lines import FENCE, MARKER, MAX_SPAN, drops_whole, is_special, may_be_marker, may_be_whole, row_cells
from .markdown_spans import Spans, Told, has_marks

_BLANKS_TO_END = re.compile(r"[ \t]{0,40}(\n|\Z)")


class MarkdownStream:
    """A text that arrives in pieces."""

    __slots__ = ("_before", "_fence", "_held", "_line_begins", "_told")

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._held = ""
        self._before = "\n"
        self._line_begins = True
        self._fence = ""
        self._told = Told()

    def push(self, piece: str) -> str:
        """What can be said now that `piece` has come; "" if all is held back."""
        plain_line = not self._line_begins or piece[:1].isalpha()  # no mark that a line begins with is a letter
        if self._held or not plain_line or self._fence or self._told.gap or has_marks(piece):
            return self._take(self._held + piece, final=False)
        if piece:
            self._line_begins = False
            self._before = self._told.last = piece[-1]
        return piece

    def flush(self) -> str:
        """What was held back, at the end of the text. The stream can then take another text."""
        said = self._take(self._held, final=True) if self._held else ""
        self._reset()
        return said

    def _take(self, text: str, *, final: bool) -> str:
        said: list[str] = []
        position, size = 0, len(text)
        while position < size:
            if self._fence:
                step = self._code
            elif self._line_begins:
                step = self._line_start
            else:
                step = self._line
            taken = step(text, position, final, said)
            if taken < 0:
                position = ~taken
                break
            position = taken
        self._held = text[position:]
        if position:
            self._before = text[position - 1]
        return "".join(said)

    # Each step returns the place up to which the text is done with, or its complement (~) if the rest needs more text.

    def _line_start(self, text: str, position: int, final: bool, said: list[str]) -> int:
        """A whole line that is markup, or the marker that a line begins with."""
        newline = text.find("\n", position, position + MAX_SPAN + 1)
        end = newline if newline >= 0 else min(len(text), position + MAX_SPAN + 1)
        line = text[position:end]
        if not is_special(line):
            self._line_begins = False
            return position
        complete = newline >= 0 or (final and end == len(text))
        if len(line) <= MAX_SPAN:
            if complete and (after := self._whole_line(line, said)):
                return min(len(text), end + 1) if after == "line" else end
            if not complete and may_be_whole(line):
                return ~position
        if not complete and may_be_marker(line):
            return ~position
        marker = MARKER.match(line)
        if marker is not None:
            self._line_begins = "#" not in marker[0]
            return position + marker.end()
        self._line_begins = False
        return position

    def _whole_line(self, line: str, said: list[str]) -> str:
        """ "line" if it vanishes with its line break, "text" if the break stays, "" if it is no such line."""
        if drops_whole(line):
            return "line"
        if fence := FENCE.fullmatch(line):
            self._fence = fence[1]
            return "line"
        cells = row_cells(line)
        if cells is None:
            return ""
        row = ", ".join(filter(None, (_plain(cell).strip() for cell in cells)))
        self._told.say(row, said)
        self._line_begins = False
        return "text"

    def _line(self, text: str, position: int, final: bool, said: list[str]) -> int:
        """The rest of a line."""
        spans = Spans(text, self._before, self._told, final=final)
        end = spans.read(position)
        said.extend(spans.pieces)
        self._told = spans.told
        if spans.fence:
            self._fence = spans.fence
        self._line_begins = spans.line_ended
        return ~end if spans.incomplete else end

    def _code(self, text: str, position: int, final: bool, said: list[str]) -> int:
        """A block of code up to its closing fence."""
        mark = self._fence[0]
        found = text.find(self._fence, position)
        if found < 0:
            end = len(text)
            while not final and end > position and text[end - 1] == mark:
                end -= 1
            self._told.say(text[position:end], said)
            return end if end == len(text) else ~end
        self._told.say(text[position:found], said)
        after = found + len(self._fence)
        while after < len(text) and text[after] == mark:
            after += 1
        blanks = _BLANKS_TO_END.match(text, after)
        if blanks is not None and not blanks[1] and not final:
            return ~found
        self._fence = ""
        self._line_begins = blanks is not None
        return after if blanks is None else blanks.end()


def _plain(text: str) -> str:
    """A whole text without the marks inside its lines."""
    spans = Spans(text, "\n", Told(), final=True)
    spans.read(0)
    return "".join(spans.pieces)
