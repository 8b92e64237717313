"""What a voice takes: a dialect of SSML, a form of its own, or plain text."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from .forms import Form, alias_as_text
from .tags import escape_value, unescape
from .whole import blank_out, whole_elements

Verified = Literal["docs", "part", "measured", "no"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How text with markup is given to a voice.

    Args:
        name: Of the dialect.
        elements: How each element is written. What is not among them is dropped, and its text said. `sub` is among them
            always: where the voice has no such thing, the alias is what it is given as text.
        xml: Whether the text is XML: then its "<", ">" and "&" are escaped.
        wrap: What stands before and behind a request, where the voice needs a whole document a request. "{lang}" and
            "{voice}" in it are to be named.
        sources: Where that is documented.
        verified: "docs": read there. "part": some of it was. "measured": heard. "no": not found in documentation, so
            that the voice is given plain text.
        note: What else to know.
    """

    name: str
    elements: Mapping[str, Form] = field(default_factory=dict)
    xml: bool = False
    wrap: tuple[str, str] = ("", "")
    sources: tuple[str, ...] = ()
    verified: Verified = "docs"
    note: str = ""

    def __post_init__(self) -> None:
        if "sub" not in self.elements:
            object.__setattr__(self, "elements", {**self.elements, "sub": alias_as_text(xml=self.xml)})

    def document(self, fragment: str, *, lang: str = "en-US", voice: str = "") -> str:
        """A request: what `MarkupWriter` wrote of a sentence, or of several, all elements closed, as a document."""
        head = self.wrap[0].replace("{lang}", escape_value(lang)).replace("{voice}", escape_value(voice))
        return f"{head}{fragment}{self.wrap[1]}"

    async def requests(self, sentences: AsyncIterable[str], *, wrap: bool = True) -> AsyncIterator[str]:
        """Sentences that `MarkupWriter` wrote, each as a request by itself: all its elements closed, and a document.

        Args:
            wrap: False where the service's client puts the document around it.
        """
        if not self.xml:
            async for sentence in sentences:
                yield sentence
            return
        async for sentence in whole_elements(sentences):
            if any(map(str.isalnum, unescape(blank_out(sentence)))):
                yield self.document(sentence.strip()) if wrap else sentence
