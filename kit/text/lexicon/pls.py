"""Lexicons in W3C's Pronunciation Lexicon Specification 1.0 (https://www.w3.org/TR/pronunciation-lexicon/).

Read: lexemes with any number of graphemes; the pronunciation marked `prefer`, or else the first one that can be used,
is theirs. An `alias` is a respelling; a `phoneme` is IPA or X-SAMPA, which becomes IPA. Where a grapheme comes again,
the first lexeme holds, as PLS has it. A `role` that this module writes is read back, others are passed over.

What PLS has no words for is written as a role, which readers that do not know it pass over: the case rule, a language
other than the file's, and say-as, beside an alias that spells the letters.

Expat parses; a file that declares entities is refused, and nothing is ever fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from ..ssml.phonetics import from_x_sampa
from .entry import Entry, LexiconError

NAMESPACE = "http://www.w3.org/2005/01/pronunciation-lexicon"
OWN_NAMESPACE = "urn:speech-tuning-kit:lexicon"
_XML = "http://www.w3.org/XML/1998/namespace"
_ANY_LANGUAGE = "und"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_X_SAMPA = frozenset({"x-sampa", "xsampa"})


@dataclass
class _Lexeme:
    line: int
    role: str
    language: str
    graphemes: list[tuple[str, int]] = field(default_factory=list)
    spoken: list[_Pronunciation] = field(default_factory=list)


@dataclass
class _Pronunciation:
    line: int
    kind: str
    text: str
    alphabet: str
    preferred: bool


class _Reader:
    """What expat calls, element by element."""

    def __init__(self) -> None:
        self.lexemes: list[_Lexeme] = []
        self._path: list[str] = []
        self._text: list[str] = []
        self._attributes: dict[str, str] = {}
        self._language = ""
        self._alphabet = ""
        self._roles: dict[str, str] = {}
        self.parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.StartNamespaceDeclHandler = self._declare
        parser.EntityDeclHandler = self._refuse
        parser.ExternalEntityRefHandler = self._refuse
        parser.SkippedEntityHandler = self._refuse

    def _refuse(self, *_: Any) -> int:
        raise LexiconError(f"line {self.parser.CurrentLineNumber}: entities of its own are not read")

    def _declare(self, prefix: str | None, uri: str) -> None:
        if prefix:
            self._roles[prefix] = uri

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        line = self.parser.CurrentLineNumber
        namespace, _, local = name.rpartition(" ")
        if namespace not in ("", NAMESPACE):
            local = ""
        self._path.append(local)
        self._text.clear()
        self._attributes = attributes
        if len(self._path) == 1:
            if local != "lexicon":
                raise LexiconError(f"line {line}: this is no lexicon of PLS: it begins with <{name.split()[-1]}>")
            self._alphabet = attributes.get("alphabet", "ipa")
            self._language = _language(attributes.get(f"{_XML} lang", ""))
        elif self._path == ["lexicon", "lexeme"]:
            language = _language(attributes.get(f"{_XML} lang", self._language))
            self.lexemes.append(_Lexeme(line, attributes.get("role", ""), language))

    def _end(self, name: str) -> None:
        path = self._path
        local = path[-1]
        if path[:-1] == ["lexicon", "lexeme"]:
            lexeme, text = self.lexemes[-1], " ".join("".join(self._text).split())
            line = self.parser.CurrentLineNumber
            if local == "grapheme":
                lexeme.graphemes.append((text, line))
            elif local in ("phoneme", "alias"):
                given = self._attributes
                alphabet = given.get("alphabet", self._alphabet).lower()
                preferred = given.get("prefer") in ("true", "1")
                lexeme.spoken.append(_Pronunciation(line, local, text, alphabet, preferred))
        path.pop()
        self._text.clear()

    def own_roles(self, lexeme: _Lexeme) -> list[str]:
        """Those of a lexeme's roles that this module has written."""
        split = (role.partition(":") for role in lexeme.role.split())
        return [name for prefix, _, name in split if self._roles.get(prefix) == OWN_NAMESPACE]


