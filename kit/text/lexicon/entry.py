"""One entry of a lexicon: a term, and how it is said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CASES = ("any", "exact", "initial")
"""Whether case matters: not at all; in every letter; in all but the first one, which may be a capital at the start of a
sentence."""

_SAY_AS = re.compile(r"[A-Za-z][\w:.-]*")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_FIELDS = ("respelling", "ipa", "say_as", "case", "language")


class LexiconError(ValueError):
    """An entry or a file that is not as it should be. Says where, and what would be right."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A term and one of three ways to say it.

    Args:
        term: As it is written. A blank in it stands for any run of white space.
        respelling: A text to speak in its place, taken as it is; "" says nothing.
        ipa: Its pronunciation in the International Phonetic Alphabet. It goes out as SSML's `phoneme`.
        say_as: What it is to be read as, such as "characters". It goes out as SSML's `say-as`.
        case: One of `CASES`.
        language: A BCP 47 tag, as "en" or "de-AT", of the texts that it is for; "" for all.
        line: Where it was read, counted from 1; 0 where that is not known.

    Raises:
        LexiconError: not exactly one way to say it, or a value that its field does not take.
    """

    term: str
    respelling: str | None = None
    ipa: str | None = None
    say_as: str | None = None
    case: str = "any"
    language: str = ""
    line: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if (self.respelling is None) + (self.ipa is None) + (self.say_as is None) != 2:
            raise self._error("has exactly one of respelling, ipa and say_as")
        if self.ipa is not None and not self.ipa.strip():
            raise self._error("has an empty ipa")
        if self.say_as is not None and not _SAY_AS.fullmatch(self.say_as):
            raise self._error(f'is said as a name like "characters", not {self.say_as!r}')
        if self.case not in CASES:
            raise self._error(f"has a case out of {', '.join(CASES)}, not {self.case!r}")
        if self.language and not _LANGUAGE.fullmatch(self.language):
            raise self._error(f'has a language like "en" or "de-AT", not {self.language!r}')

    @classmethod
    def of(cls, term: str, value: object, *, line: int = 0) -> Entry:
        """An entry from a plain value: a respelling as text, or a table of the other fields.

        Raises:
            LexiconError: no such field, or a value that it does not take.
        """
        if isinstance(value, Entry):
            return value if value.term == term else cls(term, **value._given())
        if isinstance(value, str):
            return cls(term, value, line=line)
        place = f"line {line}: " if line else ""
        if not isinstance(value, Mapping):
            raise LexiconError(f"{place}{term!r} is said by a text or a table, not {value!r}")
        for name, given in value.items():
            if name not in _FIELDS:
                raise LexiconError(f"{place}{term!r} has no field {name!r}, only {', '.join(_FIELDS)}")
            if not isinstance(given, str):
                raise LexiconError(f"{place}{name} of {term!r} is a text, not {given!r}")
        return cls(term, line=line, **value)

    def plain(self) -> str | dict[str, str]:
        """The value that `of` makes the entry from: the respelling alone, or a table where there is more."""
        given = self._given()
        return given["respelling"] if list(given) == ["respelling"] else given

    def _given(self) -> dict[str, Any]:
        defaults = {"case": "any", "language": ""}
        pairs = ((name, getattr(self, name)) for name in _FIELDS)
        return {name: value for name, value in pairs if value != defaults.get(name)}

    def _error(self, problem: str) -> LexiconError:
        return LexiconError((f"line {self.line}: " if self.line else "") + f"{self.term!r} {problem}")
