"""Where a sentence cannot end: what its last words are, and the cases in which they may end it all the same.

"To" ends nothing, except in "who am I talking to". Each rule has its exceptions beside it.
"""

from __future__ import annotations

from collections.abc import Callable

from .said import Said
from .understood import is_elliptic, is_stranded, replies
from .vocabulary import (
    ASKED_FOR,
    ATTRIBUTIVE,
    AUXILIARIES,
    BE,
    CONJUNCTIONS,
    DEGREES,
    DETERMINERS,
    DO,
    GIVING,
    HAVE,
    HESITATIONS,
    INSERTED,
    MODALS,
    MONTHS,
    NEGATED,
    OBJECTS,
    PARTICLES,
    PREPOSITIONS,
    PRONOUNS,
    QUANTIFIERS,
    SUBJECTS,
    THINKING,
    TRANSITIVE,
    WH,
    words,
)

_CONTRACTED = ("'m", "'re", "'ll", "'ve", "'d", "'s")
_CONTRACTING = PRONOUNS | WH | {"let", "here"}
_CLAUSE_STARTS = {"wish", "if", "when", "because", "think", "as", "what", "how", "that", "know", "unless"}
_AT_EASE = {"log", "sign", "check", "come", "move", "plug", "go", "join", "drop", "turn", "switch", "dial", "moving"}
_THAT_OPENS = words("say says said think mean means is was sure hope believe told fact heard so")
_NOT_AFTER = words("why hope course if or certainly probably maybe")
_ALWAYS_OPEN = {"says", "said", "told", "spelled", "keeps", "rather"}


def hesitates(said: Said) -> bool:
    if said.words[-1] in HESITATIONS:
        return True
    return any(said.words[-size:] in THINKING for size in range(1, 6))


def repeats(said: Said) -> bool:
    last = said.words[-1]
    return said.before() == last and last in PREPOSITIONS | DETERMINERS | SUBJECTS | CONJUNCTIONS | {"it", "is", "was"}


def conjoins(said: Said) -> bool:
    last, before = said.words[-1], said.before()
    if last == "while":
        return before not in ("a", "worth", "long")
    if last == "since":
        return before not in ("ever", "long")
    return last in CONJUNCTIONS


def asks_further(said: Said) -> bool:
    """A question word that opens a clause: "the day when"."""
    last, before = said.words[-1], said.before()
    if last == "that":
        named = any(word in DETERMINERS for word in said.words[-4:-2])
        described = named and before not in TRANSITIVE | ASKED_FOR | PREPOSITIONS | AUXILIARIES
        return (before in _THAT_OPENS or described) and not said.is_question
    if before == "know" and said.before(2) == "to":
        return last in WH
    alone = len(said.core) <= 1 or before in {"know", "sure", "for", "since", "from", "to", "guess", "or", "so", "say"}
    return last in WH and not alone


def determines(said: Said) -> bool:
    last, before = said.words[-1], said.before()
    if last == "a" and (said.asked.kind in ("spelling", "code") or (len(before) == 1 and before not in "ai")):
        return False
    return last in DETERMINERS


def quantifies(said: Said) -> bool:
    return said.words[-1] in QUANTIFIERS and len(said.core) > 1


def prepositions_open(said: Said) -> bool:
    last, before = said.words[-1], said.before()
    if last not in PREPOSITIONS or is_stranded(said):
        return False
    if last == "to" and before in {"want", "love", "happy", "glad", "have", "like", "not"}:
        return not (said.asked.is_closed or "don't" in said.words)
    return not (last == "about" and said.core[:1] in (("how",), ("what",)) and len(said.core) == 1)


def particle_opens(said: Said) -> bool:
    last, before = said.words[-1], said.before()
    if last not in PARTICLES or is_stranded(said):
        return False
    if last == "before":
        return before in {"not", "day", "week", "night", "or", "just", ""}
    if last == "after":
        return before not in {"soon", "shortly", "day"} or said.before(2) == "the"
    return before not in OBJECTS | _AT_EASE


