"""Markup written for a voice while it streams: canonical SSML in, the voice's own form out."""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator, Callable

from .dialect import Dialect
from .reader import SsmlReader
from .tags import ATOMIC, SPECIAL_IN_TEXT, Tag, escape

MAX_CONTENT = 300
"""Characters that a phoneme, say-as or sub may hold: more, and it was never closed."""

OnDrop = Callable[[str, str], None]
"""Told an element's name, and why it was not written, or not all of it."""

_IN_TEXT = re.compile("[<&]")
_PARTING = frozenset(("break", "p", "s"))
"""What parts words, even where it is not written."""
_UNSAID = frozenset(("", "speak"))
_CLOSERS = frozenset(",.;:!?…)]}»”’、。，！？")


class MarkupWriter:
    """A text that arrives in pieces, written for one voice.

    No text raises, and no markup is spoken. What the voice lacks is dropped and told to `on_drop`; its text is said.
    All elements are closed at the end, and misnested ones before the one around them. What it gives, joined, does not
    depend on how the text was split. Held back are a tag that is not complete, and a phoneme, say-as or sub until it is
    closed.

    Args:
        dialect: The voice's, or its name.
        on_drop: Called with the element and the reason.
    """

    __slots__ = (
        "_atom", "_content", "_gap", "_idle", "_last", "_on_drop", "_reader", "_special", "_stack", "_written",
        "dialect",
    )  # fmt: skip

    def __init__(self, dialect: Dialect, on_drop: OnDrop | None = None) -> None:
        self.dialect = dialect
        self._on_drop = on_drop
        self._special = (SPECIAL_IN_TEXT if dialect.xml else _IN_TEXT).search
        self._reader = SsmlReader()
        self._reset()

    def _reset(self) -> None:
        self._stack: list[tuple[str, str]] = []
        self._atom: Tag | None = None
        self._content: list[str] = []
        self._written: list[str] = []
        self._gap = ""
        self._last = "\n"
        self._idle = True

    def push(self, piece: str) -> str:
        """What can be said now that `piece` has come; "" if all is held back."""
        if self._idle and self._special(piece) is None:
            if piece:
                self._last = piece
            return piece
        return self._take(piece, final=False)

    def flush(self) -> str:
        """What was held back, with all elements closed, at the end of the text. The writer can then take another."""
        said = "" if self._idle and not self._stack else self._take("", final=True)
        self._reset()
        return said

    def _take(self, piece: str, *, final: bool) -> str:
        for known in self._reader.push(piece):
            self._step(known)
        if final:
            for known in self._reader.flush():
                self._step(known)
            self._give_up_atom("never closed")
            while self._stack:
                self._close_last()
        said = "".join(self._written)
        self._written.clear()
        self._idle = not (self._reader.held or self._atom or self._gap)
        return said

    def _step(self, piece: str | Tag) -> None:
        if isinstance(piece, str):
            if self._atom is None:
                self._say(piece)
            else:
                self._content.append(piece)
                if sum(map(len, self._content)) > MAX_CONTENT:
                    self._give_up_atom(f"not closed within {MAX_CONTENT} characters")
        elif piece.kind == "close":
            self._close(piece.name)
        elif piece.name in ATOMIC and piece.kind == "open":
            self._give_up_atom("never closed")
            self._atom = piece
        else:
            self._open(piece)

    def _open(self, tag: Tag) -> None:
        """An empty element, or one around others."""
        name = tag.name
        if self._atom is not None:
            if name:
                self._drop(name, f"inside <{self._atom.name}>, which holds text only")
            return
        before, after = ("", "") if name in _UNSAID else self._form(tag, "") or ("", "")
        self._put(before)
        if tag.kind == "open":
            self._stack.append((name, after))
        else:
            self._put(after)
        if not before and not after:
            self._part(name, empty=tag.kind == "empty")

    def _part(self, name: str, *, empty: bool) -> None:
        """Nothing stands in the place of an element any more."""
        if name in _PARTING:
            self._gap = "blank"
        elif empty or name in _UNSAID:
            self._gap = self._gap or "seam"

    def _close(self, name: str) -> None:
        if self._atom is not None:
            if name == self._atom.name:
                tag, content = self._atom, "".join(self._content)
                self._atom = None
                self._content.clear()
                self._atom_done(tag, content)
                return
            if all(name != opened for opened, _ in self._stack):
                return
            self._give_up_atom("never closed")
        if all(name != opened for opened, _ in self._stack):
            return
        while self._close_last() != name:
            pass

    def _close_last(self) -> str:
        name, after = self._stack.pop()
        self._put(after)
        if not after:
            self._part(name, empty=False)
        return name

    def _atom_done(self, tag: Tag, content: str) -> None:
        written = self._form(tag, content)
        if written is None:
            self._say(content)
        elif written[0]:
            self._put(written[0], shown=content)

    def _give_up_atom(self, reason: str) -> None:
        """What was begun is no element: its text is said."""
        if self._atom is not None:
            tag, content = self._atom, "".join(self._content)
            self._atom = None
            self._content.clear()
            self._drop(tag.name, reason)
            self._say(content)

    def _form(self, tag: Tag, content: str) -> tuple[str, str] | None:
        form = self.dialect.elements.get(tag.name)
        if form is None:
            self._drop(tag.name, f"{self.dialect.name} takes no <{tag.name}>")
            return None
        return form(tag.attributes, content, lambda reason: self._drop(tag.name, f"{self.dialect.name}: {reason}"))

    def _drop(self, name: str, reason: str) -> None:
        if self._on_drop is not None:
            self._on_drop(name, reason)

    def _say(self, text: str) -> None:
        text = self._joined(text)
        if text:
            self._last = text
            self._written.append(escape(text) if self.dialect.xml else text)

    def _put(self, markup: str, shown: str = "") -> None:
        """Markup of the voice's. `shown`: the text that stands in it."""
        if not markup:
            return
        if shown:
            self._written.append(self._joined(shown)[: -len(shown)])
            self._last = shown
        self._gap = ""
        self._written.append(markup)

    def _joined(self, text: str) -> str:
        """The text, with one blank between it and what was said before, where something stood between them."""
        if not self._gap or not text:
            return text
        if self._last[-1].isspace():
            text = text.lstrip(" ")
        elif self._gap == "blank" and not text[0].isspace() and text[0] not in _CLOSERS:
            text = " " + text
        if text:
            self._gap = ""
        return text


async def written(text: AsyncIterable[str], dialect: Dialect, on_drop: OnDrop | None = None) -> AsyncIterator[str]:
    """The text as the voice takes it, piece by piece. See `MarkupWriter`."""
    writer = MarkupWriter(dialect, on_drop)
    async for piece in text:
        if said := writer.push(piece):
            yield said
    if said := writer.flush():
        yield said


def write(text: str, dialect: Dialect, on_drop: OnDrop | None = None) -> str:
    """A whole text as the voice takes it. See `MarkupWriter`."""
    writer = MarkupWriter(dialect, on_drop)
    return writer.push(text) + writer.flush()
