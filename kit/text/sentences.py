"""Text that arrives in pieces, cut into sentences as soon as each is surely over.

A voice can begin with the first sentence while the rest is still being written, so a sentence must be given out early,
and a wrong cut is heard as a pause in the wrong place. Nothing is lost: the sentences, joined, are the text. Where the
cuts fall depends on the text alone, never on how it was split on its way.

- A full stop, question or exclamation mark ends a sentence where white space follows, and then something that can begin
  one: after a full stop or an ellipsis, anything but a lower-case letter. So `3.14`, `kit.text`, `https://a.org/b?c=d`
  and "wait... what" stay whole.
- A full stop after an abbreviation ("Dr.", "e.g."), an initial ("J. Doe") or a list's number ("1. Rice") ends nothing.
  One that often closes a sentence too ("U.S.", "etc.") does where the next word is one that begins sentences ("The").
- A full stop of a script that writes no blank after it (`。`) ends a sentence whatever follows.
- A line break ends a sentence that is complete, or that the next line does not continue in lower case; an empty line
  ends any.
- A run longer than the limit is cut after its last clause mark, else its last blank, else at the limit.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator
from typing import Literal

MAX_CHARS = 200
"""Characters after which a run without an end of sentence is cut: about 12 s of speech."""

_HARD = "。！？｡।॥؟۔։።"
_CLOSERS = "\"'”’»›)\\]}*_`」』）】》〉"
_MARK = re.compile(rf"([.!?…{_HARD}]+)[{_CLOSERS}]*|\n")
_BLANK = re.compile(r"\s*")
_WORD = re.compile(r"\w*")
_CLAUSE = re.compile(r"[,;:–—]\s+|[、，；：]\s*")
_ACRONYM = re.compile(r"(\w\.)+\w")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEVER_LAST = _words("""
    dr mr mrs ms mx prof rev hon st sr sra srta fr mme mlle messrs gen col maj capt cmdr lt sgt cpl gov sen rep pres
    supt e.g i.e eg ie cf vs viz al approx ca resp incl esp dept est z.b d.h bzw vgl evtl p.ej
""")
_BEFORE_NUMBER = _words("""
    no nos nr fig figs eq sec ch chap vol pp p pg art ver tel ext jan feb mar apr jun jul aug sep sept oct nov dec
""")
_OFTEN_LAST = _words("etc inc ltd co corp llc bros jr ph.d usw u.a ave blvd rd")
_STARTERS = _words("""
    a after all also an and another are as at because before but by can could did do does each even every finally first
    for from had has have he her here his how however i if in is it its let many maybe more most my next no not now
    of on once one or our please she should since so some sometimes still such thank that the their then there these
    they this those to today two we well what when where which while who why will with would yes you your
