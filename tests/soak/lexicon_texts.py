"""Texts of every kind through lexicons of every kind, by the hundred thousand.

Each text must go through without an exception and come out the same however it is split; what is held must be its end;
what is told of the terms must stand where it says; a short text must come out as the slow definition has it. Files are
read and written on the way. A text's number is its seed.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import unicodedata
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from random import Random

from kit.text.lexicon import CASES, Entry, Lexicon, LexiconError, Use, lint, pls, toml
from tests.benchmarks.gauges import cpu
from tests.text import slow_lexicon

TEXTS_A_TASK = 500
MOST_FAILURES = 10
SHORT = 24
"""Characters of a text that the slow definition is asked about."""

WORDS = (
    *("API", "SQL", "C++", ".NET", "AT&T", "New", "York", "a", "A", "s", "ß", "naïve", "REST-", "_x", "2", "<3", "'"),
    *("é", "e\u0301", "ẹ", "\u2019", "&", "<", ">", "数据", "大", "ー", "ภาษา", "ไทย", "ខ្មែរ", "한국", "를"),
)
BLANKS = (" ", " ", " ", "\n", "\u00a0", "\u3000", "  \t", "")
MARKUP = (
    *(
        '<sub alias="API">',
        "</sub>",
        "<say-as interpret-as='characters'>",
        "</say-as>",
        '<phoneme ph="SQL">',
        "<break/>",
    ),
    *("</phoneme>", "<emphasis>", "</emphasis>", "<b>", "<!-- API", "-->", "&amp;", "&#65;", "&am", "<sub", '="', "/>"),
)
RANGES = (
    *((0, 0x7F), (0x80, 0x24F), (0x300, 0x36F), (0xE00, 0xEFF), (0x2000, 0x2FFF), (0x3000, 0x30FF), (0xD800, 0xDFFF)),
    *((0xFE00, 0xFFFF), (0x1F300, 0x1FAFF), (0, 0x10FFFF)),
)


@dataclass
class LexiconTally:
    """What came of some texts. `failures`: the seed of each, and what was wrong."""

    texts: int = 0
    failed: int = 0
    terms_found: int = 0
    cpu_s: float = 0.0
    failures: list[str] = field(default_factory=list)

    def add(self, other: LexiconTally) -> None:
        self.texts += other.texts
        self.failed += other.failed
        self.terms_found += other.terms_found
        self.cpu_s += other.cpu_s
        self.failures = (self.failures + other.failures)[:MOST_FAILURES]


def run_all_lexicon_texts(count: int, seed: int, jobs: int, progress: Callable[[LexiconTally], None]) -> LexiconTally:
    """So many texts on so many processes; their seeds begin with `seed`."""
    whole = LexiconTally()
    starts = range(seed, seed + count, TEXTS_A_TASK)
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        running = [pool.submit(run_lexicon_texts, start, min(TEXTS_A_TASK, seed + count - start)) for start in starts]
        for done in as_completed(running):
            whole.add(done.result())
            progress(whole)
    return whole


def run_lexicon_texts(first: int, count: int) -> LexiconTally:
    tally, start = LexiconTally(), cpu()
    for number in range(first, first + count):
        tally.texts += 1
        try:
            tally.terms_found += check(number)
        except Exception as error:
            tally.failed += 1
            if len(tally.failures) < MOST_FAILURES:
                tally.failures.append(f"lexicon text of seed {number}: {error!r}"[:500])
    tally.cpu_s = cpu() - start
    return tally


def check(number: int) -> int:
    """How many terms the text of a seed holds. Raises where it does not go through as it must."""
    dice = Random(number)
    entries = [entry(dice) for _ in range(dice.randint(0, 8))]
    lexicon = Lexicon(entries)
    text = written(dice, [entry.term for entry in entries], dice.choice((3, 6, 30, 200)))
    uses: list[Use] = []
    said = split(lexicon, text, [*range(len(text))], uses)
    assert said == lexicon.apply(text), "other by the character"
    assert uses == lexicon.uses(text), "other terms by the character"
    for use in uses:
        assert text.startswith(use.written, use.position), f"{use} is not there"
    for _ in range(3):
        cuts = sorted(dice.randint(0, len(text)) for _ in range(dice.randint(0, 12)))
        assert split(lexicon, text, cuts, []) == said, f"other when cut at {cuts}"
    if len(text) <= SHORT:
        assert said == slow_lexicon.apply(text, entries), "not as defined"
    if number % 10 == 0:
        lint(entries)
        assert {*toml.parse(toml.written(storable(entries)))} == {*storable(entries)}, "other in TOML"
    if number % 10 == 1:
        read_anything(text)
    return len(uses)


def split(lexicon: Lexicon, text: str, cuts: list[int], uses: list[Use]) -> str:
    stream = lexicon.stream(uses.append)
    said = []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        said.append(stream.push(text[start:end]))
        assert text[:end].endswith(stream.held), "what is held is not its end"
    return "".join(said) + stream.flush()


def storable(entries: list[Entry]) -> list[Entry]:
    return [one for one in entries if not any("\ud800" <= char <= "\udfff" for char in one.term)]


def read_anything(text: str) -> None:
    """A file of any text is read, or refused as a lexicon is."""
    for parse in (lambda: toml.parse(text), lambda: pls.parse(text.encode("utf-8", "replace"))):
        with contextlib.suppress(LexiconError):
            parse()


def entry(dice: Random) -> Entry:
    term = written(dice, ["x"], dice.choice((1, 1, 2, 3)), markup=0.05)
    way = dice.choice(({"respelling": dice.choice(("said", "", "a API <b> & \\1"))}, {"ipa": "æ"}, {"say_as": "date"}))
    return Entry(term, case=dice.choice(CASES), **way)


def written(dice: Random, terms: list[str], pieces: int, markup: float = 0.2) -> str:
    """A text with terms in it, whole or not, as they are or in another case or normal form."""
    said = []
    for _ in range(dice.randint(0, pieces)):
        kind = dice.random()
        if kind < markup:
            said.append(dice.choice(MARKUP))
        elif kind < 0.45 and terms:
            term = dice.choice(terms)
            change = dice.choice((str, str, str.upper, str.lower, str.title, nfc, nfd, lambda whole: whole[:-1]))
            said.append(change(term))
        elif kind < 0.85:
            said.append(dice.choice(WORDS))
        else:
            said += (chr(dice.randint(*dice.choice(RANGES))) for _ in range(dice.randint(1, 3)))
        said.append(dice.choice(BLANKS))
    return "".join(said)


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)
