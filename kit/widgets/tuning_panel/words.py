"""A lexicon as the rows of a table, and what there is to say of each: what a linter finds, how a voice says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...text.lexicon import Entry, Lexicon, LexiconError, Preview, lint, preview
from ...text.lexicon.previewing import Phonemes

WAYS = ("respelling", "ipa", "say_as")
Terms = Mapping[str, str | Entry]
Row = dict[str, str]


def rows(terms: Terms) -> list[Row]:
    """Each term with the way it is said, that text, its case rule and its language."""
    return [_row(Entry.of(term, value)) for term, value in terms.items()]


def entry_of(row: Mapping[str, Any]) -> Entry:
    """The entry that a row describes.

    Raises:
        LexiconError: it has no term, or says nothing that can be said.
    """
    term, way, said = (str(row.get(name) or "") for name in ("term", "way", "said"))
    if not term.strip():
        raise LexiconError("a word is needed: write it as it stands in the texts")
    value = {
        way or "respelling": said,
        "case": str(row.get("case") or "any"),
        "language": str(row.get("language") or ""),
    }
    return Entry.of(term, value)


def with_row(terms: Terms, was: str, entry: Entry) -> dict[str, str | Entry]:
    """The terms with an entry in the place of the term `was`, or at the end where that is not there.

    Raises:
        LexiconError: another row has the term.
    """
    if entry.term != was and entry.term in terms:
        raise LexiconError(f"{entry.term!r} is there already: change that row")
    value = _value(entry)
    if was not in terms:
        return {**terms, entry.term: value}
    return {(entry.term if term == was else term): (value if term == was else said) for term, said in terms.items()}


def without(terms: Terms, term: str) -> dict[str, str | Entry]:
    return {other: said for other, said in terms.items() if other != term}


def marks(terms: Terms) -> dict[str, list[list[str]]]:
    """By term, the linter's findings: how severe, and in words."""
    found: dict[str, list[list[str]]] = {}
    for finding in lint([Entry.of(term, value) for term, value in terms.items()]):
        found.setdefault(finding.entry.term, []).append([finding.severity, f"{finding.reason}; {finding.advice}"])
    return found


class Sounds:
    """How a voice says words, in the International Phonetic Alphabet, before and after. Each is asked for once."""

    def __init__(self, phonemes: Phonemes) -> None:
        self._phonemes = phonemes
        self._known: dict[Entry, Preview] = {}

    def of(self, entries: Iterable[Entry]) -> dict[str, dict[str, str]]:
        """By term. `note` is there where the voice says it so already."""
        told = {}
        for entry in entries:
            heard = self._known.get(entry)
            if heard is None:
                heard = self._known[entry] = preview([entry], self._phonemes)[0]
            note = "this voice says it so already" if heard.same else ""
            told[entry.term] = {"now": heard.now, "then": heard.then, "note": note}
        return told


def pronounced(text: str, terms: Terms) -> str:
    """The text as a TTS is given it."""
    return Lexicon(terms).apply(text) if terms else text


def _row(entry: Entry) -> Row:
    way = next(way for way in WAYS if getattr(entry, way) is not None)
    return {
        "term": entry.term,
        "way": way,
        "said": getattr(entry, way),
        "case": entry.case,
        "language": entry.language,
    }


def _value(entry: Entry) -> str | Entry:
    plain = entry.plain()
    return plain if isinstance(plain, str) else entry
