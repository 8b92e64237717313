"""Sentences that may end with a word that ends no other, because what is missing was said before.

"Yes, I am" has its rest in the question, "the company I work for" its noun in front, "I wish I could" its verb.
"""

from __future__ import annotations

from .said import Said
from .vocabulary import DETERMINERS, NEGATED, PRONOUNS, SUBJECTS, words

_ANTECEDENTS = {"what", "who", "whom", "which", "where", "nothing", "something", "anything", "someone", "anyone"}
_REPLIES = words("am do did have has can could will would is are was were had should")


def replies(said: Said) -> bool:
    """As in "Yes, I am", "no, my wife is", "it's not": the rest is in the question."""
    core = said.core
    lead = bool(said.words) and said.words[0] in {"yes", "yeah", "yep", "no", "nope", "well"}
    if not core or len(core) > 4 or not (lead or said.asked.is_closed):
        return False
    last = core[-1]
    if last == "not":
        return len(core) >= 2
    if len(core) == 1:
        return False
    first = core[0] in PRONOUNS or core[0] in DETERMINERS or core[0] in {"of"}
    return first and (last in _REPLIES or last in NEGATED) and (said.asked.is_closed or core[0] in PRONOUNS)


def is_stranded(said: Said) -> bool:
    """As in "Where are you from", "what I was looking for": what the preposition belongs to came before."""
    spoken = said.words
    if _follows_its_noun(spoken):
        return True
    at = next((index for index in range(len(spoken) - 1, -1, -1) if spoken[index] in _ANTECEDENTS), None)
    if at is None:
        return False
    between = spoken[at + 1 : -1]
    if at == 0 and not between:
        return spoken[-1] == "for"
    return len(between) >= 2 and not any(word in DETERMINERS for word in between) and between[-1] not in {"me", "us"}


def _follows_its_noun(spoken: tuple[str, ...]) -> bool:
    """As in "The company I work for", "somebody I can talk to"."""
    for at in range(len(spoken) - 3, 0, -1):
        if spoken[at] not in SUBJECTS | {"you"}:
            continue
        named = any(word in {"the", "a", "an"} for word in spoken[max(0, at - 3) : at - 1])
        vague = any(word in {"somebody", "anybody"} | _ANTECEDENTS for word in spoken[max(0, at - 2) : at])
        return (named or vague) and not any(word in DETERMINERS for word in spoken[at:-1])
    return False


def is_elliptic(said: Said) -> bool:
    """As in "I wish I could", "I know what it is", "so do I": the verb is understood."""
    spoken = said.words
    if len(spoken) >= 3 and spoken[-2] in PRONOUNS | {"there"}:
        if spoken[-1] in NEGATED and spoken[-3] in {"but", "and"}:
            return True
        return spoken[-3] in {"wish", "if", "as", "than", "whenever", "where", "what", "who", "how"} and not (
            len(said.core) <= 3 and spoken[-3] not in {"wish"}
        )
    return False
