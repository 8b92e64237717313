"""When two spellings are the same: canonical equivalence (é as one character or as two), and case where it is free.

Keys are in NFD, where what has come so far begins what it becomes; but for the order of marks, which is looked at
apart.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence

Fold = Callable[[str], str]

_FIRST_MARK = "\u0300"
_IOTA_BELOW = "\u0345"
"""A mark whose case folding is a letter."""


def any_case(token: str) -> str:
    """Equal for spellings that differ in case, in their normal form, or in what white space they are."""
    if token.isascii():
        return " " if token.isspace() else token.lower()
    if token.isspace():
        return " "
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", token).casefold())


def exact_case(token: str) -> str:
    """Equal for spellings that differ in their normal form, or in what white space they are."""
    if token.isspace():
        return " "
    return token if token.isascii() else unicodedata.normalize("NFD", token)


def may_become(token: str, keys: Sequence[str], fold: Fold) -> bool:
    """Whether more characters behind a token can make it one of the keys, or it is one. `keys` are sorted."""
    folded = fold(token)
    index = bisect_left(keys, folded)
    if index < len(keys) and keys[index].startswith(folded):
        return True
    if token.isascii():
        return False
    plain = unicodedata.normalize("NFD", token)
    size = len(plain)
    while size and unicodedata.combining(plain[size - 1]):
        size -= 1
    stem, marks = fold(plain[:size]), fold(plain[size:])
    if not marks:
        return False
    index = bisect_left(keys, stem + _FIRST_MARK)
    while index < len(keys) and keys[index].startswith(stem):
        if _IOTA_BELOW in plain or _may_be_reordered(marks, keys[index][len(stem) :]):
            return True
        index += 1
    return False


def _may_be_reordered(marks: str, key: str) -> bool:
    """Whether more marks behind these give the ones that a key goes on with, in the order that NFD gives them."""
    by_class: defaultdict[int, str] = defaultdict(str)
    for mark in key:
        if not (order := unicodedata.combining(mark)):
            break
        by_class[order] += mark
    met: defaultdict[int, str] = defaultdict(str)
    for mark in marks:
        met[unicodedata.combining(mark)] += mark
    return all(by_class[order].startswith(those) for order, those in met.items())
