"""What is wrong, or not as its author may think, with the entries of a lexicon."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ..ssml import has_markup
from ..ssml.phonetics import to_x_sampa
from .entry import Entry
from .lexicon import Lexicon
from .previewing import Phonemes, preview

Severity = Literal["error", "warning", "note"]

_LOOK_ALIKES = {"'": "ˈ", ",": "ˌ", ":": "ː", "g": "ɡ", "!": "ǃ"}
"""Signs of a keyboard that are written for signs of the IPA."""
_WRAPPING = "/[] "
_SAID_AS = (
    *("address", "cardinal", "characters", "currency", "date", "digits", "expletive", "fraction", "name", "number"),
    *("ordinal", "spell-out", "telephone", "time", "unit", "verbatim"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about an entry. An "error": it never takes effect, or cannot be said; a "warning": it may not do what
    was meant; a "note": it could go."""

    severity: Severity
    code: str
    entry: Entry
    reason: str
    advice: str

    def __str__(self) -> str:
        place = f"line {self.entry.line}: " if self.entry.line else ""
        return f"{place}{self.severity}: {self.entry.term!r} {self.reason}; {self.advice} [{self.code}]"


def lint(entries: Iterable[Entry], phonemes: Phonemes | None = None) -> list[Finding]:
    """What there is to say of the entries, in their order.

    Codes: unreachable, shadowed, duplicate, loop, no-change, silent, bad-ipa, look-alike, say-as, as-it-is.

    Args:
        phonemes: How the voice says a text, in IPA. With it, entries that change nothing there are found.
    """
    entries = list(entries)
    languages = {entry.language for entry in entries}
    of_language = {language: Lexicon(entries, language=language) for language in languages}
    found: list[Finding] = []
    for entry in entries:
        lexicon = of_language[entry.language]
        reach = _reach(entry, lexicon)
        found += reach
        if any(finding.severity == "error" for finding in reach):
            continue
        found += _said(entry, lexicon)
        if phonemes is not None and entry.respelling != entry.term:
            found += _heard(entry, phonemes)
    return found


def _reach(entry: Entry, lexicon: Lexicon) -> Sequence[Finding]:
    """Whether the entry is ever found, in any spelling of its term."""
    term = entry.term.strip()
    if not term:
        return [Finding("error", "unreachable", entry, "is blank", "take it out: a blank term is never found")]
    if not Lexicon([entry]).uses(term):
        return [Finding("error", "unreachable", entry, *_why_unreachable(term))]
    winners = [use.entry for spelling in _spellings(term) for use in lexicon.uses(spelling) if use.position == 0]
    if any(winner is entry for winner in winners):
        return ()
    other = winners[0]
    place = f" in line {other.line}" if other.line else ""
    if (other.plain(), other.case) == (entry.plain(), entry.case):
        return [Finding("warning", "duplicate", entry, f"comes again{place}{_how_equal(entry, other)}", "keep one")]
    reason = f"is never used: {other.term!r}{place} takes its place{_how_equal(entry, other)}"
    return [Finding("error", "shadowed", entry, reason, "take one of them out, or make their case matter")]


def _why_unreachable(term: str) -> tuple[str, str]:
    if has_markup(term):
        return "is markup, which is never searched for terms", "name the word without its tags"
    if unicodedata.category(term[0])[0] == "M":
        return "begins with a mark, which belongs to the character before it", "begin it with a letter or a sign"
    return "is not found even where it stands alone", "write it as it stands in the texts"


def _spellings(term: str) -> Iterator[str]:
    yield term
    yield from {term.lower(), term.upper(), term.title(), term[:1].upper() + term[1:], term.swapcase()} - {term}


def _how_equal(entry: Entry, other: Entry) -> str:
    one, two = (" ".join(e.term.split()) for e in (entry, other))
    if one == two:
        return ""
    if unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", two):
        return ", in another normal form of Unicode"
    return ", in another case"


def _said(entry: Entry, lexicon: Lexicon) -> Iterator[Finding]:
    """What is said in the term's place."""
    if entry.respelling is not None:
        yield from _respelled(entry, entry.respelling, lexicon)
    elif entry.ipa is not None:
        yield from _sounds(entry, entry.ipa)
    elif entry.say_as not in _SAID_AS:
        yield Finding("warning", "say-as", entry, f"is said as {entry.say_as!r}", f"voices know {', '.join(_SAID_AS)}")


def _respelled(entry: Entry, respelling: str, lexicon: Lexicon) -> Iterator[Finding]:
    if not respelling.strip():
        yield Finding("note", "silent", entry, "is not spoken at all", "give a respelling if that is not meant")
    if respelling == entry.term:
        yield Finding("note", "no-change", entry, "is its own respelling", "take it out")
        return
    held = {use.entry.term: use.entry for use in lexicon.uses(respelling)}
    for term, other in held.items():
        if other is entry:
            reason = "holds itself in its respelling, where it stays as it is"
            yield Finding("note", "loop", entry, reason, "nothing is replaced twice")
        else:
            reason = f"holds the term {term!r} in its respelling, where that is not replaced"
            yield Finding("warning", "loop", entry, reason, f"write there how {term!r} is to be said")


def _sounds(entry: Entry, ipa: str) -> Iterator[Finding]:
    inner = ipa.strip(_WRAPPING)
    if inner != ipa.strip():
        reason = "has its IPA in slashes or brackets"
        yield Finding("warning", "look-alike", entry, reason, f"write {inner!r}")
    alike = [sign for sign in _LOOK_ALIKES if sign in inner]
    if alike:
        pairs = ", ".join(f"{sign!r} is {_LOOK_ALIKES[sign]!r}" for sign in alike)
        reason = "has signs that only look like those of the IPA"
        yield Finding("warning", "look-alike", entry, reason, f"in the IPA {pairs}")
    bad = dict.fromkeys(
        sign for sign in unicodedata.normalize("NFC", inner) if sign not in _LOOK_ALIKES and to_x_sampa(sign) is None
    )
    if bad:
        names = ", ".join(f"{sign!r} ({_name(sign)})" for sign in bad)
        reason = f"has {names} in its IPA"
        yield Finding(
            "error", "bad-ipa", entry, reason, "take signs of the IPA, as the voice's own in `kit lexicon preview`"
        )


def _name(sign: str) -> str:
    return unicodedata.name(sign, f"U+{ord(sign):04X}").lower()


def _heard(entry: Entry, phonemes: Phonemes) -> Iterator[Finding]:
    """Whether the voice says it so without the lexicon."""
    (heard,) = preview([entry], phonemes)
    if heard.same:
        yield Finding("note", "as-it-is", entry, f"is said so by this voice already, {heard.now}", "it can go")
    elif heard.same_but_for_stress:
        reason = f"changes only the stress for this voice, {heard.now} to {heard.then}"
        yield Finding("note", "as-it-is", entry, reason, "it can go, if that is not meant")
