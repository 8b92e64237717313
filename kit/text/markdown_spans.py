"""Markdown inside a line: emphasis, code, struck text, links and images, escapes.

A line is read from a place on; where it breaks off, the place is told from which it is to be read again once there is
more of it. Marks of emphasis are kept on a stack until their closing ones come; those that stay alone are text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from .markdown_lines import MAX_SPAN

MAX_ADDRESS = 2000
"""Characters of a link's address at most."""

_SPECIAL = re.compile(r"[*_`~\[!\\\n]")
_TICKS = re.compile(r"`+|\n")
_INFO = re.compile(r"[^\s`]{0,80}[ \t]{0,40}")
_STRUCK = re.compile(rf"[^~\n]{{1,{MAX_SPAN}}}(?<!\s)~~")
_MAY_BE_STRUCK = re.compile(rf"[^~\n]{{0,{MAX_SPAN}}}~?")
_LABEL = re.compile(r"\[(?:[^\[\]\n]|\[[^\[\]\n]*\])*")
_OPEN_LABEL = re.compile(r"\[[^\[\]\n]*")
_PLACE = r"\([^\s()]*(?:\([^\s()]*\)[^\s()]*)*"
_TITLE = "(?:\"[^\"\n]*\"|'[^'\n]*')"
_ADDRESS = re.compile(rf"{_PLACE}(?:[ \t]{{1,8}}{_TITLE})?[ \t]{{0,8}}\)")
_MAY_BE_ADDRESS = re.compile(rf"{_PLACE}(?:\([^\s()]*|[ \t]{{1,8}}(?:{_TITLE}[ \t]{{0,8}}|\"[^\"\n]*|'[^'\n]*)?)?")
_ESCAPABLE = frozenset("*_`~[]#>|!")

_UNSPACED = re.compile(
    "[\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\uff66-\uff9d]"
)
"""Thai, Chinese, Japanese and Korean letters: emphasis stands next to them without a blank."""


@dataclass(slots=True)
class Told:
    """The end of what was said. `gap`: something was taken out there."""

    last: str = ""
    gap: bool = False

    def say(self, text: str, pieces: list[str]) -> int:
        """Add a text, of the two blanks around a gap only one. Returns how many characters were added."""
        if not text:
            return 0
        if self.gap:
            self.gap = False
            if text[0] in " \t" and (not self.last or self.last.isspace()):
                text = text[1:]
        if text:
            pieces.append(text)
            self.last = text[-1]
        return len(text)


@dataclass(slots=True)
class _Opener:
    """Marks that may begin emphasis: `left` of them are not closed. The rest tells what was there before them."""

    mark: str
    left: int
    index: int
    piece: int
    said: int
    last: str
    gap: bool


class _MoreWanted(Exception):
    """A span may go on behind the end of the text."""


def has_marks(text: str) -> bool:
    """Whether anything in a text may be markup or ends a line."""
    return _SPECIAL.search(text) is not None


