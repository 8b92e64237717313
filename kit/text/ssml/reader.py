"""SSML read as it streams: text, tags, and nothing of a tag in the text."""

from __future__ import annotations

import re

from .tags import Piece, scan

_SPECIAL = re.compile("[<&]")


class SsmlReader:
    """A text that arrives in pieces, given out as text (its entities read) and tags.

    No text raises. What cannot be markup any more is given out at once; held back are at most the `MAX_TAG`
    characters of a tag that is not complete. The text between two tags may come in several pieces; all else does not
    depend on how the text was split.
    """

    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held = ""
        """What may still become a tag or an entity."""

    def push(self, chunk: str) -> list[Piece]:
        """What is known now that `chunk` has come."""
        if not self.held and _SPECIAL.search(chunk) is None:
            return [chunk] if chunk else []
        return self._read(self.held + chunk, final=False)

    def flush(self) -> list[Piece]:
        """What was held back, at the end of the text. The reader can then take another text."""
        return self._read(self.held, final=True) if self.held else []

    def _read(self, text: str, *, final: bool) -> list[Piece]:
        pieces: list[Piece] = []
        said: list[str] = []
        position = 0
        self.held = ""
        while found := _SPECIAL.search(text, position):
            if found.start() > position:
                said.append(text[position : found.start()])
            position = found.start()
            known = scan(text, position, final=final)
            if known is None:
                self.held = text[position:]
                break
            piece, position = known
            if isinstance(piece, str):
                said.append(piece)
            else:
                if before := "".join(said):
                    pieces.append(before)
                said.clear()
                pieces.append(piece)
        else:
            said.append(text[position:])
        if rest := "".join(said):
            pieces.append(rest)
        return pieces


def read(text: str) -> list[Piece]:
    """A whole text as text and tags."""
    reader = SsmlReader()
    pieces: list[Piece] = []
    for piece in (*reader.push(text), *reader.flush()):
        if pieces and isinstance(piece, str) and isinstance(pieces[-1], str):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces
