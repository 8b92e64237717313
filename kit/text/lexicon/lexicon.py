"""Terms and how they are said."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .entry import Entry
from .search import TermSearch
from .stream import LexiconStream
from .usage import CountingStream, Use

Terms = Mapping[str, Any] | Iterable[Entry]


class Lexicon(TermSearch):
    """Terms and how they are said. Immutable, and shared between any number of texts.

    Of entries for the same term the last one holds, and one whose case matters goes before one whose case does not.
    A blank term is never found.

    Args:
        terms: What to say by term, as `Entry.of` takes it; or entries.
        language: A BCP 47 tag. Entries for another language are left out: with "de-AT" those for "de" count, and those
            for "de-DE" do not; the one for the nearest language holds. None: all count.

    Raises:
        LexiconError: an entry is not as it should be.
    """

    __slots__ = ("entries", "language")

    def __init__(self, terms: Terms = (), *, language: str | None = None) -> None:
        if isinstance(terms, Mapping):
            terms = [Entry.of(term, value) for term, value in terms.items()]
        self.language = language
        self.entries = tuple(entry for entry in terms if language is None or _is_for(entry.language, language))
        nearest_last = language is not None
        super().__init__(sorted(self.entries, key=lambda e: len(e.language)) if nearest_last else self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lexicon) and (self.entries, self.language) == (other.entries, other.language)

    def __hash__(self) -> int:
        return hash((self.entries, self.language))

    def __repr__(self) -> str:
        return f"Lexicon({len(self.entries)} entries)"

    @property
    def terms(self) -> Mapping[str, str | Entry]:
        """What to say by term, as `Tuning`'s `pronunciation.terms` takes it. Of entries for one term the last holds."""
        return MappingProxyType({entry.term: _as_value(entry) for entry in self.entries})

    def apply(self, text: str) -> str:
        """The text with its terms said as the lexicon says."""
        stream = LexiconStream(self)
        return stream.push(text) + stream.flush()

    def uses(self, text: str) -> list[Use]:
        """Which terms a text uses, in order, with their places in it."""
        found: list[Use] = []
        stream = self.stream(found.append)
        stream.push(text)
        stream.flush()
        return found

    def stream(self, on_use: Callable[[Use], object] | None = None) -> LexiconStream | CountingStream:
        """A new text that arrives in pieces. `on_use` is called for every term that is found in it."""
        return LexiconStream(self) if on_use is None else CountingStream(self, on_use)

    @classmethod
    def load(cls, path: str | Path, *, language: str | None = None) -> Lexicon:
        """Read a lexicon: W3C PLS (.pls, .xml), TOML, or JSON, by the name of the file.

        Raises:
            LexiconError: it cannot be read, or is not as it should be. Names the file, the line, and the reason.
        """
        from .files import read

        return cls(read(path), language=language)

    def save(self, path: str | Path) -> None:
        """Write it, as W3C PLS (.pls, .xml), TOML, or JSON, by the name of the file. It appears whole or not at all.

        Raises:
            LexiconError: it cannot be written, or an entry has what the format cannot hold.
        """
        from .files import write

        write(path, self.entries)


async def pronounce(
    text: AsyncIterable[str], lexicon: Lexicon, on_use: Callable[[Use], object] | None = None
) -> AsyncIterator[str]:
    """The text with its terms said as the lexicon says, piece by piece.

    See `LexiconStream` for a lexicon that changes meanwhile.
    """
    stream = lexicon.stream(on_use)
    push = stream.push
    async for chunk in text:
        if said := push(chunk):
            yield said
    if said := stream.flush():
        yield said


def _as_value(entry: Entry) -> str | Entry:
    value = entry.plain()
    return value if isinstance(value, str) else entry


def _is_for(wanted: str, language: str) -> bool:
    """Whether an entry for a language, or for all of its kinds, is for this one (RFC 4647's basic filtering)."""
    wanted, language = wanted.lower(), language.lower()
    return not wanted or language == wanted or language.startswith(wanted + "-")
