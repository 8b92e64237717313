"""Texts with SSML as an LLM might write it, good and bad, and ways in which they arrive."""

from __future__ import annotations

from random import Random

from hypothesis import strategies as st

_TEXT = " |  |\n|a|word|Hello there.|naïve|漢字|😀|5 < 6|AT&T|R&D;|.|, |! |?|[[|]]|{|}|\\|/|=|>|<|&|\"|'|“|\x00|\ud800"
_TAGS = """
<break/>|<break time="1s"/>|<break time='0.5s'>|<Break TIME=300ms />|<break time="1s>|</break>|
<phoneme alphabet="ipa" ph="a.b">|<phoneme ph='x'/>|<phoneme alphabet="x-sampa" ph="&quot;k">|</phoneme>|
<say-as interpret-as="characters">|<say-as>|</say-as>|<sub alias="x > y">|<sub alias='z'>|</sub>|
<prosody rate="slow" pitch="+5%">|<prosody volume="-6dB">|<prosody>|</prosody>|<emphasis>|</emphasis>|
<p>|</p>|<s>|</s>|<speak>|</speak>|<voice name="x">|</voice>|<mark name="m"/>|<spell>|
<!--|-->|<![CDATA[|]]>|<?xml version='1.0'?>|<!DOCTYPE x>|<br>|<div class='a'>|</div>|
&amp;|&lt;|&gt;|&#65;|&#x41;|&#x|&#0;|&nbsp;|&bogus;|&am|
<brea|k |time="|<phon|eme|<say|-as|</|</prosody|<!|<!-|<![CD
"""
PARTS = (*_TEXT.split("|"), *_TAGS.replace("\n", "").split("|"), "x=" * 600)


def ssml_texts(max_parts: int = 30) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(PARTS), max_size=max_parts).map("".join)


def split_texts() -> st.SearchStrategy[list[str]]:
    """A text in pieces."""
    return st.tuples(ssml_texts(), st.lists(st.integers(1, 40), min_size=1, max_size=8)).map(lambda drawn: cut(*drawn))


def cut(text: str, sizes: list[int]) -> list[str]:
    """The text in pieces of these sizes, over and over."""
    pieces, position, turn = [], 0, 0
    while position < len(text):
        size = sizes[turn % len(sizes)]
        pieces.append(text[position : position + size])
        position, turn = position + size, turn + 1
    return pieces


def random_pieces(random: Random, max_parts: int = 40) -> list[str]:
    """The same without Hypothesis, for many of them."""
    text = "".join(random.choice(PARTS) for _ in range(random.randrange(1, max_parts)))
    return cut(text, [random.choice((1, 1, 2, 3, 7, 50)) for _ in range(5)])


def letters(text: str) -> str:
    """Without its blanks, which parting elements may bring and take."""
    return "".join(text.split())
