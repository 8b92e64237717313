"""What the user said, taken apart once: its words, its last punctuation mark, and what the agent had asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from .asked import Asked, asked_for
from .vocabulary import AUXILIARIES, ENGLISH, FOREIGN, OPENERS, SHARED, TEENS, TENS, UNITS, WH

LONGEST = 600
"""Characters, from the end, that are read of a longer text."""
_FEW = 4
"""Words, from which on one of them at least is one that English is made of."""

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_MARK = re.compile(r"(\.{2,}|…|[-–—]+|[,;:.?!])[\"')\s]*$")
_SENTENCE_END = re.compile(r"(?<=[.?!…])\s+(?=\S)")
_AFTER_COMMA = re.compile(r"\w+\W+\w.*,\s*\w+\W+\w")
_BROKEN_OFF = {"...": "...", "-": "-", ";": ",", ":": ","}


@dataclass(frozen=True)
class Said:
    """The user's words and what was asked.

    Attributes:
        text: All of it, in lower case.
        words: Of the last sentence, where there are marks that end sentences.
        mark: The last mark: one of `... , - . ? !`, or "".
        punctuated: Whether the recogniser seems to write punctuation.
    """

    text: str
    words: tuple[str, ...]
    mark: str
    punctuated: bool
    asked: Asked

    @cached_property
    def core(self) -> tuple[str, ...]:
        """The words behind "well", "yes", "um" and the like."""
        start = 0
        while start < len(self.words) and self.words[start] in OPENERS:
            start += 1
        return self.words[start:]

    @cached_property
    def all_words(self) -> tuple[str, ...]:
        return _words(self.text)

    @cached_property
    def digits(self) -> int:
        """How many digits were said in all, "twenty one" and "21" being two."""
        return _digits(self.all_words)

    @cached_property
    def is_english(self) -> bool:
        """Whether the words are likely English ones. A single unknown word may be anything, and passes."""
        words = self.all_words
        own = sum((word in ENGLISH and word not in SHARED) or "'" in word for word in words)
        other = sum(word in FOREIGN or not word.isascii() for word in words)
        if other and other >= own:
            return False
        known = own > 0 or any(word in SHARED for word in words) or bool(self.digits)
        return known or len(words) < _FEW

    @cached_property
    def is_question(self) -> bool:
        """Whether it begins as a question does."""
        core = self.core
        return bool(core) and (core[0] in WH or core[0] in AUXILIARIES or core[0].partition("'")[0] in WH)

    @property
    def has_two_parts(self) -> bool:
        """Whether a comma stands between words and words."""
        return _AFTER_COMMA.search(self.text) is not None

    def ends(self, *words: str) -> bool:
        return self.words[-len(words) :] == words

    def before(self, back: int = 1) -> str:
        """The word so far before the last one; "" where there is none."""
        return self.words[-1 - back] if len(self.words) > back else ""


def said(text: str, agent: str = "") -> Said:
    """The user's text and the agent's before it, each with or without punctuation and capitals."""
    plain = text[-LONGEST:].replace("’", "'").strip()
    found = _MARK.search(plain)
    mark = found[1] if found else ""
    mark = "..." if mark[:2] in ("..", "…") else "-" if mark[:1] in "-–—" and mark else _BROKEN_OFF.get(mark, mark)
    punctuated = bool(mark) or any(char.isupper() for char in plain.replace("I", ""))
    lowered = plain.lower()
    sentences = [words for part in _SENTENCE_END.split(lowered) if (words := _words(part))]
    words = sentences[-1] if sentences else ()
    return Said(lowered, words, mark, punctuated, asked_for(agent[-LONGEST:].lower(), lowered))


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text))


def _digits(words: tuple[str, ...]) -> int:
    count, times = 0, 1
    for index, word in enumerate(words):
        if word in ("double", "triple"):
            times = 2 if word == "double" else 3
            continue
        if word.isdigit():
            count += len(word) * times
        elif word in UNITS:
            count += 0 if index and words[index - 1] in TENS else times
        elif word in TEENS or word in TENS:
            count += 2
        times = 1
    return count
