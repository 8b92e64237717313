"""The terms of a lexicon as trees of tokens, so that finding one costs a look-up for each of its tokens, however many
terms there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from .entry import Entry
from .folding import Fold, may_become
from .markup import markup_end
from .words import next_token, tokens

LONGEST_LISTED = 24
"""Beginnings of words up to so many characters are listed; longer ones are searched for."""

MORE = -1
"""Where a term ends that more text may complete, or make longer."""


_NOTHING: Mapping[str, Node] = MappingProxyType({})


class Node:
    """A place in the tree, one step for each token of a term: a word, a sign, or a run of white space."""

    __slots__ = ("_sorted", "entry", "next")

    def __init__(self) -> None:
        self.next: Mapping[str, Node] = _NOTHING
        self.entry: Entry | None = None
        self._sorted: list[str] | None = None

    def step(self, key: str) -> Node:
        """The place one token on. It is made where there is none."""
        found = self.next.get(key)
        if found is None:
            found = Node()
            if isinstance(self.next, dict):
                self.next[key] = found
            else:
                self.next = {key: found}
        return found

    @property
    def sorted_keys(self) -> list[str]:
        if self._sorted is None:
            self._sorted = sorted(self.next)
        return self._sorted


def add(root: Node, spelling: str, entry: Entry, fold: Fold) -> None:
    """Put a term into the tree. One that has the same tokens goes."""
    node = root
    for token in tokens(spelling):
        node = node.step(fold(token))
    node.entry = entry


def beginnings(words: Iterable[str]) -> set[str]:
    """What words begin with, up to the longest that is listed."""
    return {word[:size] for word in words for size in range(1, min(len(word), LONGEST_LISTED) + 1)}


def spellings(entry: Entry) -> Iterable[str]:
    """The spellings of a term whose case matters."""
    term = entry.term.strip()
    if entry.case == "initial":
        yield term[:1].lower() + term[1:]
        yield term[:1].upper() + term[1:]
    yield term


def longest(root: Node, fold: Fold, text: str, shape: str, place: int, *, final: bool) -> tuple[Entry | None, int]:
    """The longest term that begins at a place, and where it ends; None if there is none, or with `MORE`.

    One that ends with a sign is none before a letter: "C++" is not found in "C++11".

    Args:
        shape: The text's classes.
        final: Whether nothing follows the text.
    """
    node, size = root, len(text)
    entry, end, may_be_markup = None, place, False
    while place < size:
        if text[place] in "<&" and node is not root:
            markup, _ = markup_end(text, place, final=final)
            if markup > 0:
                break
            may_be_markup = may_be_markup or markup < 0
        found = next_token(shape, place)
        assert found is not None
        token = text[place : found.end()]
        place = found.end()
        if place == size and not final:
            if (token.isspace() and " " in node.next) or may_become(token, node.sorted_keys, fold):
                return None, MORE
            break
        step = node.next.get(fold(token))
        if step is None:
            break
        node = step
        if node.entry is not None and (found.lastindex or place == size or shape[place] != "w"):
            if may_be_markup:
                return None, MORE
            entry, end = node.entry, place
    return entry, end
