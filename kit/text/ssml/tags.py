"""The tags of SSML in text that an LLM writes: what is one, what is only a "<" or an "&", and where it ends.

A tag is one of SSML's elements (W3C SSML 1.1), or of the extensions that voices of today read, in any case. Another
name ("<div>") is text: it may be what the talk is about. Attributes may be quoted or not. A tag that is broken inside
is still a tag if its name says so and it has an "=" ("<break time="1s>"). A comment, a processing instruction and a
document type are tags without a name; CDATA is text. A tag of more than `MAX_TAG` characters is text.

`scan` answers the same whatever follows, so where a text is split on its way does not matter.
"""

from __future__ import annotations

import html.entities
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

MAX_TAG = 1000
"""Characters that a tag, a comment or a CDATA section may have: so much of a text is held back at most for one."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


VOID = _names("bookmark break emotion lexicon mark meta speed volume amazon:breath mstts:silence")
"""Elements that are always empty, closed or not."""

ATOMIC = _names("phoneme say-as sub spell")
"""Elements that hold text only, of a few words, and are written as one."""

ELEMENTS = (
    VOID
    | ATOMIC
    | _names("""
    audio desc emphasis lang lookup metadata p prosody s speak token voice w
    amazon:domain amazon:effect amazon:emotion mstts:express-as speechify:style
""")
)

_DISTINCT = _names("break emphasis lexicon phoneme prosody say-as speak")
"""Names that hardly stand behind a "<" by chance."""

_VALUE = r"""(?:"[^"]*"|'[^']*'|“[^”]*”|[^\s"'“”<>=/]+(?:/[^\s"'“”<>=/]+)*)"""
_KEY = r"[A-Za-z_][\w.:-]*"
_NAME = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]*)")
_REST = re.compile(rf"((?:\s+{_KEY}\s*=\s*{_VALUE})*)\s*(/?)>")
_REST_BEGUN = re.compile(
    rf"""(?:\s+{_KEY}\s*=\s*{_VALUE})*(?:\s+(?:{_KEY}\s*(?:=\s*(?:"[^"]*|'[^']*|“[^”]*|[^\s"'“”<>=]+)?)?)?)?\s*/?\Z"""
)
_LOOSE = re.compile(r"[^<>]*=[^<>]*>")
_ATTRIBUTE = re.compile(rf"({_KEY})\s*=\s*({_VALUE})")
_UNSAID = (("<!--", "-->"), ("<?", "?>"), ("<!DOCTYPE", ">"))
_CDATA = "<![CDATA["
_ENTITY = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9A-Fa-f]{1,6})|([A-Za-z][A-Za-z0-9]{1,9}));")
_ENTITY_BEGUN = re.compile(r"&(?:#(?:\d{0,7}|[xX][0-9A-Fa-f]{0,6})|[A-Za-z][A-Za-z0-9]{0,9})?\Z")
_NOT_XML = r"\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
SPECIAL_IN_TEXT = re.compile(rf"[<>&{_NOT_XML}]")
"""What is written otherwise in XML."""
_NO_XML_CHAR = re.compile(rf"[{_NOT_XML}]")
_NAMES_BEGUN = frozenset(name[:end] for name in ELEMENTS for end in range(1, len(name) + 1))


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag, its names in lower case; a comment's is "". `source`: as it was written."""

    kind: Literal["open", "close", "empty"]
    name: str
    attributes: Mapping[str, str]
    source: str


Piece = str | Tag


def scan(text: str, start: int, *, final: bool) -> tuple[Piece, int] | None:
    """What begins at `start`, a "<" or an "&", and where it ends; None if more text is needed to tell."""
    if text[start] == "&":
        return _entity(text, start, final)
    head = text[start : start + len(_CDATA)]
    if head[1:2] in ("!", "?"):
        return _section(text, start, head, final)
    named = _NAME.match(text, start)
    if named is None:
        return None if head in ("<", "</") and not final else ("<", start + 1)
    name, end = named[2].lower(), named.end()
    if end == len(text) and not final:
        return None if name in _NAMES_BEGUN else ("<", start + 1)
    if name not in ELEMENTS or text[end : end + 1] not in (" ", "\t", "\n", "\r", "/", ">"):
        return "<", start + 1
    return _tag(text, start, named, final)


