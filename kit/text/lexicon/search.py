"""What a text is searched for: terms as trees of their tokens, and what tells early that nothing can be found."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .entry import Entry
from .folding import any_case, exact_case, may_become
from .terms import LONGEST_LISTED, MORE, Node, add, beginnings, longest, spellings
from .words import KIND_OF_ASCII, WORD


class TermSearch:
    """Of entries for the same term the last one is found, and one whose case matters before one whose case does not.

    Args:
        entries: What to find. A blank term is never found.
    """

    __slots__ = ("_any", "_begun", "_exact", "_exactly_begun", "_starts", "alone", "begun", "first_words")

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._any, self._exact = Node(), Node()
        for entry in entries:
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