""")

_End = int | Literal["no", "unknown"]


class SentenceSplitter:
    """Takes pieces of a text, gives out its sentences.

    A sentence keeps the white space behind it, and the first one the white space before it.

    Args:
        max_chars: Characters, 1 or more, after which a run without an end of sentence is cut.
    """

    __slots__ = ("_max_chars", "_text")

    def __init__(self, *, max_chars: int = MAX_CHARS) -> None:
        if max_chars < 1:
            raise ValueError(f"max_chars = {max_chars} is out of its range, 1 or more")
        self._max_chars = max_chars
        self._text = ""

    def push(self, chunk: str) -> list[str]:
        """The sentences that are surely over, now that `chunk` has come."""
        self._text += chunk
        return self._cut(final=False)

    def flush(self) -> list[str]:
        """What is left, at the end of the text. The splitter can then take another text."""
        sentences = self._cut(final=True)
        if self._text:
            sentences.append(self._text)
        self._text = ""
        return sentences

    def _cut(self, *, final: bool) -> list[str]:
        sentences = []
        start = 0
        while (end := _end_of_first(self._text, start, self._max_chars, final)) is not None:
            sentences.append(self._text[start:end])
            start = end
        self._text = self._text[start:]
        return sentences


async def sentences(text: AsyncIterable[str], *, max_chars: int = MAX_CHARS) -> AsyncIterator[str]:
    """The sentences of a text that arrives in pieces. See `SentenceSplitter`."""
    splitter = SentenceSplitter(max_chars=max_chars)
    async for chunk in text:
        for sentence in splitter.push(chunk):
            yield sentence
    for sentence in splitter.flush():
        yield sentence


def _end_of_first(text: str, start: int, max_chars: int, final: bool) -> int | None:
    """Where the sentence that begins at `start` ends. None: more text must come, or, if `final`, it is the last one.

    An answer stays the same whatever text may follow, which makes the cuts independent of how the text arrives.
    """
    limit = start + max_chars
    for found in _MARK.finditer(text, start, limit):
        mark = _MARK.match(text, found.start())  # again, for the closing marks that reach over the limit
        assert mark is not None
        if not _has_word(text, start, mark.start()):
            continue
        end = _end_at(text, start, mark, final)
        if end == "unknown":
            return None
        if end != "no":
            return end
    return _forced_end(text, start, limit) if len(text) > limit else None


def _end_at(text: str, start: int, mark: re.Match[str], final: bool) -> _End:
    """Where the sentence ends if it ends at this mark."""
    if mark.end() == len(text):
        return "no" if final else "unknown"
    if mark[1] is None:
        return _end_at_line(text, mark, final)
    blank_end = _blank_end(text, mark.end())
    hard = any(char in _HARD for char in mark[1])
    if blank_end == mark.end() and not hard:
        return "no"
    line_end = text.find("\n", mark.end(), blank_end) + 1
    if mark[1] == ".":
        verdict = _after_full_stop(text, start, mark, blank_end, final, new_line=line_end > 0)
        if verdict != "end":
            return verdict
    if line_end:
        return line_end
    if blank_end == len(text):
        return "no" if final else "unknown"
    continues = text[blank_end].islower() and not hard
    if continues and (mark[1][-1] in ".…" or mark.end() > mark.end(1)):
        return "no"
    return blank_end


def _end_at_line(text: str, mark: re.Match[str], final: bool) -> _End:
    """Where the sentence ends if this line break, behind no mark, ends it."""
    blank_end = _blank_end(text, mark.end())
    second = text.find("\n", mark.end(), blank_end) + 1
    if second:
        return second
    if blank_end == len(text):
        return "no" if final else "unknown"
    return "no" if text[blank_end].islower() else blank_end


def _after_full_stop(
    text: str, start: int, mark: re.Match[str], blank_end: int, final: bool, *, new_line: bool
) -> Literal["end", "no", "unknown"]:
    """Whether the word before a full stop lets it end a sentence."""
    word = _word_before(text, start, mark.start())
    folded = word.lower()
    alone = not _has_word(text, start, mark.start() - len(word))
    if folded in _NEVER_LAST or (alone and (word.isdigit() or len(word) == 1)):
        return "no"
    if new_line:
        return "end"
    if blank_end == len(text):
        return "no" if final else "unknown"
    if folded in _BEFORE_NUMBER and text[blank_end].isdigit():
        return "no"
    if _is_initial(text, start, mark.start(), word):
        return "no"
    if folded not in _OFTEN_LAST and not _ACRONYM.fullmatch(word):
        return "end"
    following = _WORD.match(text, blank_end)
    assert following is not None
    if following.end() == len(text) and not final:
        return "unknown"
    return "end" if following[0][:1].isupper() and following[0].lower() in _STARTERS else "no"


def _is_initial(text: str, start: int, end: int, word: str) -> bool:
    """Whether the word that ends at `end` stands for a name, as in "J. Doe". "I" alone is the pronoun."""
    if len(word) != 1 or not word.isupper() or word == "I":
        return False
    return end - 1 == start or text[end - 2].isspace() or text[end - 2] in "(.\"'“‘"


def _forced_end(text: str, start: int, limit: int) -> int:
    """Where to cut a run that is longer than the limit."""
    clauses = [clause.end() for clause in _CLAUSE.finditer(text, start, limit)]
    if clauses and clauses[-1] - start > (limit - start) // 4:
        return clauses[-1]
    for end in range(limit, start + 1, -1):
        if text[end - 1].isspace() and _has_word(text, start, end):
            return end
    return limit


def _word_before(text: str, start: int, end: int) -> str:
    """The run of letters, digits and inner full stops that ends at `end`."""
    begin = end
    while begin > start and (text[begin - 1].isalnum() or text[begin - 1] in "._"):
        begin -= 1
    return text[begin:end].lstrip("._")


def _blank_end(text: str, start: int) -> int:
    blank = _BLANK.match(text, start)
    assert blank is not None
    return blank.end()


def _has_word(text: str, start: int, end: int) -> bool:
    return any(char.isalnum() for char in text[start:end])
