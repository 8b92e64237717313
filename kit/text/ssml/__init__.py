"""SSML: made, read as it streams, and written for each voice.

- `Speech` puts a speech together, and cannot make bad markup.
- `SsmlReader` reads text and tags out of text as an LLM writes it; `PlainText` gives what a transcript shows of it.
- `MarkupWriter` writes it as a voice takes it: `DIALECTS` is the table of what each does, with its sources.
- A TTS says which dialect it takes in an attribute `markup`, a name of the table or a `Dialect`: `dialect_of(tts)`. One
  that says nothing is given plain text.
"""

from __future__ import annotations

import difflib
from typing import Any

from .dialect import Dialect
from .dialects import DIALECTS, READ
from .reader import SsmlReader, read
from .speech import Speech
from .tags import MAX_TAG, Piece, Tag, escape, unescape
from .transcript import PlainText, plain_text
from .whole import blank_out, has_markup, whole_elements
from .writer import MAX_CONTENT, MarkupWriter, OnDrop, write, written

__all__ = [
    "DIALECTS",
    "MAX_CONTENT",
    "MAX_TAG",
    "READ",
    "Dialect",
    "MarkupWriter",
    "OnDrop",
    "Piece",
    "PlainText",
    "Speech",
    "SsmlReader",
    "Tag",
    "blank_out",
    "dialect",
    "dialect_of",
    "escape",
    "has_markup",
    "plain_text",
    "read",
    "unescape",
    "whole_elements",
    "write",
    "written",
]


def dialect(name: str) -> Dialect:
    """The dialect of this name.

    Raises:
        ValueError: there is none, with the names that are near.
    """
    if name not in DIALECTS:
        near = difflib.get_close_matches(name, DIALECTS, n=3) or list(DIALECTS)
        raise ValueError(f"there is no dialect of markup {name!r}: did you mean {', '.join(near)}?")
    return DIALECTS[name]


def dialect_of(tts: Any) -> Dialect:
    """What a TTS takes: its attribute `markup`, or plain text if it has none.

    Raises:
        ValueError: it names a dialect that there is not.
    """
    said = getattr(tts, "markup", None)
    return said if isinstance(said, Dialect) else dialect(said or "plain")
