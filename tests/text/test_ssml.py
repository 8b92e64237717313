"""SSML in text: recognised, and cut into sentences that are whole."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import AsyncIterator

import pytest
from hypothesis import given

from kit.text.sentences import sentences
from kit.text.ssml import blank_out, dialect, has_markup, plain_text, whole_elements, write
from kit.timing import run_virtual
from tests.text.ssml_texts import letters, ssml_texts


async def pieces(text: str, size: int) -> AsyncIterator[str]:
    for start in range(0, len(text), size):
        yield text[start : start + size]


def whole(text: str, size: int = 3) -> list[str]:
    async def collect() -> list[str]:
        return [sentence async for sentence in whole_elements(sentences(pieces(text, size)))]

    return run_virtual(collect)


@pytest.mark.parametrize("text", ['<break time="1s"/>', "<say-as interpret-as='date'>1/2</say-as>", "</prosody>"])
def test_is_markup(text: str) -> None:
    assert has_markup(f"so {text} it is")


@pytest.mark.parametrize("text", ["1 < 2", "<html>", "a <b> c", "x <breakfast> y", "<break", "<s and p>", ""])
def test_is_no_markup(text: str) -> None:
    assert not has_markup(text)
    assert blank_out(text) == text


def test_blanks_keep_every_character_in_its_place() -> None:
    text = 'Say <sub alias="x">H2O</sub> now.'
    assert len(blank_out(text)) == len(text)
    assert blank_out(text).split() == ["Say", "H2O", "now."]
    assert blank_out(text).index("H2O") == text.index("H2O")


SLOW = '<prosody rate="slow">'


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two. Three.", ["One. ", "Two. ", "Three."]),
        (
            f"One. {SLOW}Two. Three</prosody>. Four.",
            ["One. ", f"{SLOW}Two. </prosody>", f"{SLOW}Three</prosody>. ", "Four."],
        ),
        ('Say <phoneme ph="a. B"/> it. Two.', ['Say <phoneme ph="a. B"/> it. ', "Two."]),
        ('<sub alias="x">One. Two</sub> it. Two.', ['<sub alias="x">One. Two</sub> it. ', "Two."]),
        ("<p><s>One. </s><s>Two</s></p>. Three.", ["<p><s>One. </s></p>", "<s>Two</s>. ", "Three."]),
        ("1 < 2. And <x>. So.", ["1 < 2. ", "And <x>. ", "So."]),
        ("Two </s> ends. Then. So.", ["Two  ends. ", "Then. ", "So."]),
        ("<emphasis>never. Closed.", ["<emphasis>never. </emphasis>", "<emphasis>Closed.</emphasis>"]),
        (
            f"{SLOW}<emphasis>a</prosody>. B</emphasis>. C.",
            [f"{SLOW}<emphasis>a</emphasis></prosody>. ", "B. ", "C."],
        ),
    ],
)
def test_every_sentence_is_whole_by_itself(text: str, parts: list[str]) -> None:
    assert whole(text) == parts
    assert whole(text, size=1000) == parts


def test_an_entity_is_not_cut() -> None:
    for before in range(190, 201):
        text = f"{'x' * before}&amp;{'y' * 300}"
        assert "".join(whole(text)) == text
        assert sum("&amp;" in part for part in whole(text)) == 1


def test_an_element_around_all_holds_nothing_back() -> None:
    given_out: list[tuple[str, str]] = []
    taken = ""

    async def text() -> AsyncIterator[str]:
        nonlocal taken
        for piece in (SLOW, "One is said. ", "Two is said. ", "Three."):
            taken = piece
            yield piece

    async def main() -> None:
        async for sentence in whole_elements(sentences(text())):
            given_out.append((taken, sentence))

    run_virtual(main)
    assert given_out[0] == ("Two is said. ", f"{SLOW}One is said. </prosody>")


@given(ssml_texts())
def test_written_sentences_are_documents_and_lose_no_word(text: str) -> None:
    written = write(text, dialect("google"))
    parts = whole(written)
    for part in parts:
        ElementTree.fromstring(dialect("google").document(part))
    assert letters("".join(map(plain_text, parts))) == letters(plain_text(written))
