"""How a voice says each term now, and how it will with the lexicon, in the International Phonetic Alphabet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..ssml import plain_text
from ..ssml.phonetics import PRIMARY, SECONDARY, clean
from .entry import Entry

Phonemes = Callable[[str], str]
"""How a voice says a plain text, in IPA; such as `EspeakTTS.phonemes`."""

_SPELLED = frozenset({"characters", "spell-out", "verbatim", "letters"})


@dataclass(frozen=True, slots=True)
class Preview:
    """A term, and its sounds before and after. `then` is "" where only the voice itself knows, as for a date."""

    entry: Entry
    now: str
    then: str

    @property
    def same(self) -> bool:
        """Whether the voice says it so already."""
        return bool(self.now) and clean(self.now) == clean(self.then)

    @property
    def same_but_for_stress(self) -> bool:
        """Whether only stresses and the gaps between words differ, or nothing."""
        return bool(self.now) and _sounds(self.now) == _sounds(self.then)


def preview(entries: Iterable[Entry], phonemes: Phonemes) -> list[Preview]:
    """Each entry before and after, in order. What `phonemes` raises goes out."""
    return [Preview(entry, phonemes(entry.term.strip()), _then(entry, phonemes)) for entry in entries]


def _then(entry: Entry, phonemes: Phonemes) -> str:
    if entry.ipa is not None:
        return clean(entry.ipa)
    if entry.respelling is not None:
        said = plain_text(entry.respelling)
        return phonemes(said) if said.strip() else ""
    return phonemes(", ".join("".join(entry.term.split()))) if entry.say_as in _SPELLED else ""


def _sounds(ipa: str) -> str:
    return "".join(sign for sign in clean(ipa) if sign not in (PRIMARY, SECONDARY, " "))
