"""SSML in text: recognised, kept whole, taken out."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from kit.text.sentences import sentences
from kit.text.ssml import blank_out, has_markup, whole_elements
from kit.timing import run_virtual


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


@pytest.mark.parametrize("text", ["1 < 2", "<html>", "a <b> c", "x <breakfast> y", "<break", ""])
def test_is_no_markup(text: str) -> None:
    assert not has_markup(text)
    assert blank_out(text) == text


def test_blanks_keep_every_character_in_its_place() -> None:
    text = 'Say <sub alias="x">H2O</sub> now.'
    assert len(blank_out(text)) == len(text)
    assert blank_out(text).split() == ["Say", "H2O", "now."]
    assert blank_out(text).index("H2O") == text.index("H2O")


@pytest.mark.parametrize(
    "parts",
    [
        ["One. ", "Two. ", "Three."],
        ["One. ", '<prosody rate="slow">Two. Three</prosody>. ', "Four."],
        ['Say <phoneme ph="a. B"/> it. ', "Two."],
        ["<p><s>One. </s><s>Two</s></p>. ", "Three."],
        ["1 < 2. ", "And <x>. ", "So."],
        ["Two </s> ends. ", "Then. ", "So."],
        ["<emphasis>never. Closed."],
    ],
)
def test_elements_stay_whole(parts: list[str]) -> None:
    assert whole("".join(parts)) == parts
    assert whole("".join(parts), size=1000) == parts
