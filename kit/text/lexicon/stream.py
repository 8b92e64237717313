"""A text that arrives in pieces, and goes out with its terms said as a lexicon says."""

from __future__ import annotations

from typing import Protocol

from .entry import Entry
from .folding import any_case
from .markup import closing_tag, markup_end, spoken
from .search import TermSearch
from .terms import LONGEST_LISTED, MORE
from .words import ASCII_WORD, KIND_OF_ASCII, SIGN, SPACE, WORD, classes, kind_before, next_token, rest_of_token


class Told(Protocol):
    def __call__(self, entry: Entry, written: str, before_end: int, /) -> object:
        """A term was found. It begins so many characters before the end of what has been pushed."""
        ...


class LexiconStream:
    """A text that arrives in pieces.

    `lexicon` can be set to another one at any time: it holds from there on, for what is held back too.
    """

    __slots__ = ("_before", "_given_out", "_inside", "_kept", "_plain", "_told", "_waits_in_space", "lexicon")

    def __init__(self, lexicon: TermSearch, told: Told | None = None) -> None:
        self.lexicon = lexicon
        self._told = told
        self._reset()

    def _reset(self) -> None:
        self._kept = ""
        """What is held back, and before it what is given out already of a possible tag."""
        self._given_out = 0
        self._before = SPACE
        """What stands before `_kept`."""
        self._inside = ""
        """The element that the text is in, where nothing is replaced."""
        self._plain = True
        """Neither inside such an element nor in a possible tag."""
        self._waits_in_space = False
        """A term is held back that goes on behind the white space that it ends with so far."""

    @property
    def held(self) -> str:
        """What is held back, as it was pushed: the beginning of what may become a term."""
        return self._kept[self._given_out :]

    def push(self, chunk: str) -> str:
        """What can be said now that `chunk` has come; "" if all is held back."""
        if not (self._plain and chunk and chunk.isascii()):
            return self._take(chunk)
        said = ""
        if self._kept:
            if (ended := self._end_word(chunk)) is None:
                return self._take(chunk)
            said = ended
        lexicon, word = self.lexicon, chunk.strip()
        if not word.isalnum():
            if lexicon.may_hold(chunk, in_word=self._before == WORD):
                return said + self._take(chunk)
        elif chunk[0] not in ASCII_WORD or self._before != WORD:
            if chunk[-1] not in ASCII_WORD:
                if word.lower() in lexicon.first_words:
                    return said + self._take(chunk)
            elif (word.lower() in lexicon.begun or len(word) > LONGEST_LISTED) and lexicon.may_begin(word):
                return said + self._hold(word, chunk[: -len(word)])
        self._before = KIND_OF_ASCII[chunk[-1]]
        return said + chunk if said else chunk

    def flush(self) -> str:
        """What was held back, at the end of the text. The stream can then take another text."""
        rest = self._read(self._kept, final=True) if self._kept else ""
        self._reset()
        return rest

    def _hold(self, word: str, said: str) -> str:
        """Keep a word that a term may begin with."""
        if said:
            self._before = KIND_OF_ASCII[said[-1]]
        self._kept = word
        return said

    def _end_word(self, chunk: str) -> str | None:
        """What is said for the word that is held back, if a chunk ends it; None if only a closer look can tell."""
        word = self._kept
        if chunk[0] in ASCII_WORD or not (word.isalnum() and word.isascii()):
            return None
        low = word.lower()
        if low in self.lexicon.first_words:
            entry = self.lexicon.alone.get(low)
            if entry is None:
                return None
            if self._told is not None:
                self._told(entry, word, len(word) + len(chunk))
            word = spoken(entry, word)
        self._kept, self._before = "", WORD
        return word

    def _take(self, chunk: str) -> str:
        """What a chunk of any kind lets be said."""
        if not chunk:
            return ""
        if self._waits_in_space and chunk.isspace():
            self._kept += chunk
            return ""
        return self._read(self._kept + chunk, final=False)

    def _read(self, text: str, *, final: bool) -> str:
        """The text up to where a term may have begun; the rest is kept."""
        size, shape = len(text), classes(text)
        place = rest_of_token(shape, 0, self._before)
        done, hold, undecided, inside = self._given_out, size, -1, self._inside
        pieces: list[str] = []
        while place < size:
            after, element = _past_markup(text, shape, place, inside, final)
            if after > place:
                place, inside = after, element
                continue
            if after < 0 and undecided < 0:
                self._inside, undecided = inside, ~after
            if inside:
                break
            entry, end = self._find(text, shape, place, final)
            if end == MORE or (entry is not None and undecided >= 0):
                hold = place
                break
            if entry is None:
                place = end
                continue
            if self._told is not None:
                self._told(entry, text[place:end], size - place)
            pieces += (text[done:place], spoken(entry, text[place:end]))
            done = place = end
        if undecided < 0:
            self._inside = inside
        return self._release(text, shape, pieces, done, hold, undecided)

    def _find(self, text: str, shape: str, place: int, final: bool) -> tuple[Entry | None, int]:
        """The longest term that begins with the token at a place, and where it ends; None and where the token ends.

        The end is `MORE` if only more text can tell.
        """
        token = next_token(shape, place)
        assert token is not None
        after = token.end()
        ended = after < len(text) or final
        if shape[place] == "s" or place < self._given_out:
            return None, after
        if ended and any_case(text[place:after]) not in self.lexicon.first_words:
            return None, after
        if shape[place] == "." and kind_before(shape, place, self._before) == WORD:
            return None, after  # "ASP.NET" holds no ".NET"
        entry, end = self.lexicon.find(text, shape, place, final=final)
        return entry, after if entry is None and end != MORE else end

    def _release(self, text: str, shape: str, pieces: list[str], done: int, hold: int, undecided: int) -> str:
        """Keep what is held, and the tag before it that has not ended."""
        done, hold = max(done, self._given_out), max(hold, self._given_out)
        keep = hold if undecided < 0 else min(undecided, hold)
        pieces.append(text[done:hold])
        self._before = kind_before(shape, keep, self._before)
        self._kept, self._given_out = text[keep:], hold - keep
        self._plain = keep == hold and not self._inside
        self._waits_in_space = self._plain and hold < len(text) and shape[-1] == "s"
        return "".join(pieces)


def _past_markup(text: str, shape: str, place: int, inside: str, final: bool) -> tuple[int, str]:
    """Where the text goes on behind the markup at a place, and the element that it is in then.

    The place itself if it is plain text; the complement (~) of a place from where on only more text can tell.
    """
    if inside:
        tag, end = closing_tag(text, place, inside)
        return (rest_of_token(shape, end, SIGN), "") if end else (~tag, inside)
    if text[place] not in "<&":
        return place, ""
    end, element = markup_end(text, place, final=final)
    if end <= 0:
        return (~place if end < 0 else place), ""
    return (end if element else rest_of_token(shape, end, SIGN)), element
