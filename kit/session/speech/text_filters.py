"""What of an answer is not to be spoken, as the settings say: the marks of Markdown, and emoji."""

from __future__ import annotations

import re
from typing import Protocol

from ...text.emoji import EmojiStream
from ...text.markdown import MarkdownStream
from ...tuning import Pronunciation

_LETTERS = "A-Za-zÀ-ÖØ-öø-ɏ"
_PLAIN = re.compile(f"[{_LETTERS} ,.?']*")
_PLAIN_BEGINNING = re.compile(f"[{_LETTERS}][{_LETTERS} ,.?']*")
"""Nothing in it is a mark or part of one, wherever it stands in a line."""


class TextFilter(Protocol):
    """Takes a text in pieces, and gives what is to be spoken of it as early as that is known."""

    def push(self, piece: str) -> str: ...

    def flush(self) -> str: ...


class SpokenText:
    """All filters that the settings ask for, one behind the other, for one text.

    While a text is plain there are none: most answers never need them.
    """

    __slots__ = ("_filters", "_last", "_settings")

    def __init__(self, settings: Pronunciation) -> None:
        self._settings = settings
        self._last = ""
        self._filters: list[TextFilter] | None = None

    def push(self, piece: str) -> str:
        """What can be spoken now that `piece` has come; "" if all is held back."""
        if self._filters is None:
            if (_PLAIN if self._last else _PLAIN_BEGINNING).fullmatch(piece):
                self._last = piece or self._last
                return piece
            self._filters = self._begun()
        for text_filter in self._filters:
            piece = text_filter.push(piece)
        return piece

    def flush(self) -> str:
        """What was held back, at the end of the text."""
        rest = ""
        for text_filter in self._filters or ():
            rest = (text_filter.push(rest) if rest else "") + text_filter.flush()
        return rest

    def _begun(self) -> list[TextFilter]:
        """Filters that know what stands before: its last piece is all that matters to them."""
        filters: list[TextFilter] = []
        if self._settings.filter_markdown:
            filters.append(MarkdownStream())
        if self._settings.filter_emoji:
            filters.append(EmojiStream())
        if self._last:
            for text_filter in filters:
                text_filter.push(self._last if self._last[0].isalpha() else f"x{self._last}")
        return filters
