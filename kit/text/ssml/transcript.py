"""What is shown and remembered of a text with markup: its words, without the markup."""

from __future__ import annotations

from .dialect import Dialect
from .forms import Attributes, Lose
from .tags import ATOMIC
from .writer import MarkupWriter


def _as_written(attributes: Attributes, content: str, lose: Lose) -> tuple[str, str]:
    return content, ""


_TRANSCRIPT = Dialect("transcript", dict.fromkeys(ATOMIC, _as_written))


class PlainText(MarkupWriter):
    """A text that arrives in pieces, without its markup: `push` and `flush` as of a text filter.

    What is written in an element is shown: of a `<sub>` the text, not the alias. A break between two words becomes a
    blank. Entities are read. A text without "<" and "&" passes as it is.
    """

    def __init__(self) -> None:
        super().__init__(_TRANSCRIPT)


def plain_text(text: str) -> str:
    """A whole text without its markup. See `PlainText`."""
    stream = PlainText()
    return stream.push(text) + stream.flush()
