"""Sentences: nothing lost, cut early, cut in the right places, whatever the pieces."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.text.sentences import MAX_CHARS, SentenceSplitter, sentences

WHOLE = [
    "Pi is about 3.14 and e is 2.718.",
    "Dr. Smith met Mrs. Jones.",
    "Use a tool, e.g. Make, i.e. anything.",
    "The U.S. Senate sits in Washington, D.C. on Mondays.",
    "See https://example.org/a.b?c=d!e for more.",
    "Wait... what is that?",
    "Well… maybe.",
    "J. R. R. Tolkien wrote it.",
    "1. Rice",
    "A. Rice",
    "No. 5 is alive.",
    "Fig. 3 and p. 4 show it.",
    "Did they (really?) say so.",
    "Eggs, milk, etc. are in the bag.",
    "Acme Inc. sells it.",
    "A line that was\nwrapped by hand.",
    "... and so on.",
    "Das ist z.B. Brot.",
    'It read "no entry." and that was that.',
]

CUT = [
    ["Hello there. ", "How are you? ", "I'm fine!"],
    ["hey! ", "how are you? ", "fine."],
    ["In the U.S. ", "We met at 5 p.m. ", "Then we left."],
    ["So do I. ", "It is vitamin C"],
    ["No. ", "I won't."],
    ["It costs 5. ", "That is 3.50 less."],
    ["See https://a.org/b?c=d. ", "Next."],
    ['"Really?" he said. ', '"Yes!" ', "She left."],
    ["**Bold.** ", "(In brackets.) ", "Next"],
    ["你好。", "再见！", "「好。」", "他说？？", "好"],
    ["नमस्ते। ", "कैसे हो? ", "ठीक।"],
    ["Hello.\n", "\n World"],
    ["A title\n\n", "the text"],
    ["To buy:\n", "- milk\n", "- eggs"],
    ["I don't know... ", "The door opened."],
    ["Wait?!... ", "What?"],
]


def split(text: str, **options: int) -> list[str]:
    splitter = SentenceSplitter(**options)
    return splitter.push(text) + splitter.flush()


@pytest.mark.parametrize("text", WHOLE)
def test_stays_whole(text: str) -> None:
    assert split(text) == [text]


@pytest.mark.parametrize("expected", CUT, ids="".join)
def test_is_cut(expected: list[str]) -> None:
    assert split("".join(expected)) == expected


@pytest.mark.parametrize(
    ("before", "decider"),
    [
        ("It rains. ", "S"),
        ("It rains! ", "s"),
        ("It rains.", "\n"),
        ("下雨了。", "我"),
        ("A title\n", "\n"),
        ("A title\n", "A"),
    ],
)
def test_is_given_out_as_soon_as_it_is_over(before: str, decider: str) -> None:
    splitter = SentenceSplitter()
    assert [sentence for char in before for sentence in splitter.push(char)] == []
    (sentence,) = splitter.push(decider)
    assert sentence.strip() == before.strip()


def test_an_ambiguous_abbreviation_waits_for_the_next_word() -> None:
    splitter = SentenceSplitter()
    assert splitter.push("We live in the U.S. Th") == []
    assert splitter.push("e ") == ["We live in the U.S. "]


def test_a_long_run_is_cut_at_a_clause_else_at_a_blank_else_anywhere() -> None:
    clause = "so many words, " * 20
    assert all(sentence.endswith("words, ") and 100 < len(sentence) <= MAX_CHARS for sentence in split(clause)[:-1])
    blanks = "so many words " * 20
    assert all(sentence.endswith(" ") and 180 < len(sentence) <= MAX_CHARS for sentence in split(blanks)[:-1])
    assert [len(sentence) for sentence in split("x" * 450)] == [200, 200, 50]
    assert [len(sentence) for sentence in split("字" * 250)] == [200, 50]


def test_white_space_alone_is_kept() -> None:
    assert split("") == []
    assert split("\n \n") == ["\n \n"]


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="max_chars = 0"):
        SentenceSplitter(max_chars=0)


def test_a_splitter_takes_another_text_after_flush() -> None:
    splitter = SentenceSplitter()
    assert splitter.push("One") + splitter.flush() == ["One"]
    assert splitter.push("Two") + splitter.flush() == ["Two"]


def test_stream() -> None:
    async def text() -> AsyncIterator[str]:
        for chunk in ["Hel", "lo. ", "", "Wor", "ld."]:
            yield chunk

    async def collect() -> list[str]:
        return [sentence async for sentence in sentences(text())]

    assert asyncio.run(collect()) == ["Hello. ", "World."]


PIECES = st.sampled_from(
    [
        *"aAbI19 .!?…,;\n\"')(_*",
        "。",
        "」",
        "！",
        "。",
        "Dr",
        "etc",
        "U.S.",
        "No",
        "The",
        "the",
        "We",
        "p",
        "  ",
        "\n\n",
        "...",
        "é",
        "字",
    ]
)
TEXTS = st.lists(PIECES, max_size=60).map("".join)


@given(text=TEXTS, cuts=st.lists(st.integers(0, 150), max_size=30), max_chars=st.sampled_from([1, 2, 7, 40, 200]))
def test_nothing_is_lost_and_chunking_does_not_matter(text: str, cuts: list[int], max_chars: int) -> None:
    whole = split(text, max_chars=max_chars)
    assert "".join(whole) == text
    assert all(whole)
    edges = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    splitter = SentenceSplitter(max_chars=max_chars)
    parts = [s for a, b in itertools.pairwise(edges) for s in splitter.push(text[a:b])]
    assert parts + splitter.flush() == whole
    each = SentenceSplitter(max_chars=max_chars)
    assert [s for char in text for s in each.push(char)] + each.flush() == whole


@given(text=TEXTS)
def test_a_sentence_is_never_much_longer_than_the_limit(text: str) -> None:
    for sentence in split(text, max_chars=20):
        assert len(sentence.rstrip().rstrip(".!?…\"')*_。！」")) <= 20
