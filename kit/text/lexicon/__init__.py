"""Words that are said differently from how they are written, in text that streams.

A `Lexicon` has terms, each with a respelling, a pronunciation in IPA, or what it is to be read as. A term is found

- as a whole word, between tokens (see `words`): "API" in "API's" and "REST-API", not in "APIs", "API2" or "my_API";
  "C++", ".NET" and "AT&T" are terms as well. In scripts that are written without spaces it is found inside a run.
- however it is split over chunks; what could still become a term is held back, and nothing else.
- where terms overlap, the one that begins first, then the longest; where that one ends inside a word, the next shorter.
- in any case, or as each entry's case rule says, and in NFC as in NFD. A blank in it is any run of white space.
- never in a tag of SSML or its attributes, nor in the text of `phoneme`, `say-as` and `sub` (see `kit.text.ssml.tags`).

What is said instead is taken literally, and not searched for terms again. Each name is loaded on its first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...lazy_names import lazy_names

if TYPE_CHECKING:
    from .entry import CASES, Entry, LexiconError
    from .lexicon import Lexicon, pronounce
    from .linting import Finding, lint
    from .previewing import Preview, preview
    from .stream import LexiconStream
    from .usage import CountingStream, Use

_HOME = {
    "CASES": "entry",
    "CountingStream": "usage",
    "Entry": "entry",
    "Finding": "linting",
    "Lexicon": "lexicon",
    "LexiconError": "entry",
    "LexiconStream": "stream",
    "Preview": "previewing",
    "Use": "usage",
    "lint": "linting",
    "preview": "previewing",
    "pronounce": "lexicon",
}
__all__ = [
    "CASES",
    "CountingStream",
    "Entry",
    "Finding",
    "Lexicon",
    "LexiconError",
    "LexiconStream",
    "Preview",
    "Use",
    "lint",
    "preview",
    "pronounce",
]

__getattr__, _ = lazy_names(__name__, _HOME)
