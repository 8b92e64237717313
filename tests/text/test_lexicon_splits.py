"""The lexicon against its definition taken literally: over any text, any terms, and any split."""

from __future__ import annotations

import itertools
import unicodedata
from functools import partial

from hypothesis import example, given, settings
from hypothesis import strategies as st

from kit.text.lexicon import CASES, Entry, Lexicon, Use
from kit.text.lexicon.words import classes
from tests.text import slow_lexicon

CHARS = "aAbBsS1_ßéẹ\u0301\u0323 \n\t+.&'-=\u0338<"
SCRIPTS = "aA1 ภาเทำ๕数据人々ーカョ가나ខ្ម\u17d2\u0301\u200d❤\ufe0f."
MARKUP = [
    *(
        '<sub alias="a">',
        "</sub>",
        "<sub",
        "<break",
        " a",
        '="b A',
        '"',
        "/>",
        ">",
        "<",
        "&",
        "&amp;",
        "am",
        "amp",
        ";",
    ),
    *("<phoneme ph='a'>", "</phoneme ", "</", "<b>", "a", "A", "b", " ", "<!--", "-->", ".", "sub", "alias"),
]
CUTS = st.lists(st.integers(0, 60), max_size=12)
Case = tuple[str, list[Entry]]


def entries_of(terms: st.SearchStrategy[str]) -> st.SearchStrategy[list[Entry]]:
    entry = st.builds(Entry, terms, st.text("<xa +\\1&", max_size=4), case=st.sampled_from(CASES))
    return st.lists(entry, max_size=5)


@st.composite
def cases(draw: st.DrawFn, terms: st.SearchStrategy[str], pieces: st.SearchStrategy[str], size: int) -> Case:
    """Entries, and a text of pieces with terms among them, written in any case and normal form."""
    entries = draw(entries_of(terms))
    if entries:
        written = st.sampled_from([entry.term for entry in entries]) | st.sampled_from(
            [change(entry.term) for entry in entries for change in CHANGES]
        )
        pieces = pieces | written
    return "".join(draw(st.lists(pieces, max_size=size))), entries


CHANGES = (
    str.upper,
    str.lower,
    partial(unicodedata.normalize, "NFC"),
    partial(unicodedata.normalize, "NFD"),
    lambda term: term.replace(" ", " \n "),
    lambda term: term[:-1],
)
PLAIN = (st.text(CHARS, min_size=1, max_size=5), st.sampled_from(CHARS))
MIXED = (st.text(SCRIPTS, min_size=1, max_size=4), st.sampled_from(SCRIPTS))
MARKED = (st.text('aAb<&;mp=" .', min_size=1, max_size=4), st.sampled_from(MARKUP))


def check(text: str, entries: list[Entry], cuts: list[int]) -> None:
    lexicon = Lexicon(entries)
    expected = slow_lexicon.apply(text, entries)
    assert lexicon.apply(text) == expected
    uses: list[Use] = []
    stream = lexicon.stream(uses.append)
    edges = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    said = "".join(stream.push(text[a:b]) for a, b in itertools.pairwise(edges))
    assert said + stream.flush() == expected
    found = [(use.position, use.position + len(use.written), use.entry) for use in uses]
    assert found == list(slow_lexicon.matches(text, entries))
    assert all(text[start:].startswith(use.written) for use, (start, _, _) in zip(uses, found, strict=True))


def check_held(text: str, entries: list[Entry], cuts: list[int]) -> None:
    """At each cut what is held could still become a term, and the rest has gone out."""
    lexicon = Lexicon(entries)
    stream = lexicon.stream()
    edges = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    for a, b in itertools.pairwise(edges):
        stream.push(text[a:b])
        held = stream.held
        assert text[:b].endswith(held)
        if held:
            assert slow_lexicon.may_become_a_term(text[:b], b - len(held), entries), held


@example(("á", [Entry("ạ\u0301", "x")]), [1])
@example(("ẹ\u0301", [Entry("é\u0323", "x")]), [1])
@example(("us US", [Entry("US", "x", case="exact"), Entry("us", "y")]), [1, 4])
@given(cases(*PLAIN, 20), CUTS)
def test_plain_text(case: Case, cuts: list[int]) -> None:
    check(*case, cuts)


@given(cases(*MIXED, 14), CUTS)
def test_scripts(case: Case, cuts: list[int]) -> None:
    check(*case, cuts)


@given(cases(*MARKED, 14), CUTS)
def test_markup(case: Case, cuts: list[int]) -> None:
    check(*case, cuts)


@settings(max_examples=60)
@given(cases(*PLAIN, 6), CUTS)
def test_no_more_is_held_than_could_become_a_term(case: Case, cuts: list[int]) -> None:
    check_held(*case, cuts)


@settings(max_examples=40)
@given(cases(*MIXED, 6), CUTS)
def test_nor_in_other_scripts(case: Case, cuts: list[int]) -> None:
    check_held(*case, cuts)


@settings(max_examples=40)
@given(cases(*MARKED, 5), CUTS)
def test_nor_in_markup(case: Case, cuts: list[int]) -> None:
    check_held(*case, cuts)


def test_every_character_is_of_the_kind_that_its_name_says() -> None:
    kinds = {"w": "spaced", "h": "hangul", "s": "", ".": "", "m": "mark", "v": "mark"} | dict.fromkeys(
        "ufl", "spaceless"
    )
    chars = "".join(map(chr, [*range(0x21000), *range(0xE0000, 0xE0200)]))
    wrong = [
        f"U+{ord(char):04X}"
        for char, kind in zip(chars, classes(chars), strict=True)
        if kinds[kind] != slow_lexicon.script(char)
    ]
    assert wrong == []
