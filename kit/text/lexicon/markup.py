"""Markup inside a text, which is never searched for terms, and what of a lexicon goes out as markup."""

from __future__ import annotations

from ..ssml.tags import ATOMIC, MAX_TAG, Tag, escape, open_tag, scan
from .entry import Entry

OPEN = -1
"""Whether it becomes markup only what follows can tell."""


def markup_end(text: str, start: int, *, final: bool) -> tuple[int, str]:
    """Where the markup that begins with the `<` or `&` at `start` ends; 0 if there is none, or `OPEN`.

    And the name of an element that opens there and has its pronunciation already: `phoneme`, `say-as`, `sub`, `spell`.
    """
    found = scan(text, start, final=final)
    if found is None:
        return OPEN, ""
    piece, end = found
    if not isinstance(piece, Tag):
        return (end if end > start + 1 else 0), ""
    return end, piece.name if piece.kind == "open" and piece.name in ATOMIC else ""


def closing_tag(text: str, start: int, name: str) -> tuple[int, int]:
    """Where the closing tag of an element begins and ends.

    Or, if it has not ended, where it may have begun, and 0; the end of the text if it has not begun.
    """
    at = text.find("</", start)
    while at >= 0:
        end = at + 2 + len(name)
        if text[at + 2 : end].lower() == name:
            close = end
            while close < len(text) and text[close].isspace() and close - at < MAX_TAG:
                close += 1
            if close == len(text) and close - at < MAX_TAG:
                return at, 0
            if close < len(text) and text[close] == ">":
                return at, close + 1
        elif len(text) < end and name.startswith(text[at + 2 :].lower()):
            return at, 0
        at = text.find("</", at + 2)
    return len(text) - text.endswith("<"), 0


def spoken(entry: Entry, written: str) -> str:
    """What goes out for a term as it stands in a text: plain text, or an element of SSML around it."""
    if entry.respelling is not None:
        return entry.respelling
    if entry.ipa is not None:
        return f"{open_tag('phoneme', {'alphabet': 'ipa', 'ph': entry.ipa})}{escape(written)}</phoneme>"
    return f"{open_tag('say-as', {'interpret-as': entry.say_as or ''})}{escape(written)}</say-as>"
