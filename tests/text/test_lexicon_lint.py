"""What the linter says of entries, each finding by an example and its opposite; and the preview in IPA."""

from __future__ import annotations

import pytest

from kit.models.espeak import EspeakTTS
from kit.text.lexicon import Entry, lint, preview

E = Entry


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ([E("API", "A P I"), E("SQL", "sequel")], []),
        ([E(" ", "x")], [("error", "unreachable", " ")]),
        ([E("<sub>", "x")], [("error", "unreachable", "<sub>")]),
        ([E("<sub2>", "x"), E("<3", "love")], []),
        ([E("API", "x"), E("api", "x")], [("warning", "duplicate", "API")]),
        ([E("API", "x"), E("api", "y")], [("error", "shadowed", "API")]),
        ([E("API", "x", case="exact"), E("api", "y")], []),
        ([E("API", "x", case="exact"), E("API", "y")], []),
        ([E("a1", "x"), E("a1", "y", case="exact")], []),
        ([E("12", "x"), E("12", "y", case="exact")], [("error", "shadowed", "12")]),
        ([E("caf\u00e9", "x"), E("cafe\u0301", "y")], [("error", "shadowed", "caf\u00e9")]),
        ([E("a b", "x"), E("a  b", "y")], [("error", "shadowed", "a b")]),
        ([E("a", "x", language="de"), E("a", "y", language="fr"), E("a", "z")], []),
        ([E("a", "x", language="de"), E("a", "y", language="de")], [("error", "shadowed", "a")]),
        ([E("kubectl", "kube control"), E("control", "con troll")], [("warning", "loop", "kubectl")]),
        ([E("API", "the API")], [("note", "loop", "API")]),
        ([E("API", "APIs")], []),
        ([E("API", "API")], [("note", "no-change", "API")]),
        ([E("um", " ")], [("note", "silent", "um")]),
        ([E("a", ipa="ˈkʌlɚ t͡ʃ ã")], []),
        ([E("a", ipa="k@l")], [("error", "bad-ipa", "a")]),
        ([E("a", ipa="кат")], [("error", "bad-ipa", "a")]),
        ([E("a", ipa="'ga:")], [("warning", "look-alike", "a")]),
        ([E("a", ipa="/kæt/")], [("warning", "look-alike", "a")]),
        ([E("a", say_as="characters")], []),
        ([E("a", say_as="loudly")], [("warning", "say-as", "a")]),
    ],
)
def test_findings(entries: list[Entry], found: list[tuple[str, str, str]]) -> None:
    assert [(one.severity, one.code, one.entry.term) for one in lint(entries)] == found


def test_findings_say_where_why_and_what_to_do() -> None:
    told = list(map(str, lint([E("API", "x", line=2), E("api", "y", line=5), E("t", ipa="a@", line=7)])))
    assert told == [
        "line 2: error: 'API' is never used: 'api' in line 5 takes its place, in another case; "
        "take one of them out, or make their case matter [shadowed]",
        "line 7: error: 't' has '@' (commercial at) in its IPA; "
        "take signs of the IPA, as the voice's own in `kit lexicon preview` [bad-ipa]",
    ]


SOUNDS = {"read": "ɹˈiːd", "reed": "ɹˈiːd", "A B": "ˈeɪ bˈiː", "AB": "ˌeɪbˈiː", "c": "sˈiː", "see": "zˈiː"}


def test_what_the_voice_already_says_so() -> None:
    entries = [E("read", "reed"), E("AB", "A B"), E("c", "see"), E("c", ipa="sˈi:"), E("read", ipa="ɹ iːd")]
    found = [lint([entry], SOUNDS.__getitem__) for entry in entries]
    assert [[(one.severity, one.code) for one in each if one.code == "as-it-is"] for each in found] == [
        [("note", "as-it-is")],
        [("note", "as-it-is")],
        [],
        [("note", "as-it-is")],
        [("note", "as-it-is")],
    ]
    assert "already" in found[0][0].reason and "only the stress" in found[1][0].reason


def test_a_preview_by_espeak() -> None:
    entries = [
        E("kubectl", "kube control"),
        E("SQL", ipa="/siːkwəl/"),
        E("API", say_as="characters"),
        E("x", say_as="date"),
        E("wait", '<break time="1s"/>weight'),
    ]
    rows = preview(entries, EspeakTTS().phonemes)
    assert [(row.entry.term, row.now, row.then) for row in rows][:2] == [
        ("kubectl", "kjˈuːbɛktəl", "kjˈuːb kəntɹˈoʊl"),
        ("SQL", "ˌɛskjˌuːˈɛl", "siːkwəl"),
    ]
    assert rows[2].then and not rows[3].then
    assert rows[4].same and not rows[0].same and not rows[0].same_but_for_stress


def test_a_term_that_is_spelled_has_the_names_of_its_letters() -> None:
    """And not the article: A W S is no "uh W S"."""
    (row,) = preview([Entry("AWS", say_as="characters")], EspeakTTS().phonemes)
    assert row.then.replace(" ", "").startswith("ˈeɪ")
