"""The evidence: what may be seen in a user's words, and how much each sight of it weighs.

A weight is log-odds: +1 makes a whole turn 2.7 times as likely as it was, −1 an unfinished one. The weights of what was
seen are added to `PRIOR`, and the logistic function of the sum is the probability. So the table below is the whole
model: to see why a text was judged as it was, look which lines of it hold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from .answers import given
from .endings import ending
from .said import Said
from .understood import replies
from .vocabulary import (
    AUXILIARIES,
    CLOSED,
    COMMANDS,
    FINAL_ADVERBS,
    LEAD_INS,
    POLITE,
    PRONOUNS,
    words,
)

PRIOR = 0.6
"""Of a text in which nothing else is seen: recognisers give a final transcript more often at the end of a turn."""


@dataclass(frozen=True)
class Reading:
    """What is known of a text, each thing found once."""

    said: Said

    @cached_property
    def ending(self) -> str:
        return ending(self.said)

    @cached_property
    def given(self) -> str:
        return given(self.said)

    @cached_property
    def stands_alone(self) -> bool:
        return _only_closes(self.said)

    @property
    def is_open(self) -> bool:
        return bool(self.ending) and not self.stands_alone


@dataclass(frozen=True)
class Evidence:
    name: str
    weight: float
    holds: Callable[[Reading], bool]


def _only_closes(said: Said) -> bool:
    """An answer or a closing: "no thank you", "yes, of course, thanks"."""
    words = said.words
    while words:
        size = next((size for size in range(min(6, len(words)), 0, -1) if words[:size] in CLOSED | POLITE), 0)
        if not size:
            return False
        words = words[size:]
    return bool(said.words)


def _ends_in(kind: str) -> Callable[[Reading], bool]:
    return lambda read: read.ending == kind and not read.stands_alone and read.given != "whole"


def _marked(mark: str) -> Callable[[Reading], bool]:
    return lambda read: read.said.mark == mark


def _announces(read: Reading) -> bool:
    return read.said.words in LEAD_INS or (read.said.core in LEAD_INS and not read.stands_alone)


def _is_polite_end(read: Reading) -> bool:
    spoken = read.said.words
    ends = any(spoken[-size:] in POLITE for size in range(1, min(5, len(spoken))))
    return ends and not read.is_open


_SUBJECTS = PRONOUNS - {"that", "this", "those", "these"}


def _clauses(read: Reading) -> int:
    """Roughly how many: their subjects that are pronouns."""
    return sum(word.partition("'")[0] in _SUBJECTS for word in read.said.words)


_SUBORDINATE = words("if when whenever while although though since unless because once after before")
_TIMES = {
    ("the", "last", "time"),
    ("the", "first", "time"),
    ("the", "next", "time"),
    ("every", "time"),
    ("by", "the", "time"),
}
_ANSWERED_BY = {
    "reason": {"because", "since"},
    "time": {"when", "whenever", "after", "before", "once", "if"},
    "yes or no": {"if"},
}


def _lacks_main_clause(read: Reading) -> bool:
    """As in "If I cancel my booking": nothing yet that depends on it."""
    core = read.said.core or read.said.words
    if not core or core[0] in _ANSWERED_BY.get(read.said.asked.kind, ()):
        return False
    if core[0] not in _SUBORDINATE and core[:2] not in _TIMES and core[:3] not in _TIMES:
        return False
    if len(core) > 1 and core[1] in AUXILIARIES:
        return False
    return 0 < _clauses(read) < 2 and not read.said.has_two_parts


def _lacks_counterpart(read: Reading) -> bool:
    """As in "Between six", "either red"."""
    spoken = read.said.words
    return ("between" in spoken[:-1] and "and" not in spoken) or ("either" in spoken[:-1] and "or" not in spoken)


def _is_bare(read: Reading) -> bool:
    """As in "Play", "is breakfast": the first word of a command or of a question, with too little behind it."""
    core = read.said.core
    if read.stands_alone:
        return False
    if len(core) == 1:
        return core[0] in COMMANDS - {"stop", "cancel", "repeat", "skip", "reset", "start", "check", "search"}
    return len(core) == 2 and core[0] in AUXILIARIES and core[1] not in PRONOUNS | {"not"}


def _is_whole_question(read: Reading) -> bool:
    return read.said.is_question and len(read.said.core) >= 3 and not read.is_open


def _is_whole_command(read: Reading) -> bool:
    return len(read.said.core) >= 2 and read.said.core[0] in COMMANDS and not read.is_open


def _ends_late(read: Reading) -> bool:
    return len(read.said.core) > 1 and read.said.words[-1] in FINAL_ADVERBS and not read.is_open


def _chooses(read: Reading) -> bool:
    return read.said.asked.kind == "choice" and 0 < len(read.said.core) <= 4 and not read.is_open


def _answers_briefly(read: Reading) -> bool:
    asked = read.said.asked.kind in ("open", "time", "quantity", "reason")
    return asked and 0 < len(read.said.core) <= 4 and not read.is_open and not _is_bare(read)


def _lacks_mark(read: Reading) -> bool:
    return read.said.punctuated and not read.said.mark


_WAYS = words("move fly transfer change go travel switch train flight bus upgrade")


def _lacks_destination(read: Reading) -> bool:
    """As in "Move it from Tuesday": to what?"""
    spoken = read.said.words
    if "from" not in spoken[:-1]:
        return False
    at = spoken.index("from")
    return any(word in _WAYS for word in spoken[:at]) and "to" not in spoken[at:] and "is" not in spoken[:at]


EVIDENCE: tuple[Evidence, ...] = (
    Evidence("ends in a hesitation", -3.5, _ends_in("hesitation")),
    Evidence("repeats its last word", -3.0, _ends_in("repetition")),
    Evidence("ends in a contraction that wants more", -4.0, _ends_in("contraction")),
    Evidence("ends in a conjunction", -4.0, _ends_in("conjunction")),
    Evidence("ends in a question word that opens a clause", -2.5, _ends_in("question word")),
    Evidence("ends in a determiner", -4.0, _ends_in("determiner")),
    Evidence("ends in a preposition", -3.5, _ends_in("preposition")),
    Evidence("ends in a preposition that may stand alone", -2.0, _ends_in("particle")),
    Evidence("ends in a subject without its verb", -3.5, _ends_in("subject")),
    Evidence("ends in an auxiliary", -3.0, _ends_in("auxiliary")),
    Evidence("ends in a negation", -1.5, _ends_in("negation")),
    Evidence("ends in a verb without its object", -2.0, _ends_in("verb")),
    Evidence("ends in an adverb of degree", -2.5, _ends_in("degree")),
    Evidence("ends in an adjective without its noun", -1.8, _ends_in("adjective")),
    Evidence("ends in a quantity without its noun", -1.5, _ends_in("quantifier")),
    Evidence("only announces what follows", -2.5, _announces),
    Evidence("a condition without its consequence", -2.0, _lacks_main_clause),
    Evidence("the first of two counterparts", -1.5, _lacks_counterpart),
    Evidence("a way from somewhere, to nowhere yet", -1.5, _lacks_destination),
    Evidence("the bare beginning of a command or a question", -2.0, _is_bare),
    Evidence("gives a part of what was asked for", -3.0, lambda read: read.given == "part"),
    Evidence("gives what was asked for", 2.0, lambda read: read.given == "whole"),
    Evidence("an answer or a closing that stands alone", 3.0, lambda read: read.stands_alone),
    Evidence("a reply whose rest is in the question", 1.5, lambda read: replies(read.said)),
    Evidence("one of the choices", 1.0, _chooses),
    Evidence("a short answer", 0.7, _answers_briefly),
    Evidence("a question with all its parts", 0.8, _is_whole_question),
    Evidence("a command with its object", 0.6, _is_whole_command),
    Evidence("ends politely", 1.5, _is_polite_end),
    Evidence("ends in an adverb of the end", 0.7, _ends_late),
    Evidence('punctuation "..."', -2.5, _marked("...")),
    Evidence('punctuation ","', -2.5, _marked(",")),
    Evidence('punctuation "-"', -2.5, _marked("-")),
    Evidence('punctuation "?"', 1.5, _marked("?")),
    Evidence('punctuation "!"', 1.0, _marked("!")),
    Evidence('punctuation "."', 0.7, _marked(".")),
    Evidence("no punctuation where there could be some", -0.7, _lacks_mark),
)
