"""Emoji taken out of text that streams.

What goes is a whole sequence at once, however it is split: skin tones, flags, families joined by zero width joiners,
the tags of regional flags. Of a keycap the digit stays: "Press 1️⃣" is said as "Press 1". A sign that is a letter or
a symbol unless it is followed by the emoji variation selector (™, ↔) goes only with that selector. Music's ♭ ♮ ♯ stay.

Where an emoji stood between blanks one blank stays, and where it stood between words there is one.
"""

from __future__ import annotations

import re

_EMOJI = (
    "\U0001f000-\U0001fbff\u2600-\u266c\u2670-\u27bf\u2b00-\u2bff\u231a\u231b\u23e9-\u23f3\u23f8-\u23fa\u25fd\u25fe"
)
"""Blocks and signs that are shown as emoji by themselves; Unicode's emoji-data, with the symbols of their blocks."""

_SIGN = "©®‼⁉™ℹ↔↕↖↗↘↙↩↪⌨⏏Ⓜ▪▫▶◀◻◼⤴⤵〰〽㊗㊙"
"""Shown as emoji only with the variation selector."""

_SELECTORS = "\ufe0e\ufe0f\u20e3"
_AFTER = f"[{_SELECTORS}\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*"
_FIRST = f"(?:[{_EMOJI}]{_AFTER}|[{_SIGN}]\ufe0f{_AFTER})"
_SEQUENCE = re.compile(f"{_FIRST}(?:\u200d[{_EMOJI}{_SIGN}]?{_AFTER})*|[{_SELECTORS}]+")
_BLANK = " \t\u00a0"


class EmojiStream:
    """A text that arrives in pieces. Of what will be said nothing is held back but a sign that may become an emoji."""

    __slots__ = ("_gap", "_held", "_last")

    def __init__(self) -> None:
        self._held = ""
        self._last = ""
        self._gap = False

    def push(self, piece: str) -> str:
        """What can be said now that `piece` has come."""
        if not self._held and not self._gap and piece.isascii():
            self._last = piece[-1:] or self._last
            return piece
        return self._without(self._held + piece, final=False)

    def flush(self) -> str:
        """What was held back, at the end of the text. The stream can then take another text."""
        kept = self._without(self._held, final=True) if self._held else ""
        self._gap, self._last = False, ""
        return kept

    def _without(self, text: str, *, final: bool) -> str:
        kept: list[str] = []
        position, end = 0, len(text)
        for found in _SEQUENCE.finditer(text):
            if found.end() == end and not final and found[0][0] not in _SELECTORS:
                end = found.start()  # it may go on
                break
            self._keep(text[position : found.start()], kept)
            position = found.end()
            self._gap = self._gap or found[0][0] not in _SELECTORS
        if position < end == len(text) and text[-1] in _SIGN and not final:
            end -= 1
        self._keep(text[position:end], kept)
        self._held = text[end:]
        return "".join(kept)

    def _keep(self, text: str, kept: list[str]) -> None:
        """Add a text behind what is kept; one blank is enough for the two around an emoji."""
        if not text:
            return
        if self._gap:
            self._gap = False
            if text[0] in _BLANK and (not self._last or self._last.isspace()):
                text = text[1:]
            elif text[0].isalnum() and self._last.isalnum():
                text = " " + text
        if text:
            kept.append(text)
            self._last = text[-1]
