"""SSML read as it streams."""

from __future__ import annotations

import pytest
from hypothesis import given

from kit.text.ssml import MAX_TAG, Piece, PlainText, SsmlReader, Tag, plain_text, read
from tests.text.ssml_texts import split_texts


def merged(pieces: list[Piece]) -> list[Piece]:
    together: list[Piece] = []
    for piece in pieces:
        if together and isinstance(piece, str) and isinstance(together[-1], str):
            together[-1] += piece
        else:
            together.append(piece)
    return together


@given(split_texts())
def test_how_a_text_was_split_changes_nothing(pieces: list[str]) -> None:
    reader, plain = SsmlReader(), PlainText()
    known = [known for piece in pieces for known in reader.push(piece)] + reader.flush()
    assert merged(known) == read("".join(pieces))
    assert "".join(map(plain.push, pieces)) + plain.flush() == plain_text("".join(pieces))


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("a", ["a"]),
        ("", []),
        ("5 < 6 & 7 <", ["5 < 6 & 7 <"]),
        ("AT&T, R&D; &nope; &#0;", ["AT&T, R&D; &nope; &#0;"]),
        ("&lt;b&gt; &amp; &#65;&#x42; &quot;", ['<b> & AB "']),
        ("the <div> and <b>", ["the <div> and <b>"]),
        ("<breakfast> <break", ["<breakfast> <break"]),
        ("a<![CDATA[<p> & ]]>b", ["a<p> & b"]),
        ("<s and p>", ["<s and p>"]),
    ],
)
def test_what_is_text(text: str, pieces: list[str]) -> None:
    assert read(text) == pieces


@pytest.mark.parametrize(
    ("source", "kind", "name", "attributes"),
    [
        ('<break time="1s"/>', "empty", "break", {"time": "1s"}),
        ("<break time='1s'>", "empty", "break", {"time": "1s"}),
        ("<Break  TIME = 1s />", "empty", "break", {"time": "1s"}),
        ("<break time=“1s”/>", "empty", "break", {"time": "1s"}),
        ("<sub alias='a > b &amp; c'>", "open", "sub", {"alias": "a > b & c"}),
        ("<prosody rate='slow' pitch=\"+2st\">", "open", "prosody", {"rate": "slow", "pitch": "+2st"}),
        ("</say-as >", "close", "say-as", {}),
        ("<p>", "open", "p", {}),
        ("<lang xml:lang='de'>", "open", "lang", {"xml:lang": "de"}),
        ("<!-- <p> -->", "empty", "", {}),
        ("<?xml version='1.0'?>", "empty", "", {}),
    ],
)
def test_what_is_a_tag(source: str, kind: str, name: str, attributes: dict[str, str]) -> None:
    assert read(f"a{source}b") == ["a", Tag(kind, name, attributes, source), "b"]  # type: ignore[arg-type]


def test_a_broken_tag_is_not_spoken() -> None:
    assert plain_text('Wait <break time="1s> and go.') == "Wait and go."
    assert plain_text("Wait <phoneme ph=a b c> and go.") == "Wait  and go."


@pytest.mark.parametrize(
    ("pushed", "given_out"),
    [
        ("Hello <", "Hello "),
        ("Hello < ", "Hello < "),
        ("Hello <x", "Hello <x"),
        ("Hello <pro", "Hello "),
        ("Hello <proud", "Hello <proud"),
        ("AT&", "AT"),
        ("AT& ", "AT& "),
        ("a <div ", "a <div "),
        ("a <break time='1", "a "),
    ],
)
def test_holds_back_only_what_could_become_markup(pushed: str, given_out: str) -> None:
    assert "".join(map(str, SsmlReader().push(pushed))) == given_out


@pytest.mark.parametrize("begun", ['<break time="', "<!-- ", "<![CDATA[", "<phoneme a='b'"])
def test_holds_back_no_more_than_a_tag(begun: str) -> None:
    reader, said = SsmlReader(), ""
    for piece in (begun, *" " * 3 * MAX_TAG):
        said += "".join(map(str, reader.push(piece)))
        assert len(reader.held) <= MAX_TAG
    assert said.startswith(begun)


def test_what_is_too_long_is_text() -> None:
    huge = f'<sub alias="{"x" * MAX_TAG}">a'
    assert plain_text(f"{huge}</sub>") == huge
    fits = f'<sub alias="{"x" * (MAX_TAG - 14)}">'
    assert len(fits) == MAX_TAG and plain_text(f"{fits}a</sub>") == "a"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Wait.<break time='1s'/>Go.", "Wait. Go."),
        ("Wait. <break time='1s'/> Go.", "Wait. Go."),
        ("Wait<break/>, then go", "Wait, then go"),
        ("<sub alias='kube control'>kubectl</sub> is", "kubectl is"),
        ("the <say-as interpret-as='characters'>API</say-as>", "the API"),
        ("<speak> <p>One.</p><p>Two.</p> </speak>", "One. Two. "),
        ("<phoneme ph='x'>never closed", "never closed"),
        ("un<emphasis>believ</emphasis>able", "unbelievable"),
        ("1 &lt; 2", "1 < 2"),
        ("Say <!-- softly -->this", "Say this"),
    ],
)
def test_the_transcript(text: str, shown: str) -> None:
    assert plain_text(text) == shown


def test_a_stream_can_be_used_again() -> None:
    plain = PlainText()
    for _ in range(2):
        assert plain.push("a <emph") + plain.push("asis>b</emph") + plain.flush() == "a b</emph"
