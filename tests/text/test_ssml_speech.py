"""A speech put together in Python: always well-formed, never another value than SSML has."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.text.ssml import Speech, plain_text, read

TEXT = st.text(st.sampled_from("ab <>&\"'\n/=;éß漢😀\x00\x0b\ud800]"), max_size=12)


def test_what_it_writes() -> None:
    speech = Speech("Say ").phoneme("tomato", ipa="təˈmeɪtoʊ").pause(0.3).say_as("API", "characters").pause(1.5)
    assert str(speech) == (
        'Say <phoneme alphabet="ipa" ph="təˈmeɪtoʊ">tomato</phoneme><break time="300ms"/>'
        '<say-as interpret-as="characters">API</say-as><break time="1.5s"/>'
    )
    assert speech.transcript == "Say tomato API"
    slow = Speech().prosody(Speech("so ").emphasis("very", "strong").sub("k8s", "kube"), rate=0.8, pitch=-2, volume=6)
    assert str(slow) == (
        '<prosody rate="80%" pitch="-2st" volume="+6dB">so <emphasis level="strong">very</emphasis>'
        '<sub alias="kube">k8s</sub></prosody>'
    )


def test_it_adds_up_with_text_and_stays_what_it_was() -> None:
    speech = Speech("a")
    assert (
        str("1 < 2 " + speech + " & " + Speech().pause(strength="weak")) == '1 &lt; 2 a &amp; <break strength="weak"/>'
    )
    assert str(speech) == "a"
    assert speech == Speech().text("a") and hash(speech) == hash(Speech("a")) and not Speech()
    assert f"{Speech().emphasis('x')}" == "<emphasis>x</emphasis>"


def test_a_lexicon_stands_first_and_once() -> None:
    speech = Speech("a").lexicon("https://a.org/x.pls") + Speech("b").lexicon("https://a.org/x.pls")
    assert str(speech) == '<lexicon uri="https://a.org/x.pls" type="application/pls+xml"/>ab'
    root = ElementTree.fromstring(speech.document("de-DE"))
    space = "{http://www.w3.org/2001/10/synthesis}"
    assert [child.tag for child in root] == [f"{space}lexicon", f"{space}lookup"]
    xml = "{http://www.w3.org/XML/1998/namespace}"
    assert root.get(f"{xml}lang") == "de-DE" and root[0].get(f"{xml}id") == root[1].get("ref")


@given(TEXT, TEXT, TEXT)
def test_whatever_text_it_is_given_it_is_a_document_of_that_text(text: str, value: str, other: str) -> None:
    speech = Speech(text).emphasis(Speech(other).say_as(text, "characters")) + other
    if value.strip():
        speech = speech.sub(text, value).phoneme(text, ipa=value).lexicon(value)
    root = ElementTree.fromstring(speech.document())
    said = "".join(root.itertext())
    assert said.split() == plain_text(str(speech)).split()
    assert all(isinstance(piece, str) or piece.name for piece in read(str(speech)))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: Speech().pause(-1), "seconds = -1 must be 0 or more"),
        (lambda: Speech().pause(strength="huge"), "strength = 'huge' must be 'none', 'x-weak'.* or 'x-strong'"),
        (lambda: Speech().emphasis("a", "very"), "level = 'very' must be 'strong', 'moderate', 'none' or 'reduced'"),
        (lambda: Speech().prosody("a", rate="quick"), "rate = 'quick' must be 'x-slow'.*a percentage"),
        (lambda: Speech().prosody("a", rate="+20%"), "rate = '\\+20%' must be"),
        (lambda: Speech().prosody("a", rate=float("nan")), "rate = nan must be"),
        (lambda: Speech().prosody("a", pitch="up"), "pitch = 'up' must be 'x-low'"),
        (lambda: Speech().prosody("a", volume="50"), "volume = '50' must be 'silent'.*'\\+6dB'"),
        (lambda: Speech().prosody("a"), "takes a rate, a pitch or a volume"),
        (lambda: Speech().say_as("a", "two words"), "interpret-as = 'two words' must be one name"),
        (lambda: Speech().say_as("a", "date", format='"'), "format = "),
        (lambda: Speech().sub("a", " "), "alias must not be empty"),
        (lambda: Speech().phoneme("a", ipa=""), "pronunciation must not be empty"),
        (lambda: Speech().phoneme("a"), "one pronunciation of 'a', not 0"),
        (lambda: Speech().phoneme("a", ipa="b", x_sampa="c"), "one pronunciation of 'a', not 2"),
        (lambda: Speech().phoneme("a", alphabet="arpa", ph="b"), "alphabet = 'arpa' must be 'ipa'"),
    ],
)
def test_another_value_says_which_are_allowed(wrong: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        wrong()


def test_elements_of_text_hold_text() -> None:
    with pytest.raises(TypeError, match="sub holds text only"):
        Speech().sub(Speech("a"), "b")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="must be a str or a Speech"):
        Speech(5)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Speech("a") + 5  # type: ignore[operator]
