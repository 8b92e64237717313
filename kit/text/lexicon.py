"""Words that are said differently from how they are written, replaced in text that streams.

A term is found as a whole word: before and behind it stands no letter, digit, `_` or combining mark. So "API" is found
in "API's" and "REST-API", but not in "APIs", "API2" or "my_API"; "C++", ".NET" and "AT&T" are terms as well. A blank in
a term stands for any run of white space. Case does not matter (by `str.casefold`). Where terms overlap, the
one that begins first wins, then the longest. A respelling is taken as it is, and is not searched for terms again.

Where the text is split on its way does not matter: what could still become a term is held back, and nothing else. A
word costs one look-up in a dictionary, however many terms there are.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import AsyncIterable, AsyncIterator, Mapping

_MARKS_BEGIN, _MARKS_END = 0x300, 0x20D0


def _mark_class() -> str:
    """The combining marks as part of a character class, without those that belong to symbols (from U+20D0)."""
    marks = [code for code in range(_MARKS_BEGIN, _MARKS_END) if unicodedata.category(chr(code))[0] == "M"]
    return "".join(map(chr, marks))


_WORD_CHAR = rf"[\w{_mark_class()}]"
_WORD = re.compile(f"{_WORD_CHAR}+")
_TOKEN = re.compile(rf"{_WORD_CHAR}+|\s+|.", re.DOTALL)


class _Node:
    """A place in the tree of terms, one step for each token of a term: a word, a sign, or a run of white space."""

    __slots__ = ("_sorted", "next", "respelling")

    def __init__(self) -> None:
        self.next: dict[str, _Node] = {}
        self.respelling: str | None = None
        self._sorted: list[str] | None = None

    def may_continue(self, token: str) -> bool:
        """Whether a step from here begins with `token`, or is it."""
        if self._sorted is None:
            self._sorted = sorted(self.next)
        index = bisect_left(self._sorted, token)
        return index < len(self._sorted) and self._sorted[index].startswith(token)


class Lexicon:
    """Terms and their respellings. Immutable, and shared between any number of texts.

    Args:
        terms: Respellings by term. A blank term is never found; of terms that differ in case only, the last holds.
    """

    __slots__ = ("_root", "_starts")

    def __init__(self, terms: Mapping[str, str]) -> None:
        self._root = _Node()
        signs: set[str] = set()
        for term, respelling in terms.items():
            node = self._root
            for token in map(_fold, _TOKEN.findall(term.strip())):
                node = node.next.setdefault(token, _Node())
            if node is not self._root:
                node.respelling = respelling
                first = term.strip()[0]
                signs |= {first, first.lower(), first.upper()}
        signs_class = "".join(re.escape(sign) for sign in sorted(signs) if not _WORD.match(sign))
        self._starts = re.compile(f"{_WORD_CHAR}+" + (f"|[{signs_class}]" if signs_class else ""))

    def __bool__(self) -> bool:
        """Whether there is a term to be found."""
        return bool(self._root.next)

    def apply(self, text: str) -> str:
        """The text with its terms respelled."""
        stream = self.stream()
        return stream.push(text) + stream.flush()

    def stream(self) -> LexiconStream:
        """A new text that arrives in pieces."""
        return LexiconStream(self)


class LexiconStream:
    """A text that arrives in pieces.

    `lexicon` can be set to another one at any time: it holds from there on, for what is held back too.
    """

    __slots__ = ("_held", "_in_word", "lexicon")

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._held = ""
        self._in_word = False

    def push(self, chunk: str) -> str:
        """What can be said now that `chunk` has come; "" if all is held back."""
        return self._respell(self._held + chunk, final=False)

    def flush(self) -> str:
        """What was held back, at the end of the text. The stream can then take another text."""
        rest = self._respell(self._held, final=True)
        self._in_word = False
        return rest

    def _respell(self, text: str, *, final: bool) -> str:
        """The text up to where a term may have begun; the rest is held."""
        root, starts, size = self.lexicon._root, self.lexicon._starts, len(text)
        position = released = 0
        hold = size
        pieces: list[str] = []
        if self._in_word and (rest := _WORD.match(text)):
            position = rest.end()
        while start := starts.search(text, position):
            position = start.end()
            token = start[0].casefold()
            if position == size and not final:
                if root.may_continue(token) and not self._follows_word(text, start):
                    hold = start.start()
                break
            node = root.next.get(token)
            if node is None or self._follows_word(text, start):
                continue
            found = _walk(node, text, position, final)
            if found is None:
                hold = start.start()
                break
            respelling, end = found
            if respelling is not None:
                pieces += (text[released : start.start()], respelling)
                released = position = end
        pieces.append(text[released:hold])
        self._held = text[hold:]
        if hold:
            self._in_word = _WORD.match(text, hold - 1) is not None
        return "".join(pieces) if len(pieces) > 1 else pieces[0]

    def _follows_word(self, text: str, start: re.Match[str]) -> bool:
        at = start.start()
        return _WORD.match(text, at - 1) is not None if at else self._in_word


async def pronounce(text: AsyncIterable[str], lexicon: Lexicon) -> AsyncIterator[str]:
    """The text with its terms respelled, piece by piece. See `LexiconStream` for a lexicon that changes meanwhile."""
    stream = lexicon.stream()
    async for chunk in text:
        if respelled := stream.push(chunk):
            yield respelled
    if respelled := stream.flush():
        yield respelled


def _walk(node: _Node, text: str, position: int, final: bool) -> tuple[str | None, int] | None:
    """The respelling of the longest term from `node` on and where it ends; None if that needs more text."""
    best: tuple[str | None, int] = (None, position)
    size = len(text)
    while position < size:
        following = _TOKEN.match(text, position)
        assert following is not None
        token = _fold(following[0])
        is_word = _WORD.match(token) is not None
        if node.respelling is not None and not is_word:
            best = (node.respelling, position)
        position = following.end()
        if is_word and position == size and not final:
            return None if node.may_continue(token) else best
        child = node.next.get(token)
        if child is None:
            return best
        node = child
    if not final:
        return None
    return (node.respelling, position) if node.respelling is not None else best


def _fold(token: str) -> str:
    return " " if token.isspace() else token.casefold()