def parse(content: bytes) -> list[Entry]:
    """The entries of a file, so ordered that of those for one term the one that PLS prefers is the last.

    Raises:
        LexiconError: it is no XML, no PLS, or a lexeme cannot be used. Names the line.
    """
    reader = _Reader()
    try:
        reader.parser.Parse(content, True)
    except expat.ExpatError as error:
        raise LexiconError(f"line {error.lineno}: not XML: {expat.ErrorString(error.code)}") from error
    except (ValueError, LookupError) as error:
        if isinstance(error, LexiconError):
            raise
        raise LexiconError(f"not XML: {error}") from error
    by_term: dict[tuple[str, str, str], list[Entry]] = {}
    for lexeme in reader.lexemes:
        for entry in _entries(lexeme, reader.own_roles(lexeme)):
            by_term.setdefault((entry.term, entry.case, entry.language), []).append(entry)
    return [entry for entries in by_term.values() for entry in reversed(entries)]


def _entries(lexeme: _Lexeme, roles: Sequence[str]) -> Iterable[Entry]:
    if not lexeme.graphemes:
        raise LexiconError(f"line {lexeme.line}: a lexeme without a grapheme")
    names = ", ".join(repr(text) for text, _ in lexeme.graphemes)
    if not lexeme.spoken:
        raise LexiconError(f"line {lexeme.line}: the lexeme of {names} has neither a phoneme nor an alias")
    own = {name: value for name, _, value in (role.partition(".") for role in roles)}
    said = {"say_as": own["say-as"]} if "say-as" in own else _said(lexeme, names)
    language = own.get("language", lexeme.language)
    for text, line in lexeme.graphemes:
        yield Entry(text, case=own.get("case", "any"), language=language, line=line, **said)


def _said(lexeme: _Lexeme, names: str) -> dict[str, str | None]:
    in_order = sorted(lexeme.spoken, key=lambda one: not one.preferred)
    for one in in_order:
        if one.kind == "alias":
            return {"respelling": one.text}
        if one.alphabet == "ipa":
            return {"ipa": one.text}
        if one.alphabet in _X_SAMPA:
            if (ipa := from_x_sampa(one.text)) is None:
                raise LexiconError(f"line {one.line}: {one.text!r} of {names} has a sound that is not X-SAMPA")
            return {"ipa": ipa}
    alphabets = ", ".join(sorted({one.alphabet for one in in_order}))
    raise LexiconError(
        f"line {in_order[0].line}: the pronunciation of {names} is in {alphabets}; "
        "known are ipa and x-sampa, or an alias in its place"
    )


def written(entries: Sequence[Entry]) -> str:
    """The entries as a PLS file. Of those for one term the last one comes first, as PLS prefers that.

    White space in them becomes one blank, as it is when it is read.

    Raises:
        LexiconError: an entry has a character that XML cannot hold.
    """
    languages = {entry.language for entry in entries}
    common = languages.pop() if len(languages) == 1 else ""
    by_term: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in entries:
        by_term.setdefault((entry.term, entry.case, entry.language), []).insert(0, entry)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<lexicon version="1.0" xmlns="{NAMESPACE}" xmlns:kit="{OWN_NAMESPACE}" '
        f'alphabet="ipa" xml:lang="{common or _ANY_LANGUAGE}">',
        *(_lexeme(entry, common) for group in by_term.values() for entry in group),
        "</lexicon>",
    ]
    return "\n".join(lines) + "\n"


def _lexeme(entry: Entry, common: str) -> str:
    own = {
        "case": entry.case if entry.case != "any" else None,
        "language": entry.language if entry.language != common else None,
        "say-as": entry.say_as,
    }
    roles = " ".join(f"kit:{name}.{value}" for name, value in own.items() if value is not None)
    if entry.ipa is not None:
        said = f"<phoneme>{_text(entry, entry.ipa)}</phoneme>"
    else:
        alias = " ".join(entry.term) if entry.respelling is None else entry.respelling
        said = f"<alias>{_text(entry, alias)}</alias>"
    attributes = f' role="{roles}"' if roles else ""
    return f"  <lexeme{attributes}><grapheme>{_text(entry, entry.term)}</grapheme>{said}</lexeme>"


def _text(entry: Entry, text: str) -> str:
    if bad := _NOT_XML.search(text):
        raise LexiconError(f"{entry.term!r}: XML cannot hold {bad[0]!r}; TOML can")
    return escape(text)


def _language(tag: str) -> str:
    return "" if tag == _ANY_LANGUAGE else tag
