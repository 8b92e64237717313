"""Terms and how they are said: what a text is searched for."""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .entry import Entry
from .folding import any_case, exact_case, may_become
from .stream import LexiconStream
from .terms import LONGEST_LISTED, MORE, Node, add, beginnings, longest, spellings
from .usage import CountingStream, Use
from .words import KIND_OF_ASCII, WORD

Terms = Mapping[str, Any] | Iterable[Entry]


class Lexicon:
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

    __slots__ = (
        "_any",
        "_begun",
        "_exact",
        "_exactly_begun",
        "_starts",
        "alone",
        "begun",
        "entries",
        "first_words",
        "language",
    )

    def __init__(self, terms: Terms = (), *, language: str | None = None) -> None:
        if isinstance(terms, Mapping):
            terms = [Entry.of(term, value) for term, value in terms.items()]
        self.language = language
        self.entries = tuple(entry for entry in terms if language is None or _is_for(entry.language, language))
        self._any, self._exact = Node(), Node()
        for entry in self.entries if language is None else sorted(self.entries, key=lambda entry: len(entry.language)):
            self._add(entry)
        self._list_beginnings()

    def _add(self, entry: Entry) -> None:
        term = entry.term.strip()
        if not term:
            return
        if entry.case == "any":
            add(self._any, term, entry, any_case)
        else:
            for spelling in spellings(entry):
                add(self._exact, spelling, entry, exact_case)

    def _list_beginnings(self) -> None:
        exact = {any_case(first) for first in self._exact.next}
        self.first_words = frozenset({*self._any.next, *exact, "<", "&"})
        """What a term or markup begins with, in any case: nothing else need be looked at."""
        self.alone = {
            first: node.entry
            for first, node in self._any.next.items()
            if node.entry is not None and not node.next and first not in exact
        }
        """The terms of one word that no other term begins with."""
        self._begun = beginnings(self._any.next)
        self._exactly_begun = beginnings(self._exact.next)
        self.begun = self._begun | beginnings(exact) if exact else self._begun
        """What the first tokens begin with, in any case, up to `LONGEST_LISTED` characters."""
        signs = {first[0] for first in self.first_words if first[0].isascii() and not first[0].isalnum()} - {"_"}
        self._starts = re.compile(f"[A-Za-z0-9_]+|[{re.escape(''.join(sorted(signs)))}]").findall

    def may_begin(self, word: str) -> bool:
        """Whether a term begins with a word, or with a longer one that begins like it. ASCII only."""
        if len(word) <= LONGEST_LISTED:
            return word.lower() in self._begun or word in self._exactly_begun
        return may_become(word, self._any.sorted_keys, any_case) or may_become(
            word, self._exact.sorted_keys, exact_case
        )

    def may_hold(self, text: str, *, in_word: bool) -> bool:
        """Whether a text holds what a term or markup begins with, or may once more of it comes. ASCII only.

        Args:
            in_word: Whether the text goes on in the middle of a word, if it begins with a letter.
        """
        starts = self._starts(text)
        if in_word and starts and text.startswith(starts[0]) and KIND_OF_ASCII[text[0]] == WORD:
            del starts[0]
        if not starts:
            return False
        if len(starts) == 1:
            if starts[0].lower() in self.first_words:
                return True
        elif not self.first_words.isdisjoint(map(str.lower, starts)):
            return True
        return text.endswith(starts[-1]) and self.may_begin(starts[-1])

    def find(self, text: str, shape: str, place: int, *, final: bool) -> tuple[Entry | None, int]:
        """The longest term that begins with the token at `place`, and where it ends; None if there is none.

        The end is `MORE` if that needs more text. `shape`: the text's classes. `final`: nothing follows the text.
        """
        entry, end = longest(self._any, any_case, text, shape, place, final=final)
        if not self._exact.next or end == MORE:
            return entry, end
        exact, exact_end = longest(self._exact, exact_case, text, shape, place, final=final)
        return (exact, exact_end) if exact_end == MORE or (exact and exact_end >= end) else (entry, end)

    def __bool__(self) -> bool:
        """Whether there is a term to be found."""
        return bool(self._any.next or self._exact.next)

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