def unescape(text: str) -> str:
    """The text with its entities as the characters that they stand for."""
    return _ENTITY.sub(lambda found: _character(found) or found[0], text) if "&" in text else text


def escape(text: str) -> str:
    """The text as XML has it. What XML cannot hold at all, such as control characters, becomes a blank."""
    if SPECIAL_IN_TEXT.search(text) is None:
        return text
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _NO_XML_CHAR.sub(" ", text)


def escape_value(value: str) -> str:
    """An attribute's value as it stands between double quotes."""
    return escape(value).replace('"', "&quot;").replace("\n", " ").replace("\t", " ").replace("\r", " ")


def open_tag(name: str, attributes: Mapping[str, str], *, empty: bool = False) -> str:
    """A tag, written as XML has it."""
    said = "".join(f' {key}="{escape_value(value)}"' for key, value in attributes.items())
    return f"<{name}{said}{'/' if empty else ''}>"


def tags(text: str) -> Iterator[tuple[int, int, Tag]]:
    """The tags of a whole text, with where each begins and ends."""
    position = text.find("<")
    while position >= 0:
        found = scan(text, position, final=True)
        assert found is not None
        piece, end = found
        if isinstance(piece, Tag):
            yield position, end, piece
        position = text.find("<", end)


def _tag(text: str, start: int, named: re.Match[str], final: bool) -> tuple[Piece, int] | None:
    name, limit = named[2].lower(), start + MAX_TAG
    rest = _REST.match(text, named.end(), limit)
    if rest is None:
        waits = not final and len(text) < limit
        if waits and _REST_BEGUN.match(text, named.end()):
            return None
        loose = _LOOSE.match(text, named.end(), limit) if name in _DISTINCT else None
        if loose is None:
            may_close = name in _DISTINCT and "<" not in text[named.end() :] and ">" not in text[named.end() :]
            return None if waits and may_close else ("<", start + 1)
        return _made(text, start, loose.end(), named, loose[0], loose[0].endswith("/>")), loose.end()
    return _made(text, start, rest.end(), named, rest[1], bool(rest[2])), rest.end()


def _made(text: str, start: int, end: int, named: re.Match[str], attributes: str, empty: bool) -> Tag:
    source, name = text[start:end], named[2].lower()
    if named[1]:
        return Tag("close", name, {}, source)
    given = {key.lower(): unescape(_unquoted(value)) for key, value in _ATTRIBUTE.findall(attributes)}
    return Tag("empty" if empty or name in VOID else "open", name, given, source)


def _unquoted(value: str) -> str:
    return value[1:-1] if value[0] in "\"'“" else value


def _section(text: str, start: int, head: str, final: bool) -> tuple[Piece, int] | None:
    """A comment, a processing instruction, a document type or CDATA, whole."""
    for opening, closing in (*_UNSAID, (_CDATA, "]]>")):
        begun = head[: len(opening)]
        if begun == opening:
            end = text.find(closing, start + len(opening), start + MAX_TAG)
            if end >= 0:
                end += len(closing)
                content = text[start + len(opening) : end - len(closing)]
                return (content if opening == _CDATA else Tag("empty", "", {}, text[start:end])), end
            return None if not final and len(text) < start + MAX_TAG else ("<", start + 1)
        if opening.startswith(begun) and len(text) == start + len(begun) and not final:
            return None
    return "<", start + 1


def _entity(text: str, start: int, final: bool) -> tuple[Piece, int] | None:
    found = _ENTITY.match(text, start)
    if found is not None:
        character = _character(found)
        return ("&", start + 1) if character is None else (character, found.end())
    return None if not final and _ENTITY_BEGUN.match(text, start) else ("&", start + 1)


def _character(found: re.Match[str]) -> str | None:
    """What an entity stands for; None if it is none."""
    if found[3]:
        return html.entities.html5.get(found[3] + ";")
    code = int(found[1]) if found[1] else int(found[2], 16)
    if code > 0x10FFFF or _NO_XML_CHAR.match(chr(code)):
        return None
    return chr(code)
