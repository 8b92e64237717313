"""SSML in what the agent says: it is shown without its tags, and the TTS is given it in the form that it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...text.ssml import MarkupWriter, OnDrop


class Marked:
    """A stream of text that is made by `make` once the text holds a "<" or "&". Until then it passes: most answers have
    no markup, and what reads it need not be loaded for them."""

    __slots__ = ("_last", "_make", "_stream")

    def __init__(self, make: Callable[[], MarkupWriter]) -> None:
        self._make = make
        self._last = ""
        self._stream: MarkupWriter | None = None

    def push(self, piece: str) -> str:
        """What can be given on now that `piece` has come; "" if all is held back."""
        if self._stream is None:
            if "<" not in piece and "&" not in piece:
                self._last = piece or self._last
                return piece
            self._stream = self._make()
            self._stream.push(self._last)
        return self._stream.push(piece)

    def flush(self) -> str:
        """What was held back, at the end of the text."""
        return "" if self._stream is None else self._stream.flush()


def shown() -> Marked:
    """What a transcript shows of a text."""

    def make() -> MarkupWriter:
        from ...text.ssml import PlainText

        return PlainText()

    return Marked(make)


def written_for(tts: Any, on_drop: OnDrop) -> Marked:
    """A text in the form that a TTS takes. `on_drop` is told what it does not take, once for each reason."""

    def make() -> MarkupWriter:
        from ...text.ssml import MarkupWriter, dialect_of

        told: set[tuple[str, str]] = set()

        def tell(element: str, reason: str) -> None:
            if (element, reason) not in told:
                told.add((element, reason))
                on_drop(element, reason)

        return MarkupWriter(dialect_of(tts), tell)

    return Marked(make)


def check_markup(tts: Any) -> None:
    """Raises ValueError where a TTS names a form of markup that there is not."""
    if getattr(tts, "markup", None):
        from ...text.ssml import dialect_of

        dialect_of(tts)


def has_words(text: str) -> bool:
    """Whether there is anything in a text to say: a pause alone is silent."""
    if "<" in text or "&" in text:
        from ...text.ssml import plain_text

        text = plain_text(text)
    return any(map(str.isalnum, text))
