"""What an entry may be: a respelling, IPA or say-as, with a case rule and a language; and the markup that it makes."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import AsyncIterator
from typing import Any

import pytest

from kit.text.lexicon import Entry, Lexicon, LexiconError, Use, pronounce
from kit.timing import run_virtual
from kit.tuning import Tuning, TuningError


def test_ipa_and_say_as_go_out_as_ssml() -> None:
    lexicon = Lexicon({"kubectl": {"ipa": "ˈkuːb"}, "API": {"say_as": "characters"}})
    assert lexicon.apply("Kubectl, api.") == (
        '<phoneme alphabet="ipa" ph="ˈkuːb">Kubectl</phoneme>, <say-as interpret-as="characters">api</say-as>.'
    )


def test_markup_is_escaped_and_parses() -> None:
    made = Lexicon([Entry('a<b & "c"', ipa='x"<&>')]).apply('a<b &  "c"')
    element = ElementTree.fromstring(made)
    assert element.text == 'a<b &  "c"' and element.attrib == {"alphabet": "ipa", "ph": 'x"<&>'}


def test_a_respelling_is_literal_and_may_be_markup() -> None:
    said = r'<break time="1s"/> \1 \g<0> & %s {}'
    assert Lexicon({"x": said}).apply("x") == said


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("any", "[] [] [] []"),
        ("exact", "[] Polish POLISH poLish"),
        ("initial", "[] [] POLISH poLish"),
    ],
)
def test_case_rules(case: str, said: str) -> None:
    lexicon = Lexicon([Entry("polish", "[]", case=case)])
    assert lexicon.apply("polish Polish POLISH poLish") == said


def test_one_whose_case_matters_goes_before_one_whose_case_does_not() -> None:
    lexicon = Lexicon([Entry("US", "U S", case="exact"), Entry("us", "uss"), Entry("US dollar", "buck")])
    assert lexicon.apply("US us Us, US dollar us dollar") == "U S uss uss, buck buck"


def test_no_more_is_held_than_the_case_lets_become_a_term() -> None:
    lexicon = Lexicon([Entry("US", "U S", case="exact")])
    stream = lexicon.stream()
    assert [stream.push(piece) for piece in (" us", " u", " U", "S", " ")] == [" us", " u", " ", "", "U S "]


def test_languages() -> None:
    entries = [Entry("chat", "shah", language="fr"), Entry("chat", "tchat"), Entry("chat", "shot", language="fr-CA")]
    assert Lexicon(entries, language="fr").apply("chat") == "shah"
    assert Lexicon(entries, language="FR-ca-x").apply("chat") == "shot"
    assert Lexicon(entries, language="en").apply("chat") == "tchat"
    assert Lexicon(entries).apply("chat") == "shot"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("caf\u00e9 cafe\u0301 CAFE\u0301", "[] [] []"),
        ("cafe caf\u00e9\u0301 cafe\u0301s", "cafe caf\u00e9\u0301 cafe\u0301s"),
    ],
)
def test_normal_forms(text: str, said: str) -> None:
    for term in ("café", "cafe\u0301"):
        assert Lexicon({term: "[]"}).apply(text) == said


@pytest.mark.parametrize(
    ("term", "text", "said"),
    [
        ("API", "使用API接口", "使用[]接口"),
        ("接口", "使用API接口。", "使用API[]。"),
        ("C++", "用C++写", "用[]写"),
        ("C++", "C++를 C++11", "[]를 C++11"),
        ("API", "API를 APIs", "[]를 APIs"),
        ("서울", "서울 서울에서 북서울", "[] 서울에서 북서울"),
        ("东京", "我在东京都", "我在[]都"),
        ("人", "人々と人", "人々と[]"),
        ("サーバ", "サーバーとサーバって", "サーバーと[]って"),
        ("きゃ", "きゃく きや", "[]く きや"),
        ("き", "きゃくき", "きゃく[]"),
        ("ไทย", "ภาษาไทยง่าย", "ภาษา[]ง่าย"),
        ("กา", "กาแฟ กาะ เกา", "[]แฟ กาะ เกา"),
        ("ខ្មែរ", "ភាសាខ្មែរ", "ភាសា[]"),
        ("ខ", "ខ្មែរ ខ", "ខ្មែរ []"),
        ("မြန်မာ", "မြန်မာစာ", "[]စာ"),
        ("ລາວ", "ພາສາລາວ", "ພາສາ[]"),
        ("๕", "๕๐ ๕บาท", "๕๐ []บาท"),
        ("≠", "a≠b a=b a=\u0338b", "a≠b a=b a=\u0338b"),
        ("≠", "a ≠ b = \u0338", "a [] b = \u0338"),
        ("🚀", "API🚀 🚀🚀", "API🚀 [][]"),
    ],
)
def test_other_scripts_and_signs(term: str, text: str, said: str) -> None:
    lexicon = Lexicon({term: "[]"})
    assert lexicon.apply(text) == said
    stream = lexicon.stream()
    assert "".join(map(stream.push, text)) + stream.flush() == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('<sub alias="API">API</sub> API', '<sub alias="API">API</sub> []'),
        ("<phoneme ph='API'>the API</phoneme>API", "<phoneme ph='API'>the API</phoneme>[]"),
        ('<say-as interpret-as="API">API\n</say-as >.API', '<say-as interpret-as="API">API\n</say-as >.[]'),
        ('<prosody rate="API">API</prosody>', '<prosody rate="API">[]</prosody>'),
        ("<!-- API -->API", "<!-- API -->[]"),
        ("<API> API</API>", "<[]> []</[]>"),
        ("if a <API & b", "if a <[] & b"),
        ('<sub alias="API"', '<sub alias="[]"'),
        ("<sub alias='x'>API is never closed API", "<sub alias='x'>API is never closed API"),
        ("<s>API</s><break time='1s'/>API", "<s>[]</s><break time='1s'/>[]"),
    ],
)
def test_markup_is_left_alone(text: str, said: str) -> None:
    lexicon = Lexicon({"API": "[]"})
    assert lexicon.apply(text) == said
    for size in (1, 2, 3, 7):
        stream = lexicon.stream()
        pieces = [stream.push(text[at : at + size]) for at in range(0, len(text), size)]
        assert "".join(pieces) + stream.flush() == said


def test_what_is_no_term_in_a_tag_is_not_held() -> None:
    stream = Lexicon({"API": "[]"}).stream()
    pieces = ["a <", "sub ali", 'as="no', " AP", 'I"', ">x", "</su", "b> A"]
    assert [stream.push(piece) for piece in pieces] == ["a <", "sub ali", 'as="no', " ", "", 'API">x', "</su", "b> "]


def test_entities_are_no_words() -> None:
    assert Lexicon({"amp": "x", "&": "and", "65": "y"}).apply("R&amp;D R & amp &#65; 65") == "R&amp;D R and x &#65; y"


def test_uses_are_told_with_their_place_in_the_original() -> None:
    text = "The API of  New\tYork, api."
    expected = [("API", 4, "API"), ("New York", 12, "New\tYork"), ("API", 22, "api")]
    lexicon = Lexicon({"API": "A P I", "New York": {"ipa": "njuː"}})
    assert [(use.entry.term, use.position, use.written) for use in lexicon.uses(text)] == expected
    told: list[Use] = []

    async def pieces() -> AsyncIterator[str]:
        for char in text:
            yield char

    async def said() -> str:
        return "".join([piece async for piece in pronounce(pieces(), lexicon, told.append)])

    assert run_virtual(said) == lexicon.apply(text)
    assert [(use.entry.term, use.position, use.written) for use in told] == expected


def test_a_counting_stream_takes_another_lexicon_and_another_text() -> None:
    told: list[Use] = []
    stream = Lexicon({"API": "x"}).stream(told.append)
    said = stream.push("an API, an AP")
    assert stream.held == "AP"
    stream.lexicon = Lexicon({"API": "y"})
    assert said + stream.push("I.") + stream.flush() == "an x, an y."
    assert stream.push("API") + stream.flush() == "y"
    assert [use.position for use in told] == [3, 11, 0]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "exactly one of respelling, ipa and say_as"),
        ({"ipa": "x", "say_as": "y"}, "exactly one of"),
        ({"ipa": ""}, "empty ipa"),
        ({"say_as": "<x>"}, "is said as a name like"),
        ({"ipa": "x", "case": "upper"}, "a case out of any, exact, initial, not 'upper'"),
        ({"ipa": "x", "language": "?"}, 'a language like "en"'),
        ({"ipas": "x"}, "has no field 'ipas', only respelling, ipa"),
        ({"ipa": 1}, "ipa of 'API' is a text, not 1"),
        (1, "'API' is said by a text or a table, not 1"),
    ],
)
def test_bad_entries(values: Any, message: str) -> None:
    with pytest.raises(LexiconError, match=message):
        Lexicon({"API": values})
    if isinstance(values, dict):
        with pytest.raises(TuningError, match=rf"pronunciation\.terms: .*{message}"):
            Tuning().replace({"pronunciation.terms": {"API": values}})


def test_settings_hold_entries() -> None:
    terms = {"API": "A P I", "SQL": {"say_as": "characters", "case": "exact"}, "a": {"respelling": "b"}}
    tuning = Tuning().replace({"pronunciation.terms": terms})
    assert Tuning.from_toml(tuning.to_toml()) == tuning and hash(Tuning.from_dict(tuning.as_dict())) == hash(tuning)
    assert tuning.as_dict()["pronunciation"]["terms"] == {**terms, "a": "b"}
    lexicon = Lexicon(tuning.pronunciation.terms)
    assert lexicon.apply("sql SQL a") == 'sql <say-as interpret-as="characters">SQL</say-as> b'
    assert Tuning().replace({"pronunciation.terms": lexicon.terms}) == tuning
    (change,) = Tuning().diff(tuning)
    assert change.new == {**terms, "a": "b"}


def test_a_long_run_of_white_space_and_a_long_word_cost_no_more_than_they_are_long() -> None:
    """Held for a term, or not: a chunk looks at what is new."""
    stream = Lexicon({"New York": "x", "a" * 2000: "y"}).stream()
    assert "".join(map(stream.push, "New" + " " * 20_000 + "York.")) == "x."
    assert "".join(map(stream.push, "a" * 2001)) + stream.flush() == "a" * 2001
