"""Whether what the agent asked for has been given whole: digits, a date, an address of mail, a name."""

from __future__ import annotations

import re

from .said import Said
from .vocabulary import MONTHS, PRONOUNS, TEENS, TENS, UNITS, WH

_MAIL = re.compile(r"\S+@\S+\.[a-z]{2,}$|\b(?:at|@)\b.*\b(?:dot|\.) ?[a-z]{2,}$")
_MAIL_BEGUN = re.compile(r"@|\bat\b|\bdot\b|\bdash\b|\bunderscore\b|\b[a-z0-9]+\.[a-z0-9]+")
_TAIL = re.compile(r"(?:\bdot|\bat|\bdash|\bunderscore|[@-])$")
_LONG_ENOUGH = 4
"""Letters and digits of a number whose length is not known."""


def given(said: Said) -> str:
    """One of "whole", "part" and "", where the words are no such answer, or nothing of the kind was asked."""
    kind = said.asked.kind
    if kind in _DICTATED:
        return _dictated(said) if said.digits or _letters(said) else ""
    check = _CHECKS.get(kind)
    return check(said) if check and said.words and not said.is_question else ""


_DICTATED = {"phone", "card", "zip", "code"}


def _dictated(said: Said) -> str:
    digits, sizes = said.digits, said.asked.digits
    if said.asked.kind == "phone":
        return "whole" if digits == 7 or (digits >= 10 and not _lacks_one(said)) else "part"
    if sizes:
        return "whole" if digits in sizes or digits > max(sizes) else "part"
    return "whole" if digits + _letters(said) >= _LONG_ENOUGH else "part"


def _lacks_one(said: Said) -> bool:
    """Ten digits behind a country's or a trunk's code are one too few."""
    first = next((word for word in said.all_words if word.isdigit() or word in UNITS), "")
    return said.digits == 10 and (first[:1] in ("0", "1") or first in ("zero", "oh", "one"))


def _letters(said: Said) -> int:
    return sum(len(word) == 1 and not word.isdigit() for word in said.all_words)


def _date(said: Said) -> str:
    words = said.all_words
    if not (said.digits or any(word in MONTHS for word in words) or "of" in words):
        return ""
    year = any(len(word) == 4 and word.isdigit() for word in words) or "thousand" in words
    spoken = any(word in TEENS | TENS and words[index - 1] in TEENS | TENS for index, word in enumerate(words) if index)
    figures = sum(word.isdigit() for word in words)
    return "whole" if year or spoken or figures >= 3 else "part"


def _email(said: Said) -> str:
    text = said.text.rstrip(".?! ")
    if _TAIL.search(text):
        return "part"
    if _MAIL.search(text):
        return "whole"
    return "part" if _MAIL_BEGUN.search(text) else ""


def _spelling(said: Said) -> str:
    letters = _letters(said)
    return "whole" if letters >= 3 else "part" if letters else ""


def _name(said: Said) -> str:
    core = said.core
    for lead in (("my", "name", "is"), ("it's",), ("this", "is"), ("i'm",), ("i", "am"), ("the", "name", "is")):
        core = core[len(lead) :] if core[: len(lead)] == lead else core
    return "whole" if 1 <= len(core) <= 4 and not any(word in PRONOUNS | WH for word in core) else ""


def _address(said: Said) -> str:
    if not said.digits:
        return ""
    named = [word for word in said.core if not word.isdigit() and word not in UNITS | TEENS | TENS | {"it's", "at"}]
    return "whole" if len(named) >= 2 else "part"


def _quantity(said: Said) -> str:
    last = said.words[-1]
    counts = last.isdigit() or last in UNITS | TEENS | TENS
    return "whole" if counts and len(said.core) <= 4 else ""


_CHECKS = {
    "date": _date,
    "email": _email,
    "spelling": _spelling,
    "name": _name,
    "address": _address,
    "quantity": _quantity,
}
