"""What a lexicon does, taken literally and slowly: at each place of the whole text, try every term at every length."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache

from kit.text.lexicon import Entry
from kit.text.lexicon.markup import spoken
from kit.text.ssml.tags import MAX_TAG, Tag, scan

SPACELESS = (
    *(
        "CJK",
        "IDEOGRAPHIC",
        "HIRAGANA",
        "KATAKANA",
        "HENTAIGANA",
        "HALFWIDTH KATAKANA",
        "VERTICAL KANA",
        "VERTICAL IDEO",
    ),
    *("MASU MARK", "BOPOMOFO", "THAI", "LAO", "KHMER", "MYANMAR", "TAI ", "NEW TAI LUE", "JAVANESE", "BALINESE"),
)
LITERAL = ("phoneme", "say-as", "sub", "spell")
Match = tuple[int, int, Entry]


@cache
def script(char: str) -> str:
    """ "" for no letter and no digit, "mark", or the kind of script."""
    if unicodedata.category(char)[0] == "M" or char in "\u200c\u200d":
        return "mark"
    if not (char.isalnum() or char == "_"):
        return ""
    name = unicodedata.name(char, "")
    if name.startswith(("HANGUL", "HALFWIDTH HANGUL")):
        return "hangul"
    if (unicodedata.category(char)[0] == "L" or char == "〇") and name.startswith(SPACELESS):
        return "spaceless"
    return "spaced"


def script_at(text: str, index: int) -> str:
    """Of a character, or of the one that a mark stands on."""
    while index >= 0 and script(text[index]) == "mark":
        index -= 1
        if index < 0 or text[index].isspace():
            return "spaced"
    return script(text[index])


def is_edge(text: str, place: int) -> bool:
    """Whether a word, a sign or white space begins or ends at a place."""
    if place in (0, len(text)):
        return True
    before, after = text[place - 1], text[place]
    if script(after) == "mark":
        return before.isspace()
    left, right = script_at(text, place - 1), script(after)
    if left != right or not left:
        return True
    if left != "spaceless":
        return False
    return after not in "ー々ゃョょァะาำๆ" and before not in "เแโใไ\u17d2\u1039"


def fits(text: str, start: int, end: int) -> bool:
    """Whether a term can stand from start to end."""
    if not (is_edge(text, start) and is_edge(text, end)):
        return False
    if start and not script(text[start]) and script_at(text, start - 1) == "spaced":
        return False
    return not (end < len(text) and not script_at(text, end - 1) and script(text[end]) == "spaced")


def normal(text: str) -> str:
    return unicodedata.normalize("NFD", re.sub(r"\s+", " ", text.strip()))


def folded(text: str) -> str:
    return unicodedata.normalize("NFD", normal(text).casefold())


def says(entry: Entry, written: str) -> bool:
    """Whether a text, white space around it counted, is the entry's term."""
    term = entry.term.strip()
    if not term or written != written.strip():
        return False
    if entry.case == "any":
        return folded(written) == folded(term)
    spellings = [term]
    if entry.case == "initial":
        spellings += [term[0].lower() + term[1:], term[0].upper() + term[1:]]
    return normal(written) in map(normal, spellings)


def unsearched(text: str) -> set[int]:
    """The places that are in markup, or in elements that have their pronunciation."""
    blocked: set[int] = set()
    place = 0
    while place < len(text):
        if text[place] not in "<&":
            place += 1
            continue
        found = scan(text, place, final=True)
        assert found is not None
        piece, end = found
        if isinstance(piece, Tag) and piece.kind == "open" and piece.name in LITERAL:
            close = re.compile(rf"</{piece.name}\s{{0,{MAX_TAG - 20}}}>", re.IGNORECASE).search(text, end)
            end = close.end() if close else len(text)
        elif isinstance(piece, str) and end == place + 1:
            place = end
            continue
        blocked.update(range(place, end))
        place = end
    return blocked


def matches(text: str, entries: Sequence[Entry]) -> Iterator[Match]:
    """The leftmost, then the longest, then the one whose case matters, then the last."""
    blocked = unsearched(text)
    longest = max((4 * len(entry.term) + 40 for entry in entries), default=0)
    place = 0
    while place < len(text):
        best: Match | None = None
        for end in range(min(len(text), place + longest), place, -1):
            if blocked.intersection(range(place, end)) or not fits(text, place, end):
                continue
            fitting = [entry for entry in entries if says(entry, text[place:end])]
            if fitting:
                best = (place, end, max(enumerate(fitting), key=lambda pair: (pair[1].case != "any", pair[0]))[1])
                break
        if best is not None:
            yield best
        place = best[1] if best else place + 1


def apply(text: str, entries: Sequence[Entry]) -> str:
    said, done = "", 0
    for start, end, entry in matches(text, entries):
        said += text[done:start] + spoken(entry, text[start:end])
        done = end
    return said + text[done:]


def may_become_a_term(text: str, held_from: int, entries: Sequence[Entry]) -> bool:
    """Whether some text behind this one makes a term begin at a place."""
    for entry in entries:
        term = entry.term.strip()
        for spelling in (term, term[:1].upper() + term[1:], term[:1].lower() + term[1:], normal(term), folded(term)):
            for cut in range(len(spelling) + 1):
                for more in (spelling[cut:], " " + spelling[cut:].lstrip()):
                    for after in ("", ".", " x", " "):
                        whole = text + more + after
                        if any(start == held_from for start, _, _ in matches(whole, entries)):
                            return True
    return False