class Spans:
    """One reading of a line of `text`.

    `pieces` is what it says, `told` the end of that. `line_ended`: its line break was read. `incomplete`: the rest is
    to be read again with more text. `fence`: the marks of a block of code that begins behind it.
    """

    def __init__(self, text: str, before: str, told: Told, *, final: bool) -> None:
        self.pieces: list[str] = []
        self.told = Told(told.last, told.gap)
        self.line_ended = False
        self.incomplete = False
        self.fence = ""
        self._text = text
        self._before = before
        self._final = final
        self._said = 0
        self._openers: list[_Opener] = []

    def read(self, position: int) -> int:
        """Read from a place on to the line's end. Returns where the reading ended, or is to begin anew."""
        text = self._text
        while not self.line_ended:
            special = _SPECIAL.search(text, position)
            end = len(text) if special is None else special.start()
            self._say(text[position:end])
            position = end
            if special is None:
                break
            try:
                position = self._at_special(special[0], position)
            except _MoreWanted:
                self.incomplete = True
                break
        if self._final or self.line_ended:
            return position
        self._expire()
        return self._before_openers(position) if self._openers else position

    def _before_openers(self, position: int) -> int:
        """Take back what was read from the first opener on: whether it is a mark is not known."""
        first = self._openers[0]
        del self.pieces[first.piece :]
        self.told = Told(first.last, first.gap)
        self.incomplete = True
        return first.index

    def _at_special(self, mark: str, at: int) -> int:
        if mark == "\n":
            self._openers.clear()
            self.line_ended = True
            self._say("\n")
            return at + 1
        if mark == "\\":
            return self._escape(at)
        if mark in "[!":
            return self._link(at)
        end = self._run_end(mark, at)
        if mark in "*_":
            return self._emphasis(mark, at, end)
        self._need(end)
        return self._code(at, end) if mark == "`" else self._struck(at, end)

    def _say(self, text: str) -> None:
        self._said += self.told.say(text, self.pieces)

    def _take_out(self) -> None:
        self.told.gap = True

    def _run_end(self, mark: str, at: int) -> int:
        text, end = self._text, at + 1
        while end < len(text) and text[end] == mark:
            end += 1
        return end

    def _need(self, at: int) -> None:
        """The character at this place must be known, or the text must have ended."""
        if at >= len(self._text) and not self._final:
            raise _MoreWanted

    def _escape(self, at: int) -> int:
        self._need(at + 1)
        following = self._text[at + 1 : at + 2]
        if following and following in _ESCAPABLE:
            self._say(following)
            return at + 2
        self._say("\\")
        return at + 1

    def _code(self, at: int, end: int) -> int:
        text, width = self._text, end - at
        for run in _TICKS.finditer(text, end):
            if run.start() - end > MAX_SPAN or run[0] == "\n":
                break
            if run.end() == len(text):
                self._need(len(text))
            if len(run[0]) == width:
                code = text[end : run.start()]
                self._say(code[1:-1] if code[0] == code[-1] == " " and code.strip() else code)
                return run.end()
        else:
            if len(text) - end <= MAX_SPAN:
                self._need(len(text))
        if width < 3:
            self._say(text[at:end])
            return end
        return self._late_fence(at, end)

    def _late_fence(self, at: int, end: int) -> int:
        """Marks of a block of code that are not at the beginning of their line: never said."""
        info = _INFO.match(self._text, end)
        assert info is not None
        after = info.end()
        if after == len(self._text) or self._text[after] == "\n":
            self.fence = self._text[at:end]
            self._say("\n")
            self._openers.clear()
            self.line_ended = True
            return min(after + 1, len(self._text))
        return end

    def _struck(self, at: int, end: int) -> int:
        text = self._text
        if end - at == 2 and not text[end : end + 1].isspace():
            struck = _STRUCK.match(text, end)
            if struck is not None:
                self._take_out()
                return struck.end()
            if _MAY_BE_STRUCK.fullmatch(text, end):
                self._need(len(text))
        self._say(text[at:end])
        return end

    def _link(self, at: int) -> int:
        text = self._text
        bracket = at + (text[at] == "!")
        self._need(bracket)
        if text[bracket : bracket + 1] == "[" and (found := self._label_and_address(bracket)) is not None:
            label, end = found
            inside = Spans(label, self._before if not at else text[at - 1], Told(), final=True)
            inside.read(0)
            said = "".join(inside.pieces)
            if said:
                self._say(said)
            else:
                self._take_out()
            return end
        self._say(text[at])
        return at + 1

    def _label_and_address(self, at: int) -> tuple[str, int] | None:
        """A link's text and its end. None if there is no link."""
        text = self._text
        label = _LABEL.match(text, at, at + MAX_SPAN + 1)
        assert label is not None
        end = label.end()
        if end - at > MAX_SPAN:
            return None
        if end == len(text) or (_OPEN_LABEL.fullmatch(text, end) and len(text) - at <= MAX_SPAN):
            self._need(len(text))
            return None
        if text[end] != "]":
            return None
        self._need(end + 1)
        if text[end + 1 : end + 2] != "(":
            return None
        address = _ADDRESS.match(text, end + 1, end + 1 + MAX_ADDRESS)
        if address is not None:
            return text[at + 1 : end], address.end()
        if len(text) - end <= MAX_ADDRESS and _MAY_BE_ADDRESS.fullmatch(text, end + 1):
            self._need(len(text))
        return None

    def _emphasis(self, mark: str, at: int, end: int) -> int:
        text, left, told = self._text, end - at, self.told
        before = text[at - 1] if at else self._before
        self._expire()
        may_open = before != mark and not _inside_word(mark, before)
        if may_open or self._openers:
            self._need(end)
        after = text[end : end + 1]
        if left <= 3 and not before.isspace() and not _inside_word(mark, after):
            left = self._close(mark, left)
        if left == end - at <= 3 and may_open and after and not after.isspace():
            self._openers.append(_Opener(mark, left, at, len(self.pieces), self._said, told.last, told.gap))
        self._say(mark * left)
        return end

    def _close(self, mark: str, left: int) -> int:
        """Close the openers of this mark, the last one first. Returns how many marks are left."""
        openers = self._openers
        index = len(openers) - 1
        while left and index >= 0:
            opener = openers[index]
            if opener.mark == mark:
                used = min(left, opener.left)
                left -= used
                opener.left -= used
                self.pieces[opener.piece] = mark * opener.left
                del openers[index + (opener.left > 0) :]
            index -= 1
        return left

    def _expire(self) -> None:
        """Openers whose text has become too long are no marks."""
        while self._openers and self._said - self._openers[0].said > MAX_SPAN:
            del self._openers[0]


def _inside_word(mark: str, neighbour: str) -> bool:
    """Whether this character before or behind the mark makes it a sign within a word."""
    if not neighbour or not (neighbour.isalnum() or unicodedata.category(neighbour)[0] == "M"):
        return False
    return mark == "_" or _UNSPACED.match(neighbour) is None
