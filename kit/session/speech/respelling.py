"""Words as they are to be said: the lexicon of the present settings, made once for all texts."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...text.lexicon import Entry, Lexicon


class Respelling:
    """
    Args:
        terms: As of `Pronunciation.terms`. Their lexicon is made now: a large one takes a tenth of a second, which the
            next answer has not.
    """

    def __init__(self, terms: Mapping[str, str | Entry]) -> None:
        self._terms: Mapping[str, str | Entry] = {}
        self._lexicon: Lexicon | None = None
        """None as long as there were never any terms."""
        self.use(terms)

    def use(self, terms: Mapping[str, str | Entry]) -> None:
        """From the next piece of a text on."""
        if terms is self._terms or terms == self._terms:
            return
        from ...text.lexicon import Lexicon

        self._terms, self._lexicon = terms, Lexicon(terms)

    def of(self, text: AsyncIterable[str]) -> AsyncIterable[str]:
        """The text as it is to be said. Where there are no terms as it begins, it is left as it is."""
        return self._of(text) if self._terms else text

    async def _of(self, text: AsyncIterable[str]) -> AsyncIterator[str]:
        assert self._lexicon is not None
        stream = self._lexicon.stream()
        async for piece in text:
            stream.lexicon = self._lexicon
            if said := stream.push(piece):
                yield said
        if said := stream.flush():
            yield said
