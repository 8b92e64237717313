"""Which terms of a lexicon a text used, and where. Kept apart from the stream, which does not count its characters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .entry import Entry
from .search import TermSearch
from .stream import LexiconStream


@dataclass(frozen=True, slots=True)
class Use:
    """A term that was found. `position`: of its first character in the original text. `written`: as it stood there."""

    entry: Entry
    position: int
    written: str


class CountingStream:
    """A `LexiconStream` that tells of every term that it finds.

    Args:
        on_use: Called as soon as a term is sure, before `push` or `flush` returns. What it raises goes out of them.
    """

    __slots__ = ("_on_use", "_pushed", "_stream")

    def __init__(self, lexicon: TermSearch, on_use: Callable[[Use], object]) -> None:
        self._stream = LexiconStream(lexicon, self._told)
        self._on_use = on_use
        self._pushed = 0

    @property
    def lexicon(self) -> TermSearch:
        return self._stream.lexicon

    @lexicon.setter
    def lexicon(self, lexicon: TermSearch) -> None:
        self._stream.lexicon = lexicon

    @property
    def held(self) -> str:
        return self._stream.held

    def push(self, chunk: str) -> str:
        """What can be said now that `chunk` has come; "" if all is held back."""
        self._pushed += len(chunk)
        return self._stream.push(chunk)

    def flush(self) -> str:
        """What was held back, at the end of the text. Positions then count from 0 again."""
        rest = self._stream.flush()
        self._pushed = 0
        return rest

    def _told(self, entry: Entry, written: str, before_end: int) -> None:
        self._on_use(Use(entry, self._pushed - before_end, written))
