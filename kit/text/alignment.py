"""Which written words were heard, where they were spoken as others.

A lexicon or an agent's own node may respell a text, so that "kubectl" is spoken as "kube control" and "API" as "A P I".
The written words are matched with the spoken ones; where they differ, in order and in proportion.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher


def heard_words(written: Sequence[str], spoken: Sequence[str], heard: int, *, complete: bool) -> int:
    """How many of the written words were heard.

    A word was heard if the first of the words that it was spoken as has begun.

    Args:
        spoken: The words that the voice is known to speak, in order.
        heard: How many of them have begun to be heard.
        complete: Whether `spoken` is all of the text; otherwise more words of it may follow.
    """
    if heard <= 0:
        return 0
    if complete and heard >= len(spoken):
        return len(written)
    matcher = SequenceMatcher(None, [_bare(word) for word in written], [_bare(word) for word in spoken], autojunk=False)
    count = 0
    for tag, start, stop, spoken_start, spoken_stop in matcher.get_opcodes():
        for index in range(start, stop):
            place = spoken_start
            if tag == "equal" or (stop == len(written) and not complete):
                place += index - start
            elif tag == "replace":
                place += (index - start) * (spoken_stop - spoken_start) // (stop - start)
            to_come = tag == "delete" and stop == len(written) and not complete
            if place >= heard or to_come:
                return count
            count += 1
    return count


def _bare(word: str) -> str:
    kept = "".join(character for character in word if character.isalnum())
    return (kept or word).casefold()