def auxiliary_opens(said: Said) -> bool:
    last, before = said.words[-1], said.before()
    if last == "may" and (before == "in" or said.asked.kind in ("date", "time")):
        return False
    if last in MONTHS or last not in AUXILIARIES or replies(said):
        return False
    if last in DO | HAVE and (before == "to" or (said.is_question and before in PRONOUNS and len(said.core) > 3)):
        return False
    return not is_elliptic(said)


def negation_opens(said: Said) -> bool:
    last, before = said.words[-1], said.before()
    if last == "not":
        return bool(before) and before not in _NOT_AFTER and not replies(said)
    return last in NEGATED and not replies(said) and not is_elliptic(said) and said.words[-2:] != ("i", "can't")


def contraction_opens(said: Said) -> bool:
    base, mark, rest = said.words[-1].partition("'")
    return mark + rest in _CONTRACTED and base in _CONTRACTING


def subject_opens(said: Said) -> bool:
    last, before = said.words[-1], said.before()
    question = said.is_question
    if last in SUBJECTS:
        inverted = (before in BE and question) or said.before(2) in {"so", "neither", "nor"}
        return not inverted and before != "than"
    if last == "you":
        return before in (MODALS | DO | _CLAUSE_STARTS) - {"as"}
    return last == "it" and before in MODALS | DO | {"if", "when", "because", "but", "and", "that", "which"}


def verb_opens(said: Said) -> bool:
    """A verb without its object: "I want", "I'd like to book", "tell me"."""
    core = tuple(word for word in said.core if word not in INSERTED)
    last, before = said.words[-1], said.before()
    if last in _ALWAYS_OPEN:
        return not any(word.partition("'")[0] in WH | {"like", "as", "that"} for word in core)
    if not core or core[0] in WH:
        return False
    if last in TRANSITIVE and len(core) <= 3 and _has_subject(core) and not said.asked.is_closed:
        return True
    if last in TRANSITIVE and any(word in HAVE or word.endswith("'ve") for word in core[:-1]) and len(core) <= 4:
        return True
    if last == "like":
        return before in {"i'd", "would", "i", "things", "something", "look", "looks", "sounds"} and core[0] not in WH
    if last == "me":
        return before in GIVING and len(core) <= 6
    if last == "please":
        return before == "you"
    if core[0] in MODALS and before in PRONOUNS:
        return last in ASKED_FOR
    return last in ASKED_FOR and before in {"to", "can", "could", "i'll", "will"} and "don't" not in said.words


def degree_opens(said: Said) -> bool:
    return said.words[-1] in DEGREES and not said.ends("such", "as") and said.before() not in {"look", "looking"}


def adjective_opens(said: Said) -> bool:
    """As in "A large", "the next": mostly the noun is still to come."""
    return said.words[-1] in ATTRIBUTIVE and said.before() in DETERMINERS | DEGREES | {"next", "some"}


def _has_subject(core: tuple[str, ...]) -> bool:
    base = core[0].partition("'")[0]
    return (base in PRONOUNS and len(core) > 1) or core[0] in MODALS | DO


ENDINGS: tuple[tuple[str, Callable[[Said], bool]], ...] = (
    ("hesitation", hesitates),
    ("repetition", repeats),
    ("contraction", contraction_opens),
    ("conjunction", conjoins),
    ("question word", asks_further),
    ("determiner", determines),
    ("preposition", prepositions_open),
    ("particle", particle_opens),
    ("subject", subject_opens),
    ("auxiliary", auxiliary_opens),
    ("negation", negation_opens),
    ("verb", verb_opens),
    ("degree", degree_opens),
    ("adjective", adjective_opens),
    ("quantifier", quantifies),
)
"""Looked for in this order; the first that holds is the ending."""


def ending(said: Said) -> str:
    """What kind of open ending it has; "" where it has none."""
    return next((name for name, holds in ENDINGS if said.words and holds(said)), "")
