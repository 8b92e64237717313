"""What the agent asked for, as far as its words tell: a number of so many digits, a name, a reason, yes or no."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .vocabulary import AUXILIARIES, NEGATED, WH

_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True)
class Asked:
    """`kind` is "" where nothing was asked. `digits`: how many the answer has, one of these; () where that is open."""

    kind: str = ""
    digits: tuple[int, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Whether yes or no answers it."""
        return self.kind == "yes or no"


_COUNTED = re.compile(r"\blast (\w+) (?:digits|numbers)|\b(\w+)[- ]digits?\b")
_PHONE = (
    r"(?:phone|mobile|cell|telephone|callback|contact) ?number|number (?:to|where we can) (?:reach|call)|your number"
)
_KINDS = (
    ("card", re.compile(r"card number|number (?:on|of) (?:your|the) card"), (15, 16)),
    ("phone", re.compile(_PHONE), ()),
    ("zip", re.compile(r"\bzip\b"), (5, 9)),
    ("date", re.compile(r"date of birth|birth ?da(?:te|y)|when were you born"), ()),
    ("email", re.compile(r"\be-?mail\b"), ()),
    ("spelling", re.compile(r"\bspell"), ()),
    ("code", re.compile(r"\b(?:code|pin|password|(?:order|account|reference|booking|policy|\w+ation) number)\b"), ()),
    ("name", re.compile(r"\bname\b|who am i (?:speaking|talking)|who(?:'s| is) (?:this|calling)"), ()),
    ("address", re.compile(r"\baddress\b|where do you live"), ()),
    ("quantity", re.compile(r"\bhow (?:many|much|old|long|big|often)\b|what (?:age|quantity)"), ()),
    ("reason", re.compile(r"\bwhy\b|how come|what made you|reason for"), ()),
    ("time", re.compile(r"\bwhen\b|what (?:time|day|date)|which (?:day|date)"), ()),
)
_OWN_NUMBER = re.compile(r"\bmy (?:phone |cell |mobile |telephone )?number is\b")
_OWN_KINDS = {"card", "phone", "zip", "date", "email", "spelling", "code", "name", "address"}


def asked_for(agent: str, user: str) -> Asked:
    """From the agent's text and the user's, both in lower case. A user may tell a number without being asked."""
    question = _last_question(agent)
    counted = _COUNTED.search(question)
    if counted:
        return Asked("code", _size(counted[1] or counted[2]))
    for kind, pattern, sizes in _KINDS:
        if pattern.search(question) and not (kind in _OWN_KINDS and _is_closed(question) and "you have" in question):
            return Asked(kind, sizes)
    if _OWN_NUMBER.search(user):
        return Asked("phone")
    words = re.findall(r"[\w']+", question)
    if not words:
        return Asked()
    if "or" in words and words[0] not in AUXILIARIES:
        return Asked("choice")
    if _is_closed(question):
        return Asked("yes or no")
    if any(word.partition("'")[0] in WH for word in words):
        return Asked("open")
    return Asked("talk" if words[0] in ("tell", "describe", "explain") else "")


def _size(word: str) -> tuple[int, ...]:
    if word in _NUMBERS:
        return (_NUMBERS.index(word) + 1,)
    return (int(word),) if word.isdecimal() else ()


def _last_question(agent: str) -> str:
    """The last sentence; where it asks nothing, the last question before it."""
    sentences: list[str] = [part.strip() for part in re.findall(r"[^.?!]+[.?!]*", agent) if part.strip()]
    questions = [sentence for sentence in sentences if sentence.endswith("?")]
    return (questions or sentences or [""])[-1]


def _is_closed(question: str) -> bool:
    first = re.findall(r"[\w']+", question)[:1]
    return bool(first) and (first[0] in AUXILIARIES or first[0] in NEGATED)
