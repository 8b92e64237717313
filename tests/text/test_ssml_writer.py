"""Markup written for each voice while it streams."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.text.ssml import (
    DIALECTS,
    MAX_CONTENT,
    Dialect,
    MarkupWriter,
    Tag,
    dialect,
    dialect_of,
    plain_text,
    read,
    write,
)
from tests.text.ssml_texts import split_texts, ssml_texts

KUBECTL = '<phoneme alphabet="ipa" ph="ˈkjuːbkənˌtroʊl">kubectl</phoneme>'
API = '<say-as interpret-as="characters">API</say-as>'
SUB = '<sub alias="kube control">kubectl</sub>'
SLOW = '<prosody rate="80%" volume="-6dB">slow</prosody>'
VOICES = st.sampled_from(sorted(DIALECTS)).map(dialect)


def dropped(text: str, name: str) -> tuple[str, list[tuple[str, str]]]:
    drops: list[tuple[str, str]] = []
    return write(text, dialect(name), lambda element, reason: drops.append((element, reason))), drops


@given(split_texts(), VOICES)
def test_how_a_text_was_split_changes_nothing(pieces: list[str], voice: Dialect) -> None:
    drops: list[Any] = []
    whole_drops: list[Any] = []
    writer = MarkupWriter(voice, lambda *drop: drops.append(drop))
    written = "".join(map(writer.push, pieces)) + writer.flush()
    assert written == write("".join(pieces), voice, lambda *drop: whole_drops.append(drop))
    assert drops == whole_drops


@given(ssml_texts(), VOICES.filter(lambda voice: voice.xml))
def test_a_voice_that_reads_ssml_gets_a_document(text: str, voice: Dialect) -> None:
    written = write(text, voice)
    root = dialect("azure").document(written.replace("amazon:", "mstts:"), lang='d"e', voice="<v>")
    ElementTree.fromstring(root)
    assert write(written, voice) == written, "what is written is canonical"


@given(ssml_texts().filter(lambda text: "&" not in text and "<!" not in text and "<?" not in text))
def test_no_markup_is_spoken(text: str) -> None:
    written = write(text, dialect("plain"))
    tags = [piece for piece in read(written) if isinstance(piece, Tag)]
    assert not tags, written


@given(st.text(st.characters(exclude_characters="<&"), max_size=60), VOICES.filter(lambda voice: not voice.xml))
def test_plain_text_passes_as_it_is(text: str, voice: Dialect) -> None:
    writer = MarkupWriter(voice)
    assert [writer.push(text), writer.flush()] == [text, ""]


@given(ssml_texts())
def test_no_word_is_lost(text: str) -> None:
    """A voice without markup is given what a transcript shows, but for substitutions."""
    text = text.replace("alias", "x-alias")
    assert write(text, dialect("openai")) == plain_text(text)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("plain", "kubectl"),
        ("espeak-en", '<phoneme alphabet="espeak" ph="kj\'u:bk@ntr,oUl">kubectl</phoneme>'),
        ("azure", KUBECTL),
        ("google", KUBECTL),
        ("polly", KUBECTL),
        ("polly-generative", "kubectl"),
        ("elevenlabs", "kubectl"),
        ("elevenlabs-phoneme", KUBECTL),
        ("cartesia", "<<ˈ|k|j|u|b|k|ə|n|ˌ|t|r|oʊ|l>>"),
        ("inworld", "/ˈkjuːbkənˌtroʊl/"),
        ("rime", "{ky1ubk0xntr2ol}"),
        ("deepgram", '\\{"word": "kubectl", "pronounce": "ˈkjuːbkənˌtroʊl"\\}'),
        ("kokoro", "[kubectl](/kjˈubkəntɹˌOl/)"),
        ("piper", "[[ ˈkjuːbkənˌtroʊl ]]"),
        ("nvidia", KUBECTL),
    ],
)
def test_a_phoneme_in_each_form(name: str, written: str) -> None:
    assert write(f"Use {KUBECTL} now", dialect(name)) == f"Use {written} now"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("plain", "Wait. Go"),
        ("azure", 'Wait.<break time="1500ms"/>Go'),
        ("elevenlabs", 'Wait.<break time="1.5s"/>Go'),
        ("elevenlabs-v3", "Wait. [long pause] Go"),
        ("google-markup", "Wait. [pause long] Go"),
        ("rime", "Wait. <1500> Go"),
        ("rime-pauses", "Wait. <1500> Go"),
        ("lmnt", "Wait. [1.5s] Go"),
        ("cartesia", 'Wait.<break time="1.5s"/>Go'),
    ],
)
def test_a_break_in_each_form(name: str, written: str) -> None:
    assert write('Wait.<break time="1.5s"/>Go', dialect(name)) == written


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("plain", "slow"),
        ("ssml", '<prosody rate="80%" volume="-6dB">slow</prosody>'),
        ("espeak", '<prosody rate="80%" volume="-50">slow</prosody>'),
        ("azure", '<prosody rate="0.8" volume="-50%">slow</prosody>'),
        ("polly", '<prosody rate="80%" volume="-6dB">slow</prosody>'),
        ("speechify", '<prosody rate="-20%" volume="-6dB">slow</prosody>'),
        (
            "cartesia-sonic-3",
            '<speed ratio="0.8"/><volume ratio="0.501"/>slow<speed ratio="1"/><volume ratio="1"/>',
        ),
    ],
)
def test_rate_and_volume_on_each_scale(name: str, written: str) -> None:
    assert write(SLOW, dialect(name)) == written


def test_what_a_voice_lacks_is_dropped_and_told() -> None:
    text = f"Say {KUBECTL}, {API} & <emphasis>that</emphasis>."
    assert dropped(text, "cartesia") == (
        "Say <<ˈ|k|j|u|b|k|ə|n|ˌ|t|r|oʊ|l>>, <spell>API</spell> & that.",
        [("emphasis", "cartesia takes no <emphasis>")],
    )
    assert dropped(text, "openai")[0] == "Say kubectl, API & that."
    assert [element for element, _ in dropped(text, "openai")[1]] == ["phoneme", "say-as", "emphasis"]
    assert dropped('<prosody rate="slow" pitch="+2st">a</prosody>', "polly") == (
        '<prosody rate="slow">a</prosody>',
        [("prosody", "polly: pitch = '+2st' cannot be set")],
    )


@pytest.mark.parametrize(
    ("text", "name", "written", "reason"),
    [
        ('<break time="1h"/>a', "azure", "a", "time = '1h' is none"),
        ('<break time="60s"/>a', "polly", '<break time="10000ms"/>a', "out of its range: 10s instead"),
        ('<break strength="huge"/>a', "azure", "a", "strength = 'huge' is none"),
        ("<phoneme>a</phoneme>", "azure", "a", "without ph"),
        ('<phoneme ph="kʘ">a</phoneme>', "espeak-en", "a", "has no spelling in espeak"),
        ('<phoneme alphabet="arpa" ph="K">a</phoneme>', "azure", "a", "'K' \\(arpa\\) has no spelling in ipa"),
        ('<phoneme ph="x y">a b</phoneme>', "rime", "a b", "has no spelling|one word"),
        ('<say-as interpret-as="music">a</say-as>', "azure", "a", "interpret-as = 'music' is none of"),
        ('<say-as interpret-as="date">1/2</say-as>', "cartesia", "1/2", "it can only spell"),
        ('<emphasis level="huge">a</emphasis>', "azure", "a", "level = 'huge' is none of"),
        ('<prosody rate="quick">a</prosody>', "azure", "a", "rate = 'quick' cannot be set"),
        ("<prosody>a</prosody>", "azure", "a", "without rate, pitch or volume"),
        ("<sub>a</sub>", "azure", "a", "without alias"),
        ("<sub>a</sub>", "plain", "a", "without alias"),
        ("<phoneme ph='x'>a", "azure", "a", "never closed"),
        ("<p><phoneme ph='x'>a</p>", "azure", "<p>a</p>", "never closed"),
        (
            "<phoneme ph='x'>a<break/>b</phoneme>",
            "azure",
            '<phoneme alphabet="ipa" ph="x">ab</phoneme>',
            "inside <phoneme>",
        ),
        (f"<phoneme ph='x'>{'a' * 400}</phoneme>", "azure", "a" * 400, f"not closed within {MAX_CONTENT}"),
    ],
)
def test_what_is_wrong_is_told_and_its_text_said(text: str, name: str, written: str, reason: str) -> None:
    said, drops = dropped(text, name)
    assert said == written
    assert len(drops) == 1 and re.search(reason, drops[0][1])


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a </p> b </prosody> c", "a  b  c"),
        ("<emphasis>a", '<emphasis level="moderate">a</emphasis>'),
        (
            '<prosody rate="slow">a<emphasis>b</prosody>c</emphasis>',
            '<prosody rate="slow">a<emphasis level="moderate">b</emphasis></prosody>c',
        ),
        ("<speak>a < b & c</speak>", "a &lt; b &amp; c"),
        ("a\x00b\ud800c ]]>", "a b c ]]&gt;"),
        ("&lt;break/&gt;", "&lt;break/&gt;"),
    ],
)
def test_what_azure_is_given(text: str, written: str) -> None:
    assert write(text, dialect("azure")) == written


def test_a_substitution_is_text_where_it_is_not_known() -> None:
    assert dropped(f"Use {SUB}.", "openai") == ("Use kube control.", [])
    assert dropped('<sub alias="R & D">x</sub>', "nvidia") == ("R &amp; D", [])
    assert dropped(f"Use {SUB}.", "azure") == (f"Use {SUB}.", [])


@pytest.mark.parametrize(
    ("pushed", "given_out"),
    [
        (["Use ", '<phoneme ph="x">', "kubectl"], "Use "),
        (["Use ", "<prosody rate='slow'>", "kubectl "], 'Use <prosody rate="slow">kubectl '),
        (["a <sub alias='b'>c", "</sub"], "a "),
    ],
)
def test_held_back_is_what_an_open_element_needs(pushed: list[str], given_out: str) -> None:
    assert "".join(map(MarkupWriter(dialect("azure")).push, pushed)) == given_out


def test_a_tts_says_what_it_takes() -> None:
    class Voice:
        markup: object = "azure"

    assert dialect_of(object()).name == "plain"
    assert dialect_of(Voice()) is dialect("azure")
    Voice.markup = own = Dialect("mine", xml=True)
    assert dialect_of(Voice()) is own
    Voice.markup = "azur"
    with pytest.raises(ValueError, match="no dialect of markup 'azur': did you mean azure"):
        dialect_of(Voice())


def test_a_voice_without_sources_is_given_plain_text() -> None:
    for voice in DIALECTS.values():
        assert voice.sources or voice.name == "plain"
        assert all(source.startswith("https://") for source in voice.sources)
        assert voice.verified != "no" or set(voice.elements) == {"sub"}
