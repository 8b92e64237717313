"""The lexicon: whole words only, the longest, once, however the text is split, and as fast for many as for few."""

from __future__ import annotations

import itertools
import re
import time
import unicodedata
from collections.abc import AsyncIterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.text.lexicon import Lexicon, pronounce
from kit.timing import run_virtual

TERMS = {
    "API": "A P I",
    "REST": "rest",
    "SQL": "sequel",
    "kubectl": "kube control",
    "control": "con troll",
    "C++": "C plus plus",
    ".NET": "dot net",
    "AT&T": "A T and T",
    "New York": "Noo Yawk",
    "new york city": "N Y C",
    "York": "Jork",
    "build": r"b\1 \g<0>",
    "naïve": "nah eev",
    "Straße": "shtrah-seh",
    "数据": "data",
}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("API", "A P I"),
        ("The api's REST-API, (API).", "The A P I's rest-A P I, (A P I)."),
        ("APIs API2 my_API APIÉ", "APIs API2 my_API APIÉ"),
        ("rebuild building", "rebuild building"),
        ("kubectl control", "kube control con troll"),
        ("I know C++, C++. C++11 and C+", "I know C plus plus, C plus plus. C++11 and C+"),
        (".NET and ASP.NET and .net!", "dot net and ASP.NET and dot net!"),
        ("at&t AT&T2", "A T and T AT&T2"),
        ("new york", "Noo Yawk"),
        ("New \n\tYork City; new york", "N Y C; Noo Yawk"),
        ("new york cit", "Noo Yawk cit"),
        ("new yorker, New Jersey, York", "new yorker, New Jersey, Jork"),
        ("build", r"b\1 \g<0>"),
        ("NAÏVE naive", "nah eev naive"),
        ("STRASSE", "shtrah-seh"),
        ("REST\u0301 rest", "REST\u0301 rest"),
        ("数据 大数据", "data 大数据"),
        ("", ""),
    ],
)
def test_says(text: str, said: str) -> None:
    lexicon = Lexicon(TERMS)
    assert lexicon.apply(text) == said
    stream = lexicon.stream()
    assert "".join(map(stream.push, text)) + stream.flush() == said


@pytest.mark.parametrize(
    ("pushed", "released"),
    [
        ("Say ", "Say "),
        ("Say AP", "Say "),
        ("Say API", "Say "),
        ("Say API ", "Say A P I "),
        ("Say APp", "Say APp"),
        ("the xylophone", "the xylophone"),
        ("in New ", "in "),
        ("in New Yo", "in "),
        ("in New X", "in New X"),
        ("in New York", "in "),
        ("in New York.", "in Noo Yawk."),
        ("in New York ", "in "),
        ("in New York d", "in Noo Yawk d"),
        ("in C+", "in "),
        ("in C++", "in "),
        ("in C++!", "in C plus plus!"),
        ("asp.", "asp."),
        ("so .", "so "),
    ],
)
def test_holds_back_only_what_could_become_a_term(pushed: str, released: str) -> None:
    assert Lexicon(TERMS).stream().push(pushed) == released


def test_terms_are_stripped_and_blank_ones_never_found() -> None:
    assert Lexicon({" a  b ": "x", "": "y", "  ": "z"}).apply("a b  c") == "x  c"
    assert not Lexicon({" ": "x"})
    assert Lexicon({"a": "x"})


def test_of_terms_that_differ_in_case_the_last_holds() -> None:
    assert Lexicon({"US": "one", "us": "two"}).apply("US us Us") == "two two two"


def test_a_respelling_may_be_empty() -> None:
    assert Lexicon({"um": ""}).apply("well um yes") == "well  yes"


def test_a_lexicon_can_change_while_the_text_streams() -> None:
    stream = Lexicon({"API": "A P I"}).stream()
    assert stream.push("The API and the AP") == "The A P I and the "
    stream.lexicon = Lexicon({"API": "interface"})
    assert stream.push("I is ") == "interface is "


def test_a_stream_takes_another_text_after_flush() -> None:
    stream = Lexicon(TERMS).stream()
    assert stream.push("word") + stream.flush() == "word"
    assert stream.push("API") + stream.flush() == "A P I"


def test_pronounce() -> None:
    async def text() -> AsyncIterator[str]:
        for chunk in ["The A", "P", "I of ", "", "kube", "ctl"]:
            yield chunk

    async def collect() -> list[str]:
        return [piece async for piece in pronounce(text(), Lexicon(TERMS))]

    assert run_virtual(collect) == ["The ", "A P I of ", "kube control"]


CHARS = "aAbB1_é\u0301 \n+.&'-"
TEXTS = st.text(CHARS, max_size=40)
TERM_TABLES = st.dictionaries(st.text(CHARS, min_size=1, max_size=6), st.text("<xa +\\1", max_size=4), max_size=6)


@given(text=TEXTS, terms=TERM_TABLES, cuts=st.lists(st.integers(0, 40), max_size=12))
def test_agrees_with_a_search_by_hand_over_any_chunks(text: str, terms: dict[str, str], cuts: list[int]) -> None:
    lexicon = Lexicon(terms)
    expected = by_hand(text, terms)
    assert lexicon.apply(text) == expected
    edges = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    stream = lexicon.stream()
    said = "".join(stream.push(text[a:b]) for a, b in itertools.pairwise(edges))
    assert said + stream.flush() == expected


@given(text=TEXTS, terms=TERM_TABLES)
def test_what_is_held_back_is_the_beginning_of_a_term(text: str, terms: dict[str, str]) -> None:
    stream = Lexicon(terms).stream()
    for char in text:
        stream.push(char)
        held = plain(stream._held)
        assert held == "" or any(plain(term.strip()).startswith(held) for term in terms)


def test_many_terms_cost_as_little_as_few() -> None:
    chunks = [f" {word}" for word in ("the", "quick", "term", "term7", "fox,", "api", "and", "two", "w1")] * 1000

    def seconds(count: int) -> float:
        lexicon = Lexicon({f"term{index}" if index % 3 else f"two w{index}": "x" for index in range(count)})
        runs = []
        for _ in range(5):
            stream = lexicon.stream()
            began = time.process_time()
            for chunk in chunks:
                stream.push(chunk)
            runs.append(time.process_time() - began)
        return min(runs)

    assert seconds(10_000) < 4 * seconds(10)


def by_hand(text: str, terms: Mapping[str, str]) -> str:
    """The definition, taken literally: at each place try every term."""
    said, at = "", 0
    while at < len(text):
        best: tuple[int, str] | None = None
        for term, respelling in terms.items():
            end = match_end(text, at, term)
            if end is not None and (best is None or end >= best[0]):
                best = (end, respelling)
        if best is None:
            said, at = said + text[at], at + 1
        else:
            at, said = best[0], said + best[1]
    return said


def match_end(text: str, at: int, term: str) -> int | None:
    words = term.split()
    if not words or (at and is_word(text[at - 1])):
        return None
    found = re.compile(r"\s+".join(map(re.escape, words)), re.IGNORECASE).match(text, at)
    if found is None or (found.end() < len(text) and is_word(text[found.end()])):
        return None
    return found.end()


def is_word(char: str) -> bool:
    return char.isalnum() or char == "_" or unicodedata.category(char)[0] == "M"


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).casefold()
